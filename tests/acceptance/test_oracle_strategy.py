"""What an oracle of rules can say, each on a few bars by hand: trailing stops, levels at a close, its own memory."""

from __future__ import annotations

from math import nan

import numpy as np
import pytest

from tests.acceptance.oracle import Asset, Outcome, Rules, simulate
from tests.acceptance.oracle_strategy import Entry, Grid, Inputs, Position, Strategy, Values
from tests.engine.memory import candles
from tests.nodes.markets import HOUR, START, Bars

VALUES: Values = {"sides": ["long", "short"], "num_levels": 3, "sl_percent": 50.0, "leverage": 1.0}
FREE = Rules(maker=0.0, taker=0.0, slippage=0.0, minimum=0.0, liquidation=False, funding=False, cap=1.0, ratio=1.0)
Row = tuple[float, float, float, float]


def bars(*rows: Row) -> Bars:
    """Hourly candles."""
    return candles(*rows, first=START, interval=HOUR)


def told(strategy: Strategy, rules: Rules = FREE) -> Outcome:
    """What the simulator makes of a strategy on its own bars."""
    market = strategy.bars
    calm = np.zeros(len(market), dtype=bool)
    return simulate(rules, [Asset("BTC", market, HOUR, strategy, strategy.values["leverage"], calm)])


class Trailing(Strategy):
    """Long at the close of bar 1 with a stop at 80, and a trailing stop 10 below the best high after that bar."""

    def enter(self, i: int, position: Position | None) -> Entry | None:
        """Once."""
        return Entry(1, 80.0) if i == 1 else None

    def trail(self, i: int, position: Position) -> float:
        """None in the bar after the entry, whose bar shows nothing."""
        after = self.bars.high[position.opened + 1 : i]
        return float(after.max()) - 10.0 if len(after) else nan


CALM: Row = (100.0, 100.0, 100.0, 100.0)


def test_a_trailing_stop_that_is_nearer_ends_the_position() -> None:
    """The high of 120 puts it at 110 from the next bar on; in the bar of the high itself it is not there yet."""
    found = told(Trailing(Inputs(bars(CALM, CALM, (100.0, 120.0, 95.0, 115.0), (115.0, 116.0, 105.0, 106.0))), VALUES))
    (trade,) = found.trades
    assert (trade.reason, trade.exit_time, trade.exit_price) == ("trailing", START + 3 * HOUR, 110.0)


def test_a_bar_that_opens_beyond_both_stops_is_a_stop() -> None:
    """Both fill at the open, so they tie, and the stop comes first (8.2)."""
    found = told(Trailing(Inputs(bars(CALM, CALM, (100.0, 120.0, 95.0, 115.0), (70.0, 71.0, 69.0, 70.0))), VALUES))
    (trade,) = found.trades
    assert (trade.reason, trade.exit_price) == ("sl", 70.0)


class Ladder(Grid):
    """At the closes of ``wants`` it buys levels; it leaves at the close of bar 4 and tells what it was told."""

    def __init__(self, given: Inputs, values: Values, wants: dict[int, Entry]) -> None:
        super().__init__(given, values)
        self.wants = wants
        self.heard: list[tuple[str, int]] = []

    def observe(self, i: int, position: Position | None) -> None:
        """Every close."""
        self.heard.append(("close", i) if position is None else ("held", i))

    def enter(self, i: int, position: Position | None) -> Entry | None:
        """What the test says."""
        return self.wants.get(i)

    def leave(self, i: int, position: Position) -> str | None:
        """A close exit."""
        return "flip" if i == 4 else None

    def opened(self, i: int, position: Position) -> None:
        """The first level."""
        self.heard.append(("opened", i))

    def closed(self, i: int, position: Position, reason: str) -> None:
        """The end."""
        self.heard.append((reason, i))


def ladder(wants: dict[int, Entry], rules: Rules = FREE) -> tuple[Ladder, Outcome]:
    """A ladder on seven bars that rise from 100 by 1."""
    rows = [(100.0 + k, 100.0 + k, 100.0 + k, 100.0 + k) for k in range(7)]
    strategy = Ladder(Inputs(bars(*rows), HOUR), VALUES, wants)
    return strategy, told(strategy, rules)


def test_levels_are_bought_at_closes_with_the_margin_of_one_level_each() -> None:
    """Two at the close of bar 1, at 101, and one at that of bar 3; one that is filled is not bought again."""
    strategy, found = ladder({1: Entry(1, levels=(0, 1)), 3: Entry(1, levels=(1, 2))})
    (trade,) = found.trades
    assert [(leg.slot, leg.reference) for leg in trade.legs] == [(0, 101.0), (1, 101.0), (2, 103.0)]
    assert [leg.margin for leg in trade.legs] == pytest.approx([10_000 / 3] * 3, rel=1e-12)
    assert (trade.reason, trade.exit_price) == ("flip", 104.0)
    assert trade.net == pytest.approx(10_000 / 3 * (3 / 101 * 2 + 1 / 103), rel=1e-12)
    expected = [("close", 0), ("close", 1), ("opened", 1), ("held", 2), ("held", 3), ("held", 4), ("flip", 4)]
    assert strategy.heard == [*expected, ("close", 5), ("close", 6)]


def test_the_costs_of_one_level_count_for_the_next() -> None:
    """With a fee of 1 % the third level of a third each is no longer free: E at the close includes the costs before."""
    dear = Rules(**{**vars(FREE), "taker": 0.01})
    _, found = ladder({1: Entry(1, levels=(0, 1, 2))}, dear)
    assert [leg.slot for leg in found.trades[0].legs] == [0, 1]
    assert found.refused == 1


def test_levels_of_the_other_side_and_of_the_bar_of_an_exit_are_not_bought() -> None:
    """A running cycle keeps its side; the close that ends it begins no other."""
    _, found = ladder({1: Entry(1, levels=(0,)), 2: Entry(-1, levels=(1,)), 4: Entry(-1, levels=(0,))})
    assert [(trade.side, len(trade.legs)) for trade in found.trades] == [(1, 1)]
    assert found.open == {}


class Resting(Grid):
    """One level 1 below the close before, not within two bars of the last exit; its target is 1 above its average."""

    last = -2

    def levels(self, i: int, position: Position | None) -> list[tuple[int, int, float]]:
        """A pause after an exit blocks new cycles only."""
        if position is None and i - self.last < 2:
            return []
        return [(1, 0, float(self.bars.close[i - 1]) - 1.0)]

    def target(self, i: int, position: Position) -> float:
        """From the average."""
        return position.average + 1.0

    def closed(self, i: int, position: Position, reason: str) -> None:
        """Remember when."""
        self.last = i


def test_a_pause_after_an_exit_is_kept_by_the_strategy() -> None:
    """Every bar reaches level and target: in at bar 1, out at 2, not in at 3, in again at 4."""
    wide: Row = (100.0, 102.0, 98.0, 100.0)
    found = told(Resting(Inputs(bars(*[wide] * 6)), {**VALUES, "num_levels": 1}))
    assert [(one.entry_time - START, one.exit_time - START) for one in found.trades] == [
        (1 * HOUR, 2 * HOUR),
        (4 * HOUR, 5 * HOUR),
    ]
    assert {one.reason for one in found.trades} == {"tp"}
