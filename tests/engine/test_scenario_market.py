"""The market of a case: generators, gaps, funding, and the seeded walk that no library may change."""

from __future__ import annotations

import itertools
from pathlib import Path

import numpy as np
import pytest

from radar.engine.scenario.given import Given, read_given
from radar.engine.scenario.market import GivenMarket, market_of
from radar.engine.scenario.reading import Reader
from radar.engine.scenario.walk import walk
from radar.engine.source import Until
from radar.market.instant import format_instant, parse_instant
from radar.market.timeframe import HOUR, Timeframe
from radar.spec.findings import Findings
from radar.spec.source import Source
from radar.spec.yaml import read_yaml

BASE = Timeframe.parse("1h")
START = parse_instant("2025-01-01")


def given(text: str) -> Given:
    """What a test file gives, which must be without findings."""
    findings = Findings()
    value = read_yaml(Source("test", text), findings)
    assert value is not None
    read = read_given(value, Reader(findings), Path())
    assert [one.message for one in findings.sorted()] == []
    return read


def market(text: str, assets: tuple[str, ...] = ("BTC",)) -> GivenMarket:
    """The market of ``given``."""
    return market_of(given(text), assets, BASE)


def rows(text: str) -> list[list[float]]:
    """Open, high, low, close and volume of each bar."""
    bars = market(text).candles("BTC", BASE)
    columns = (bars.open, bars.high, bars.low, bars.close, bars.volume)
    return np.stack(columns, axis=1).tolist()


def test_flat_has_the_range_that_is_written() -> None:
    """A flat bar stands at its price, its range around it; so its true range is that range."""
    assert rows("candles: [{flat: 2, price: 100, range: 1, volume: 7}]") == [[100, 100.5, 99.5, 100, 7]] * 2


def test_generators_go_on_from_the_last_close() -> None:
    """Each bar opens at the close before it."""
    found = rows("candles: [[9, 12, 8, 10], {flat: 1}, {ramp: 2, to: 14}, {spike: 1, low: 3}, {spike: 1, close: 15}]")
    assert [row[:4] for row in found] == [
        [9, 12, 8, 10],
        [10, 10, 10, 10],
        [10, 12, 10, 12],
        [12, 14, 12, 14],
        [14, 14, 3, 14],
        [14, 15, 14, 15],
    ]
    assert all(row[4] == 100 for row in found)


def test_a_ramp_ends_exactly_at_its_price() -> None:
    """No rounding is left over at the end of a ramp."""
    assert rows("candles: [{ramp: 7, from: 0.1, to: 0.7}]")[-1][3] == 0.7


def test_a_zigzag_alternates_around_its_price() -> None:
    """Closes lie above and below in turn, above first."""
    assert [row[3] for row in rows("candles: [{zigzag: 4, price: 100, by: 1}]")] == [101, 99, 101, 99]


def test_times_follow_the_clock_and_leave_out_gaps() -> None:
    """Bars are a period of the clock apart; a gap of two leaves two out."""
    bars = market("candles: [{flat: 2, price: 1}, gap: 2, {flat: 1}]\nstart: 2025-03-01T05:00").candles("BTC", BASE)
    assert [format_instant(int(time))[11:13] for time in bars.time] == ["05", "06", "09"]


def test_a_walk_is_the_same_for_ever() -> None:
    """The first bars of a seed are these numbers: golden files are made of them."""
    first, second = itertools.islice(walk(2, 7, 100.0, 0.01, 0.0, 100.0), 2)
    assert first == (100.0, 100.0, 97.82357688739665, 98.20668696407104, 69.67061634193172)
    assert second == (98.20668696407104, 99.38661485080608, 98.02353821348088, 98.02353821348088, 93.21775857844162)


