"""What a command prints: tables and text on standard output, notes on standard error, JSON as UTF-8 bytes."""

from __future__ import annotations

import json
import os
import sys
from collections.abc import Iterable, Sequence
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from rich.console import Console

__all__ = ["colour_of", "count", "note", "number", "say", "show_table", "write_bytes", "write_json"]

PIPE_WIDTH = 160
"""Columns of a table that goes into a file or a pipe, where no terminal says how wide it is."""


def say(text: str = "") -> None:
    """Print a line of text."""
    sys.stdout.write(f"{text}\n")


def note(text: str) -> None:
    """Print a line on standard error; nothing when it is empty."""
    if text:
        sys.stdout.flush()
        sys.stderr.write(f"{text}\n")
        sys.stderr.flush()


def write_bytes(content: bytes) -> None:
    """Print bytes as they are: no line ending is changed on any system."""
    sys.stdout.flush()
    sys.stdout.buffer.write(content)
    sys.stdout.buffer.flush()


def write_json(content: Any) -> None:
    """Print plain data as one JSON document."""
    write_bytes((json.dumps(content, indent=1, ensure_ascii=False, allow_nan=False) + "\n").encode("utf-8"))


def show_table(
    columns: Sequence[str],
    rows: Iterable[Sequence[str]],
    *,
    title: str = "",
    right: Iterable[str] = (),
    colours: bool = False,
) -> None:
    """Print a table.

    Args:
        columns: The heads.
        rows: The cells, one row after the other; nothing is printed without rows.
        title: A line above it.
        right: The columns to align on the right, as numbers are.
        colours: Colour amounts by their sign.
    """
    from rich.table import Table
    from rich.text import Text

    aligned = set(right)
    table = Table(box=_box(), title_justify="left", pad_edge=False, show_edge=False, padding=(0, 1, 0, 0))
    for name in columns:
        table.add_column(name, justify="right" if name in aligned else "left", overflow="fold")
    for row in rows:
        table.add_row(
            *(
                Text(cell, style=colour_of(cell) if colours and name in aligned else "")
                for name, cell in zip(columns, row, strict=True)
            )
        )
    if not table.rows:
        return
    say()
    if title:
        say(title)
    _console().print(table)


def colour_of(cell: str) -> str:
    """The style of an amount: red below zero."""
    return "red" if cell.startswith("-") and len(cell) > 1 else ""


def number(value: float | int | None, digits: int = 2, unit: str = "") -> str:
    """A number for people: ``-1,234.50``; ``-`` for one that is not defined."""
    if value is None:
        return "-"
    text = f"{value:,.{digits}f}"
    if not text.strip("-0.,"):
        text = text.removeprefix("-")
    return f"{text}{unit}"


def count(value: int, word: str) -> str:
    """``1 file``, ``1,200 files``."""
    return f"{value:,} {word}" if value == 1 else f"{value:,} {word}s"


def _box() -> Any:
    from rich import box

    return box.SIMPLE_HEAD


def _console() -> Console:
    from rich.console import Console

    terminal = sys.stdout.isatty()
    width = None if terminal or "COLUMNS" in os.environ else PIPE_WIDTH
    return Console(file=sys.stdout, width=width, markup=False, highlight=False, emoji=False, soft_wrap=False)
