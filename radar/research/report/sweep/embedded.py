"""What the page of a sweep draws from: the metrics of every combination in few bytes."""

from __future__ import annotations

import base64
import shlex
from typing import TYPE_CHECKING, Any

import numpy as np

from radar.market.instant import format_instant
from radar.research.report.packing import pack_steps
from radar.research.sweep.laid_out import Sweep
from radar.research.sweep.ranking import RANKED

if TYPE_CHECKING:
    import pyarrow as pa

FORMAT = "radar.sweep.report/1"

MOST_VALUES = 3_000_000
"""Values that a page holds; a larger sweep leaves out the metrics that are looked at least."""

LEAST_METRICS = 6


def payload(sweep: Sweep, table: pa.Table, sort: str) -> dict[str, Any]:
    """Axes, metrics, and by asset the numbers and metrics of the combinations, in 32 bits each."""
    names = [sort, *(name for name in RANKED if name != sort)]
    names = names[: max(MOST_VALUES // max(table.num_rows, 1), LEAST_METRICS)]
    shorts = short_names([axis.target for axis in sweep.grid.axes])
    return {
        "format": FORMAT,
        "sort": sort,
        "axes": [
            {
                "name": axis.target,
                "short": short,
                "values": list(axis.values),
                "overrides": [shlex.quote(axis.override(value)) for value in range(len(axis.values))],
            }
            for axis, short in zip(sweep.grid.axes, shorts, strict=True)
        ],
        "metrics": [
            {
                "name": one.name,
                "title": one.title,
                "unit": one.unit,
                "digits": one.digits,
                "more": one.better == "more",
                "signed": one.signed,
            }
            for one in (RANKED[name] for name in names)
        ],
        "assets": [_asset(sweep, table, asset, names) for asset in sweep.assets or ("",)],
    }


def _asset(sweep: Sweep, table: pa.Table, asset: str, names: list[str]) -> dict[str, Any]:
    import pyarrow.compute as pc

    mine = table.filter(pc.equal(table["asset"], asset)) if asset else table
    words = [f"--asset {one}" for one in ([asset] if asset else sweep.request.assets or ())]
    words += [f"--set {shlex.quote(one)}" for one in sweep.request.fixed]
    period = [
        f"{option} {format_instant(instant)}"
        for option, instant in (("--from", sweep.begin), ("--to", sweep.request.end))
        if instant is not None
    ]
    return {
        "asset": asset,
        "numbers": pack_steps(mine["combination"].to_numpy().astype(np.int64)),
        "values": {name: _packed(mine[name].to_numpy()) for name in names},
        "before": " ".join(["radarctl backtest", shlex.quote(file_name(sweep)), *words]),
        "after": " ".join(period),
    }


def file_name(sweep: Sweep) -> str:
    """The pipeline's file, without the folder that it lies in here."""
    return sweep.groups[0].space.base.path.rpartition("/")[2]


def short_names(names: list[str]) -> list[str]:
    """The last words of parameters' names where they differ; else whole names."""
    last = [name.rpartition(".")[2] for name in names]
    return last if len(set(last)) == len(last) else names


def _packed(values: np.ndarray) -> str:
    """32-bit floats, least byte first, as base64; what is not defined is NaN."""
    return base64.b64encode(values.astype("<f4").tobytes()).decode("ascii")
