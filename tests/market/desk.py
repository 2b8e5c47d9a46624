"""A trading desk for tests by hand: one account, one position, one intent, and bars that are put to them."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np

from radar.kernel.records import RecordArray, RecordView, param_dtype, write_params
from radar.market.account import ACCOUNT, Execution, Moment, close_position, open_level
from radar.market.approval import APPROVAL, clear_approval
from radar.market.bar import Bar
from radar.market.intent import INTENT, Terms, arm, fresh_intent, rest
from radar.market.ledger import FILL, TRADE, Ledger
from radar.market.position import POSITION
from radar.market.reason import Regime
from radar.market.simulation.match import match
from radar.market.simulation.resolve import FineBars
from radar.market.simulation.walk import MET
from radar.market.statistics import start_statistics
from radar.nodes.registry import find

HOUR = 3_600_000
CALM, WILD = int(Regime.RANGING), int(Regime.HIGH_VOLATILITY)
NO_FINE_BARS = FineBars(np.zeros(0, np.int64), np.zeros((0, 1, 5)), 0)


def bar(opens: float, high: float, low: float, close: float, volume: float = 1000.0, time: int = 10 * HOUR) -> Bar:
    """A candle."""
    return Bar(time, opens, high, low, close, volume)


def fine_bars(*prices: tuple[float, float, float, float], start: int = 10 * HOUR, each: int = HOUR // 4) -> FineBars:
    """Finer candles of one lane from ``start`` on, as (open, high, low, close)."""
    times = start + each * np.arange(len(prices), dtype=np.int64)
    market = np.array([[(*one, 100.0)] for one in prices])
    return FineBars(times, market, each)


def venue(**values: Any) -> Any:
    """Parameters of an account as the kernel reads them; without costs unless they are named."""
    kind = find("executor", "account")
    assert kind is not None
    free = {"maker_fee_percent": 0.0, "taker_fee_percent": 0.0, "slippage_percent": 0.0, "minimum_notional": 0.0}
    record = np.zeros(1, param_dtype(kind))
    write_params(record[0], kind, kind.params(**{**free, **values}), interval=HOUR, window=0)
    return RecordView(record[0])


def grid_terms(**values: Any) -> Terms:
    """Terms of a grid: leverage 1, a stop 10 % from the average, three levels, market orders on touch."""
    return Terms(1.0, 0.1, 3, False, False)._replace(**values)


@dataclass
class Desk:
    """An account of 10,000 with all that one bar may touch."""

    p: Any
    terms: Terms
    tick: float = 0.5

    def __post_init__(self) -> None:
        self.account: Any = RecordView(np.zeros(1, ACCOUNT)[0])
        self.position: Any = RecordView(np.zeros(1, POSITION)[0])
        self.intent: Any = RecordView(np.zeros(1, INTENT)[0])
        self.approval: Any = RecordView(np.zeros(1, APPROVAL)[0])
        self.met: Any = RecordView(np.zeros(1, MET)[0])
        fresh_intent(self.intent)
        clear_approval(self.approval)
        self.approval.margin_fraction = 0.1
        self.position.closed_row = -1
        self.account.initial = self.account.cash = self.account.equity = 10_000.0
        self.account.assets, self.account.interval, self.account.recording = 1, HOUR, 1
        self.account.released_row = -1
        start_statistics(self.account.statistics, 10_000.0)
        self.fills, self.trades = np.zeros(64, FILL), np.zeros(64, TRADE)
        self.ledger = Ledger(RecordArray(self.fills), RecordArray(self.trades), np.zeros(1))
        self.row = 10

    def moment(self, *, at_close: bool = False) -> Moment:
        """The current row."""
        return Moment(self.row, self.row * HOUR, 0, 0, at_close)

    def levels(self, side: int, *prices: float) -> None:
        """Rest a ladder."""
        for level, price in enumerate(prices):
            rest(self.intent, side, level, price)
        arm(self.intent, side, len(prices), int(self.position.filled))

    def enter(
        self, side: int, price: float, quantity: float, *, level: int = 0, slip: float = 0.0, fee: float = 0.0
    ) -> None:
        """Open or add to the position at ``price``."""
        execution = Execution(price, slip, fee)
        open_level(
            self.ledger,
            self.account,
            self.position,
            self.moment(),
            self.terms,
            side,
            level,
            execution,
            quantity,
            10_000.0,
            float(self.account.equity),
            CALM,
        )

    def close(self, price: float, reason: int, *, slip: float = 0.0, fee: float = 0.0, at_close: bool = False) -> None:
        """Close the position at ``price``."""
        execution = Execution(price, slip, fee)
        moment = self.moment(at_close=at_close)
        nan = float("nan")
        close_position(self.ledger, self.account, self.position, moment, execution, reason, nan, nan, CALM)

    def meet(self, one: Bar, *, regime: int = CALM, fine: FineBars = NO_FINE_BARS) -> None:
        """Put a bar to what rests."""
        match(
            self.ledger,
            self.p,
            self.terms,
            self.intent,
            self.approval,
            self.account,
            self.position,
            self.met,
            self.moment(),
            one,
            self.tick,
            regime,
            fine,
        )

    @property
    def closed(self) -> np.ndarray:
        """Closed trades."""
        return self.trades[: int(self.account.trade_count)]

    @property
    def filled(self) -> np.ndarray:
        """Fills."""
        return self.fills[: int(self.account.fill_count)]

    def refused(self, cause: int) -> int:
        """Entries refused for a cause."""
        return int(self.position.refusals[cause])


def desk(terms: Terms | None = None, tick: float = 0.5, **values: Any) -> Desk:
    """A desk on a venue with some values."""
    return Desk(venue(**values), terms or grid_terms(), tick)
