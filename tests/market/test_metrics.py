"""Every metric against plain numpy definitions, and the edges that sections 5.1 and 8.3 name."""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from radar.engine.summary import metrics_of
from radar.kernel.curve import curve_statistics
from radar.kernel.records import RecordView
from radar.market.statistics import STATISTICS, finish_statistics, observe_equity, observe_trade, start_statistics
from tests.acceptance.oracle_metrics import Closed, metrics
from tests.nodes.markets import HOUR, START

DAY = 24 * HOUR
INITIAL = 10_000.0
NAMES = {
    "trades": "trades",
    "winning": "winning_trades",
    "losing": "losing_trades",
    "gross": "gross",
    "fees": "fees",
    "slippage": "slippage",
    "funding": "funding",
    "net": "net",
    "net_return": "net_return",
    "equity_return": "equity_return",
    "max_drawdown": "max_drawdown",
    "risk_reward": "risk_reward",
    "profit_factor": "profit_factor",
    "gross_profit_factor": "gross_profit_factor",
    "fee_drag": "fee_drag",
    "sharpe_trades": "sharpe_trades",
    "sortino_trades": "sortino_trades",
    "sharpe_daily": "sharpe_daily",
    "calmar": "calmar",
}
WITH_TRADES = {
    "win_rate": "win_rate",
    "expectancy": "expectancy",
}


def measured(
    trades: Sequence[Closed] = (),
    equity: Sequence[float] | np.ndarray = (INITIAL,),
    interval: int = HOUR,
    start: int = START,
) -> dict[str, Any]:
    """The product's metrics of trades and an equity curve."""
    statistics: Any = RecordView(np.zeros(1, STATISTICS)[0])
    start_statistics(statistics, INITIAL)
    for k, value in enumerate(equity):
        observe_equity(statistics, start + k * interval, float(value))
    for one in trades:
        observe_trade(statistics, one.gross, one.fees, one.slippage, one.funding, one.net, one.base)
    finish_statistics(statistics)
    return metrics_of(statistics)


def closed(net: float, base: float = INITIAL) -> Closed:
    """A trade of which only the net matters."""
    return Closed(net, 0.0, 0.0, 0.0, net, base)


def random_trades(random: np.random.Generator, count: int) -> list[Closed]:
    """Trades with every part."""
    found = []
    for _ in range(count):
        gross, fees = float(random.normal(5.0, 80.0)), float(random.random() * 4.0)
        slippage, funding = float(random.random() * 3.0), float(random.normal(0.0, 2.0))
        base = float(random.uniform(5_000.0, 15_000.0))
        found.append(Closed(gross, fees, slippage, funding, gross - fees - slippage + funding, base))
    return found


@pytest.mark.parametrize("seed", range(25))
def test_every_metric_is_its_definition(seed: int) -> None:
    """Random trades, random curves of a few hours to several months, hourly to daily bars that begin anywhere."""
    random = np.random.default_rng(seed)
    interval = int(random.choice([HOUR, 4 * HOUR, DAY]))
    count = int(random.integers(3, 2_500))
    trades = random_trades(random, int(random.integers(0, 60)))
    equity = INITIAL * np.exp(random.normal(0.0, 0.01, count).cumsum())
    start = START + int(random.integers(0, 24)) * HOUR
    time = start + interval * np.arange(count, dtype=np.int64)
    expected = metrics(INITIAL, trades, time, equity, interval)
    found = measured(trades, equity, interval, start)
    names = {**NAMES, **(WITH_TRADES if trades else {})}
    for name, ours in names.items():
        value = expected[name]
        assert found[ours] == (None if value is None else pytest.approx(value, rel=1e-9, abs=1e-12)), name
    if expected["winning"]:
        assert found["average_win"] == pytest.approx(expected["average_win"], rel=1e-9)
    if expected["losing"]:
        assert found["average_loss"] == pytest.approx(expected["average_loss"], rel=1e-9)


