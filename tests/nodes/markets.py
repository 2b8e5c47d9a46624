"""Candles to test on: random walks, real markets (also in their worst hours), flat ones, and ones with holes."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace
from functools import cache
from pathlib import Path

import numpy as np
import pyarrow.parquet as parquet

from radar.market.bar import Bar

DATA = Path(__file__).resolve().parent.parent / "data"
MINUTE = 60_000
HOUR = 60 * MINUTE
START = 1_704_067_200_000
"""2024-01-01 00:00 UTC."""


@dataclass(frozen=True)
class Bars:
    """Candles as arrays of one length."""

    time: np.ndarray
    open: np.ndarray
    high: np.ndarray
    low: np.ndarray
    close: np.ndarray
    volume: np.ndarray

    def __len__(self) -> int:
        return len(self.time)

    def __getitem__(self, part: slice | np.ndarray) -> Bars:
        return Bars(*(column[part] for column in vars(self).values()))

    def rows(self) -> Iterator[Bar]:
        """One bar after the other, as the kernel passes them."""
        for row in zip(*(column.tolist() for column in vars(self).values()), strict=True):
            yield Bar(*row)

    def missing(self, *indices: int) -> Bars:
        """The same candles with every number of the bars at ``indices`` unknown (NaN)."""
        columns = {name: getattr(self, name).copy() for name in ("open", "high", "low", "close", "volume")}
        for column in columns.values():
            column[list(indices)] = np.nan
        return replace(self, **columns)

    def without(self, *indices: int) -> Bars:
        """The same candles with the bars at ``indices`` left out: a gap in time."""
        return self[np.delete(np.arange(len(self)), list(indices))]


def walk(seed: int, count: int, *, step: float = 0.01, start: float = 100.0, interval: int = HOUR) -> Bars:
    """A driftless geometric random walk, 16 steps a bar, with volumes that vary by orders of magnitude."""
    random = np.random.default_rng(seed)
    moves = random.normal(0.0, step / 4.0, (count, 16)).cumsum().reshape(count, 16)
    path = start * np.exp(moves)
    opens = np.concatenate([[start], path[:-1, -1]])
    return Bars(
        START + interval * np.arange(count, dtype=np.int64),
        opens,
        np.maximum(path.max(axis=1), opens),
        np.minimum(path.min(axis=1), opens),
        path[:, -1].copy(),
        np.exp(random.normal(3.0, 2.0, count)),
    )


def flat(count: int, *, price: float = 0.1, volume: float = 7.3, interval: int = HOUR) -> Bars:
    """A market that never moves."""
    prices = np.full(count, price)
    times = START + interval * np.arange(count, dtype=np.int64)
    return Bars(times, prices, prices, prices, prices, np.full(count, volume))


@cache
def stored(store: str, market: str, count: int | None = None) -> Bars:
    """Real candles from ``tests/data/STORE/candles/MARKET.parquet``, the first ``count`` of them."""
    table = parquet.read_table(DATA / store / "candles" / f"{market}.parquet")
    return Bars(*(table.column(name).to_numpy()[:count] for name in Bar._fields))


@cache
def markets() -> dict[str, Bars]:
    """A few hundred bars each of markets that have broken indicators before."""
    still = walk(5, 550)
    for column in (still.open, still.high, still.low, still.close):
        column[400:] = still.close[399]
    return {
        "walk": walk(1, 600),
        "wild walk": walk(2, 400, step=0.2),
        "tiny prices": walk(3, 400, start=2.5e-7),
        "real hours": stored("sample", "binance/perp/BTC/1h", 600),
        "crash of 2020": stored("quirks", "binance/perp/ETH/1h"),
        "cascade of 2025": stored("quirks", "binance/perp/DOT/1h"),
        "flat without volume": stored("quirks", "binance/perp/BTC/5m"),
        "thin, with gaps": stored("quirks", "bittrex/spot/XRP-BTC/1m"),
        "never moves": flat(300),
        "stops moving": still,
        "no volume at all": replace(walk(6, 400), volume=np.zeros(400)),
        "volume dries up": replace(walk(7, 400), volume=np.where(np.arange(400) < 200, 1e9, 0.0)),
        "missing bars": walk(8, 400).missing(0, 1, 90, 200, 201, 202, 330),
    }


def together(finer: Bars, fine: int, interval: int) -> Bars:
    """Every ``fine`` bars made one of ``interval`` milliseconds."""
    rows = len(finer) // fine

    def shaped(x: np.ndarray) -> np.ndarray:
        return x[: rows * fine].reshape(rows, fine)

    return Bars(
        finer.time[0] + interval * np.arange(rows, dtype=np.int64),
        shaped(finer.open)[:, 0].copy(),
        shaped(finer.high).max(axis=1),
        shaped(finer.low).min(axis=1),
        shaped(finer.close)[:, -1].copy(),
        shaped(finer.volume).sum(axis=1),
    )


def made_rates(asset: str, spacing: int = 8 * HOUR, count: int = 1500) -> dict[int, float]:
    """Funding that has nothing to do with prices: ``count`` settlements from a day before :data:`START` on.

    A rate leans to one side for some settlements, 0.05 % to 0.1 % mostly, then to the other.
    """
    random = np.random.default_rng(list(asset.encode()))
    leaning = np.sign(np.sin(np.arange(count) * 0.7 + random.uniform(0.0, 6.0)))
    rates = leaning * np.abs(random.normal(0.0008, 0.0004, count))
    return {START - 24 * HOUR + k * spacing: float(rate) for k, rate in enumerate(rates)}


def made_interest(bars: Bars) -> dict[int, float]:
    """Open interest at each bar's open: it jumps by up to 15 % after high volume and falls after low volume.

    It depends on nothing but the bars before, so it says nothing about the bar that it is stamped at.
    """
    found: dict[int, float] = {}
    level = 0.0
    for k in range(len(bars)):
        if k:
            usual = bars.volume[max(k - 20, 0) : k].mean()
            surprise = bars.volume[k - 1] / usual - 1.0 if usual > 0.0 else 0.0
            level = 0.95 * level + float(np.clip(0.04 * surprise, -0.04, 0.15))
        found[int(bars.time[k])] = 1e6 * float(np.exp(level))
    return found
