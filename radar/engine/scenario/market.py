"""The market of a case as a source that the engine reads like a store."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path

import numpy as np

from radar.engine.scenario.given import ANY, START, Given, Stamp
from radar.engine.scenario.stream import Stream
from radar.errors import DataError
from radar.market.timeframe import Timeframe
from radar.store import Candles, Funding, OpenInterest, SeriesKey
from radar.store.series import make_series

__all__ = ["GivenMarket", "market_of"]

VENUE = "table"
"""What the engine takes for "no venue": the other series are looked up without one."""
MOST_STAMPS = 1_000_000
_ROWS = ("open", "high", "low", "close", "volume")


class GivenMarket:
    """Series in memory, by asset: candles of one timeframe, and external series that end with them."""

    def __init__(
        self,
        candles: Mapping[str, Candles],
        timeframe: Timeframe,
        funding: Mapping[str, Funding],
        open_interest: Mapping[str, OpenInterest],
    ) -> None:
        self._candles = candles
        self._timeframe = timeframe
        self._funding = funding
        self._open_interest = open_interest

    def candles(
        self,
        asset: str,
        timeframe: Timeframe | str,
        *,
        venue: str | None = None,  # noqa: ARG002 - a case has one market
        start: int | None = None,
        end: int | None = None,
    ) -> Candles:
        """The bars of ``asset``. Slower ones are made of the given ones, complete buckets only."""
        wanted = Timeframe.parse(timeframe) if isinstance(timeframe, str) else timeframe
        found = self._candles[asset]
        if wanted != self._timeframe:
            if not wanted.is_multiple_of(self._timeframe):
                raise DataError(
                    f"the case gives candles of {self._timeframe}, and {wanted} ones are asked for",
                    expected=f"a timeframe that holds whole bars of {self._timeframe}",
                )
            found = _slower(found, wanted)
        keep = _between(found.time, start, end)
        return _candles(asset, wanted, found.time[keep], [getattr(found, name)[keep] for name in _ROWS])

    def funding(
        self,
        asset: str,
        *,
        venue: str | None = None,  # noqa: ARG002 - a case has one market
        start: int | None = None,
        end: int | None = None,
    ) -> Funding | None:
        """The settlements of ``asset``, or None."""
        found = self._funding.get(asset)
        if found is None:
            return None
        keep = _between(found.time, start, end)
        return Funding(found.key, found.time[keep], found.rate[keep])

    def open_interest(
        self,
        asset: str,
        timeframe: Timeframe | str | None = None,  # noqa: ARG002 - readings stand at their own instants
        *,
        venue: str | None = None,  # noqa: ARG002 - a case has one market
        start: int | None = None,
        end: int | None = None,
    ) -> OpenInterest | None:
        """The open interest of ``asset``, or None."""
        found = self._open_interest.get(asset)
        if found is None:
            return None
        keep = _between(found.time, start, end)
        return OpenInterest(found.key, found.time[keep], found.open_interest[keep], found.open_interest_value[keep])


def market_of(given: Given, assets: Sequence[str], base: Timeframe) -> GivenMarket:
    """The market that ``given`` writes out, for the assets of a plan and its base clock.

    Raises:
        DataError: A file of candles cannot be read or has bars of another length.
    """
    start = given.start.milliseconds if given.start is not None else START
    candles = {}
    for asset in assets:
        stream = given.streams.get(asset, given.streams.get(ANY))
        if stream is not None:
            candles[asset] = _written(asset, base, start, stream)
        else:
            candles[asset] = _from_file(asset, base, given.files.get(asset) or given.files[ANY])
    first = min(int(one.time[0]) for one in candles.values())
    last = max(int(one.time[-1]) for one in candles.values()) + base.milliseconds
    funding, interest = {}, {}
    for asset in assets:
        rates = given.funding.get(asset, given.funding.get(ANY))
        if rates is not None:
            time, values = _stamped(rates, first, last)
            key = SeriesKey("funding", VENUE, "perp", asset)
            made = make_series(key, {"time": time, "rate": values})
            assert isinstance(made, Funding)
            funding[asset] = made
        readings = given.open_interest.get(asset, given.open_interest.get(ANY))
        if readings is not None:
            time, values = _stamped(readings, first, last)
            key = SeriesKey("open_interest", VENUE, "perp", asset, base)
            nothing = np.full(len(values), np.nan)
            columns = {"time": time, "open_interest": values, "open_interest_value": nothing}
            series = make_series(key, columns)
            assert isinstance(series, OpenInterest)
            interest[asset] = series
    return GivenMarket(candles, base, funding, interest)


def _candles(asset: str, timeframe: Timeframe, time: np.ndarray, columns: Sequence[np.ndarray]) -> Candles:
    key = SeriesKey("candles", VENUE, "perp", asset, timeframe)
    made = make_series(key, {"time": time, **dict(zip(_ROWS, columns, strict=True))})
    assert isinstance(made, Candles)
    return made


def _written(asset: str, base: Timeframe, start: int, stream: Stream) -> Candles:
    rows = np.array(stream.rows, np.float64)
    time = start + np.array(stream.slots, np.int64) * base.milliseconds
    return _candles(asset, base, time, [rows[:, column] for column in range(5)])


def _from_file(asset: str, base: Timeframe, path: Path) -> Candles:
    from radar.store.importing.columns import read_rows
    from radar.store.importing.headerless import with_header
    from radar.store.importing.identity import modal_step
    from radar.store.importing.source_file import read_source

    rows = read_rows(with_header(read_source(path), "candles"), "candles", {})
    order = np.argsort(rows.time, kind="stable")
    time = rows.time[order]
    if len(time) == 0 or bool((np.diff(time) == 0).any()):
        what = "has no rows" if len(time) == 0 else "has two rows of one time"
        raise DataError(f"{path.name} {what}", expected="a row for each bar, each time once")
    step = modal_step(time)
    if step is not None and step != base.milliseconds:
        raise DataError(
            f"the bars of {path.name} are {step // 60_000} minutes long, and the pipeline runs on {base}",
            expected=f"bars of {base}",
        )
    return _candles(asset, base, time, [rows.values[name][order] for name in _ROWS])


def _slower(candles: Candles, wanted: Timeframe) -> Candles:
    assert candles.key.timeframe is not None
    members = wanted.milliseconds // candles.key.timeframe.milliseconds
    bucket = candles.time - candles.time % wanted.milliseconds
    times, first, counts = np.unique(bucket, return_index=True, return_counts=True)
    whole = counts == members
    begin = first[whole]
    rows = begin[:, None] + np.arange(members)
    columns = [
        candles.open[begin],
        candles.high[rows].max(axis=1, initial=-np.inf),
        candles.low[rows].min(axis=1, initial=np.inf),
        candles.close[begin + members - 1],
        candles.volume[rows].sum(axis=1),
    ]
    return _candles(candles.key.asset, wanted, times[whole], columns)


def _stamped(stamps: Sequence[Stamp], first: int, last: int) -> tuple[np.ndarray, np.ndarray]:
    """Times and values of stamps; of two at one instant the later written wins. Repetition ends with the candles."""
    values: dict[int, float] = {}
    for stamp in stamps:
        at = stamp.at.since(first)
        if stamp.every and (last - at) // stamp.every > MOST_STAMPS:
            raise DataError(
                f"a value every {stamp.every / 60_000:g} minutes makes more than {MOST_STAMPS:,} of them",
                expected="a longer every:",
            )
        for time in range(at, last, stamp.every) if stamp.every else (at,):
            values[time] = stamp.value
    times = sorted(values)
    return np.array(times, np.int64), np.array([values[time] for time in times], np.float64)


def _between(times: np.ndarray, start: int | None, end: int | None) -> slice:
    first = 0 if start is None else int(np.searchsorted(times, start))
    last = len(times) if end is None else int(np.searchsorted(times, end))
    return slice(first, max(first, last))