def test_without_trades() -> None:
    """Factors are 0, rates and ratios are not defined."""
    found = measured()
    assert found["trades"] == 0
    assert (found["profit_factor"], found["gross_profit_factor"], found["no_losses"]) == (0.0, 0.0, 0)
    for name in (
        "win_rate",
        "expectancy",
        "average_win",
        "average_loss",
        "risk_reward",
        "sharpe_trades",
        "sortino_trades",
    ):
        assert found[name] is None
    assert found["fee_drag"] == 0.0


def test_without_losses_a_profit_factor_is_infinite_and_said_so() -> None:
    """JSON: null plus a flag."""
    found = measured([closed(5.0), closed(7.0), closed(9.0)])
    assert found["profit_factor"] is None
    assert found["no_losses"] == 1
    assert found["risk_reward"] is None


def test_a_trade_of_nothing_is_a_loss() -> None:
    """Winning: net > 0; zero is a loss."""
    found = measured([closed(0.0), closed(5.0)])
    assert (found["winning_trades"], found["losing_trades"], found["win_rate"]) == (1, 1, 50.0)
    assert found["risk_reward"] is None  # the average loss is 0


def test_only_losses() -> None:
    """A profit factor of 0, and a risk/reward that is not defined because nothing was won."""
    found = measured([closed(-5.0), closed(-7.0)])
    assert (found["profit_factor"], found["average_win"], found["risk_reward"]) == (0.0, None, None)
    assert found["expectancy"] == -6.0


def test_fees_without_a_gross_win_drag_by_100_percent() -> None:
    """And by their share of what was won otherwise."""
    assert measured([Closed(-5.0, 1.0, 0.0, 0.0, -6.0, INITIAL)])["fee_drag"] == 100.0
    assert measured([Closed(20.0, 1.0, 0.0, 0.0, 19.0, INITIAL)])["fee_drag"] == 5.0


@pytest.mark.parametrize(("count", "defined"), [(2, False), (3, True)])
def test_ratios_of_trades_need_three_of_them(count: int, defined: bool) -> None:
    """Fewer: null."""
    found = measured([closed(float(k + 1)) for k in range(count)], [INITIAL] * 48)
    assert (found["sharpe_trades"] is not None) is defined
    assert (found["sortino_trades"] is not None) is defined


def test_equal_returns_have_a_sharpe_of_zero() -> None:
    """A deviation below 1e-10 gives 0, and so does a downside below it."""
    found = measured([closed(5.0)] * 4, [INITIAL] * 48)
    assert (found["sharpe_trades"], found["sortino_trades"]) == (0.0, 0.0)


def test_ratios_of_trades_are_capped_at_100() -> None:
    """Four nearly equal wins in two days."""
    found = measured([closed(5.0 + 0.001 * k) for k in range(4)], [INITIAL] * 48)
    assert found["sharpe_trades"] == 100.0


def test_a_trade_without_a_base_has_no_return() -> None:
    """Skipped in the ratios when its base is not positive, counted elsewhere."""
    trades = [closed(1.0), closed(2.0), closed(3.0, base=0.0)]
    found = measured(trades, [INITIAL] * 48)
    assert (found["trades"], found["sharpe_trades"]) == (3, None)


def test_trades_per_year_count_at_least_one_day() -> None:
    """Days from the first to the last equity point, not below 1."""
    assert measured([closed(1.0)] * 2, [INITIAL] * 5)["trades_per_year"] == pytest.approx(730.0)
    assert measured([closed(1.0)] * 2, [INITIAL] * 49)["trades_per_year"] == pytest.approx(365.0)


@pytest.mark.parametrize(("days", "defined"), [(29, False), (30, True)])
def test_the_daily_sharpe_needs_thirty_returns(days: int, defined: bool) -> None:
    """The first is against the initial capital, so thirty days are thirty returns; partial days count."""
    curve = INITIAL + np.arange(24 * (days - 1) + 1) % 17
    assert (measured((), curve)["sharpe_daily"] is not None) is defined


