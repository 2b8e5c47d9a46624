"""The short envelopes: the rule has its tests; here are the values that this pipeline runs it with, by hand."""

from __future__ import annotations

import pytest

import radar
from radar.engine.result import Result
from tests.acceptance.harness import ROOT, prepared
from tests.acceptance.subject import Subject
from tests.engine.memory import table
from tests.nodes.markets import Bars
from tests.nodes.strategy.envelope_dca_oracle import Envelope
from tests.nodes.strategy.harness import Row, bars, net_of, only
from tests.nodes.strategy.test_envelope_dca import NARROW, draw

NAME = "envelope_dca_short"
SUBJECT = Subject(
    oracle=Envelope,
    draw=draw,
    ends=("tp",),
    lively={**NARROW, "sl_percent": 6.0, "leverage": 3.0},
    mirror="levels are percentages of the price, and there is one side only",
    far={"sl_percent": 95.0, "leverage": 1.0},
    sample={**NARROW, "sl_percent": 6},
    quirks={**NARROW, "sl_percent": 8.0},
    sides=("short",),
)

CALM: Row = (100.0, 101.0, 99.0, 100.0)
"""Mean 100: sells at 105.3 and 107.5."""
LEVEL = 10_000 * 0.25 / 2 * 6
"""Notional of one level: half of a quarter of the capital times leverage."""


def trade(*rows: Row) -> Result:
    """The shipped pipeline on BTC: 60 calm bars and what comes after them."""
    market: Bars = bars(CALM, 60, *rows)
    pipeline = str(ROOT / "pipelines" / f"{NAME}.yaml")
    return radar.backtest(pipeline, assets=["BTC"], candles={"BTC": table(market)}, mode="interpreted")


def test_its_values_are_those_of_the_specification() -> None:
    """Section 2.3.2: short only, mean of 7, two levels from 5 % in steps of 2 %, stop at 20 %, leverage 6."""
    values = prepared(NAME).plan.node("envelope").params.model_dump()
    expected = {
        "sides": ("short",),
        "ma_period": 7,
        "num_levels": 2,
        "envelope_start": 0.05,
        "envelope_step": 0.02,
        "sl_percent": 20.0,
        "leverage": 6.0,
        "timeframe": "1h",
    }
    assert {name: values[name] for name in expected} == expected


def test_a_peak_is_sold_and_bought_back_at_the_mean_before() -> None:
    """Both levels fill in a bar to 108; the mean of its close, (6 x 100 + 104) / 7, is the target of the next bar."""
    found = only(trade((100.0, 108.0, 99.0, 104.0), (104.0, 104.5, 100.2, 102.0)))
    amounts = [(price, LEVEL / price) for price in (105.3, 107.5)]
    target = (6 * 100.0 + 104.0) / 7
    assert (found["side"], found["reason"], found["bars"]) == ("short", "tp", 1)
    assert found["exit_reference"] == pytest.approx(target, rel=1e-14)
    assert found["net"] == pytest.approx(net_of(found, amounts, target, 0.0006, 0.0005), rel=1e-12)


def test_a_spike_is_stopped_a_fifth_above_the_average() -> None:
    """Both levels and the stop lie in one bar; the stop is 20 % above the average fill."""
    found = only(trade((100.0, 130.0, 99.0, 125.0)))
    amounts = [(price, LEVEL / price) for price in (105.3, 107.5)]
    average = 0.9995 * 2 * LEVEL / sum(amount for _, amount in amounts)
    assert (found["side"], found["reason"], len(found["levels"])) == ("short", "sl", 2)
    assert found["exit_reference"] == pytest.approx(average * 1.2, rel=1e-12)
    assert found["net"] == pytest.approx(net_of(found, amounts, average * 1.2, 0.0006, 0.0005), rel=1e-12)


def test_a_crash_is_not_bought() -> None:
    """The other side has no orders at all."""
    assert len(trade((100.0, 101.0, 60.0, 65.0), (65.0, 66.0, 64.0, 65.0)).fill_rows) == 0
