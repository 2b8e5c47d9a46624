"""The table of a sweep: one row a combination that was run, in the order of the grid."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

import numpy as np

from radar.market.metrics import METRICS
from radar.research.sweep.grid import Grid
from radar.research.sweep.group import Group

if TYPE_CHECKING:
    import pyarrow as pa

OUTCOMES = ("rows", "open_positions", "refusals", "liquidated")
"""Columns behind the metrics: tradable bars that were run, positions open at the end, entries that were not taken, and
whether the account was liquidated."""


def table_of(groups: Sequence[Group], grid: Grid, assets: Sequence[str]) -> pa.Table:
    """The rows of what is done.

    Columns: ``asset`` when ``assets`` are swept one by one, ``combination`` (its number in the grid), the parameters,
    every metric of :data:`radar.market.metrics.METRICS` (null: not defined), ``start`` (the first bar that may trade,
    ms UTC) and :data:`OUTCOMES`. Rows by asset, then combination.
    """
    import pyarrow as pa

    rows = [np.flatnonzero(group.done) for group in groups]
    numbers = [group.space.numbers[done] for group, done in zip(groups, rows, strict=True)]
    place = {asset: number for number, asset in enumerate(assets)}
    asset = _joined([np.full(len(one), place.get(group.asset, 0)) for group, one in zip(groups, numbers, strict=True)])
    number = _joined(numbers)
    order = np.lexsort((number, asset))
    columns: dict[str, Any] = {}
    if assets:
        columns["asset"] = pa.array([assets[one] for one in asset[order]], pa.string())
    columns["combination"] = pa.array(number[order], pa.int64())
    values = np.unravel_index(number[order], grid.lengths)
    for axis, chosen in zip(grid.axes, values, strict=True):
        cells = axis.cells
        columns[axis.target] = pa.array(cells).take(pa.array(chosen))
    metrics = _joined([group.metrics[done] for group, done in zip(groups, rows, strict=True)])[order]
    for name in METRICS.names or ():
        unknown = np.isnan(metrics[name])
        columns[name] = pa.array(np.where(unknown, 0.0, metrics[name]), mask=unknown)
    starts = [group.feed.times[group.starts[done]] for group, done in zip(groups, rows, strict=True)]
    columns["start"] = pa.array(_joined(starts)[order], pa.int64()).cast(pa.timestamp("ms", tz="UTC"))
    outcomes = _joined([group.outcomes[done] for group, done in zip(groups, rows, strict=True)])[order]
    for name in OUTCOMES:
        column = outcomes[name] if name != "liquidated" else outcomes[name].astype(bool)
        columns[name] = pa.array(column)
    return pa.table(columns)


def restore(groups: Sequence[Group], grid: Grid, table: pa.Table) -> int:
    """Take over the rows of an earlier table of the same sweep; return how many are of no combination of this one."""
    places = {
        (group.asset, int(number)): (at, place)
        for at, group in enumerate(groups)
        for place, number in enumerate(group.space.numbers)
    }
    known = [{cell: value for value, cell in enumerate(axis.cells)} for axis in grid.axes]
    parameters = [table[axis.target].to_pylist() for axis in grid.axes]
    assets = table["asset"].to_pylist() if "asset" in table.column_names else [""] * table.num_rows
    found: list[tuple[int, int, int]] = []
    for row, asset in enumerate(assets):
        values = [cells.get(column[row], -1) for cells, column in zip(known, parameters, strict=True)]
        if min(values) < 0:
            continue
        number = int(np.ravel_multi_index(values, grid.lengths))
        if (asset, number) in places:
            found.append((row, *places[asset, number]))
    rows, owners, at = np.array(found, np.int64).reshape(-1, 3).T
    for owner, group in enumerate(groups):
        mine = owners == owner
        for names, target in ((METRICS.names or (), group.metrics), (OUTCOMES, group.outcomes)):
            for name in names:
                column = table[name].to_numpy()
                target[name][at[mine]] = column[rows[mine]]
        group.done[at[mine]] = True
    return int(table.num_rows) - len(found)


def _joined(parts: Sequence[np.ndarray]) -> np.ndarray:
    return np.concatenate(parts) if parts else np.zeros(0, np.int64)
