"""The hunt for liquidation zones, by hand: five-minute bars at 100, open interest that jumps once, then single bars."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

import radar
from radar.engine.result import Result
from radar.errors import DataError
from radar.market.bar import Bar
from radar.market.reason import ExitReason
from tests.acceptance.harness import Market
from tests.acceptance.oracle_strategy import Values
from tests.acceptance.subject import Random, Subject
from tests.nodes.markets import MINUTE
from tests.nodes.strategy.harness import FIRST, Row, Step, bars, only
from tests.nodes.strategy.liquidation_oracle import LiquidationZones

LENGTH = 5 * MINUTE


def draw(random: Random, stop: float) -> Values:
    """Parameters of one random case; most of its bars move by less than 1 %."""
    return {
        "oi_change_minutes": int(random.choice([5, 10, 15])),
        "oi_change_threshold": float(random.choice([3.1, 5.3, 9.7])),
        "leverage_estimate": float(random.choice([21.0, 57.0, 143.0])),
        "zone_buffer_percent": float(random.choice([0.31, 0.73, 2.1])),
        "anchor_bars": int(random.choice([1, 7, 40])),
        "tp_percent": float(random.choice([0.2, 0.8, 3.0])),
        "sl_percent": stop * 100.0,
    }


SUBJECT = Subject(
    oracle=LiquidationZones,
    draw=draw,
    ends=("tp", "signal"),
    lively={
        "oi_change_minutes": 10,
        "oi_change_threshold": 4.0,
        "leverage_estimate": 110.0,
        "zone_buffer_percent": 0.5,
        "anchor_bars": 12,
        "tp_percent": 1.0,
        "sl_percent": 0.8,
    },
    mirror="its zones are percentages of the price",
    far={"tp_percent": 3.0, "sl_percent": 5.0},
    near={"sl_percent": 0.5},
    ruinous=False,
    step=0.0015,
)
"""Its stops are built from the close, so slippage does not move them."""

TEXT = """radar: 1
pipeline: zones
assets: [BTC]
clock: 5m
nodes:
  candles: {source: candles}
  interest: {source: open_interest, oi_change_minutes: "${zones.oi_change_minutes}"}
  zones: {strategy: liquidation, in: {bar: candles, change: interest.change}}
  sized: {risk: risk_sizing, in: zones}
  guard: {risk: margin_guard, in: sized}
  broker: {executor: account, in: guard, high_volatility_multiplier: 1}
  journal: {sink: journal, in: broker}
