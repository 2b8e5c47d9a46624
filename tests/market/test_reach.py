"""Fill models of resting orders, by hand."""

from __future__ import annotations

import pytest

from radar.market.reason import ExitReason, FillModel, Refusal
from radar.market.simulation.reach import fills, reaches
from tests.market.desk import bar, desk

BAR = bar(100.0, 104.0, 96.0, 102.0, volume=80.0)
"""Eight wide, so ten units trade in each unit of price."""


@pytest.mark.parametrize(
    ("price", "below", "expected"), [(96.0, True, True), (95.99, True, False), (104.0, False, True)]
)
def test_a_range_holds_its_ends(price: float, below: bool, expected: bool) -> None:
    """Long ``L <= level``, short ``H >= level``; NaN is never reached."""
    assert reaches(price, below, BAR) is expected
    assert not reaches(float("nan"), below, BAR)


@pytest.mark.parametrize(
    ("model", "price", "below", "quantity", "expected"),
    [
        (FillModel.TOUCH, 96.0, True, 1e9, True),
        (FillModel.THROUGH, 96.0, True, 1.0, False),
        (FillModel.THROUGH, 96.4, True, 1.0, False),
        (FillModel.THROUGH, 96.5, True, 1.0, True),
        (FillModel.THROUGH, 103.5, False, 1.0, True),
        (FillModel.THROUGH, 103.6, False, 1.0, False),
        (FillModel.QUEUE, 97.0, True, 9.9, True),
        (FillModel.QUEUE, 97.0, True, 10.0, False),
        (FillModel.QUEUE, 103.0, False, 9.9, True),
        (FillModel.QUEUE, 103.0, False, 10.1, False),
        (FillModel.QUEUE, 120.0, True, 79.9, True),
        (FillModel.QUEUE, 120.0, True, 80.0, False),
    ],
)
def test_models(model: FillModel, price: float, below: bool, quantity: float, expected: bool) -> None:
    """Touch always; through a tick (0.5) beyond; queue when more than our quantity traded beyond."""
    assert fills(model, price, below, quantity, 0.5, BAR) is expected


def test_a_bar_without_height_fills_no_queue() -> None:
    """Nothing traded beyond a price at which everything traded."""
    assert not fills(FillModel.QUEUE, 100.0, True, 0.1, 0.5, bar(100.0, 100.0, 100.0, 100.0))


def test_a_level_that_the_model_does_not_fill_stays_and_is_counted() -> None:
    """The bar touches 96 and goes no tick beyond it."""
    one = desk(fill_model="through")
    one.levels(1, 96.0)
    one.meet(BAR)
    assert one.position.side == 0
    assert one.refused(Refusal.UNFILLED) == 1
    one.meet(bar(100.0, 100.0, 95.5, 97.0))
    assert one.position.side == 1


def test_a_target_that_the_model_does_not_fill_stays() -> None:
    """The same for an exit."""
    one = desk(fill_model="through")
    one.enter(1, 100.0, 1.0)
    one.intent.target = 104.0
    one.meet(BAR)
    assert one.position.side == 1
    one.meet(bar(100.0, 104.5, 100.0, 104.0))
    assert one.closed["reason"].tolist() == [ExitReason.TP]


def test_a_stop_is_never_subject_to_a_model() -> None:
    """It is a market order once touched."""
    one = desk(fill_model="queue")
    one.enter(1, 100.0, 1e6)
    one.meet(bar(100.0, 100.0, 90.0, 95.0))
    assert one.closed["reason"].tolist() == [ExitReason.SL]
