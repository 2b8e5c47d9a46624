"""Which series a table is: what the user said, then what the file says of itself, then what its name tells."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Final

import numpy as np

from radar.errors import DataError, InvalidValueError
from radar.market.instant import format_instant
from radar.market.timeframe import DAY, MINUTE, Timeframe
from radar.store.importing.columns import possible_kinds, snake_case
from radar.store.importing.file_name import NameEvidence, read_name, read_symbol
from radar.store.importing.numbers import column_as_text
from radar.store.importing.source_file import SourceTable
from radar.store.instants import format_duration
from radar.store.layout import Kind, Market, SeriesKey, asset_name, read_kind, read_market
from radar.store.series import Times, floor_to_minute

__all__ = ["Given", "choose_kind", "evidence_of", "identify", "modal_step"]

_SYMBOL_COLUMNS: Final = frozenset(
    {"symbol", "pair", "instrument", "instrument_id", "inst_id", "asset", "ticker", "tic", "coin"}
)


@dataclass(frozen=True, slots=True)
class Given:
    """What the user said of a file; None is "find out"."""

    kind: Kind | None = None
    venue: str | None = None
    market: Market | None = None
    asset: str | None = None
    quote: str | None = None
    timeframe: Timeframe | None = None


def evidence_of(source: SourceTable) -> NameEvidence:
    """What the file's metadata, its symbol column and its name tell, in this order of weight.

    Raises:
        DataError: A symbol column holds several symbols, or another one than the file's name.
    """
    named = read_name(source.path)
    own = source.metadata
    if "radar.kind" in own:
        coin = own["radar.asset"].partition("-")[0]
        length = own.get("radar.timeframe")
        return NameEvidence(
            read_kind(own["radar.kind"]),
            own["radar.venue"],
            read_market(own["radar.market"]),
            coin,
            own["radar.quote"],
            Timeframe.parse(length) if length else None,
        )
    symbol = _symbol_column(source)
    if symbol is None:
        return named
    base, quote, market = read_symbol(symbol)
    if named.base is not None and base is not None and named.base != base:
        raise DataError(
            f"{source.path}: the file's name says {named.base} and its symbol column says {symbol}",
            expected="one asset",
            next_step=f"say which: --asset {base}",
            code="data-asset-ambiguous",
        )
    return replace(named, base=base or named.base, quote=quote or named.quote, market=market or named.market)


def choose_kind(source: SourceTable, given: Given, evidence: NameEvidence, columns: Mapping[str, str]) -> Kind:
    """What the table holds.

    Raises:
        DataError: It may be several kinds, or holds prices that are not those of trades.
    """
    if given.kind is not None:
        return given.kind
    if evidence.price is not None:
        raise DataError(
            f"{source.path} holds {evidence.price} prices by its name; the store keeps candles of trades",
            expected="candles, funding or open interest",
            next_step="leave the file out; if it does hold trade candles, say so: --kind candles",
            code="data-kind",
        )
    possible = possible_kinds(source, columns)
    if evidence.kind is not None and (evidence.kind in possible or evidence.rate_in_open or not possible):
        return evidence.kind
    if len(possible) == 1:
        return possible[0]
    if not possible:
        # The error about the missing columns of the commonest kind says more than "unknown".
        return "candles"
    raise DataError(
        f"{source.path} has the columns of {' and of '.join(possible)}",
        expected="one kind of series in a file",
        next_step=f"say which to import: --kind {possible[0]}",
        code="data-kind",
    )


def identify(source: SourceTable, kind: Kind, time: Times, given: Given, evidence: NameEvidence) -> SeriesKey:
    """The key of the series.

    Raises:
        DataError: Something is not known (the message names the option that tells it), or the timeframe of the name
            is not that of the rows.
    """
    base, quote = evidence.base, given.quote or evidence.quote
    market = given.market or evidence.market
    if given.asset is not None:
        base, told_quote, told_market = _told_asset(given.asset)
        quote = told_quote or given.quote or (evidence.quote if base == evidence.base else None)
        market = given.market or told_market or evidence.market
    if kind != "candles":
        market = "perp"
    venue = (given.venue or evidence.venue or "").lower()
    unknown = [name for name, value in (("venue", venue), ("market", market), ("asset", base)) if not value]
    if unknown:
        examples = {"venue": "--venue binance", "market": "--market perp (or spot)", "asset": "--asset BTC"}
        raise DataError(
            f"{source.path} does not tell its {' and '.join(unknown)}",
            expected="a name like candles/binance/BTC-USDT-PERP/1h.parquet, or options",
            next_step="add " + " ".join(examples[name] for name in unknown),
            code="data-unnamed",
        )
    assert base is not None
    assert market is not None
    timeframe = None if kind == "funding" else _timeframe(source, kind, time, given, evidence)
    return SeriesKey(kind, venue, market, asset_name(base, quote), timeframe)


def modal_step(time: Times) -> int | None:
    """The commonest distance between neighbouring times in milliseconds; the smallest of equals; None below two."""
    steps = np.diff(np.unique(time))
    if not len(steps):
        return None
    values, counts = np.unique(steps, return_counts=True)
    return int(values[np.argmax(counts)])


def _timeframe(source: SourceTable, kind: Kind, time: Times, given: Given, evidence: NameEvidence) -> Timeframe:
    stamps = time if kind == "candles" else floor_to_minute(time)
    step = modal_step(stamps)
    wanted = given.timeframe or evidence.timeframe
    if step is None:
        if wanted is not None:
            return wanted
        raise DataError(
            f"{source.path} has one row, which tells no timeframe",
            next_step="add --timeframe 1h",
            code="data-timeframe",
        )
    if wanted is not None:
        aligned = float(np.mean(stamps % wanted.milliseconds == 0))
        told = "--timeframe says" if given.timeframe else "its name says"
        if step % wanted.milliseconds == 0:
            if aligned > 0.5 or kind != "candles":
                return wanted
            raise _misaligned(source, stamps, wanted, told)
        raise DataError(
            f"{source.path}: {told} {wanted} but most rows are {format_duration(step)} apart",
            expected=f"rows {wanted} apart",
            next_step=f"correct the name or say the timeframe: {_suggestion(step)}",
            code="data-timeframe",
        )
    try:
        return Timeframe(step)
    except InvalidValueError as error:
        raise DataError(
            f"{source.path}: most rows are {format_duration(step)} apart, which is no timeframe",
            expected=error.expected,
            next_step="if rows are missing, say the timeframe: --timeframe 1m",
            code="data-timeframe",
        ) from error


def _misaligned(source: SourceTable, time: Times, timeframe: Timeframe, told: str) -> DataError:
    off = np.flatnonzero(time % timeframe.milliseconds)
    row, opens = int(off[0]), int(time[off[0]])
    before = opens - opens % timeframe.milliseconds
    return DataError(
        f"{source.place(row)}: {told} {timeframe}, but {len(off):,} of {len(time):,} rows do not open at a multiple of "
        f"it; the first such row opens at {format_instant(opens)}",
        expected=f"a bar that opens at {format_instant(before)} or {format_instant(before + timeframe.milliseconds)}",
        next_step="write the times at which the bars open, in UTC: not those of another time zone, nor closing times",
        code="data-misaligned",
    )


def _suggestion(step: int) -> str:
    valid = step >= MINUTE and step % MINUTE == 0 and DAY % step == 0
    return f"--timeframe {Timeframe(step)}" if valid else "--timeframe 1m"


def _told_asset(text: str) -> tuple[str, str | None, Market | None]:
    base, quote, market = read_symbol(text)
    if base is None:
        raise DataError(f"{text!r} is not an asset", expected="BTC, XRP-BTC or BTC-USDT-PERP", code="data-name")
    return base, quote, market


def _symbol_column(source: SourceTable) -> str | None:
    for column, name in enumerate(source.names):
        if snake_case(name) not in _SYMBOL_COLUMNS:
            continue
        cells = column_as_text(source, column)
        if cells is None:
            continue
        values = cells.unique().to_pylist()
        if len(values) > 1:
            raise DataError(
                f"{source.path} holds {len(values)} symbols: {', '.join(values[:5])}",
                expected="one symbol a file",
                next_step="split the file by its symbol column and import the parts",
                code="data-asset-ambiguous",
            )
        return str(values[0])
    return None
