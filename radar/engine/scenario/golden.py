"""Golden files: what a case traded, kept beside its test; a change of behaviour shows as a difference of this file."""

from __future__ import annotations

import difflib
import json
import os
from pathlib import Path

from radar.engine.result import Result
from radar.engine.scenario.expectation import Golden
from radar.engine.scenario.report import Failure

__all__ = ["golden_bytes", "hold"]

FORMAT = "radar.golden/1"
MOST_LINES = 60


def golden_bytes(result: Result) -> bytes:
    """Trades, open positions, refusals and final equity as UTF-8 JSON in a fixed form; equal runs have equal bytes."""
    content = {
        "format": FORMAT,
        "pipeline": result.name,
        "trades": result.trades(),
        "open_positions": result.open_positions,
        "refusals": [{key: value for key, value in one.items() if key != "meaning"} for one in result.refusals],
        "final_equity": float(result.equity[-1]),
    }
    return (json.dumps(content, indent=1, allow_nan=False, ensure_ascii=False) + "\n").encode("utf-8")


def hold(golden: Golden, result: Result, *, update: bool) -> tuple[Failure | None, bool]:
    """Hold a result against its golden file; with ``update`` write it where it differs.

    Returns:
        What is wrong, and whether the file was written.
    """
    actual = golden_bytes(result)
    try:
        kept: bytes | None = golden.path.read_bytes()
    except FileNotFoundError:
        kept = None
    except OSError as error:
        return _unusable(golden, error), False
    # A checkout may have turned line ends; what a run writes has none of them to turn.
    if kept is not None and kept.replace(b"\r\n", b"\n") == actual:
        return None, False
    if update:
        try:
            _write(golden.path, actual)
        except OSError as error:
            return _unusable(golden, error), False
        return None, True
    if kept is None:
        return (
            Failure.at(
                golden.place,
                f"there is no golden file {golden.path.name}",
                expected="the trades of the case, kept in it",
                actual="no file (--update writes it)",
            ),
            False,
        )
    name = golden.path.name
    lines = list(
        difflib.unified_diff(
            kept.decode("utf-8", "replace").splitlines(),
            actual.decode("utf-8").splitlines(),
            name,
            "this run",
            n=2,
            lineterm="",
        )
    )
    if len(lines) > MOST_LINES:
        lines = [*lines[:MOST_LINES], f"... and {len(lines) - MOST_LINES} more lines"]
    return (
        Failure.at(
            golden.place,
            f"the trades are not those of {name}",
            expected=name,
            actual=f"{len(result.trade_rows)} trades (--update keeps them)",
            diff="\n".join(lines),
        ),
        False,
    )


def _unusable(golden: Golden, error: OSError) -> Failure:
    reason = error.strerror or type(error).__name__
    message = f"cannot use {golden.path.name}: {reason}"
    return Failure.at(golden.place, message, expected="a file that may be read and written", actual=reason)


def _write(path: Path, content: bytes) -> None:
    """Replace a file as a whole."""
    path.parent.mkdir(parents=True, exist_ok=True)
    temporary = path.with_name(f".{path.name}.{os.getpid()}.tmp")
    try:
        temporary.write_bytes(content)
        os.replace(temporary, path)
    finally:
        temporary.unlink(missing_ok=True)
