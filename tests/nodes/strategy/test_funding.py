"""The funding scalp, by hand: fifteen-minute bars that stand at 100, and rates settled at chosen bars."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

import radar
from radar.engine.result import Result
from radar.errors import DataError
from radar.market.bar import Bar
from radar.market.reason import ExitReason
from radar.spec.diagnostic import SpecError
from tests.acceptance.harness import Market, prepared
from tests.acceptance.oracle_strategy import Values
from tests.acceptance.subject import Random, Subject
from tests.nodes.markets import HOUR, MINUTE, Bars
from tests.nodes.strategy.funding_oracle import FundingScalp
from tests.nodes.strategy.harness import FIRST, Row, Step, bars, only

LENGTH = 15 * MINUTE


def draw(random: Random, stop: float) -> Values:
    """Parameters of one random case; rates are around 0.2 %."""
    high = float(random.choice([0.01, 0.05, 0.15]))
    return {
        "extreme_positive_threshold": high,
        **({"extreme_negative_threshold": -0.02} if random.random() < 0.3 else {}),
        "entry_delay_minutes": float(random.choice([0.0, 5.0, 30.0, 50.0])),
        "tp_percent": float(random.choice([0.2, 0.8, 3.0])),
        "sl_percent": stop * 100.0,
    }


SUBJECT = Subject(
    oracle=FundingScalp,
    draw=draw,
    ends=("tp", "signal"),
    lively={"extreme_negative_threshold": -0.03, "entry_delay_minutes": 20.0, "tp_percent": 0.8, "sl_percent": 0.6},
    mirror="without its stop and target, which are percentages of the price, it hardly ever leaves a position",
    far={"leverage": 5.0, "tp_percent": 3.0, "sl_percent": 3.0},
    near={"sl_percent": 1.5},
    sample={"extreme_positive_threshold": 0.004, "tp_percent": 0.6, "sl_percent": 0.4},
    ruinous=False,
    step=0.003,
)
"""Its stops are built from the close, so slippage does not move them."""

TEXT = """radar: 1
pipeline: scalp
assets: [BTC]
clock: 15m
nodes:
  candles: {source: candles}
  rates: {source: funding}
  scalp: {strategy: funding, in: {bar: candles, rate: rates.rate}}
  sized: {risk: risk_sizing, in: scalp}
  guard: {risk: margin_guard, in: sized}
  broker: {executor: account, in: guard, high_volatility_multiplier: 1}
  journal: {sink: journal, in: broker}