def test_a_walk_has_the_volatility_that_is_asked_for() -> None:
    """Returns of 20,000 bars have the standard deviation within five of its standard errors, and no drift."""
    closes = np.array([row[3] for row in walk(20_000, 11, 100.0, 0.01, 0.0, 1.0)])
    returns = np.diff(closes) / closes[:-1]
    assert abs(returns.std() / 0.01 - 1.0) < 5.0 / np.sqrt(2 * 20_000)
    assert abs(returns.mean()) < 5.0 * 0.01 / np.sqrt(20_000)


def test_a_walk_of_bars_is_candles() -> None:
    """Every bar holds its open and close, and opens at the close before it."""
    found = list(walk(500, 3, 50.0, 0.05, 0.001, 10.0))
    assert all(low <= min(one, close) and max(one, close) <= high for one, high, low, close, _ in found)
    assert all(before[3] == after[0] for before, after in itertools.pairwise(found))
    assert all(5.0 <= row[4] <= 15.0 for row in found)


def test_a_falling_walk_reaches_no_zero() -> None:
    """Even a market that only falls keeps a price."""
    assert all(row[2] > 0.0 for row in walk(200, 1, 100.0, 2.0, -0.9, 1.0))


def test_funding_is_a_list_of_instants_or_repeats() -> None:
    """Rates are fractions or percentages, instants dates or times since the first bar, repeats end with the candles."""
    found = market(
        "candles: [{flat: 30, price: 1}]\n"
        "funding: [{every: 8h, rate: 0.01%}, {at: 8h, rate: -0.0003}, {at: 2025-01-01T12:00, rate: 0}]"
    ).funding("BTC")
    assert found is not None
    assert ((found.time - START) // HOUR).tolist() == [0, 8, 12, 16, 24]
    assert found.rate.tolist() == [0.0001, -0.0003, 0.0, 0.0001, 0.0001]
    assert market("candles: [{flat: 3, price: 1}]").funding("BTC") is None


def test_open_interest_is_given_like_funding() -> None:
    """Readings stand at their instants."""
    found = market("candles: [{flat: 3, price: 1}]\nopen_interest: [{every: 1h, value: 5}]").open_interest("BTC")
    assert found is not None
    assert found.open_interest.tolist() == [5.0, 5.0, 5.0]


def test_assets_have_their_own_candles_and_may_begin_late() -> None:
    """Candles by asset share the start; a gap in front makes an asset late."""
    text = "candles: {BTC: [{flat: 3, price: 1}], ETH: [gap: 2, {flat: 1, price: 2}]}"
    found = market(text, ("BTC", "ETH"))
    assert len(found.candles("BTC", BASE)) == 3
    assert found.candles("ETH", BASE).time.tolist() == [START + 2 * HOUR]
    assert given(text).slots == [0, 1, 2]


def test_slower_candles_are_whole() -> None:
    """Slower candles are made of complete buckets only."""
    found = market("candles: [{ramp: 8, from: 1, to: 9}, gap: 1, {flat: 3}, {flat: 4, price: 5}]")
    slow = found.candles("BTC", "4h")
    assert ((slow.time - START) // HOUR).tolist() == [0, 4, 12]
    assert (slow.open[0], slow.high[0], slow.low[0], slow.close[0], slow.volume[0]) == (1, 5, 1, 5, 400)


@pytest.mark.parametrize("hours", [1, 4, 5, 23])
def test_nothing_is_known_of_the_future(hours: int) -> None:
    """A market as of an instant has only bars that had closed, and stamps before it."""
    behind = market("candles: [{flat: 24, price: 1}]\nfunding: [{every: 1h, rate: 0}]")
    now = START + hours * HOUR
    seen = Until(behind, now)
    assert len(seen.candles("BTC", BASE)) == hours
    assert len(seen.candles("BTC", "4h")) == hours // 4
    funding = seen.funding("BTC")
    assert funding is not None
    assert len(funding) == hours
    assert len(seen.candles("BTC", BASE, end=START + 2 * HOUR)) == min(hours, 2)
