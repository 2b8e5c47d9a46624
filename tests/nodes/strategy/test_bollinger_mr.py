"""The Bollinger mean reversion, by hand: closes that go 100, 102, 100, 102, then single bars."""

from __future__ import annotations

from math import isnan
from typing import Any

import numpy as np
import pytest

from radar.engine.result import Result
from radar.market.bar import Bar
from radar.market.reason import ExitReason
from tests.acceptance.oracle_strategy import Values
from tests.acceptance.subject import Random, Subject
from tests.nodes.markets import Bars
from tests.nodes.strategy.bollinger_mr_oracle import BollingerReversion
from tests.nodes.strategy.harness import FIRST, HOUR, Row, Step, bars, mirrored, net_of, only, reasons, run


def draw(random: Random, stop: float) -> Values:
    """Parameters of one random case.

    A width whose square is j / (window - j) would put the band on the price of a market that stands still but for j
    closes: a tie that rounding decides.
    """
    window, deviations = int(random.integers(2, 25)), float(random.choice([0.53, 1.1, 2.03]))
    return {"bb_period": window, "bb_std": deviations, "sl_percent": stop * 100.0}


SHORT = {"bb_period": 20, "bb_std": 1.5}
SUBJECT = Subject(
    oracle=BollingerReversion,
    draw=draw,
    ends=("signal",),
    lively={**SHORT, "sl_percent": 2.0},
    mirror={**SHORT, "sl_percent": 99.0},
    far={"sl_percent": 95.0},
    sample={"bb_period": 20, "bb_std": 1.5, "sl_percent": 2},
    quirks={"leverage": 10.0, "bb_period": 10, "bb_std": 1.0, "sl_percent": 5.0},
)

TEXT = """radar: 1
pipeline: reversion
assets: [BTC]
clock: 1h
nodes:
  candles: {source: candles}
  bands: {indicator: bollinger, in: candles.close, period: "${reversion.bb_period}", deviations: "${reversion.bb_std}"}
  reversion:
    strategy: bollinger_mr
    in: {bar: candles, upper: bands.upper, mid: bands.mid, lower: bands.lower}
    bb_period: 4
    bb_std: 1.5
  sized: {risk: risk_sizing, in: reversion, risk_percent: 2}
  guard: {risk: margin_guard, in: sized}
  broker: {executor: account, in: guard, high_volatility_multiplier: 1}
  journal: {sink: journal, in: broker}
"""
"""History: fifty bars."""


def row(close: float, low: float | None = None, high: float | None = None) -> Row:
    """A bar that opens and closes at ``close``."""
    return (close, close if high is None else high, close if low is None else low, close)


def swings(count: int) -> list[Row]:
    """Closes that go 100, 102, 100, 102 ..., an even number of them."""
    return [row(100.0 if index % 2 == 0 else 102.0) for index in range(count)]


def market(*rows: Row, warm: int = 56) -> Bars:
    """Bars that swing by one around 101, ending on 102; then the given ones.

    The bands of four such closes are 101 -/+ 1.5, so none of them is beyond.
    """
    return bars(row(100.0), 0, *swings(warm), *rows)


DIP: Row = row(96.0)
"""Bands of 102, 100, 102, 96: 100 -/+ 1.5 x sqrt(24 / 4), so 96 is below 96.3258."""
STOP = 96.0 * 0.95


def trade(bars_: Bars, **options: Any) -> Result:
    """A back-test of the reversion."""
    return run(TEXT, bars_, **options)


def test_enters_at_the_close_of_the_excursion() -> None:
    """A market order at 96, sized to lose 2 % at the stop of 5 %, costs included."""
    result = trade(market(DIP, row(97.0)))
    (position,) = result.open_positions
    (fill,) = result.fill_rows
    notional = 10_000 * 0.02 / (0.05 + 0.0006 + 0.0005)
    assert (int(fill["time"]), int(fill["at_close"]), int(fill["side"])) == (FIRST + 56 * HOUR, 1, 1)
    assert (fill["reference"], fill["price"]) == (96.0, pytest.approx(96 * 1.0005, rel=1e-15))
    assert fill["quantity"] == pytest.approx(notional / 96, rel=1e-9)
    assert position["stop"] == pytest.approx(STOP, rel=1e-15)


def test_leaves_when_the_close_is_back_at_the_mean() -> None:
    """At 98 the middle of 100, 102, 96, 98 is 99 and it stays; at 99 the middle is 98.75 and it leaves there."""
    found = only(trade(market(DIP, row(98.0), row(99.0), row(99.0))))
    quantity = found["quantity"]
    assert (found["reason"], found["bars"], found["exit_reference"]) == ("signal", 2, 99.0)
    assert found["net"] == pytest.approx(net_of(found, [(96.0, quantity)], 99.0, 0.0006, 0.0005), rel=1e-12)


def test_stops_out_inside_a_bar() -> None:
    """A low at the stop, built from the entry close, is enough, whatever the close says."""
    found = only(trade(market(DIP, row(99.0, low=STOP))))
    assert (found["reason"], found["exit_reference"]) == ("sl", STOP)
    assert found["net"] == pytest.approx(net_of(found, [(96.0, found["quantity"])], STOP, 0.0006, 0.0005), rel=1e-12)
    assert -206 < found["net"] < -200


def test_short_is_the_mirror() -> None:
    """Upside down, the same excursion is sold and bought back at the mirrored prices."""
    down = market(DIP, row(98.0), row(99.0), row(99.0))
    long, short = only(trade(down)), only(trade(mirrored(down, 202.0)))
    assert (short["side"], short["reason"]) == ("short", "signal")
    assert short["entry_reference"] == 202.0 - long["entry_reference"]
    assert short["exit_reference"] == 202.0 - long["exit_reference"]
    assert (short["entry_time"], short["exit_time"]) == (long["entry_time"], long["exit_time"])
    assert short["stop"] == pytest.approx(106.0 * 1.05, rel=1e-15)


