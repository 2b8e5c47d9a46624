"""resample: complete UTC buckets, known from the close of their last member on."""

from __future__ import annotations

import numpy as np
import pytest

from tests.nodes import formulas
from tests.nodes.harness import Indicator, Run, indicator
from tests.nodes.markets import HOUR, MINUTE, START, Bars, markets, stored, walk

FIELDS = ("time", "open", "high", "low", "close", "volume")


def resampled(bars: Bars, to: str, interval: int = HOUR) -> Run:
    """A run over ``bars``, compiled."""
    return Indicator.start("resample", {"to": to}, interval=interval, compiled=True).feed(bars)


def assert_equals_the_formula(run: Run, expected: dict[int, tuple[int, float, float, float, float, float]]) -> None:
    """Closed exactly at the last members, each time with the candle of its bucket."""
    assert np.flatnonzero(run.fields["closed"]).tolist() == sorted(expected)
    for index, candle in expected.items():
        actual = [float(run.fields[field][index]) for field in FIELDS]
        assert actual[:5] == [float(value) for value in candle[:5]]
        assert actual[5] == pytest.approx(candle[5], rel=1e-12)


def test_by_hand() -> None:
    """Eight hours make two candles; each appears at its fourth hour and stays until the next."""
    bars = walk(1, 9)
    run = resampled(bars, "4h")
    assert run.fields["closed"].tolist() == [False] * 3 + [True] + [False] * 3 + [True, False]
    assert run.fields["time"][3:].tolist() == [START] * 4 + [START + 4 * HOUR] * 2
    assert np.isnan(run.ports["close"][:3]).all()
    assert run.ports["open"][3:7].tolist() == [bars.open[0]] * 4
    assert run.ports["high"][8] == bars.high[4:8].max()
    assert run.ports["low"][8] == bars.low[4:8].min()
    assert run.ports["close"][8] == bars.close[7]
    assert run.ports["volume"][8] == pytest.approx(bars.volume[4:8].sum())


def test_buckets_are_those_of_utc_wherever_the_data_begin() -> None:
    """Data from 02:00 on: the bucket of 00:00 is never made, the first candle is that of 04:00."""
    run = resampled(walk(1, 20)[2:], "4h")
    assert np.flatnonzero(run.fields["closed"])[0] == 5
    assert run.fields["time"][5] == START + 4 * HOUR
    assert run.state["dropped"][0] == 1


@pytest.mark.parametrize("gap", [(4,), (5,), (7,), (5, 6), (4, 5, 6), (6, 7, 8)])
def test_an_incomplete_bucket_is_dropped_and_counted(gap: tuple[int, ...]) -> None:
    """Whichever member is absent, its bucket never closes; the others do, and the count of dropped ones is kept."""
    bars = walk(1, 24).without(*gap)
    run = resampled(bars, "4h")
    expected = formulas.resample(bars, HOUR, 4 * HOUR)
    touched = {index // 4 for index in gap}
    assert len(expected) == 6 - len(touched)
    assert_equals_the_formula(run, expected)
    assert run.state["dropped"][0] == len(touched)


def test_a_bucket_without_any_member_leaves_no_trace() -> None:
    """Absent from first to last: there was nothing to drop."""
    run = resampled(walk(1, 24).without(4, 5, 6, 7), "4h")
    assert run.fields["closed"].sum() == 5
    assert run.state["dropped"][0] == 0


def test_a_missing_number_makes_its_own_part_missing() -> None:
    """A member without numbers leaves the extremes and the volume unknown; open and close are known from others."""
    run = resampled(walk(1, 8).missing(5), "4h")
    assert run.fields["closed"][7]
    assert np.isnan([run.ports[port][7] for port in ("high", "low", "volume")]).all()
    assert np.isfinite([run.ports[port][7] for port in ("open", "close")]).all()


@pytest.mark.parametrize(("to", "length"), [("1h", 1), ("2h", 2), ("4h", 4), ("1d", 24)])
def test_equals_the_formula_on_a_year_of_real_hours(to: str, length: int) -> None:
    """Every complete bucket of a real year, and no other."""
    bars = stored("sample", "binance/perp/SOL/1h")
    assert_equals_the_formula(resampled(bars, to), formulas.resample(bars, HOUR, length * HOUR))


def test_five_minutes_make_the_stored_hours() -> None:
    """The exchange's own hours equal the hours made of its five-minute bars (volume to rounding)."""
    bars = stored("sample", "binance/perp/SOL/5m")
    hours = stored("sample", "binance/perp/SOL/1h")
    run = resampled(bars, "1h", 5 * MINUTE)
    closed = np.flatnonzero(run.fields["closed"])
    assert len(closed) == len(bars) // 12
    rows = np.searchsorted(hours.time, run.fields["time"][closed])
    for field in ("time", "open", "high", "low", "close"):
        assert np.array_equal(run.fields[field][closed], getattr(hours, field)[rows]), field
    np.testing.assert_allclose(run.fields["volume"][closed], hours.volume[rows], rtol=1e-9)


def test_equals_the_formula_on_a_thin_market_and_through_outages() -> None:
    """Real series with absent bars: only the complete buckets appear."""
    thin = markets()["thin, with gaps"]
    run = resampled(thin, "5m", MINUTE)
    assert_equals_the_formula(run, formulas.resample(thin, MINUTE, 5 * MINUTE))
    assert run.state["dropped"][0] > 0
    outages = stored("quirks", "binance/spot/BTC/1h")
    assert_equals_the_formula(resampled(outages, "4h"), formulas.resample(outages, HOUR, 4 * HOUR))


def test_look_back_covers_the_worst_place_to_begin() -> None:
    """Beginning one bar after a bucket began, the first candle needs 2 * members - 1 bars."""
    kind = indicator("resample")
    needed = kind.lookback(kind.params(to="4h"), HOUR)
    known = [int(np.flatnonzero(resampled(walk(1, 40)[start:], "4h").fields["closed"])[0]) for start in range(4)]
    assert max(known) == needed - 1


@pytest.mark.parametrize("to", ["4H", "90s", "7h", "", "0h", "2d"])
def test_a_target_that_is_no_timeframe_is_refused_by_name(to: str) -> None:
    """The check names the parameter and what was expected."""
    kind = indicator("resample")
    ((parameter, message),) = kind.check(kind.params(to=to))
    assert parameter == "to"
    assert "expected" in message
    assert kind.check(kind.params(to="15m")) == []