def test_the_first_daily_return_is_against_the_initial_capital() -> None:
    """A gain on the first day only: one return of 1 % and 29 of nothing."""
    curve = np.full(30, INITIAL * 1.01)
    returns = np.array([0.01] + [0.0] * 29)
    expected = returns.mean() / returns.std(ddof=1) * math.sqrt(365.0)
    assert measured((), curve, DAY)["sharpe_daily"] == pytest.approx(expected)


def test_a_day_is_the_utc_date_of_the_bars_open() -> None:
    """A curve that begins at 23:00 has a first day of one bar."""
    curve = np.concatenate([[INITIAL * 1.01], np.full(24 * 28 + 1, INITIAL * 1.01)])
    found = measured((), curve, HOUR, START + 23 * HOUR)
    returns = np.array([0.01] + [0.0] * 29)
    assert found["sharpe_daily"] == pytest.approx(returns.mean() / returns.std(ddof=1) * math.sqrt(365.0))


def test_a_drawdown_starts_from_the_initial_capital() -> None:
    """A first bar below it is under water already."""
    assert measured((), [9_000.0, 9_500.0])["max_drawdown"] == pytest.approx(10.0)


def test_a_drawdown_may_exceed_100_percent() -> None:
    """Equity below zero."""
    assert measured((), [INITIAL, -INITIAL])["max_drawdown"] == pytest.approx(200.0)


@pytest.mark.parametrize(
    ("curve", "hours"),
    [
        ([100.0, 90.0, 95.0, 100.0, 100.0], 3),
        ([100.0, 110.0, 90.0, 95.0, 96.0, 97.0], 4),
        ([100.0, 90.0, 100.0, 60.0, 100.0, 99.0, 98.0, 97.0], 3),
        ([100.0, 101.0, 102.0], 0),
        ([100.0, 100.0, 100.0], 0),
    ],
)
def test_a_drawdown_lasts_to_its_recovery_or_to_the_end(curve: list[float], hours: int) -> None:
    """The longest time under the peak, not that of the deepest fall, from the last bar at the peak on."""
    found = measured((), np.array(curve) * 100.0)
    assert found["max_drawdown_days"] == pytest.approx(hours / 24.0)


def test_calmar_is_the_return_of_365_days_over_the_drawdown() -> None:
    """10 % in 73 days with a fall of 5 %: 50 % a year over 5; not defined without a fall."""
    curve = np.full(74, INITIAL)
    curve[10], curve[-1] = INITIAL * 0.95, INITIAL * 1.1
    assert measured((), curve, DAY)["calmar"] == pytest.approx(10.0)
    assert measured((), [INITIAL, INITIAL * 1.1])["calmar"] is None


def test_net_return_adds_up_and_equity_return_holds_what_is_open() -> None:
    """Both are always shown."""
    found = measured([closed(500.0), closed(-100.0)], [INITIAL, 11_000.0])
    assert (found["net_return"], found["equity_return"], found["final_equity"]) == (
        pytest.approx(4.0),
        pytest.approx(10.0),
        11_000.0,
    )


@settings(max_examples=40)
@given(st.lists(st.floats(0.5, 2.0), min_size=1, max_size=200), st.integers(1, 26))
def test_running_sums_are_those_of_the_whole_curve(steps: list[float], hours: int) -> None:
    """One point at a time in Python, the whole array in compiled code: the same drawdown, duration and daily Sharpe."""
    curve = INITIAL * np.cumprod(np.array(steps) ** 0.1)
    time = START + hours * HOUR * np.arange(len(curve), dtype=np.int64)
    whole = metrics_of(curve_statistics(time, curve, INITIAL))
    assert measured((), curve, hours * HOUR) == whole


def test_a_curve_with_gaps_in_value_skips_them() -> None:
    """A NaN is no point."""
    time = START + HOUR * np.arange(4, dtype=np.int64)
    found = metrics_of(curve_statistics(time, np.array([np.nan, 9_000.0, np.nan, 9_900.0]), INITIAL))
    assert found["max_drawdown"] == pytest.approx(10.0)
    assert found["final_equity"] == 9_900.0
