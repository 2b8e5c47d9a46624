"""Risk sizing, by hand: notional = base * risk / (stop distance + costs), at most base * leverage * margin ratio."""

from __future__ import annotations

import numpy as np
import pytest

from radar.engine.result import Result
from radar.kernel.records import RecordView
from radar.market.intent import INTENT, Terms, fresh_intent
from radar.market.reason import SizingBase
from radar.market.simulation.close import entry_notional
from tests.nodes.risk.harness import Risk, cleared
from tests.nodes.strategy.test_boltrend import BREAK, market, row, trade

TERMS = Terms(15.0, 0.0, 1, False, True)


def notional(node: Risk, stop: float, *, price: float = 100.0, side: int = 1, ratio: float = 0.7) -> float:
    """Notional of an entry at ``price`` with an absolute stop, on a base of 10,000."""
    intent = RecordView(np.zeros(1, INTENT)[0])
    fresh_intent(intent)
    intent.stop = stop
    approval = node.approve(TERMS, cleared())
    approval.max_margin_ratio = ratio
    return float(entry_notional(TERMS, intent, approval, 10_000.0, price, side))


@pytest.mark.parametrize(
    ("include", "costs"),
    [
        ([], 0.0),
        (["taker_fee"], 0.0006),
        (["slippage"], 0.0005),
        (["taker_fee", "slippage"], 0.0011),
        (["taker_fee", "slippage", "entry_fee"], 0.0017),
    ],
)
def test_costs_that_count(include: list[str], costs: float) -> None:
    """Each cost of the list widens the distance, and no other does."""
    node = Risk("risk_sizing", include=include)
    assert node.approve(TERMS).cost_fraction == pytest.approx(costs, abs=1e-18)
    assert notional(node, 98.0) == pytest.approx(10_000 * 0.02 / (0.02 + costs), rel=1e-12)


def test_long_and_short_are_alike() -> None:
    """The distance is counted towards the stop, whichever side it lies on."""
    node = Risk("risk_sizing", risk_percent=1)
    expected = 10_000 * 0.01 / (0.02 + 0.0011)
    assert notional(node, 98.0) == pytest.approx(expected, rel=1e-12)
    assert notional(node, 102.0, side=-1) == pytest.approx(expected, rel=1e-12)


def test_a_tight_stop_is_capped() -> None:
    """At most base * leverage * margin ratio, however near the stop (spec 3.7)."""
    node = Risk("risk_sizing", include=[])
    assert notional(node, 99.99) == 10_000 * 15 * 0.7
    assert notional(node, 99.99, ratio=0.5) == 10_000 * 15 * 0.5


@pytest.mark.parametrize("stop", [100.0, 101.0, 0.0, -5.0, np.nan])
def test_a_stop_that_protects_nothing_sizes_nothing(stop: float) -> None:
    """A stop on the wrong side, at or below zero, or not known: no size, so no entry."""
    assert notional(Risk("risk_sizing"), stop) == 0.0


def test_the_base_is_equity_or_initial_capital() -> None:
    """As the node says; equity by default."""
    assert Risk("risk_sizing").approve(TERMS).base == SizingBase.EQUITY
    assert Risk("risk_sizing", base="initial").approve(TERMS).base == SizingBase.INITIAL


def second_entry(*options: str) -> tuple[Result, float]:
    """A losing trade, then the same breakout again; the notional of its entry."""
    fall = [row(108.0, low=91.0), *[row(100.0 if index % 2 == 0 else 102.0) for index in range(40)]]
    result = trade(market(BREAK, *fall, BREAK, row(108.5)), overrides=options)
    fill = result.fill_rows[-1]
    return result, float(fill["quantity"] * fill["reference"])


def test_a_loss_makes_the_next_position_smaller() -> None:
    """With the equity as base by the loss, with the initial capital not at all."""
    rate = 0.02 / (0.15 + 0.0011)
    result, after = second_entry()
    assert len(result.fill_rows) == 3
    assert after == pytest.approx((10_000 + result.trades()[0]["net"]) * rate, rel=1e-12)
    _, fixed = second_entry("sized.base=initial")
    assert fixed == pytest.approx(10_000 * rate, rel=1e-12)


def test_an_order_below_the_smallest_is_refused_and_counted() -> None:
    """The venue's smallest notional is a reason, not a rounding."""
    result = trade(market(BREAK), overrides=["broker.minimum_notional=1400"])
    assert [(one["cause"], one["count"]) for one in result.refusals] == [("below_minimum", 1)]
    assert len(result.fill_rows) == 0
    assert len(trade(market(BREAK), overrides=["broker.minimum_notional=1300"]).fill_rows) == 1
