"""What the oracle asks a strategy: the base that every independent oracle of a strategy's rules extends.

An oracle of rules is written from the specification and from nothing else, in plain Python and numpy on the formulas of
``tests/nodes/formulas.py``. It is built once for one asset's data, so its indicators are whole arrays: what rests in
bar i reads index i - 1, what is decided at the close of bar i reads index i. Most oracles are functions of the bar
number alone; those with a memory (a timer, an anchor, a pause after an exit) keep it in ``observe``, ``opened`` and
``closed``, which the simulator calls once for each event.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from math import nan
from typing import Any

from tests.nodes.markets import HOUR, Bars

LONG, SHORT = 1, -1
Values = Mapping[str, Any]
"""Parameters of a strategy by name, as a pipeline writes them: percentages in percent, sides as words."""


@dataclass(frozen=True)
class Inputs:
    """What the world knows about one asset."""

    bars: Bars
    interval: int = HOUR
    """Bar length in milliseconds."""
    rates: Mapping[int, float] = field(default_factory=dict)
    """Settled funding rates, fractions, by instant."""
    interest: Mapping[int, float] = field(default_factory=dict)
    """Open interest by instant."""


@dataclass(frozen=True)
class Entry:
    """A close decision to enter.

    Without ``levels`` it is one position, sized by what ``stop`` may lose, and is taken only while flat. With
    ``levels`` (numbers of a ladder) each of them that is not filled yet is bought at the close with the margin of one
    level; it may add to a running cycle of the same side.
    """

    side: int
    stop: float = nan
    """Stop of the position (:attr:`Position.stop_price`); a ladder's stop is what ``Strategy.stop`` says."""
    target: float = nan
    """Target of the position (:attr:`Position.target_price`), NaN: none."""
    levels: tuple[int, ...] = ()


@dataclass
class Leg:
    """One entry fill."""

    slot: int
    time: int
    reference: float
    price: float
    quantity: float
    fee: float
    margin: float


@dataclass
class Position:
    """An open cycle or position. ``opened`` is the bar number of the first fill, ``legs[0]`` that fill."""

    side: int
    base: float
    equity_before: float
    opened: int
    stop_price: float = nan
    target_price: float = nan
    legs: list[Leg] = field(default_factory=list)
    funding: float = 0.0
    worst: float = 0.0

    @property
    def quantity(self) -> float:
        return sum(leg.quantity for leg in self.legs)

    @property
    def average(self) -> float:
        """A: weighted by quantity, of fill prices."""
        return sum(leg.price * leg.quantity for leg in self.legs) / self.quantity

    @property
    def margin(self) -> float:
        return sum(leg.margin for leg in self.legs)

    @property
    def filled(self) -> set[int]:
        """Numbers of the filled levels."""
        return {leg.slot for leg in self.legs}

    def liquidation(self, maintenance: float, leverage: float) -> float:
        """P_liq of an isolated position."""
        return self.average * (1.0 - self.side / leverage) / (1.0 - self.side * maintenance)

    def unrealised(self, price: float) -> float:
        return self.side * (price - self.average) * self.quantity


class Strategy:
    """A strategy with one entry that wants nothing: stop and target stay what the entry said.

    ``values`` are all the strategy's parameters, also those that a case leaves at what the pipeline ships.
    """

    history = 1
    """Bars before the first evaluation; to be set by every oracle (the specification's History line)."""
    slots = 1
    """Entries that share the allocation of one position."""
    limit_entry = False
    """A touched level is a resting limit order (maker) instead of a market order on touch (taker)."""
    limit_target = True
    """The target is a resting limit order (maker) instead of a market order on touch (taker)."""

    def __init__(self, given: Inputs, values: Values) -> None:
        self.given, self.values, self.bars = given, values, given.bars
        self.sides = tuple(side for side, word in ((LONG, "long"), (SHORT, "short")) if word in values["sides"])

    def fraction(self, name: str) -> float:
        """A parameter in percent as a fraction."""
        return float(self.values[name]) / 100.0

    def levels(self, i: int, position: Position | None) -> list[tuple[int, int, float]]:
        """Resting levels of bar i as (side, number, price), prices above zero only; indicators at i - 1.

        ``position`` is what was carried into the bar. Levels of the other side and filled ones are ignored, so both
        ladders may be given at any time.
        """
        return []

    def target(self, i: int, position: Position) -> float:
        """Target that works in bar i for a position carried into it, NaN if none."""
        return position.target_price

    def stop(self, position: Position) -> float:
        """Stop of the position as its legs stand."""
        return position.stop_price

    def trail(self, i: int, position: Position) -> float:
        """Trailing stop that works in bar i, NaN if none; the legs filled in bar i itself are not to change it."""
        return nan

    def observe(self, i: int, position: Position | None) -> None:
        """The close of bar i, in every bar: before the decisions, in a position or not, in warm-up too."""

    def leave(self, i: int, position: Position) -> str | None:
        """Reason to leave at the close of bar i."""
        return None

    def enter(self, i: int, position: Position | None) -> Entry | None:
        """Entry at the close of bar i; asked also in a position, where only an entry with ``levels`` counts."""
        return None

    def opened(self, i: int, position: Position) -> None:
        """A position has been opened in bar i (its first level filled, or its entry was taken at the close)."""

    def closed(self, i: int, position: Position, reason: str) -> None:
        """The position has been closed in bar i."""


class Grid(Strategy):
    """The common contract of the grid family (2.3): a stop at a percentage of A and orders as the parameters say."""

    limit_target = False

    def __init__(self, given: Inputs, values: Values) -> None:
        super().__init__(given, values)
        self.slots = int(values["num_levels"])
        self.limit_entry = values.get("entry_order") == "limit"
        self.limit_target = values.get("target_order") == "limit"

    def stop(self, position: Position) -> float:
        """A percentage of the average entry."""
        return position.average * (1.0 - position.side * self.fraction("sl_percent"))

    def target(self, i: int, position: Position) -> float:
        """None, unless a grid says otherwise."""
        return nan
