"""New rows joined to the stored ones: nothing lost, nothing twice, and a contradiction is never settled in silence."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from radar.errors import DataError
from radar.store.instants import format_instant
from radar.store.layout import SeriesKey
from radar.store.parquet_file import Columns
from radar.store.series import Times, floor_to_minute

__all__ = ["Merged", "merge_columns", "settle_time"]

DescribeRow = Callable[[int], str]


@dataclass(frozen=True, slots=True)
class Merged:
    """The rows of a series after a merge, and what became of each new row.

    Attributes:
        columns: All rows, times strictly increasing.
        added: Rows that were new.
        unchanged: Rows that were stored already with the same values.
        replaced: Rows that took the place of others with the same time.
        repeated: Rows that the new data held more than once.
        reordered: Whether the new rows were out of order.
    """

    columns: Columns
    added: int
    unchanged: int
    replaced: int
    repeated: int
    reordered: bool


def merge_columns(
    key: SeriesKey, stored: Columns | None, new: Columns, *, replace: bool, describe_row: DescribeRow
) -> Merged:
    """Join `new` rows to the `stored` ones of one series.

    Rows are the same row when their time is: the open time of a bar; for funding and open interest the stamp's whole
    minute, because sources differ in the milliseconds of a stamp. Equal rows count once, and the stored one stays.

    Args:
        key: The series.
        stored: Its rows so far, or None.
        new: Rows in any order.
        replace: The later of two rows that contradict each other wins, instead of an error.
        describe_row: The place of a new row in its source, for messages (``line 12``).

    Raises:
        DataError: Two rows have one time and different values (``data-conflict``), or the stored rows are not in
            order (``data-store-order``).
    """
    identity = settle_time(key, new["time"])
    order = np.argsort(identity, kind="stable")
    reordered = bool(np.any(identity[1:] < identity[:-1]))
    unique = _unique_rows(key, new, identity, order, replace, describe_row)
    repeated = len(identity) - len(unique)
    rows: Columns = {name: column[unique] for name, column in new.items()}
    if stored is None:
        return Merged(rows, len(unique), 0, 0, repeated, reordered)

    times, candidates = settle_time(key, stored["time"]), identity[unique]
    if np.any(times[1:] <= times[:-1]):
        raise DataError(
            f"the stored rows of {key} are out of order or doubled",
            next_step=f"see them: radarctl data verify; then import {key.kind} again into an empty store",
            code="data-store-order",
        )
    places = np.searchsorted(times, candidates)
    met = np.zeros(len(candidates), dtype=np.bool_)
    inside = places < len(times)
    met[inside] = times[places[inside]] == candidates[inside]
    differs = met.copy()
    differs[met] = _differ(key, {n: c[met] for n, c in rows.items()}, {n: c[places[met]] for n, c in stored.items()})
    if differs.any() and not replace:
        first = int(np.flatnonzero(differs)[0])
        raise _conflict(key, rows, first, describe_row(int(unique[first])), stored, int(places[first]), "the store")
    result = {name: column.copy() for name, column in stored.items()}
    for name, column in result.items():
        column[places[differs]] = rows[name][differs]
    fresh = ~met
    joined = {name: np.concatenate([column, rows[name][fresh]]) for name, column in result.items()}
    final = np.argsort(settle_time(key, joined["time"]), kind="stable")
    changed = int(differs.sum())
    return Merged(
        {name: column[final] for name, column in joined.items()},
        int(fresh.sum()),
        int(met.sum()) - changed,
        changed,
        repeated,
        reordered,
    )


def settle_time(key: SeriesKey, time: Times) -> Times:
    """What makes two rows the same row: a bar's open time, an external stamp's whole minute."""
    return time if key.kind == "candles" else floor_to_minute(time)


def _unique_rows(
    key: SeriesKey, new: Columns, identity: Times, order: NDArray[np.intp], replace: bool, describe_row: DescribeRow
) -> NDArray[np.intp]:
    later, earlier = order[1:], order[:-1]
    same = identity[later] == identity[earlier]
    if same.any() and not replace:
        pair_later, pair_earlier = later[same], earlier[same]
        differs = _differ(key, {n: c[pair_later] for n, c in new.items()}, {n: c[pair_earlier] for n, c in new.items()})
        if differs.any():
            at = int(np.flatnonzero(differs)[0])
            second, first = int(pair_later[at]), int(pair_earlier[at])
            raise _conflict(key, new, second, describe_row(second), new, first, describe_row(first))
    # The first of equal rows stays; with `replace` the last one counts.
    distinct = np.ones(1, dtype=np.bool_)
    keep = np.concatenate([~same, distinct] if replace else [distinct, ~same])
    unique: NDArray[np.intp] = order[keep[: len(order)]]
    return unique


def _differ(key: SeriesKey, left: Columns, right: Columns) -> NDArray[np.bool_]:
    differs = np.zeros(len(left["time"]), dtype=np.bool_)
    for name in key.columns:
        both_nan = np.isnan(left[name]) & np.isnan(right[name])
        differs |= (left[name] != right[name]) & ~both_nan
    return differs


def _conflict(
    key: SeriesKey, new: Columns, row: int, new_place: str, old: Columns, old_row: int, old_place: str
) -> DataError:
    pairs = [(name, float(new[name][row]), float(old[name][old_row])) for name in key.columns]
    detail = ", ".join(f"{name} {mine!r} against {other!r}" for name, mine, other in pairs if mine != other)
    return DataError(
        f"{new_place} contradicts {old_place} for {key} at {format_instant(int(new['time'][row]))}: {detail}",
        expected="one row a time, or equal rows",
        next_step="keep the later values with --replace, or remove the row that is wrong",
        code="data-conflict",
    )
