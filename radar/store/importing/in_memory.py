"""Candles that a program holds already, under the same rules as those of a file."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pyarrow as pa

from radar.errors import DataError
from radar.market.timeframe import Timeframe
from radar.store.importing.columns import read_rows
from radar.store.importing.identity import modal_step
from radar.store.importing.source_file import SourceTable
from radar.store.instants import format_instant
from radar.store.layout import Market, SeriesKey, read_market
from radar.store.series import Candles, make_series

__all__ = ["candles_from_table"]


def candles_from_table(
    table: pa.Table,
    *,
    asset: str,
    timeframe: Timeframe | str | None = None,
    venue: str = "table",
    market: Market = "perp",
) -> Candles:
    """The candles of an Arrow table; its columns are recognised by name and its times by unit, as in an import.

    Args:
        table: One row a bar, in order of time.
        asset: ``BTC``, or ``XRP-BTC`` when the quote is not USDT.
        timeframe: The bars' length; None takes the commonest distance of the times.
        venue: The exchange to name in results.
        market: ``perp`` or ``spot``.

    Raises:
        DataError: A column is missing or holds a cell that cannot be read, or times do not strictly increase.
        InvalidValueError: The rows' distance is no timeframe.
    """
    source = SourceTable(
        Path("table"),
        tuple(table.column_names),
        tuple(column.combine_chunks() for column in table.columns),
        lambda row: f"table row {row + 1}",
    )
    if source.rows == 0:
        raise DataError("the table has no rows", expected="at least one bar", code="data-empty")
    rows = read_rows(source, "candles", {})
    back = np.flatnonzero(rows.time[1:] <= rows.time[:-1])
    if len(back):
        row = int(back[0]) + 1
        raise DataError(
            f"{source.place(row)}: {format_instant(int(rows.time[row]))} does not follow the time before it",
            expected="times that strictly increase",
            next_step="sort the table by time and drop rows that are doubled",
            code="data-store-order",
        )
    if isinstance(timeframe, str):
        timeframe = Timeframe.parse(timeframe)
    if timeframe is None:
        step = modal_step(rows.time)
        if step is None:
            raise DataError("a table of one row tells no timeframe", next_step="pass timeframe", code="data-timeframe")
        timeframe = Timeframe(step)
    key = SeriesKey("candles", venue, read_market(market), asset.upper(), timeframe)
    series = make_series(key, {"time": rows.time, **rows.values})
    assert isinstance(series, Candles)
    return series
