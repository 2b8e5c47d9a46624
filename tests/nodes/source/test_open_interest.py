"""Open interest: its last reading and its change over a fixed horizon, against going through it one by one."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

import radar
from radar.engine.columns import open_interest
from radar.errors import DataError
from tests.engine.memory import Memory
from tests.nodes.markets import HOUR, MINUTE, START, flat
from tests.nodes.source.brute import bar_times, last_at, split

TEXT = """radar: 1
pipeline: look
assets: [BTC]
clock: 5m
nodes:
  interest: {source: open_interest, oi_change_minutes: MINUTES}
"""


@st.composite
def readings(draw: st.DrawFn) -> list[tuple[int, float]]:
    """Readings on whole minutes, zero among them."""
    stamps = draw(st.lists(st.integers(0, 4000), min_size=0, max_size=60, unique=True))
    values = [0.0, 1.0, 900.0, 1000.0, 1100.0, 5e9]
    return [(stamp * 3 * MINUTE, draw(st.sampled_from(values))) for stamp in sorted(stamps)]


@given(data=st.data(), series=readings(), horizon=st.sampled_from([5, 60, 240, 1440]))
def test_reading_and_change(data: st.DataObject, series: Any, horizon: int) -> None:
    """Each of the two readings at most one horizon from its own instant; a change over zero is not known."""
    length = horizon * MINUTE
    times = data.draw(bar_times(5 * MINUTE))
    found = open_interest(np.array(times, dtype=np.int64), *split(series), length)
    for row, time in enumerate(times):
        now, before = last_at(time, series, length), last_at(time - length, series, length)
        np.testing.assert_equal(found.value[row], now)
        with np.errstate(all="ignore"):
            change = np.float64(now) / np.float64(before) - 1.0
        np.testing.assert_equal(found.change[row], change if np.isfinite(change) else np.nan)


def look(stamps: list[int], values: list[float], minutes: int = 15, count: int = 12) -> dict[str, list[float]]:
    """What each decision of the first hour sees; stamps in minutes."""
    series = (START + MINUTE * np.array(stamps, dtype=np.int64), np.array(values))
    data = Memory({("BTC", "5m"): flat(count, interval=5 * MINUTE)}, {}, {"BTC": series})
    text = TEXT.replace("MINUTES", str(minutes))
    table = radar.evaluate(text, ["interest"], data=data, mode="interpreted")
    return {name: table.column(f"interest.{name}").to_pylist() for name in ("value", "change")}


def test_through_a_pipeline() -> None:
    """Readings of 100, 110, 99 and 0 every 15 minutes; nothing is seen before its stamp."""
    found = look([0, 15, 30, 45], [100.0, 110.0, 99.0, 0.0])
    assert found["value"] == [100.0] * 3 + [110.0] * 3 + [99.0] * 3 + [0.0] * 3
    assert np.isnan(found["change"][:3]).all()
    assert found["change"][3:6] == pytest.approx([0.1] * 3, rel=1e-12)
    assert found["change"][6:9] == pytest.approx([-0.1] * 3, rel=1e-12)
    assert found["change"][9:] == [-1.0] * 3


def test_a_stale_reading_is_missing() -> None:
    """One horizon after its stamp it is seen for the last time."""
    found = look([0], [100.0], minutes=20, count=8)
    assert found["value"][:5] == [100.0] * 5
    assert np.isnan(found["value"][5:]).all()


def test_a_horizon_below_the_spacing_is_refused() -> None:
    """A change that could not be read is an error with the smallest horizon that can."""
    with pytest.raises(DataError) as raised:
        look(list(range(0, 120, 30)), [1.0] * 4, minutes=15)
    assert "recorded every 30 minutes" in str(raised.value)
    assert "oi_change_minutes" in str(raised.value.expected)


def test_without_a_series_the_run_says_so() -> None:
    """A node that reads open interest needs it."""
    text = TEXT.replace("MINUTES", "5")
    with pytest.raises(DataError, match="interest needs open interest of BTC"):
        radar.evaluate(text, ["interest"], data=Memory({("BTC", "5m"): flat(5)}), mode="interpreted")


def test_a_node_may_do_without_a_series() -> None:
    """Told so, it knows nothing of an asset without one, and reads that of the others as ever."""
    text = TEXT.replace("[BTC]", "[BTC, ETH]").replace("MINUTES", "15, missing: unknown")
    series = (START + 15 * MINUTE * np.arange(4, dtype=np.int64), np.array([100.0, 110.0, 99.0, 120.0]))
    bars = flat(12, interval=5 * MINUTE)
    data = Memory({("BTC", "5m"): bars, ("ETH", "5m"): bars}, {}, {"ETH": series})
    table = radar.evaluate(text, ["interest.value"], data=data, mode="interpreted", start=START + HOUR - 5 * MINUTE)
    assert table.column("asset").to_pylist() == ["BTC", "ETH"]
    assert table.column("interest.value").to_pylist() == [pytest.approx(np.nan, nan_ok=True), 120.0]


def test_each_asset_may_have_its_own_horizon() -> None:
    """A per-asset value reaches the column of that asset, and only that."""
    text = TEXT.replace("[BTC]", "[BTC, ETH]").replace("MINUTES", "15, per_asset: {ETH: {oi_change_minutes: 30}}")
    series = (START + 15 * MINUTE * np.arange(4, dtype=np.int64), np.array([100.0, 110.0, 99.0, 120.0]))
    bars = flat(12, interval=5 * MINUTE)
    data = Memory({("BTC", "5m"): bars, ("ETH", "5m"): bars}, {}, {"BTC": series, "ETH": series})
    table = radar.evaluate(text, ["interest.change"], data=data, mode="interpreted", start=START + HOUR - 5 * MINUTE)
    assert table.column("asset").to_pylist() == ["BTC", "ETH"]
    changes = table.column("interest.change").to_pylist()
    assert changes == [pytest.approx(120 / 99 - 1), pytest.approx(120 / 110 - 1)]
