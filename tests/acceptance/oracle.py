"""An independent simulator, written from sections 3, 7 and 8 of the strategies specification and from nothing else.

It shares no code with radar: plain Python floats, one position object an asset (or a slot of it), a list of elements
that is sorted at each step of the walk. It is slow on purpose. The property tests hold the engine to it, trade by trade
and bar by bar.

Readings chosen where the specification leaves room (each is asserted by a test of this folder):

- *Nearest* is the distance from the open to the fill price, so two elements that the open is already through tie, and
  the order of 8.2 decides (stop before level, SL before liquidation).
- ``stop_gap_fraction`` worsens every stop-like fill inside the walk (SL and isolated liquidation), never a liquidation
  of the whole account, which has its price by definition.
- A stop that a fill puts on the far side of the market (slippage above the stop distance) triggers at the price of that
  fill: the walk has left every better price behind.
- A bar whose walk both fills and stops counts the margin of those fills as locked until the close decisions.
- When a target wins over a stop, by whatever policy, it closes the carried quantity and the bar's fills never were.
- ``lower_tf`` decides only *who came first*; a stop that came first fills as the walk over the coarse bar says.
- Liquidation test 1 looks at prices inside the bar, so its slippage takes the regime of the bar before; test 2 takes
  that of the bar.
- The first bar after a gap is already stale: its orders were placed before the gap.
- The worst excursion counts the adverse extreme of a bar in which the target was touched, as far as the stop allows,
  because it may have come first; a bar that opens beyond the target counts nothing.
- A fill model judges levels and targets, whatever their order type, by their own price and also where the bar opens
  beyond them; stops are never subject to it.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from math import isnan, nan

import numpy as np

from tests.acceptance.oracle_strategy import LONG, Entry, Leg, Position, Strategy
from tests.nodes.markets import Bars

TOLERANCE = 1e-9


@dataclass(frozen=True)
class Rules:
    """Everything about the account, its venue and its risk layer; fractions, not percentages."""

    initial: float = 10_000.0
    maker: float = 0.0002
    taker: float = 0.0006
    slippage: float = 0.0005
    volatile: float = 2.0
    maintenance: float = 0.004
    minimum: float = 5.0
    isolated: bool = False
    liquidation: bool = True
    funding: bool = True
    intrabar: str = "stop_first"
    fill_model: str = "touch"
    gap_fraction: float = 0.0
    close_at_end: bool = False
    compounding: bool = True
    cap: float = 0.25
    risk: float = 0.02
    included: tuple[str, ...] = ("taker_fee", "slippage")
    ratio: float = 0.7
    free_equity: bool = True


@dataclass
class Asset:
    """One asset: its candles, what it is traded with, and what the world knows about it.

    A strategy of independent slots is as many of these with one ``name``: ``slot`` is their order inside a bar.
    """

    name: str
    bars: Bars
    interval: int
    strategy: Strategy
    leverage: float
    volatile: np.ndarray
    settlements: dict[int, float] | None = None
    finer: Bars | None = None
    finer_interval: int = 0
    tick: float = 0.0
    slot: int = 0

    @property
    def key(self) -> tuple[str, int]:
        """What tells it apart from every other of the account."""
        return self.name, self.slot


@dataclass
class Trade:
    """A closed cycle or position."""

    asset: str
    side: int
    entry_time: int
    exit_time: int
    average: float
    exit_price: float
    quantity: float
    gross: float
    fees: float
    slippage: float
    funding: float
    net: float
    reason: str
    base: float
    bars: int
    worst: float
    legs: list[Leg]


@dataclass
class Outcome:
    """All that a run left."""

    trades: list[Trade]
    time: list[int]
    equity: list[float]
    liquidated: bool
    open: dict[tuple[str, int], Position]
    refused: int
    missing_rates: int
    fills: list[tuple[str, int, float]]
    """Every fill: asset, time of the bar, reference price."""


@dataclass
class Walk:
    """The adverse leg of one bar."""

    fills: list[Leg] = field(default_factory=list)
    side: int = 0
    stop: float = nan
    """Reference price at which it was stopped, before the stress of ``gap_fraction``; NaN if it was not."""
    reason: str = ""
    position: Position | None = None


@dataclass
class _State:
    """What the simulator keeps of one asset."""

    position: Position | None = None
    bar: int = -1
    end: int = 0
    fresh: int = 0
    """Bars since the last gap."""
    exited: bool = False
    close: float = nan


class Simulator:
    """One account and its assets."""

    def __init__(self, rules: Rules, assets: list[Asset]) -> None:
        self.rules = rules
        self.assets = sorted(assets, key=lambda asset: asset.key)
        self.shares = len({asset.name for asset in assets})
        self.states = {asset.key: _State() for asset in assets}
        self.cash = rules.initial
        self.last_equity = rules.initial
        self.locked_resting = 0.0
        self.trades: list[Trade] = []
        self.fills: list[tuple[str, int, float]] = []
        self.refused = 0
        self.missing_rates = 0
        self.liquidated = False

    # --- the run -------------------------------------------------------------------------------------------------

    def run(self) -> Outcome:
        """Step through the union of the bars of all assets."""
        times = sorted({int(t) for asset in self.assets for t in asset.bars.time})
        index = {asset.key: {int(t): i for i, t in enumerate(asset.bars.time)} for asset in self.assets}
        clock: list[int] = []
        equity: list[float] = []
        for t in times:
            active = [(asset, index[asset.key][t]) for asset in self.assets if t in index[asset.key]]
            self._advance(t, active)
            clock.append(t)
            equity.append(self.last_equity)
            if self.liquidated:
                break
        if self.rules.close_at_end and not self.liquidated:
            for asset in self.assets:
                state = self.states[asset.key]
                if state.position is not None:
                    self._close(asset, clock[-1], state.close, "end_of_data", volatile=bool(asset.volatile[state.bar]))
            equity[-1] = self._equity()
        return Outcome(
            self.trades,
            clock,
            equity,
            self.liquidated,
            {key: state.position for key, state in self.states.items() if state.position is not None},
            self.refused,
            self.missing_rates,
            self.fills,
        )

    def _advance(self, t: int, active: list[tuple[Asset, int]]) -> None:
        self.locked_resting = self._locked()
        for asset, i in active:
            self._open_bar(asset, i)
            self._book_funding(asset, i)
            self._resting(asset, i)
            self._watch(asset, i)
        if self._liquidate_at_extremes(t, active):
            return
        for asset, i in active:
            self.states[asset.key].close = float(asset.bars.close[i])
            asset.strategy.observe(i, self.states[asset.key].position)
        for asset, i in active:
            self._leave(asset, i)
        for asset, i in active:
            self._enter(asset, i)
        for asset, _ in active:
            self.states[asset.key].end = t + asset.interval
        self.last_equity = self._equity()
        self._liquidate_at_close(t)

    def _open_bar(self, asset: Asset, i: int) -> None:
        state = self.states[asset.key]
        state.exited = False
        state.bar = i
        gap = i > 0 and int(asset.bars.time[i]) > state.end
        state.fresh = 1 if gap or i == 0 else state.fresh + 1

    # --- books ---------------------------------------------------------------------------------------------------

    def _equity(self) -> float:
        return self.cash + sum(
            state.position.unrealised(state.close) for state in self.states.values() if state.position is not None
        )

    def _locked(self) -> float:
        return sum(state.position.margin for state in self.states.values() if state.position is not None)

    def _fill(self, asset: Asset, time: int, position: Position, leg: Leg) -> None:
        position.legs.append(leg)
        self.cash -= leg.fee
        self.fills.append((asset.name, time, leg.reference))

    def _leg(
        self, time: int, side: int, slot: int, reference: float, margin: float, leverage: float, *, limit: bool
    ) -> Leg:
        quantity = margin * leverage / reference
        price = reference if limit else reference * (1.0 + side * self.rules.slippage)
        rate = self.rules.maker if limit else self.rules.taker
        return Leg(slot, time, reference, price, quantity, rate * price * quantity, margin)

    def _close(
        self, asset: Asset, time: int, reference: float, reason: str, *, volatile: bool, limit: bool = False
    ) -> None:
        """Close all of the position; a target never slips further in high volatility, everything else does."""
        state = self.states[asset.key]
        position = state.position
        assert position is not None
        slip = 0.0 if limit else self.rules.slippage
        if reason != "tp" and volatile:
            slip *= self.rules.volatile
        side, quantity = position.side, position.quantity
        price = reference * (1.0 - side * slip)
        fee = (self.rules.maker if limit else self.rules.taker) * price * quantity
        self.cash += side * (price - position.average) * quantity - fee
        gross = sum(side * (reference - leg.reference) * leg.quantity for leg in position.legs)
        fees = fee + sum(leg.fee for leg in position.legs)
        slippage = abs(price - reference) * quantity
        slippage += sum(abs(leg.price - leg.reference) * leg.quantity for leg in position.legs)
        net = gross - fees - slippage + position.funding
        self.trades.append(
            Trade(
                asset.name, side, position.legs[0].time, time, position.average, price, quantity, gross, fees,
                slippage, position.funding, net, reason, position.equity_before, state.bar - position.opened,
                position.worst, position.legs,
            )
        )  # fmt: skip
        self.fills.append((asset.name, time, reference))
        state.position = None
        state.exited = True
        asset.strategy.closed(state.bar, position, reason)

    # --- step 1 --------------------------------------------------------------------------------------------------

    def _book_funding(self, asset: Asset, i: int) -> None:
        state = self.states[asset.key]
        position = state.position
        if position is None or not self.rules.funding:
            return
        begin, end = state.end, int(asset.bars.time[i]) + asset.interval
        eight = 8 * 3_600_000
        if asset.settlements is None:
            self.missing_rates += -(-end // eight) - -(-begin // eight)
            return
        for instant, rate in asset.settlements.items():
            if begin <= instant < end:
                payment = -rate * position.side * position.quantity * float(asset.bars.open[i])
                position.funding += payment
                self.cash += payment

    # --- steps 2 to 5 --------------------------------------------------------------------------------------------

    def _resting(self, asset: Asset, i: int) -> None:
        bars, state, rules = asset.bars, self.states[asset.key], self.rules
        time, opens, close = int(bars.time[i]), float(bars.open[i]), float(bars.close[i])
        low, high = float(bars.low[i]), float(bars.high[i])
        carried = state.position
        volatile = bool(i > 0 and asset.volatile[i - 1])
        target = stop = nan
        if carried is not None:
            side = carried.side
            target = asset.strategy.target(i, carried)
            stop, reason = self._stop(asset, i, carried, opens)
            if side * (opens - stop) <= 0.0:
                worst = low if side == LONG else high
                reference = opens - rules.gap_fraction * (opens - worst)
                self._excursion(carried, reference)
                self._close(asset, time, reference, reason, volatile=volatile)
                return
            if side * (opens - target) >= 0.0 and self._target_touched(asset, i, carried, target):
                self._close(asset, time, opens, "tp", volatile=volatile, limit=asset.strategy.limit_target)
                return
        walk = self._walk(asset, i, carried, opens, low, high)
        touched = carried is not None and self._target_touched(asset, i, carried, target)
        if touched and walk.reason and not self._target_first(asset, i, carried, target, walk, opens, close):
            touched = False
        if touched:
            assert carried is not None
            reference = max(target, opens) if carried.side == LONG else min(target, opens)
            self._excursion(carried, max(low, stop) if carried.side == LONG else min(high, stop))
            self._close(asset, time, reference, "tp", volatile=volatile, limit=asset.strategy.limit_target)
            return
        if walk.fills:
            position = carried or walk.position
            assert position is not None
            state.position = position
            for leg in walk.fills:
                self._fill(asset, time, position, leg)
                self.locked_resting += leg.margin
            if carried is None:
                asset.strategy.opened(i, position)
        if walk.reason:
            assert state.position is not None
            worst = low if state.position.side == LONG else high
            reference = walk.stop - rules.gap_fraction * (walk.stop - worst)
            self._excursion(state.position, reference)
            self._close(asset, time, reference, walk.reason, volatile=volatile)

    def _watch(self, asset: Asset, i: int) -> None:
        """Worst excursion of a position that this bar left open."""
        position = self.states[asset.key].position
        if position is not None:
            self._excursion(position, float((asset.bars.low if position.side == LONG else asset.bars.high)[i]))

    @staticmethod
    def _excursion(position: Position, price: float) -> None:
        position.worst = min(position.worst, position.side * (price - position.average) / position.average)

    def _stop(self, asset: Asset, i: int, position: Position, opens: float) -> tuple[float, str]:
        """The nearest of stop, trailing stop and isolated liquidation, by the price at which each would fill."""
        found, reason = asset.strategy.stop(position), "sl"
        others = [(asset.strategy.trail(i, position), "trailing")]
        if self.rules.isolated and self.rules.liquidation:
            others.append((position.liquidation(self.rules.maintenance, asset.leverage), "liquidation"))
        clamp = min if position.side == LONG else max
        for price, what in others:
            if not isnan(price) and position.side * (clamp(price, opens) - clamp(found, opens)) > 0.0:
                found, reason = price, what
        return found, reason

    def _walk(
        self, asset: Asset, i: int, carried: Position | None, opens: float, low: float, high: float,
        admitted: list[Leg] | None = None, levels: list[tuple[int, int, float]] | None = None,
    ) -> Walk:  # fmt: skip
        """Step 2: from the open through levels and stop, nearest first.

        With ``admitted`` (a finer bar of the same coarse one) only those fills can happen, and nothing is asked again.
        """
        strategy, state = asset.strategy, self.states[asset.key]
        time = int(asset.bars.time[i])
        if levels is None:
            may_enter = i >= strategy.history and state.fresh > strategy.history
            levels = strategy.levels(i, carried) if may_enter else []
        walk = Walk()
        position = None
        taken: set[int] = set()
        if carried is not None:
            position = Position(
                carried.side, carried.base, carried.equity_before, carried.opened, carried.stop_price,
                carried.target_price, list(carried.legs),
            )  # fmt: skip
            taken = {leg.slot for leg in carried.legs}
        tried: set[tuple[int, int]] = set()
        extra, path = 0.0, opens
        while True:
            elements: list[tuple[float, int, int, int, float, str]] = []
            for side, slot, price in levels:
                if (side, slot) in tried or slot in taken or (position is not None and side != position.side):
                    continue
                if side * (price - (low if side == LONG else high)) < 0.0:
                    continue
                fill = min(price, opens) if side == LONG else max(price, opens)
                # rank 1: behind a stop at the same price; long before short; then the slot
                elements.append((abs(opens - fill), 1, -side, slot, fill, "level"))
            if position is not None:
                stop, reason = self._stop(asset, i, position, opens)
                if position.side * (stop - (low if position.side == LONG else high)) >= 0.0:
                    fill = min(stop, path) if position.side == LONG else max(stop, path)
                    elements.append((abs(opens - fill), 0, 0, 0, fill, reason))
            if not elements:
                return walk
            _, _, minus, slot, fill, what = min(elements)
            if what != "level":
                walk.stop, walk.reason = fill, what
                return walk
            side = -minus
            tried.add((side, slot))
            price = next(p for s, k, p in levels if (s, k) == (side, slot))
            if admitted is not None:
                leg = next((leg for leg in admitted if leg.slot == slot), None)
                if leg is None:
                    continue
            else:
                base = position.base if position is not None else self._base(self.last_equity)
                margin = self._grid_margin(base, asset)
                if not self._filled(asset, i, side, price, margin * asset.leverage / fill):
                    continue
                if margin * asset.leverage < self.rules.minimum or not self._admit(
                    margin, base, self.locked_resting + extra, self.last_equity
                ):
                    self.refused += 1
                    continue
                leg = self._leg(time, side, slot, fill, margin, asset.leverage, limit=strategy.limit_entry)
                extra += margin
            if position is None:
                position = Position(side, self._base(self.last_equity), self.last_equity, i)
                walk.position = Position(side, position.base, self.last_equity, i)
            position.legs.append(leg)
            taken.add(slot)
            walk.fills.append(leg)
            path = fill

    def _filled(self, asset: Asset, i: int, side: int, price: float, quantity: float) -> bool:
        """Whether the fill model lets a resting order at ``price`` fill in a bar that touches it."""
        bars, model = asset.bars, self.rules.fill_model
        low, high = float(bars.low[i]), float(bars.high[i])
        beyond = price - low if side == LONG else high - price
        if model == "through":
            return beyond >= asset.tick * (1.0 - TOLERANCE)
        if model == "queue":
            return high > low and float(bars.volume[i]) * min(beyond / (high - low), 1.0) > quantity
        return True

    def _target_touched(self, asset: Asset, i: int, position: Position, target: float) -> bool:
        bars = asset.bars
        best = float(bars.high[i]) if position.side == LONG else float(bars.low[i])
        if isnan(target) or position.side * (best - target) < 0.0:
            return False
        return self._filled(asset, i, -position.side, target, position.quantity)

    def _target_first(
        self, asset: Asset, i: int, carried: Position, target: float, walk: Walk, opens: float, close: float
    ) -> bool:
        """Step 4: both inside one bar."""
        policy = self.rules.intrabar
        if policy == "path":
            # A rising bar made its low first: a long's stop, a short's target.
            return (close < opens) if carried.side == LONG else (close > opens)
        if policy == "color_legacy":
            return (close > opens) if carried.side == LONG else (close < opens)
        if policy == "lower_tf" and asset.finer is not None:
            return self._target_first_on_finer(asset, i, carried, target, walk)
        return False

    def _target_first_on_finer(self, asset: Asset, i: int, carried: Position, target: float, walk: Walk) -> bool:
        finer = asset.finer
        assert finer is not None
        where = {int(t): k for k, t in enumerate(finer.time)}
        levels = asset.strategy.levels(i, carried)
        filled: list[Leg] = []
        begin = int(asset.bars.time[i])
        for t in range(begin, begin + asset.interval, asset.finer_interval):
            k = where.get(t)
            if k is None:
                return False
            so_far = Position(
                carried.side, carried.base, carried.equity_before, carried.opened, carried.stop_price,
                carried.target_price, [*carried.legs, *filled],
            )  # fmt: skip
            low, high = float(finer.low[k]), float(finer.high[k])
            part = self._walk(asset, i, so_far, float(finer.open[k]), low, high, admitted=walk.fills, levels=levels)
            filled += part.fills
            if part.reason:
                return False
            if carried.side * ((high if carried.side == LONG else low) - target) >= 0.0:
                return True
        return False

    # --- liquidation of the account ------------------------------------------------------------------------------

    def _liquidate_at_extremes(self, t: int, active: list[tuple[Asset, int]]) -> bool:
        if self.rules.isolated or not self.rules.liquidation:
            return False
        bar = {asset.key: i for asset, i in active}
        prices: dict[tuple[str, int], float] = {}
        for asset in self.assets:
            state = self.states[asset.key]
            if state.position is None:
                continue
            if asset.key in bar:
                side = asset.bars.low if state.position.side == LONG else asset.bars.high
                prices[asset.key] = float(side[bar[asset.key]])
            else:
                prices[asset.key] = state.close
        if not self._below_maintenance(prices):
            return False
        self._close_all(t, prices, before=bar)
        return True

    def _liquidate_at_close(self, t: int) -> None:
        prices = {key: state.close for key, state in self.states.items() if state.position is not None}
        cross = not self.rules.isolated and self.rules.liquidation
        if self.last_equity <= 0.0 or (cross and self._below_maintenance(prices)):
            self._close_all(t, prices, before={})

    def _below_maintenance(self, prices: dict[tuple[str, int], float]) -> bool:
        if not prices:
            return False
        equity, notional = self.cash, 0.0
        for key, price in prices.items():
            position = self.states[key].position
            assert position is not None
            equity += position.unrealised(price)
            notional += position.quantity * price
        return equity < self.rules.maintenance * notional

    def _close_all(self, t: int, prices: dict[tuple[str, int], float], before: dict[tuple[str, int], int]) -> None:
        for asset in self.assets:
            if asset.key in prices:
                k = self.states[asset.key].bar
                if asset.key in before:
                    k -= 1
                volatile = bool(k >= 0 and asset.volatile[k])
                self._close(asset, t, prices[asset.key], "liquidation", volatile=volatile)
        self.last_equity = self.cash
        self.liquidated = True

    # --- steps 6 and 7 -------------------------------------------------------------------------------------------

    def _leave(self, asset: Asset, i: int) -> None:
        position = self.states[asset.key].position
        if position is None:
            return
        reason = asset.strategy.leave(i, position)
        if reason is not None:
            close = float(asset.bars.close[i])
            self._close(asset, int(asset.bars.time[i]), close, reason, volatile=bool(asset.volatile[i]))

    def _enter(self, asset: Asset, i: int) -> None:
        state, strategy, rules = self.states[asset.key], asset.strategy, self.rules
        if i + 1 < strategy.history or state.fresh < strategy.history:
            return
        entry = strategy.enter(i, state.position)
        if entry is None or state.exited:
            return
        if entry.levels:
            self._enter_levels(asset, i, entry)
            return
        if state.position is not None:
            return
        close = float(asset.bars.close[i])
        equity = self._equity()
        base = self._base(equity)
        rate = abs(close - entry.stop) / close
        rate += rules.taker * ("taker_fee" in rules.included) + rules.slippage * ("slippage" in rules.included)
        rate += rules.taker * ("entry_fee" in rules.included)
        notional = min(base * rules.risk / rate, base * asset.leverage * rules.ratio)
        margin = notional / asset.leverage
        if entry.stop <= 0.0 or notional < rules.minimum or not self._admit(margin, base, self._locked(), equity):
            self.refused += 1
            return
        position = Position(entry.side, base, equity, i, entry.stop, entry.target)
        leg = self._leg(int(asset.bars.time[i]), entry.side, 0, close, margin, asset.leverage, limit=False)
        self._fill(asset, int(asset.bars.time[i]), position, leg)
        state.position = position
        strategy.opened(i, position)

    def _enter_levels(self, asset: Asset, i: int, entry: Entry) -> None:
        """Levels of a ladder bought at the close, lower numbers first; each sees the costs of those before it."""
        state, time, close = self.states[asset.key], int(asset.bars.time[i]), float(asset.bars.close[i])
        for slot in sorted(entry.levels):
            position = state.position
            if position is not None and (position.side != entry.side or slot in position.filled):
                continue
            equity = self._equity()
            base = position.base if position is not None else self._base(equity)
            margin = self._grid_margin(base, asset)
            small = margin * asset.leverage < self.rules.minimum
            if small or not self._admit(margin, base, self._locked(), equity):
                self.refused += 1
                continue
            leg = self._leg(time, entry.side, slot, close, margin, asset.leverage, limit=False)
            first = position is None
            position = position or Position(entry.side, base, equity, i, entry.stop, entry.target)
            self._fill(asset, time, position, leg)
            state.position = position
            if first:
                asset.strategy.opened(i, position)

    # --- sizing and guards ---------------------------------------------------------------------------------------

    def _base(self, equity: float) -> float:
        return equity if self.rules.compounding else self.rules.initial

    def _grid_margin(self, base: float, asset: Asset) -> float:
        return min(base / self.shares, self.rules.cap * base) / asset.strategy.slots

    def _admit(self, margin: float, base: float, locked: float, equity: float) -> bool:
        """Margin guard and free equity, each with a relative tolerance of 1e-9."""
        if locked + margin > self.rules.ratio * base * (1.0 + TOLERANCE):
            return False
        return not (self.rules.free_equity and margin > (equity - locked) + TOLERANCE * margin)


def simulate(rules: Rules, assets: list[Asset]) -> Outcome:
    """What the account would have done on these assets."""
    return Simulator(rules, assets).run()
