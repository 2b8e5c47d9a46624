"""The formulas of the strategies specification, section 1, written over whole arrays and without any recursion of ours.

Wilder's averages and the EMA are written as what their recursion adds up to: the seed and every later value, each with
its own power of ``1 - weight``.
"""

from __future__ import annotations

import numpy as np
from numpy.lib.stride_tricks import sliding_window_view

from radar.market.reason import Regime
from tests.nodes.markets import Bars

Numbers = np.ndarray


def windows(x: Numbers, n: int) -> Numbers:
    """Row i is ``x[i - n + 1 .. i]``; the rows before the first full window are NaN."""
    padded = np.concatenate([np.full(n - 1, np.nan), x])
    return sliding_window_view(padded, n)


def sma(x: Numbers, n: int) -> Numbers:
    """Arithmetic mean of the last n values."""
    return windows(x, n).mean(axis=1)


def deviation(x: Numbers, n: int) -> Numbers:
    """Population standard deviation of the last n values."""
    return windows(x, n).std(axis=1, ddof=0)


def exponential(x: Numbers, n: int, weight: float) -> Numbers:
    """Seed: mean of the first n known values; after k more of them, the seed weighs ``(1 - weight) ** k``."""
    result = np.full(len(x), np.nan)
    known = np.flatnonzero(~np.isnan(x))
    values = x[known]
    for k in range(max(len(values) - n + 1, 0)):
        powers = (1.0 - weight) ** np.arange(k, -1, -1)
        later = weight * np.dot(powers[1:], values[n : n + k])
        result[known[n - 1 + k]] = powers[0] * values[:n].mean() + later
    return result


def wilder(x: Numbers, n: int) -> Numbers:
    """Wilder's average of n."""
    return exponential(x, n, 1.0 / n)


def before(x: Numbers) -> Numbers:
    """The value of the bar before, NaN at the first."""
    return np.concatenate([[np.nan], x[:-1]])


def rsi(x: Numbers, n: int) -> Numbers:
    """``100 - 100 / (1 + G / L)``; 100 where there is no loss, 50 where there is no gain either."""
    change = x - before(x)
    gains = wilder(np.where(np.isnan(change), np.nan, np.maximum(change, 0.0)), n)
    losses = wilder(np.where(np.isnan(change), np.nan, np.maximum(-change, 0.0)), n)
    with np.errstate(divide="ignore", invalid="ignore"):
        index = 100.0 - 100.0 / (1.0 + gains / losses)
    index[losses == 0.0] = 100.0
    index[(losses == 0.0) & (gains == 0.0)] = 50.0
    return index


def true_range(bars: Bars) -> Numbers:
    """``max(H - L, |H - C'|, |L - C'|)``."""
    previous = before(bars.close)
    parts = [bars.high - bars.low, np.abs(bars.high - previous), np.abs(bars.low - previous)]
    return np.max(parts, axis=0)


def atr(bars: Bars, n: int) -> Numbers:
    """Wilder's average of the true range."""
    return wilder(true_range(bars), n)


def adx(bars: Bars, n: int) -> dict[str, Numbers]:
    """ADX, DI+, DI- and DX, from sums that weigh as Wilder's."""
    up = bars.high - before(bars.high)
    down = before(bars.low) - bars.low
    width = true_range(bars)
    known = ~np.isnan(up + down + width)

    def total(x: Numbers) -> Numbers:
        return n * wilder(np.where(known, x, np.nan), n)

    with np.errstate(invalid="ignore"):
        ups = total(np.where((up > down) & (up > 0.0), up, 0.0))
        downs = total(np.where((down > up) & (down > 0.0), down, 0.0))
        widths = total(width)
        plus = np.where(widths == 0.0, 0.0, 100.0 * ups / widths)
        minus = np.where(widths == 0.0, 0.0, 100.0 * downs / widths)
        dx = np.where(plus + minus == 0.0, 0.0, 100.0 * np.abs(plus - minus) / (plus + minus))
    return {"adx": wilder(dx, n), "plus": plus, "minus": minus, "dx": dx}


def vwap(bars: Bars, size: int) -> Numbers:
    """``sum(tp * V) / sum(V)``; the bar's own tp where the window traded nothing."""
    typical = (bars.high + bars.low + bars.close) / 3.0
    money = windows(typical * bars.volume, size).sum(axis=1)
    volume = windows(bars.volume, size).sum(axis=1)
    with np.errstate(invalid="ignore", divide="ignore"):
        return np.where(volume == 0.0, typical, money / volume)


def supertrend(bars: Bars, n: int, k: float) -> dict[str, Numbers]:
    """Bands, direction and value by the five rules of 1.2, band by band as they are written there."""
    width = atr(bars, n)
    middle = (bars.high + bars.low) / 2.0
    raw_upper, raw_lower = middle + k * width, middle - k * width
    count = len(bars)
    upper, lower, direction = np.full(count, np.nan), np.full(count, np.nan), np.zeros(count)
    for i in range(1, count):
        if np.isnan(width[i]):
            upper[i], lower[i], direction[i] = upper[i - 1], lower[i - 1], direction[i - 1]
        elif direction[i - 1] == 0.0:
            upper[i], lower[i] = raw_upper[i], raw_lower[i]
            direction[i] = 1.0 if bars.close[i] > raw_upper[i] else -1.0
        else:
            close = bars.close[i - 1]
            upper[i] = min(raw_upper[i], upper[i - 1]) if close <= upper[i - 1] else raw_upper[i]
            lower[i] = max(raw_lower[i], lower[i - 1]) if close >= lower[i - 1] else raw_lower[i]
            flips = bars.close[i] < lower[i] if direction[i - 1] > 0 else bars.close[i] > upper[i]
            direction[i] = -direction[i - 1] if flips else direction[i - 1]
    value = np.where(direction > 0, lower, np.where(direction < 0, upper, np.nan))
    return {"value": value, "direction": direction}


def regime(bars: Bars) -> Numbers:
    """The first match of 1.3; ranging where an input is missing."""
    movement = adx(bars, 14)
    width = atr(bars, 14)
    known = ~np.isnan(width)
    average = np.full(len(bars), np.nan)
    average[known] = sma(width[known], 20)
    with np.errstate(invalid="ignore"):
        missing = np.isnan(movement["adx"] + movement["plus"] + movement["minus"] + width + average)
        rules = [
            (missing, Regime.RANGING),
            ((average > 0.0) & (width > 2.0 * average), Regime.HIGH_VOLATILITY),
            ((average > 0.0) & (width < 0.5 * average), Regime.LOW_VOLATILITY),
            ((movement["adx"] > 25.0) & (movement["plus"] > movement["minus"]), Regime.TRENDING_UP),
            (movement["adx"] > 25.0, Regime.TRENDING_DOWN),
        ]
    return np.select([rule for rule, _ in rules], [int(name) for _, name in rules], int(Regime.RANGING))


def resample(bars: Bars, interval: int, to: int) -> dict[int, tuple[int, float, float, float, float, float]]:
    """Candles of the complete buckets: index of the last member -> (time, open, high, low, close, volume)."""
    result = {}
    buckets = bars.time // to
    for bucket in np.unique(buckets):
        part = np.flatnonzero(buckets == bucket)
        if len(part) == to // interval:
            one = bars[part]
            result[int(part[-1])] = (
                int(bucket * to),
                float(one.open[0]),
                float(one.high.max()),
                float(one.low.min()),
                float(one.close[-1]),
                float(one.volume.sum()),
            )
    return result
