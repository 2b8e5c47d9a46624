"""What is kept of a sweep, as messages: what it is, and its rows."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

import grpc

from radar.control.failure import CallError
from radar.control.figures import metrics, period
from radar.control.said import instant
from radar.control.worker.sweep import LAID_OUT, ROWS
from radar.plan.fate import written
from radar.v1 import plan_pb2
from radar.v1 import research_service_pb2 as pb

if TYPE_CHECKING:
    import pyarrow as pa

__all__ = ["read_rows", "read_sweep", "sweep_message", "with_metrics"]


def read_sweep(folder: Path, about: str) -> pb.Sweep | None:
    """A sweep from its folder, or None when there is none."""
    from pyarrow import parquet

    try:
        known = json.loads((folder / about).read_text(encoding="utf-8"))
    except FileNotFoundError:
        return None
    laid_out, rows = folder / LAID_OUT, folder / ROWS
    content = json.loads(laid_out.read_text(encoding="utf-8")) if laid_out.is_file() else {}
    finished = parquet.read_metadata(rows).num_rows if rows.is_file() else 0
    return sweep_message(f"sweeps/{folder.name}", known, content, finished)


def sweep_message(name: str, about: Mapping[str, Any], content: Mapping[str, Any], finished: int) -> pb.Sweep:
    """A sweep: ``about`` who asked for it and when, ``content`` what it is once it is laid out."""
    return pb.Sweep(
        name=name,
        pipeline=about["pipeline"],
        parameters=content.get("parameters", ()),
        combinations=content.get("combinations", 0),
        finished=finished,
        refused=content.get("refused", {}),
        digests=plan_pb2.PlanDigests(**content["digests"]) if content else None,
        data_digest=content.get("data", ""),
        period=period(content["from"], content["to"]) if content else None,
        create_time=instant(about["create_time"]),
        author=about["author"],
    )


def read_rows(folder: Path, request: pb.ListSweepRowsRequest) -> pa.Table:
    """The rows of a sweep that a request asks for, in the order that it asks for.

    Raises:
        SweepError: There is no such metric.
    """
    import pyarrow as pa
    import pyarrow.compute as pc
    from pyarrow import parquet

    from radar.research.sweep.ranking import DEFAULT, metric, ranked

    metric(request.order_by or DEFAULT)
    if request.min_trades < 0:
        raise CallError(
            grpc.StatusCode.INVALID_ARGUMENT,
            "MIN_TRADES_INVALID",
            f"min_trades is {request.min_trades}",
            expected="0 or more",
        )
    path = folder / ROWS
    if not path.is_file():
        return pa.table({})
    table = parquet.read_table(path)
    if request.min_trades:
        table = table.filter(pc.greater_equal(table["trades"], request.min_trades))
    if request.assets and "asset" in table.column_names:
        table = table.filter(pc.is_in(table["asset"], pa.array(list(request.assets), pa.string())))
    if not request.ascending:
        return ranked(table, request.order_by or DEFAULT)
    keys = [(request.order_by or DEFAULT, "ascending"), ("combination", "ascending")]
    return table.sort_by(keys)


def with_metrics(table: pa.Table, places: Sequence[int], sweep: pb.Sweep) -> list[pb.SweepRow]:
    """Some rows of a table as messages."""
    if not places:
        return []
    end = sweep.period.end.ToMilliseconds() if sweep.period.HasField("end") else None
    found = []
    for row in table.slice(places[0], len(places)).to_pylist():
        values = [written(row[name]) for name in sweep.parameters]
        start = int(row["start"].timestamp() * 1000)
        found.append(
            pb.SweepRow(
                row=row["combination"],
                asset=row.get("asset", ""),
                values=values,
                metrics=metrics(row),
                was_liquidated=row["liquidated"],
                period=period(start, end),
                command=_command(sweep, values, row.get("asset", "")),
            )
        )
    return found


def _command(sweep: pb.Sweep, values: Sequence[str], asset: str) -> str:
    """The command line of a row's back-test, for the pipeline's file as the caller has it."""
    words = ["radarctl", "backtest", f"{sweep.pipeline}.yaml"]
    words += ["--asset", asset] if asset else []
    for name, value in zip(sweep.parameters, values, strict=True):
        words += ["--set", f"{name}={value}"]
    return " ".join(word if _plain(word) else f"'{word}'" for word in words)


def _plain(word: str) -> bool:
    return all(sign.isalnum() or sign in "_-./=:,@%+" for sign in word)
