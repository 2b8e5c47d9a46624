"""Small random markets with everything that breaks simulators, and random accounts to trade them with.

A case is drawn from one seed, so a failure names it. The same case is put to the engine (a shipped pipeline with
overrides) and to the oracle.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np

from radar.market.reason import Regime
from tests.acceptance.harness import Market
from tests.acceptance.oracle import LONG, SHORT, Asset, Rules
from tests.acceptance.oracle_strategies import BolTrend, GridAtr, VwapRsi
from tests.nodes import formulas
from tests.nodes.markets import HOUR, MINUTE, START, Bars

ASSETS = ("BTC", "ETH", "SOL", "XRP")
TICKS = {"BTC": 0.1, "ETH": 0.01, "SOL": 0.001, "XRP": 0.0001}
SIDES = {(LONG,): ["long"], (SHORT,): ["short"], (LONG, SHORT): ["long", "short"]}
Random = np.random.Generator


@dataclass(frozen=True)
class Case:
    """One account on some assets: what the engine is told, and what the oracle is told."""

    pipeline: str
    assets: tuple[str, ...]
    overrides: dict[str, Any]
    market: Market
    rules: Rules
    oracle: tuple[Asset, ...]


def random_bars(random: Random, count: int, interval: int, *, fine: int, step: float) -> tuple[Bars, Bars]:
    """A market of ``count`` bars and the same on ``fine`` bars a bar: jumps, gaps, crashes, flat stretches.

    Opens may gap away from the close before. Some markets have prices on a grid of 1/64, and every market stands still
    on it only, so that an average of equal prices is that price whatever the order of its sum, and ties are exact.
    """
    size = count * fine
    opens, highs, lows, closes = (np.empty(size) for _ in range(4))
    price = float(random.choice([100.0, 128.0, 40.0]))
    step = step / np.sqrt(fine)
    dyadic = random.random() < 0.25
    still = 0
    for k in range(size):
        jump = 0.0
        if random.random() < 0.01 / fine * 2:
            jump = random.normal(0.0, 0.12)
        elif random.random() < 0.15:
            jump = random.normal(0.0, step)
        if still == 0 and random.random() < 0.01:
            still = int(random.integers(1, 3 * fine + 20))
            price = round(price * 64.0) / 64.0
        if still:
            still -= 1
            path = np.array([price, price])
        else:
            path = price * np.exp(jump + np.concatenate([[0.0], random.normal(0.0, step / 2, 6).cumsum()]))
        path = np.clip(path, 2.0, 5_000.0)
        if dyadic:
            path = np.round(path * 64.0) / 64.0
        opens[k], closes[k], highs[k], lows[k] = path[0], path[-1], path.max(), path.min()
        price = closes[k]
    volume = np.exp(random.normal(3.0, 1.5, size))
    times = START + (interval // fine) * np.arange(size, dtype=np.int64)
    finer = Bars(times, opens, highs, lows, closes, volume)
    return together(finer, fine, interval), finer


def together(finer: Bars, fine: int, interval: int) -> Bars:
    """Every ``fine`` bars made one."""
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


def random_rates(random: Random, bars: Bars, interval: int) -> dict[int, float] | None:
    """A settlement series whose spacing switches, with holes; None for a market without one."""
    if random.random() < 0.2:
        return None
    begin, end = int(bars.time[0]), int(bars.time[-1]) + interval
    rates: dict[int, float] = {}
    instant, spacing = begin - begin % (8 * HOUR), 8 * HOUR
    while instant < end + 8 * HOUR:
        if random.random() < 0.95:
            rates[instant] = float(random.normal(0.0, 0.002))
        if random.random() < 0.05:
            spacing = int(random.choice([1, 4, 8])) * HOUR
        instant = (instant // spacing + 1) * spacing
    return rates or None


def _with_holes(random: Random, bars: Bars, ratio: float) -> Bars:
    """The same bars without some of them, in runs."""
    if random.random() > ratio:
        return bars
    keep = np.ones(len(bars), dtype=bool)
    for _ in range(int(random.integers(1, 4))):
        first = int(random.integers(0, len(bars)))
        keep[first : first + int(random.integers(1, 12))] = False
    if random.random() < 0.3:
        keep[len(bars) - int(random.integers(1, len(bars) // 3)) :] = False
    if random.random() < 0.3:
        keep[: int(random.integers(1, len(bars) // 4))] = False
    return bars[np.flatnonzero(keep)]


def _account(random: Random, sl: float, leverage: float) -> tuple[Rules, dict[str, Any]]:
    def one(*values: Any) -> Any:
        return values[int(random.integers(len(values)))]

    rules = Rules(
        initial=float(one(10_000.0, 500.0, 30.0)),
        maker=one(0.0, 0.0002, 0.001),
        taker=one(0.0, 0.0006, 0.002),
        slippage=one(0.0, 0.0005, 0.004),
        volatile=one(1.0, 2.0, 5.0),
        maintenance=one(0.0, 0.004, 0.02),
        minimum=one(0.0, 5.0, 20.0),
        isolated=bool(random.random() < 0.4 and sl * leverage <= 1.0),
        liquidation=bool(random.random() < 0.85),
        funding=bool(random.random() < 0.8),
        intrabar=one("stop_first", "path", "lower_tf", "color_legacy"),
        fill_model=one("touch", "touch", "through", "queue"),
        gap_fraction=one(0.0, 0.0, 0.5),
        close_at_end=bool(random.random() < 0.3),
        compounding=bool(random.random() < 0.6),
        cap=one(0.25, 0.6, 1.0),
        risk=one(0.01, 0.02, 0.3),
        included=one(("taker_fee", "slippage"), ("taker_fee",), ("taker_fee", "slippage", "entry_fee")),
        ratio=one(0.3, 0.7, 1.0),
        free_equity=bool(random.random() < 0.8),
    )
    overrides = {
        "broker.initial_capital": rules.initial,
        "broker.maker_fee_percent": rules.maker * 100.0,
        "broker.taker_fee_percent": rules.taker * 100.0,
        "broker.slippage_percent": rules.slippage * 100.0,
        "broker.high_volatility_multiplier": rules.volatile,
        "broker.maintenance_margin_percent": rules.maintenance * 100.0,
        "broker.minimum_notional": rules.minimum,
        "broker.margin_mode": "isolated" if rules.isolated else "cross",
        "broker.liquidation": rules.liquidation,
        "broker.funding": rules.funding,
        "broker.intrabar": rules.intrabar,
        "broker.fill_model": rules.fill_model,
        "broker.stop_gap_fraction": rules.gap_fraction,
        "broker.close_at_end": rules.close_at_end,
        "sized.base": "equity" if rules.compounding else "initial",
        "guard.max_margin_ratio": rules.ratio,
        "guard.free_equity": rules.free_equity,
    }
    return rules, overrides


def case(pipeline: str, seed: int, *, count: int = 260, several: bool = True) -> Case:
    """The case of a shipped pipeline and a seed."""
    random = np.random.default_rng([seed, sum(pipeline.encode())])
    five = pipeline == "vwap_rsi"
    interval, fine = (5 * MINUTE, 5) if five else (HOUR, 4)
    names = ASSETS[: int(random.integers(1, 4))] if several else ASSETS[:1]
    strategy = {"grid_atr": _grid, "boltrend": _trend, "vwap_rsi": _scalp}[pipeline]
    sides = list(SIDES)[int(random.integers(3))]
    leverage = float(random.choice([1.0, 2.0, 5.5, 15.0, 20.0]))
    sl = float(random.choice([0.004, 0.02, 0.05, 0.2]))
    rules, overrides = _account(random, sl, leverage)
    make, chosen = strategy(random, sides, leverage, sl)
    overrides |= chosen
    if pipeline == "grid_atr":
        overrides["sized.cap_percent"] = rules.cap * 100.0
    else:
        overrides["sized.risk_percent"] = rules.risk * 100.0
        overrides["sized.include"] = list(rules.included)
    bars: dict[tuple[str, str], Bars] = {}
    rates: dict[str, dict[int, float]] = {}
    oracle = []
    step = float(random.choice([0.01, 0.03])) / (4.0 if five else 1.0)
    for name in names:
        whole, finer = random_bars(random, count, interval, fine=fine, step=step)
        # The filter of vwap_rsi is made of complete buckets, which holes would break up; a test of its own has them.
        whole = whole if five else _with_holes(random, whole, 0.35)
        finer = _with_holes(random, finer, 0.3)
        bars[name, "5m" if five else "1h"] = whole
        bars[name, "1m" if five else "15m"] = finer
        found = random_rates(random, whole, interval)
        if found is not None:
            rates[name] = found
        oracle.append(
            Asset(
                name,
                whole,
                interval,
                make(whole),
                leverage,
                formulas.regime(whole) == Regime.HIGH_VOLATILITY,
                found,
                finer,
                interval // fine,
                TICKS[name],
            )
        )
    # The pipeline's own order must not matter, nor does the oracle's.
    shuffled = tuple(str(name) for name in random.permutation(names))
    return Case(pipeline, shuffled, overrides, Market(bars, rates), rules, tuple(oracle))


def _grid(random: Random, sides: tuple[int, ...], leverage: float, sl: float) -> tuple[Any, dict[str, Any]]:
    ma, atr, levels = int(random.integers(2, 31)), int(random.integers(2, 21)), int(random.integers(1, 7))
    start, step = float(random.choice([0.3, 1.0, 2.0])), float(random.choice([0.1, 0.5, 1.0]))
    limits = random.random() < 0.3, random.random() < 0.3
    words = ["market_on_touch", "limit"]
    overrides = {
        "grid.sides": SIDES[sides],
        "grid.leverage": leverage,
        "grid.ma_period": ma,
        "grid.atr_period": atr,
        "grid.atr_multiplier_start": start,
        "grid.atr_multiplier_step": step,
        "grid.num_levels": levels,
        "grid.sl_percent": sl * 100.0,
        "grid.entry_order": words[limits[0]],
        "grid.target_order": words[limits[1]],
    }
    return lambda bars: GridAtr(bars, sides, ma, atr, start, step, levels, sl, *limits), overrides


def _trend(random: Random, sides: tuple[int, ...], leverage: float, sl: float) -> tuple[Any, dict[str, Any]]:
    window, long = int(random.integers(2, 25)), int(random.integers(2, 60))
    deviations, spread = float(random.choice([0.5, 1.1, 2.0])), float(random.choice([0.0, 0.02]))
    overrides = {
        "trend.sides": SIDES[sides],
        "trend.leverage": leverage,
        "trend.bol_window": window,
        "trend.bol_std": deviations,
        "trend.long_ma_window": long,
        "trend.min_bol_spread": spread,
        "trend.sl_percent": sl * 100.0,
    }
    return lambda bars: BolTrend(bars, sides, window, deviations, long, spread, sl), overrides


def _scalp(random: Random, sides: tuple[int, ...], leverage: float, sl: float) -> tuple[Any, dict[str, Any]]:
    period, hours = int(random.integers(2, 20)), int(random.integers(1, 25))
    oversold, overbought = float(random.choice([30.0, 50.0, 80.0])), float(random.choice([20.0, 50.0, 70.0]))
    spike, limit = float(random.choice([0.3, 1.0, 2.0])), float(random.choice([25.0, 60.0, 100.0]))
    deviation, tp = float(random.choice([0.0005, 0.003])), float(random.choice([0.002, 0.008, 0.03]))
    overrides = {
        "scalp.sides": SIDES[sides],
        "scalp.leverage": leverage,
        "scalp.rsi_period": period,
        "scalp.vwap_hours": hours,
        "scalp.rsi_long_threshold": oversold,
        "scalp.rsi_short_threshold": overbought,
        "scalp.volume_spike_multiplier": spike,
        "scalp.vwap_deviation_entry": deviation * 100.0,
        "scalp.trend_adx_threshold": limit,
        "scalp.tp_percent": tp * 100.0,
        "scalp.sl_percent": sl * 100.0,
    }

    def make(bars: Bars) -> VwapRsi:
        return VwapRsi(bars, sides, period, oversold, overbought, spike, deviation, limit, tp, sl, hours)

    return make, overrides
