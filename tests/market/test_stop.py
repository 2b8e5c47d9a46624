"""The protective price in force: stop, trailing, isolated liquidation, and which one a tie names."""

from __future__ import annotations

import pytest

from radar.market.intent import Terms
from radar.market.position import liquidation_price, stop_at
from radar.market.reason import ExitReason
from tests.market.desk import desk, grid_terms

ABSOLUTE = Terms(10.0, 0.0, 1, False, True)


@pytest.mark.parametrize(("side", "expected"), [(1, 90.0), (-1, 110.0)])
def test_a_fraction_is_of_the_average(side: int, expected: float) -> None:
    """``A * (1 - s * sl)``."""
    one = desk()
    assert stop_at(one.p, grid_terms(), one.intent, side, 100.0) == (pytest.approx(expected), ExitReason.SL)


def test_a_mono_stop_is_the_price_that_its_strategy_named() -> None:
    """It does not move with the fill."""
    one = desk(ABSOLUTE)
    one.intent.stop = 97.0
    assert stop_at(one.p, ABSOLUTE, one.intent, 1, 101.0) == (97.0, ExitReason.SL)


@pytest.mark.parametrize(
    ("side", "trail", "price", "reason"),
    [
        (1, 95.0, 95.0, ExitReason.TRAILING),
        (1, 85.0, 90.0, ExitReason.SL),
        (1, 90.0, 90.0, ExitReason.SL),
        (-1, 105.0, 105.0, ExitReason.TRAILING),
        (-1, 115.0, 110.0, ExitReason.SL),
        (-1, 110.0, 110.0, ExitReason.SL),
    ],
)
def test_a_trailing_stop_counts_where_it_is_strictly_nearer(
    side: int, trail: float, price: float, reason: ExitReason
) -> None:
    """At one price it is the stop."""
    one = desk(ABSOLUTE)
    one.intent.stop, one.intent.trail = 100.0 - side * 10.0, trail
    assert stop_at(one.p, ABSOLUTE, one.intent, side, 100.0) == (price, reason)


@pytest.mark.parametrize(
    ("side", "leverage", "expected"),
    [(1, 6.0, 100.0 * (1 - 1 / 6) / 0.996), (-1, 6.0, 100.0 * (1 + 1 / 6) / 1.004), (1, 1.0, 0.0)],
)
def test_isolated_liquidation_is_where_the_margin_is_gone(side: int, leverage: float, expected: float) -> None:
    """Long ``A (1 - 1/Lev) / (1 - mmr)``, short ``A (1 + 1/Lev) / (1 + mmr)``: -16.3 % at leverage 6."""
    assert liquidation_price(side, 100.0, leverage, 0.004) == pytest.approx(expected)


def test_isolated_liquidation_before_the_stop_is_a_liquidation() -> None:
    """At leverage 6 it lies at 83.67, before a stop at 80."""
    terms = grid_terms(leverage=6.0, stop_fraction=0.2)
    one = desk(terms, margin_mode="isolated")
    assert stop_at(one.p, terms, one.intent, 1, 100.0) == (pytest.approx(83.6680053), ExitReason.LIQUIDATION)


@pytest.mark.parametrize("values", [{"margin_mode": "cross"}, {"margin_mode": "isolated", "liquidation": False}])
def test_there_is_no_liquidation_price_under_cross_margin_or_when_it_is_off(values: dict[str, object]) -> None:
    """The stop stands."""
    terms = grid_terms(leverage=6.0, stop_fraction=0.2)
    one = desk(terms, **values)
    assert stop_at(one.p, terms, one.intent, 1, 100.0) == (80.0, ExitReason.SL)


def test_a_stop_at_the_liquidation_price_is_a_stop() -> None:
    """SL before liquidation at one price."""
    one = desk(ABSOLUTE, margin_mode="isolated")
    one.intent.stop = liquidation_price(1, 100.0, 10.0, float(one.p.maintenance_margin))
    assert stop_at(one.p, ABSOLUTE, one.intent, 1, 100.0).reason == ExitReason.SL
