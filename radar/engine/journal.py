"""The ledger of a run in a file: one JSON object a line, replaced as a whole when the run has ended."""

from __future__ import annotations

import json
import os
import tempfile
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from radar.engine.result import Result
from radar.errors import RadarError
from radar.market.instant import format_instant
from radar.market.reason import ExitReason


def write_journals(result: Result) -> None:
    """Write the ledger to the ``path`` of every sink of the pipeline that has one.

    Raises:
        RadarError: A file cannot be written; what stood there before is untouched.
    """
    for node in result.run.plan.nodes:
        path = node.params.model_dump().get("path") if node.kind.role == "sink" else None
        if path:
            _write(Path(path), _rows(result))


def _rows(result: Result) -> Iterator[dict[str, Any]]:
    plan = result.run.plan
    for fill in result.fill_rows:
        yield {
            "kind": "fill",
            "time": format_instant(int(fill["time"])),
            "trade": int(fill["trade"]),
            "strategy": plan.chains[int(fill["strategy"])].strategy,
            "asset": plan.assets[int(fill["lane"])],
            "level": int(fill["level"]),
            "side": "buy" if fill["side"] > 0 else "sell",
            "reason": ExitReason(int(fill["reason"])).name.lower(),
            **{name: float(fill[name]) for name in ("reference", "price", "quantity", "fee", "slippage")},
        }
    for trade in result.trades():
        yield {"kind": "trade", **trade}
    for refusal in result.refusals:
        yield {"kind": "refusal", **refusal}
    for time, equity in zip(result.times, result.equity, strict=True):
        yield {"kind": "equity", "time": format_instant(int(time)), "equity": float(equity)}


def _write(path: Path, rows: Iterator[dict[str, Any]]) -> None:
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        handle, temporary = tempfile.mkstemp(dir=path.parent, prefix=f".{path.name}-", suffix=".tmp")
        with os.fdopen(handle, "w", encoding="utf-8", newline="\n") as file:
            for row in rows:
                file.write(json.dumps(row, allow_nan=False, ensure_ascii=False) + "\n")
        os.replace(temporary, path)
    except OSError as error:
        raise RadarError(
            f"the journal {path} cannot be written: {error.strerror}",
            expected="a folder that can be written to",
            next_step="name another file by the journal's path, or leave it out",
            code="R5013",
        ) from None
