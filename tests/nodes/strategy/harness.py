"""A strategy's step by itself, and a strategy in a pipeline of one asset over bars that a test writes down."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np

import radar
from radar.engine.result import Result
from radar.kernel.records import RecordView
from radar.market.intent import INTENT, fresh_intent
from radar.market.position import POSITION
from radar.nodes.registry import find
from radar.plan.records import param_dtype, state_dtype, write_params
from tests.engine.memory import candles, table
from tests.nodes.markets import START, Bars

HOUR = 3_600_000
FIRST = START
"""Open time of the first bar: 2024-01-01 00:00 UTC."""

Row = tuple[float, float, float, float]


class Step:
    """A strategy with its own memory and an intent that wants nothing yet."""

    def __init__(self, name: str, *, interval: int = HOUR, **params: Any) -> None:
        kind = find("strategy", name)
        assert kind is not None
        assert kind.step is not None
        self.kind = kind
        self.call = kind.step
        values = kind.params(**params)
        record = np.zeros(1, param_dtype(kind))
        write_params(record[0], kind, values, interval=interval, window=0)
        state = np.zeros(1, state_dtype(kind))
        for field, value in kind.initial.items():
            state[0][field] = value
        self.p, self.s = RecordView(record[0]), RecordView(state[0])
        self.intent = RecordView(np.zeros(1, INTENT)[0])
        fresh_intent(self.intent)

    def __call__(self, *, side: int = 0, paid: float = np.nan, filled: int = 0, age: int = 0, **inputs: Any) -> Any:
        """The intent after one close with these inputs, in a position of ``side`` entered at ``paid``, or flat.

        ``age`` counts the bars since the first fill, which was at ``paid`` too.
        """
        position = RecordView(np.zeros(1, POSITION)[0])
        position.side, position.average, position.filled = side, paid, filled
        position.bars, position.first_fill = age, paid
        self.call(self.p, self.s, np.zeros(1), position, self.intent, *(inputs[port] for port in self.kind.inputs))
        if self.kind.levels is not None:
            self.kind.levels(self.p, self.intent)
        return self.intent

    def judge(
        self, side: int, *, held: int = 0, paid: float = np.nan, filled: int = 0, **inputs: Any
    ) -> tuple[float, dict[str, tuple[float, float, bool]]]:
        """Score of ``side`` after the last close, and of each condition by name: value, threshold, met.

        ``held`` is the side of the position (0: flat), as ``side`` of a close is.
        """
        assert self.kind.judge is not None
        position = RecordView(np.zeros(1, POSITION)[0])
        position.side, position.average, position.filled = held, paid, filled
        found = np.full(3 * len(self.kind.conditions), np.nan)
        values = (inputs[port] for port in self.kind.inputs)
        score = self.kind.judge(self.p, self.s, np.zeros(1), position, self.intent, *values, side, found)
        rows = found.reshape(-1, 3).tolist()
        told = zip(self.kind.conditions, rows, strict=True)
        return float(score), {name: (value, threshold, met == 1.0) for name, (value, threshold, met) in told}

    def buys(self) -> list[float]:
        """Prices of the resting buys."""
        return [float(price) for price in self.intent.buy[: int(self.intent.buy_count)]]

    def sells(self) -> list[float]:
        """Prices of the resting sells."""
        return [float(price) for price in self.intent.sell[: int(self.intent.sell_count)]]


def bars(warm: Row, count: int, *rows: Row, interval: int = HOUR, volume: float = 1000.0) -> Bars:
    """``count`` times the bar ``warm``, then the given ones."""
    return candles(*([warm] * count), *rows, first=FIRST, interval=interval, volume=volume)


def mirrored(market: Bars, total: float) -> Bars:
    """The market in which every price is ``total`` minus itself."""
    return Bars(
        market.time, total - market.open, total - market.low, total - market.high, total - market.close, market.volume
    )


def run(text: str, market: Bars | Mapping[str, Bars], **options: Any) -> Result:
    """An interpreted back-test over the given bars (of BTC, if only one series is given); no configuration."""
    by_asset = {"BTC": market} if isinstance(market, Bars) else market
    tables = {asset: table(one) for asset, one in by_asset.items()}
    return radar.backtest(text, candles=tables, mode="interpreted", **options)


def reasons(result: Result) -> list[str]:
    """Why the trades were closed, in order."""
    return [str(trade["reason"]) for trade in result.trades()]


def only(result: Result) -> dict[str, Any]:
    """The one trade of a result."""
    (trade,) = result.trades()
    return trade


def net_of(
    trade: Mapping[str, Any], fills: Sequence[tuple[float, float]], exit_price: float, exit_fee: float, exit_slip: float
) -> float:
    """Net profit of a long by the specification's 3.5: entries are (reference price, quantity), taker with slippage."""
    side = 1 if trade["side"] == "long" else -1
    fee, slip = 0.0006, 0.0005
    quantity = sum(amount for _, amount in fills)
    gross = sum(side * (exit_price - price) * amount for price, amount in fills)
    out = exit_price * (1 - side * exit_slip)
    fees = sum(fee * price * (1 + side * slip) * amount for price, amount in fills) + exit_fee * out * quantity
    slippage = sum(slip * price * amount for price, amount in fills) + exit_slip * exit_price * quantity
    return gross - fees - slippage