def test_no_fixed_target() -> None:
    """However far a bar reaches beyond the mean, only its close counts."""
    result = trade(market(DIP, row(97.0, high=180.0)))
    assert result.trades() == []
    assert len(result.open_positions) == 1


def test_history_is_fifty_bars() -> None:
    """The close of bar 49 (counted from 0) is the first decision; two bars sooner it is refused and counted."""
    early = trade(market(DIP, row(98.0), row(98.0), row(98.0), warm=48))
    assert (len(early.fill_rows), early.run.feed.start) == (0, 49)
    shifted = bars(row(102.0), 1, *swings(48), DIP)
    assert int(trade(shifted).fill_rows["time"][0]) == FIRST + 49 * HOUR


def test_no_new_position_in_the_bar_of_an_exit() -> None:
    """A bar that stops the long out and closes below the lower band is refused as the same bar."""
    result = trade(market(DIP, (96.0, 96.0, 60.0, 60.0), row(80.0)))
    assert reasons(result) == ["sl"]
    assert {(one["cause"], one["count"]) for one in result.refusals} == {("same_bar", 1)}


def bar(close: float) -> Bar:
    """A bar that closes at ``close``."""
    return Bar(0, close, close, close, close, 1.0)


BANDS = {"upper": 103.0, "mid": 100.0, "lower": 97.0}


@pytest.mark.parametrize(("close", "side"), [(96.99, 1), (97.0, 0), (100.0, 0), (103.0, 0), (103.01, -1), (np.nan, 0)])
def test_entry_is_strictly_beyond_the_band(close: float, side: int) -> None:
    """On the band it is no excursion."""
    assert Step("bollinger_mr")(bar=bar(close), **BANDS).enter == side


def test_sides_are_those_that_are_allowed() -> None:
    """A side that is not listed is never entered."""
    assert Step("bollinger_mr", sides=["short"])(bar=bar(96.0), **BANDS).enter == 0
    assert Step("bollinger_mr", sides=["long"])(bar=bar(104.0), **BANDS).enter == 0


def test_stop_and_target_of_the_intent() -> None:
    """The stop is a percentage of the close, on the far side; there is no target and no trailing stop."""
    intent = Step("bollinger_mr", sl_percent=10.0)(bar=bar(96.0), **BANDS)
    assert intent.stop == 96.0 * 0.9
    assert np.isnan(intent.target)
    assert np.isnan(intent.trail)
    assert Step("bollinger_mr", sl_percent=10.0)(bar=bar(104.0), **BANDS).stop == 104.0 * 1.1


@pytest.mark.parametrize(
    ("side", "close", "leaves"),
    [(1, 99.99, False), (1, 100.0, True), (1, 104.0, True), (-1, 100.01, False), (-1, 100.0, True), (-1, 96.0, True)],
)
def test_exit_is_at_the_middle_or_beyond(side: int, close: float, leaves: bool) -> None:
    """It leaves for the reason signal and enters nothing, even beyond the other band."""
    intent = Step("bollinger_mr")(side=side, paid=100.0, bar=bar(close), **BANDS)
    assert intent.leave == (ExitReason.SIGNAL if leaves else 0)
    assert intent.enter == 0


def test_what_is_not_known_is_neither_entry_nor_exit() -> None:
    """Comparisons with missing bands are false."""
    missing = dict.fromkeys(BANDS, np.nan)
    assert Step("bollinger_mr")(bar=bar(50.0), **missing).enter == 0
    assert Step("bollinger_mr")(side=1, paid=100.0, bar=bar(150.0), **missing).leave == 0
    assert Step("bollinger_mr")(side=-1, paid=100.0, bar=bar(50.0), **missing).leave == 0


@pytest.mark.parametrize(
    ("side", "close", "score"),
    [
        # The bands are 6 wide. At the edge 0.5; 1.5 beyond it x = 2 x 1.5 / 6 = 0.5; 3 beyond it x = 1, the most.
        (1, 97.0, 0.5),
        (1, 95.5, 0.75),
        (1, 94.0, 1.0),
        (1, 90.0, 1.0),
        (-1, 104.5, 0.75),
        # 1.5 inside x = -0.5; at the middle x = -1, which is held at 0.1.
        (1, 98.5, 0.25),
        (1, 100.0, 0.1),
        (1, 104.0, 0.1),
        (-1, 101.5, 0.25),
    ],
)
def test_the_score_grows_with_the_distance_beyond_the_band(side: int, close: float, score: float) -> None:
    """0.5 + 0.5 x, held between 0.1 and 1."""
    step = Step("bollinger_mr")
    step(bar=bar(close), **BANDS)
    found, told = step.judge(side, bar=bar(close), **BANDS)
    assert found == pytest.approx(score, rel=1e-12)
    band = 97.0 if side > 0 else 103.0
    assert told == {"excursion": (close, band, score > 0.5)}


def test_a_score_without_bands() -> None:
    """Not known while the bands are not; one half where they have no width and the close is on them."""
    step = Step("bollinger_mr")
    assert isnan(step.judge(1, bar=bar(100.0), **dict.fromkeys(BANDS, np.nan))[0])
    assert step.judge(1, bar=bar(100.0), **dict.fromkeys(BANDS, 100.0)) == (0.5, {"excursion": (100.0, 100.0, False)})
