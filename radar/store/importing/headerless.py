"""Tables without a header: the roles of their columns by position, when the numbers bear it out."""

from __future__ import annotations

from dataclasses import replace
from typing import Final

import numpy as np

from radar.errors import DataError
from radar.store.importing.numbers import read_numbers
from radar.store.importing.source_file import SourceTable
from radar.store.importing.times import read_times
from radar.store.layout import Kind

__all__ = ["with_header"]

_ORDER: Final[dict[Kind, tuple[str, ...]]] = {
    "candles": ("time", "open", "high", "low", "close", "volume"),
    "funding": ("time", "rate"),
    "open_interest": ("time", "open_interest", "open_interest_value"),
}
_SEEN: Final = 200
_MOSTLY: Final = 0.95


def with_header(source: SourceTable, kind: Kind | None) -> SourceTable:
    """The table with names for its columns: time first, then the values in the order every exchange uses.

    Candles are recognised by their shape (no price is above the third or below the fourth column); any other kind must
    be named, because two columns of numbers may be anything.

    Raises:
        DataError: The kind is not known or the columns are not those of the kind.
    """
    wide = len(source.columns) >= 6
    if kind is None and not wide:
        raise DataError(
            f"{source.path} has no header and {len(source.columns)} columns, which may be anything",
            expected="a header, or six columns of candles: time, open, high, low, close, volume",
            next_step="add a header line, or name the kind: --kind funding (time, rate) or --kind open_interest",
            code="data-kind",
        )
    kind = kind or "candles"
    order = _ORDER[kind]
    needed = order if kind == "candles" else order[:2]
    if len(source.columns) < len(needed) or (kind == "candles" and not _look_like_candles(source)):
        raise DataError(
            f"{source.path} has no header and its columns are not those of {kind.replace('_', ' ')}",
            expected="columns " + ", ".join(needed) + " in this order, or a header that names them",
            next_step="add a header line, or name the columns by number: --column time=1 --column open=2",
            code="data-column",
        )
    rest = [f"column_{number}" for number in range(len(order) + 1, len(source.columns) + 1)]
    return replace(source, names=(*order, *rest)[: len(source.columns)])


def _look_like_candles(source: SourceTable) -> bool:
    head = replace(source, columns=tuple(column.slice(0, _SEEN) for column in source.columns))
    read_times(head, 0)
    opens, highs, lows, closes, _ = (read_numbers(head, column) for column in range(1, 6))
    good = (highs >= opens) & (highs >= closes) & (lows <= opens) & (lows <= closes)
    return bool(np.mean(good) >= _MOSTLY)
