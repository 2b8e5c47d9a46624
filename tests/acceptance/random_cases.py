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
from tests.acceptance.oracle import Asset, Rules
from tests.acceptance.oracle_strategy import Inputs
from tests.acceptance.shipped import Shape, shape
from tests.acceptance.subjects import subjects
from tests.nodes import formulas
from tests.nodes.markets import HOUR, START, Bars, made_interest, together

ASSETS = ("BTC", "ETH", "SOL", "XRP")
TICKS = {"BTC": 0.1, "ETH": 0.01, "SOL": 0.001, "XRP": 0.0001}
SIDES = (["long"], ["short"], ["long", "short"])
FINE = {"1h": (4, "15m"), "15m": (3, "5m"), "5m": (5, "1m")}
"""Finer bars in a bar of each clock, and their timeframe."""
SCALE = {"5m": 0.25, "15m": 0.5}
"""How far a bar of a clock moves, against an hour."""
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


def random_rates(random: Random, bars: Bars, interval: int, spacing: int = 8 * HOUR) -> dict[int, float] | None:
    """A settlement series whose spacing switches, with holes; None for a market without one."""
    if random.random() < 0.2:
        return None
    begin, end = int(bars.time[0]), int(bars.time[-1]) + interval
    rates: dict[int, float] = {}
    instant = begin - begin % (8 * HOUR)
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


def _account(random: Random, its: Shape, sl: float, leverage: float) -> tuple[Rules, dict[str, Any]]:
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
    account = {
        "initial_capital": rules.initial,
        "maker_fee_percent": rules.maker * 100.0,
        "taker_fee_percent": rules.taker * 100.0,
        "slippage_percent": rules.slippage * 100.0,
        "high_volatility_multiplier": rules.volatile,
        "maintenance_margin_percent": rules.maintenance * 100.0,
        "minimum_notional": rules.minimum,
        "margin_mode": "isolated" if rules.isolated else "cross",
        "liquidation": rules.liquidation,
        "funding": rules.funding,
        "intrabar": rules.intrabar,
        "fill_model": rules.fill_model,
        "stop_gap_fraction": rules.gap_fraction,
        "close_at_end": rules.close_at_end,
    }
    sizing: dict[str, Any] = {"base": "equity" if rules.compounding else "initial"}
    if "cap_percent" in its.sizing_parameters:
        sizing["cap_percent"] = rules.cap * 100.0
    if "risk_percent" in its.sizing_parameters:
        sizing |= {"risk_percent": rules.risk * 100.0, "include": list(rules.included)}
    gates = {"max_margin_ratio": rules.ratio, "free_equity": rules.free_equity}
    return rules, its.values(account=account, sizing=sizing, gates=gates)


def _interest(random: Random, bars: Bars) -> dict[int, float]:
    """Open interest that follows the volume before, with records missing here and there."""
    return {instant: value for instant, value in made_interest(bars).items() if random.random() < 0.97}


def case(name: str, seed: int, *, count: int | None = None, several: bool = True) -> Case:
    """The case of a strategy's shipped pipeline and a seed; ``count`` bars, as many as its subject says without."""
    random = np.random.default_rng([seed, sum(name.encode())])
    its, subject = shape(name), subjects()[name]
    count = count or subject.bars
    interval, clock = its.interval, str(its.clock)
    fine, finer_clock = FINE[clock]
    names = ASSETS[: int(random.integers(1, 4))] if several else ASSETS[:1]
    choices = [sides for sides in SIDES if set(sides) <= set(subject.sides)]
    sides = choices[int(random.integers(len(choices)))]
    leverage = float(random.choice([1.0, 2.0, 5.5, 15.0, 20.0]))
    stop = float(random.choice([0.004, 0.02, 0.05, 0.2]))
    rules, overrides = _account(random, its, stop, leverage)
    chosen = {**subject.draw(random, stop), "sides": sides, "leverage": leverage}
    overrides |= its.values(strategy=chosen)
    bars: dict[tuple[str, str], Bars] = {}
    rates: dict[str, dict[int, float]] = {}
    interest: dict[str, dict[int, float]] = {}
    oracle = []
    step = float(random.choice([0.01, 0.03])) * SCALE.get(clock, 1.0)
    for asset in names:
        whole, finer = random_bars(random, count, interval, fine=fine, step=step)
        whole = whole if subject.whole else _with_holes(random, whole, 0.35)
        finer = _with_holes(random, finer, 0.3)
        bars[asset, clock], bars[asset, finer_clock] = whole, finer
        found = None if "funding" in its.reads else random_rates(random, whole, interval)
        while found is None and "funding" in its.reads:
            found = random_rates(random, whole, interval, its.spacing)
        if found is not None:
            rates[asset] = found
        if "open_interest" in its.reads:
            interest[asset] = _interest(random, whole)
        inputs = Inputs(whole, interval, found or {}, interest.get(asset, {}))
        volatile = formulas.regime(whole) == Regime.HIGH_VOLATILITY
        tick = TICKS[asset]
        for slot, values in enumerate(its.strategies.values()):
            strategy = subject.oracle(inputs, {**values, **chosen})
            oracle.append(
                Asset(asset, whole, interval, strategy, leverage, volatile, found, finer, interval // fine, tick, slot)
            )
    # The pipeline's own order must not matter, nor does the oracle's.
    shuffled = tuple(str(asset) for asset in random.permutation(names))
    return Case(name, shuffled, overrides, Market(bars, rates, interest), rules, tuple(oracle))