"""
CALM: Row = (100.0, 100.1, 99.9, 100.0)


def trade(rates: dict[int, float], *rows: Row, warm: int = 32, **options: Any) -> Result:
    """A back-test over ``warm`` calm bars and the given ones; ``rates`` by the bar at whose open they are settled."""
    market: Bars = bars(CALM, warm, *rows, interval=LENGTH)
    settled = {FIRST + bar * LENGTH: rate for bar, rate in rates.items()}
    return radar.backtest(TEXT, data=Market({("BTC", "15m"): market}, {"BTC": settled}), mode="interpreted", **options)


def entries(result: Result) -> list[tuple[int, int]]:
    """Bar number and side of every entry."""
    return [(int(fill["time"] - FIRST) // LENGTH, int(fill["side"])) for fill in result.fill_rows if fill["opens"]]


def test_enters_one_bar_after_the_extreme_began() -> None:
    """-0.04 % at bar 32: bought at the close of bar 33, at 100, with a stop 0.2 % below."""
    result = trade({32: -0.0004}, CALM, CALM, CALM)
    assert entries(result) == [(33, 1)]
    notional = 10_000 * 0.02 / (0.002 + 0.0006 + 0.0005)
    assert result.fill_rows[0]["quantity"] == pytest.approx(notional / 100.0, rel=1e-9)
    assert result.open_positions[0]["stop"] == pytest.approx(99.8, rel=1e-15)


def test_target_is_a_resting_limit() -> None:
    """100.4 is touched and sold at: maker fee, no slippage."""
    found = only(trade({32: -0.0004}, CALM, CALM, (100.0, 100.5, 99.9, 100.4)))
    assert (found["reason"], found["exit_price"]) == ("tp", pytest.approx(100.4, rel=1e-15))
    assert found["fees"] == pytest.approx(found["quantity"] * (0.0006 * 100.05 + 0.0002 * 100.4), rel=1e-9)


def test_short_is_the_mirror() -> None:
    """+0.04 %: sold at 100, the stop at 100.2 is bought back with slippage."""
    found = only(trade({32: 0.0004}, CALM, CALM, (100.0, 100.3, 99.9, 100.1)))
    assert (found["side"], found["reason"], found["entry_reference"]) == ("short", "sl", 100.0)
    assert found["exit_price"] == pytest.approx(100.2 * 1.0005, rel=1e-12)


def test_calm_funding_is_left() -> None:
    """0.005 % at bar 36: sold at the close of that bar, and the settlement at its open is paid by the long."""
    found = only(trade({32: -0.0004, 36: 0.00005}, CALM, CALM, CALM, CALM, CALM, CALM))
    assert (found["reason"], found["bars"], found["exit_reference"]) == ("signal", 3, 100.0)
    assert found["funding"] == pytest.approx(-0.00005 * found["quantity"] * 100.0, rel=1e-9)


def test_history_is_ten_bars() -> None:
    """The extreme at bar 0: the close of bar 9 is the first decision; the timer has run in the warm-up."""
    result = trade({0: -0.0004}, warm=12)
    assert result.run.feed.start == 9
    assert entries(result)[0] == (9, 1)


def test_after_a_stop_the_extreme_is_waited_for_again() -> None:
    """Stopped in the bar after the entry: that bar starts the timer anew, the next one enters."""
    result = trade({32: -0.0004}, CALM, CALM, (100.0, 100.1, 99.7, 100.0), CALM)
    assert entries(result) == [(33, 1), (35, 1)]


def test_a_market_without_a_rate_is_an_error_and_before_the_first_it_is_silent() -> None:
    """No series: a clear error. A series that begins later: nothing until then."""
    assert entries(trade({35: -0.0004}, CALM, CALM, CALM, CALM)) == []
    market = Market({("BTC", "15m"): bars(CALM, 32, interval=LENGTH)})
    with pytest.raises(DataError, match="rates needs funding of BTC"):
        radar.backtest(TEXT, data=market, mode="interpreted")


@pytest.mark.parametrize(
    ("values", "place"),
    [
        ({"extreme_positive_threshold": 0.01, "extreme_negative_threshold": 0.02}, "extreme_negative_threshold"),
        ({"extreme_positive_threshold": -0.01}, "extreme_positive_threshold"),
    ],
)
def test_extremes_that_overlap_are_an_error(values: dict[str, float], place: str) -> None:
    """A rate that is too low and too high at once is refused, where it is written."""
    with pytest.raises(SpecError, match=place):
        prepared("funding", overrides={f"scalp.{key}": value for key, value in values.items()})


class Clock:
    """The strategy bar by bar at 100, flat unless said otherwise."""

    def __init__(self, **params: Any) -> None:
        self.step = Step("funding", interval=LENGTH, **params)
        self.bar = 0

    def __call__(self, rate: float, **position: Any) -> Any:
        """The intent after the next close under ``rate``."""
        self.bar += 1
        self.step.intent.enter, self.step.intent.leave = 0, 0
        return self.step(bar=self.now(), rate=rate, **position)

    def now(self) -> Bar:
        """The bar that closed last."""
        return Bar(FIRST + self.bar * LENGTH, 100.0, 100.0, 100.0, 100.0, 1.0)

    def sides(self, *rates: float) -> list[int]:
        """What is entered under rates in a row, in hundredths of a percent."""
        return [int(self(rate / 10_000.0).enter) for rate in rates]


@pytest.mark.parametrize(
    ("rates", "sides"),
    [
        ((-4, -4, -4), [0, 1, 1]),
        ((4, 4, 4), [0, -1, -1]),
        ((-3, -3, -3), [0, 0, 0]),
        ((3, 3, 3), [0, 0, 0]),
        ((-4, -2, -4, -4), [0, 0, 0, 1]),
        ((-4, np.nan, -4, -4), [0, 0, 0, 1]),
        ((-4, 4, 4), [0, 0, -1]),
    ],
)
def test_the_timer(rates: tuple[float, ...], sides: list[int]) -> None:
    """The second bar of an extreme enters; thresholds are strict; calm, unknown and opposite rates start it anew."""
    assert Clock().sides(*rates) == sides


@pytest.mark.parametrize(
    ("delay", "sides"), [(0.0, [0, 1, 1, 1]), (15.0, [0, 1, 1, 1]), (16.0, [0, 0, 1, 1]), (45.0, [0, 0, 0, 1])]
)
def test_the_delay(delay: float, sides: list[int]) -> None:
    """One bar at least, and as many as the minutes since the open of the first one ask for."""
    assert Clock(entry_delay_minutes=delay).sides(-4, -4, -4, -4) == sides


def test_the_timer_runs_in_a_position() -> None:
    """What began while a position was open is old enough when it is closed."""
    clock = Clock()
    assert clock(0.0004, side=1, paid=100.0).enter == 0
    assert clock(0.0004, side=1, paid=100.0).enter == 0
    assert clock(0.0004).enter == -1


def test_sides_that_are_not_allowed() -> None:
    """The extreme of the other side enters nothing."""
    assert Clock(sides=["short"]).sides(-4, -4, 4, 4) == [0, 0, 0, -1]


def test_thresholds() -> None:
    """The negative one is the positive mirrored, or its own."""
    assert Clock(extreme_positive_threshold=0.05).sides(-4, -4, -6, -6) == [0, 0, 0, 1]
    own = {"extreme_positive_threshold": 0.05, "extreme_negative_threshold": -0.01}
    assert Clock(**own).sides(-2, -2, 4, 4) == [0, 1, 0, 0]


@pytest.mark.parametrize(("rate", "leaves"), [(0.00009, True), (-0.00009, True), (0.0001, False), (np.nan, False)])
def test_calm_is_below_a_hundredth_of_a_percent(rate: float, leaves: bool) -> None:
    """Strictly; an unknown rate is no reason to leave."""
    for side in (1, -1):
        assert Clock()(rate, side=side, paid=100.0).leave == (ExitReason.SIGNAL if leaves else 0)


@pytest.mark.parametrize(
    ("side", "rate", "score"),
    [(1, -0.0004, 1.0), (1, -0.00015, 0.65), (-1, 0.00015, 0.65), (1, 0.0, 0.3), (1, 0.0004, 0.0), (-1, -0.0001, 0.0)],
)
def test_the_score(side: int, rate: float, score: float) -> None:
    """0.7 * |rate| / 0.0003 + 0.3, at most 1: 0.7 / 2 + 0.3 = 0.65 half way; 0 where the other side would be paid."""
    clock = Clock()
    clock(rate)
    assert clock.step.judge(side, bar=clock.now(), rate=rate)[0] == pytest.approx(score)


def test_the_score_is_measured_by_the_larger_threshold() -> None:
    """0.7 * 0.02 / 0.05 + 0.3 = 0.58."""
    clock = Clock(extreme_positive_threshold=0.05, extreme_negative_threshold=-0.01)
    clock(-0.0002)
    assert clock.step.judge(1, bar=clock.now(), rate=-0.0002)[0] == pytest.approx(0.58)


def test_the_conditions_of_an_entry() -> None:
    """The extreme is met at once, the delay one bar later; the other side has neither."""
    clock = Clock()
    clock(-0.0004)
    _, found = clock.step.judge(1, bar=clock.now(), rate=-0.0004)
    assert found == {"extreme": (-0.0004, pytest.approx(-0.0003), True), "delay": (0.0, 5.0, False)}
    assert clock(-0.0004).enter == 1
    _, found = clock.step.judge(1, bar=clock.now(), rate=-0.0004)
    assert found["delay"] == (15.0, 5.0, True)
    _, found = clock.step.judge(-1, bar=clock.now(), rate=-0.0004)
    assert found["extreme"] == (-0.0004, pytest.approx(0.0003), False)
    assert np.isnan(found["delay"][0])
    assert not found["delay"][2]


def test_an_unknown_rate_has_no_score() -> None:
    """And meets no condition."""
    clock = Clock()
    clock(np.nan)
    score, found = clock.step.judge(1, bar=clock.now(), rate=np.nan)
    assert np.isnan(score)
    assert not any(met for _, _, met in found.values())


def test_a_day_old_rate_is_forgotten() -> None:
    """Settled at bar 0 and never again: a position is entered once more after each exit for a day, then never."""
    rows = [(100.0, 100.5, 99.9, 100.0)] * 120
    found = entries(trade({0: -0.0004}, *rows, warm=1))
    assert found[0] == (9, 1)
    assert max(bar for bar, _ in found) <= 24 * HOUR // LENGTH
    assert len(found) > 20