"""
CALM: Row = (100.0, 100.1, 99.9, 100.0)
UPPER, LOWER = 100.0 * (1.0 + 1.0 / 15.0), 100.0 * (1.0 - 1.0 / 15.0)
"""The zones around 100 at a leverage of 15: 106.667 and 93.333."""


def row(close: float) -> Row:
    """A bar that closes where it opens, in a range of 0.1."""
    return (close, close + 0.05, close - 0.05, close)


def trade(*rows: Row, warm: int = 60, jump: float = 1.06, later: float = 1.0, **options: Any) -> Result:
    """A back-test over ``warm`` calm bars and ``rows``.

    The last calm bar sees open interest ``jump`` times what it was, the last of the rows ``later`` times that.
    """
    market = bars(CALM, warm, *rows, interval=LENGTH)
    values = np.where(np.arange(len(market)) < warm - 1, 1e6, 1e6 * jump)
    values[-1] *= later
    interest = dict(zip(market.time.tolist(), values.tolist(), strict=True))
    data = Market({("BTC", "5m"): market}, interest={"BTC": interest})
    return radar.backtest(TEXT, data=data, mode="interpreted", **options)


def entries(result: Result) -> list[tuple[int, int, float]]:
    """Bar number, side and reference price of every entry."""
    fills = [fill for fill in result.fill_rows if fill["opens"]]
    return [(int(fill["time"] - FIRST) // LENGTH, int(fill["side"]), float(fill["reference"])) for fill in fills]


def test_buys_below_the_upper_zone() -> None:
    """Open interest grows by 6 % in bar 59, at 100. 105 is 1.587 % below 106.667; 105.5 is 1.106 % and is bought."""
    result = trade(row(105.0), row(105.5), row(105.6))
    assert entries(result) == [(61, 1, 105.5)]
    notional = 10_000 * 0.02 / (0.004 + 0.0006 + 0.0005)
    assert result.fill_rows[0]["quantity"] == pytest.approx(notional / 105.5, rel=1e-9)
    assert result.open_positions[0]["stop"] == pytest.approx(105.5 * 0.996, rel=1e-15)


def test_sells_above_the_lower_zone() -> None:
    """94.8 is 1.547 % above 93.333; 94.5 is 1.235 % and is sold, its stop is bought back with slippage."""
    found = only(trade(row(94.8), row(94.5), (94.5, 95.0, 94.4, 94.9)))
    assert (found["side"], found["entry_reference"], found["reason"]) == ("short", 94.5, "sl")
    assert found["exit_price"] == pytest.approx(94.5 * 1.004 * 1.0005, rel=1e-12)


def test_target_is_a_resting_limit() -> None:
    """0.8 % above 105.5 is sold at: maker fee, no slippage."""
    found = only(trade(row(105.5), (105.5, 106.5, 105.4, 106.0)))
    target = 105.5 * 1.008
    assert (found["reason"], found["exit_price"]) == ("tp", pytest.approx(target, rel=1e-12))
    fees = found["quantity"] * (0.0006 * 105.5 * 1.0005 + 0.0002 * target)
    assert found["fees"] == pytest.approx(fees, rel=1e-9)


def test_leaves_when_open_interest_falls() -> None:
    """4 % less than a bar ago: sold at that close."""
    found = only(trade(row(105.5), row(105.5), row(105.4), later=0.96))
    assert (found["reason"], found["exit_reference"], found["bars"]) == ("signal", 105.4, 2)


def test_an_anchor_serves_one_entry() -> None:
    """Stopped out near the zone, nothing is bought there again."""
    stopped = trade(row(105.5), (105.5, 105.6, 105.0, 105.5), row(105.5), row(105.5))
    assert only(stopped)["reason"] == "sl"
    assert len(entries(stopped)) == 1


def test_an_anchor_runs_out() -> None:
    """The last of ``anchor_bars`` closes still enters, the next one does not."""
    rows = [CALM] * 4
    assert entries(trade(*rows, row(105.5), overrides=["zones.anchor_bars=5"])) == [(64, 1, 105.5)]
    assert entries(trade(*rows, row(105.5), overrides=["zones.anchor_bars=4"])) == []


def test_history_is_fifty_bars() -> None:
    """The close of bar 49 (counted from 0) is the first decision; the anchor was set in the warm-up."""
    result = trade(row(105.5), row(105.5), row(105.5), warm=48)
    assert result.run.feed.start == 49
    assert entries(result) == [(49, 1, 105.5)]


def test_open_interest_that_is_missing_or_too_coarse_is_an_error() -> None:
    """No series, and one that is recorded more rarely than the horizon, are told."""
    market = {("BTC", "5m"): bars(CALM, 120, interval=LENGTH)}
    with pytest.raises(DataError, match="interest needs open interest of BTC"):
        radar.backtest(TEXT, data=Market(market), mode="interpreted")
    hourly = {FIRST + k * 60 * MINUTE: 1e6 for k in range(10)}
    with pytest.raises(DataError, match="recorded every 60 minutes"):
        radar.backtest(TEXT, data=Market(market, interest={"BTC": hourly}), mode="interpreted")


class Closes:
    """The strategy close by close, flat unless said otherwise."""

    def __init__(self, **params: Any) -> None:
        self.step = Step("liquidation", interval=LENGTH, **params)
        self.bar = Bar(FIRST, 100.0, 100.0, 100.0, 100.0, 1.0)

    def __call__(self, close: float, change: float = 0.0, **position: Any) -> Any:
        """The intent after the next close."""
        self.bar = Bar(self.bar.time + LENGTH, close, close, close, close, 1.0)
        self.step.intent.enter, self.step.intent.leave = 0, 0
        return self.step(bar=self.bar, change=change, **position)

    def judge(self, side: int, change: float = 0.0) -> tuple[float, dict[str, tuple[float, float, bool]]]:
        """Score and conditions after the last close."""
        return self.step.judge(side, bar=self.bar, change=change)


@pytest.mark.parametrize(
    ("close", "side"),
    [
        (105.0, 0),
        (105.1, 1),
        (106.66, 1),
        (106.67, 0),
        (94.8, 0),
        (94.7, -1),
        (93.34, -1),
        (93.33, 0),
        (100.0, 0),
    ],
)
def test_where_the_zones_are_traded(close: float, side: int) -> None:
    """Within 1.5 % of the close before a zone, on it, never beyond it."""
    closes = Closes()
    closes(100.0, 0.05)
    assert closes(close).enter == side


@pytest.mark.parametrize(("change", "side"), [(0.05, 1), (0.0499, 0), (np.nan, 0), (-0.2, 0)])
def test_what_sets_an_anchor(change: float, side: int) -> None:
    """Growth by the threshold or more; less, a fall and what is not known set none."""
    closes = Closes()
    assert closes(100.0, change).enter == 0
    assert closes(105.5).enter == side


def test_a_bar_that_sets_an_anchor_enters_nothing_and_the_latest_wins() -> None:
    """At 105.5 the first anchor would be traded, but the bar sets a second one, whose zone is at 112.53."""
    closes = Closes()
    closes(100.0, 0.05)
    assert closes(105.5, 0.06).enter == 0
    assert closes(105.5).enter == 0
    assert closes(111.5).enter == 1


def test_an_unknown_change_enters_nothing_and_keeps_the_anchor() -> None:
    """The bar might have moved the zones; the next known one enters."""
    closes = Closes()
    closes(100.0, 0.05)
    assert closes(105.5, np.nan).enter == 0
    assert closes(105.5).enter == 1


def test_a_signal_that_is_not_entered_leaves_the_anchor() -> None:
    """In a position, and where the entry was refused."""
    closes = Closes()
    closes(100.0, 0.05)
    assert closes(105.5, side=1, paid=100.0).enter == 0
    assert closes(105.5).enter == 1
    assert closes(105.5).enter == 1


def test_zones_that_overlap_are_bought() -> None:
    """Where the close is near both, long wins; where long is not allowed, it is sold."""
    for sides, entered in ((["long", "short"], 1), (["short"], -1), (["long"], 1)):
        closes = Closes(leverage_estimate=100.0, zone_buffer_percent=2.0, sides=sides)
        closes(100.0, 0.05)
        assert closes(100.0).enter == entered


@pytest.mark.parametrize(("change", "leaves"), [(-0.0301, True), (-0.03, False), (0.1, False), (np.nan, False)])
def test_open_interest_that_falls_is_left(change: float, leaves: bool) -> None:
    """By more than 3 %, on either side; what is not known is no reason."""
    for side in (1, -1):
        assert Closes()(100.0, change, side=side, paid=100.0).leave == (ExitReason.SIGNAL if leaves else 0)


def test_the_judgement_near_a_zone() -> None:
    """Growth 7.5 % of 3 * 5 %: 0.25; 105.5 is 1.1058 % from the zone, 0.5 * (1 - 1.1058 / 1.5) = 0.1314."""
    closes = Closes(anchor_bars=10)
    closes(100.0, 0.075)
    closes(105.5)
    away = (UPPER - 105.5) / 105.5
    score, found = closes.judge(1)
    assert score == pytest.approx(0.25 + 0.5 * (1.0 - away / 0.015))
    assert score == pytest.approx(0.3814, abs=1e-4)
    assert found == {
        "anchor": (10.0, 1.0, True),
        "known": (0.0, 0.05, True),
        "near": (pytest.approx(away), 0.015, True),
    }
    score, found = closes.judge(-1)
    assert score == pytest.approx(0.25), "the other zone is far"
    assert found["near"] == (pytest.approx((105.5 - LOWER) / 105.5), 0.015, False)


def test_the_judgement_on_and_beyond_a_zone() -> None:
    """Growth counts up to three thresholds: on the zone nearly 1; beyond it nearness counts nothing."""
    closes = Closes()
    closes(100.0, 0.9)
    closes(106.6666)
    assert closes.judge(1)[0] == pytest.approx(1.0, abs=1e-3)
    closes(106.7)
    score, found = closes.judge(1)
    assert (score, found["near"][2]) == (0.5, False)
    assert found["near"][0] < 0.0


def test_without_an_anchor_the_score_is_nothing() -> None:
    """Before the first one, in the bar that sets one, and after it has run out."""
    closes = Closes(anchor_bars=1)
    for close, change in ((100.0, 0.0), (100.0, 0.05)):
        closes(close, change)
        score, found = closes.judge(1)
        assert (score, found["anchor"]) == (0.0, (0.0, 1.0, False))
        assert np.isnan(found["near"][0])
    closes(100.0)
    assert closes.judge(1)[1]["anchor"] == (1.0, 1.0, True)
    closes(100.0)
    assert closes.judge(1)[0] == 0.0


def test_an_unknown_change_is_told_and_has_no_score() -> None:
    """What stands in the way is the missing reading alone."""
    closes = Closes()
    closes(100.0, 0.05)
    closes(105.5, np.nan)
    score, found = closes.judge(1, np.nan)
    assert np.isnan(score)
    assert {name: met for name, (_, _, met) in found.items()} == {"anchor": True, "known": False, "near": True}
