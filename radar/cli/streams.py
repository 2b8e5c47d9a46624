"""Standard streams that can print every sign: UTF-8 where nothing says otherwise, plain signs where it does not go."""

from __future__ import annotations

import codecs
import io
import os
import sys

__all__ = ["finish", "prepare"]

_PLAIN = {
    "—": "-", "–": "-", "−": "-", "…": "...", "·": "-", "•": "*", "×": "x", "≥": ">=", "≤": "<=", "≠": "!=",
    "→": "->", "←": "<-", "●": "o", "│": "|", "─": "-", "├": "+", "┼": "+", "╰": "`", "┴": "+", "█": "#",
    "“": '"', "”": '"', "’": "'", "‘": "'", "✓": "v", "✗": "x", "σ": "sigma",
}  # fmt: skip
"""What stands for a sign on a stream whose encoding has none for it."""

_HANDLER = "radar-plain"


def _plain(error: UnicodeError) -> tuple[str, int]:
    if not isinstance(error, UnicodeEncodeError):
        raise error
    signs = error.object[error.start : error.end]
    return "".join(_PLAIN.get(sign, "?") for sign in signs), error.end


def prepare() -> None:
    """Make standard output and standard error print whatever they are given, on every system."""
    codecs.register_error(_HANDLER, _plain)
    for stream in (sys.stdout, sys.stderr):
        if not isinstance(stream, io.TextIOWrapper):
            continue
        # A pipe on Windows has the code page of the system, which no reader of ours expects.
        if sys.platform == "win32" and not stream.isatty() and "PYTHONIOENCODING" not in os.environ:
            stream.reconfigure(encoding="utf-8", errors=_HANDLER)
        else:
            stream.reconfigure(errors=_HANDLER)


def finish() -> None:
    """Write what is still held back. A reader that has gone, as ``head`` does, is no error.

    Raises:
        OSError: It cannot be written, as on a full disk.
    """
    try:
        sys.stdout.flush()
    except BrokenPipeError:
        # Python would try again at exit and complain.
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
