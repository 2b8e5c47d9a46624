"""Funding: what a decision sees of it, and what the account books of it, against going through it one by one."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

import radar
from radar.engine.columns import funding_rate, settlements
from radar.engine.feed import load_feed
from radar.engine.load import load
from radar.errors import DataError
from radar.plan.plan import make_plan
from radar.store import Store
from tests.engine.memory import Memory
from tests.nodes.markets import DATA, HOUR, START, flat, stored
from tests.nodes.source.brute import bar_times, booked, last_at, records, split

CLOCKS = st.sampled_from([HOUR // 12, HOUR, 4 * HOUR, 24 * HOUR])


@given(data=st.data(), interval=CLOCKS, series=records())
def test_a_decision_sees_the_last_rate_at_most_a_day_old(data: st.DataObject, interval: int, series: Any) -> None:
    """For every bar: the last record stamped at or before its open, nothing after it, nothing older than 24 hours."""
    times = data.draw(bar_times(interval))
    found = funding_rate(np.array(times, dtype=np.int64), *split(series))
    np.testing.assert_array_equal(found, [last_at(time, series, 24 * HOUR) for time in times])


@given(data=st.data(), interval=CLOCKS, series=records(unknown=True))
def test_every_settlement_is_booked_once(data: st.DataObject, interval: int, series: Any) -> None:
    """In the bar that contains it or behind the gap that does; those without a rate are counted, not booked."""
    times = data.draw(bar_times(interval))
    found = settlements(np.array(times, dtype=np.int64), interval, *split(series))
    sums, known, missing = booked(times, interval, series)
    np.testing.assert_allclose(found.rates, sums, rtol=0, atol=1e-15)
    assert (found.known, found.missing) == (known, missing)


def test_without_bars_or_settlements_there_is_nothing_to_book() -> None:
    """Empty series are no special case for those who read the columns."""
    empty = np.zeros(0, dtype=np.int64)
    assert settlements(empty, HOUR, np.array([5]), np.array([0.1])) == (pytest.approx([]), 0, 0)
    assert settlements(np.array([0, HOUR]), HOUR, empty, np.zeros(0)).rates.tolist() == [0.0, 0.0]
    assert np.isnan(funding_rate(np.array([0, HOUR]), empty, np.zeros(0))).all()


TEXT = """radar: 1
pipeline: look
assets: [BTC]
clock: 1h
nodes:
  rates: {source: funding}
  smooth: {indicator: sma, in: rates.rate, period: 2}
"""


def rates(stamps: list[int], values: list[float], hours: int = 40) -> dict[str, list[float]]:
    """The rate, and its mean over two bars, that each hourly decision sees."""
    series = (START + np.array(stamps, dtype=np.int64), np.array(values))
    data = Memory({("BTC", "1h"): flat(hours)}, {"BTC": series})
    table = radar.evaluate(TEXT, ["rates", "smooth"], data=data, mode="interpreted")
    return {name: table.column(name).to_pylist() for name in ("rates.rate", "smooth.value")}


def test_the_rate_through_a_pipeline() -> None:
    """Stamped at 08:00 it is seen by the bar that opens at 08:00; 24 hours later for the last time."""
    found = rates([0, 8 * HOUR], [0.0001, 0.0])
    assert found["rates.rate"][:8] == [0.0001] * 8
    assert found["rates.rate"][8:33] == [0.0] * 25
    assert np.isnan(found["rates.rate"][33:]).all()
    assert found["smooth.value"][8:10] == [0.00005, 0.0]


def test_a_stamp_a_few_milliseconds_late_is_that_of_its_minute() -> None:
    """An exchange stamps late; the bar that opens at the instant still sees the rate (spec 8.1)."""
    assert rates([8 * HOUR + 17], [0.5])["rates.rate"][7:9] == [pytest.approx(np.nan, nan_ok=True), 0.5]


def test_before_the_first_record_the_rate_is_missing() -> None:
    """Not zero: zero is a rate."""
    assert np.isnan(rates([3 * HOUR], [0.0])["rates.rate"][:3]).all()


def test_without_a_series_the_run_says_so() -> None:
    """A node that reads funding needs it; the account alone does not."""
    with pytest.raises(DataError, match="rates needs funding of BTC"):
        radar.evaluate(TEXT, ["smooth"], data=Memory({("BTC", "1h"): flat(5)}), mode="interpreted")


def test_a_node_may_do_without_a_series() -> None:
    """Told so, its rate is unknown throughout, and the data of the run say which node that is."""
    text = TEXT.replace("{source: funding}", "{source: funding, missing: unknown}")
    data = Memory({("BTC", "1h"): flat(5)})
    table = radar.evaluate(text, ["rates.rate", "smooth"], data=data, mode="interpreted")
    assert np.isnan(table.column("rates.rate").to_pylist()).all()
    feed = load_feed(make_plan(load(text, used=["rates", "smooth"]).require()), data)
    assert "no funding series: rates is unknown throughout" in feed.quality["BTC"].notes


def test_real_intervals_switch() -> None:
    """XTZ settled every 8 hours, then every hour, then every 4: each settlement is booked in its own hour."""
    funding = Store(DATA / "quirks").funding("XTZ")
    assert funding is not None
    bars = stored("quirks", "binance/perp/XTZ/1h")
    found = settlements(bars.time, HOUR, funding.time, funding.rate)
    inside = (funding.time >= bars.time[0]) & (funding.time < bars.time[-1] + HOUR)
    assert set(np.diff(funding.time[inside]).tolist()) >= {HOUR, 4 * HOUR, 8 * HOUR}
    assert found.known == inside.sum()
    assert found.rates.sum() == pytest.approx(funding.rate[inside].sum(), rel=1e-12)
    hour = found.rates[np.searchsorted(bars.time, funding.time[inside])]
    assert hour.tolist() == funding.rate[inside].tolist()


def test_totals_do_not_depend_on_the_clock() -> None:
    """Hours, four hours and days book the same settlements of the same period (spec T8)."""
    funding = Store(DATA / "sample").funding("BTC")
    assert funding is not None
    first, days = int(funding.time[0]), 90
    totals = []
    for interval in (HOUR, 4 * HOUR, 24 * HOUR):
        times = first + interval * np.arange(days * 24 * HOUR // interval, dtype=np.int64)
        found = settlements(times, interval, funding.time, funding.rate)
        totals.append((found.known, found.rates.sum()))
    assert totals[0][0] == totals[1][0] == totals[2][0] == 3 * days
    assert totals[1][1] == pytest.approx(totals[0][1], rel=1e-12)
    assert totals[2][1] == pytest.approx(totals[0][1], rel=1e-12)
