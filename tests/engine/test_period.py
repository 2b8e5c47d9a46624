"""Warm-up and period: nothing trades before it may, and where a period begins changes no decision inside it."""

from __future__ import annotations

import numpy as np
import pytest

import radar
from radar.engine.result import Result
from tests.conformance.cases import CASES, CONFIG
from tests.engine.memory import Memory
from tests.nodes.markets import HOUR, START, walk
from tests.nodes.strategy.test_boltrend import TEXT as TREND
from tests.nodes.strategy.test_grid_atr import TEXT

GRID = TEXT.replace("SIDES", "[long, short]").replace("    sl_percent: 10\n", "    sl_percent: 3\n")
LIVELY = walk(4, 400, step=0.02)
MARKET = Memory({("BTC", "1h"): LIVELY})


def test_the_market_is_lively() -> None:
    """The periods below hold trades, or they would prove nothing."""
    assert len(trade().trades()) > 15


def trade(**options: object) -> Result:
    """The grid on a lively market."""
    return radar.backtest(GRID, data=MARKET, mode="interpreted", **options)  # type: ignore[arg-type]


@pytest.mark.parametrize("start", [None, START + 20 * HOUR, START + 60 * HOUR, START + 333 * HOUR])
def test_nothing_happens_before_the_start(start: int | None) -> None:
    """No fill before the period or before the history is there; the first point of equity is the first tradable bar."""
    result = trade(start=start)
    first = max(start or 0, START + 49 * HOUR)
    assert (result.fill_rows["time"] >= first).all()
    assert result.times[0] == first
    assert result.equity[0] == pytest.approx(10_000, rel=0.05)
    assert result.to_json()["period"]["warm_up_bars"] == 50


def test_the_start_may_be_text() -> None:
    """A date is that instant in UTC."""
    assert trade(start="2024-01-05").times[0] == START + 4 * 24 * HOUR
    assert trade(start="2024-01-05T06:00", end="2024-01-06").times[-1] == START + 5 * 24 * HOUR - HOUR


@pytest.mark.parametrize("text", [GRID, TREND], ids=["grid", "breakout"])
def test_decisions_do_not_depend_on_where_the_period_begins(text: str) -> None:
    """What the nodes see and want at a bar is the same for any start before it, in every bit, while flat before."""
    nodes = ["mean", "width"] if text is GRID else ["bands", "average"]
    whole = radar.evaluate(text, nodes, data=MARKET, mode="interpreted")
    for start in (START + 50 * HOUR, START + 200 * HOUR):
        part = radar.evaluate(text, nodes, data=MARKET, mode="interpreted", start=start)
        skipped = whole.num_rows - part.num_rows
        assert skipped == (start - START) // HOUR
        for name in part.column_names[2:]:
            kept = whole.column(name).to_numpy()[skipped:]
            assert part.column(name).to_numpy().tobytes() == kept.tobytes()


def test_a_resting_order_of_the_warm_up_works_in_the_first_bar() -> None:
    """The levels decided at the close before the period rest in its first bar, as for a run that never stopped."""
    fills = trade().fill_rows
    opening = fills[(fills["opens"] == 1) & (fills["level"] == 0)]
    row = int((opening["time"][5] - START) // HOUR)
    late = trade(start=START + row * HOUR)
    assert late.fill_rows["time"][0] == START + row * HOUR
    assert late.fill_rows["reference"][0] == opening["reference"][5]


def test_a_wish_of_the_warm_up_does_not_trade_at_its_close() -> None:
    """A breakout in the bar before the period is not entered in it, at that close or later."""
    found = radar.backtest(TREND, data=MARKET, mode="interpreted", overrides=["trend.bol_std=0.8"])
    entries = found.fill_rows[(found.fill_rows["opens"] == 1) & (found.fill_rows["time"] > START + 60 * HOUR)]
    at = int(entries["time"][0])
    options = {"data": MARKET, "mode": "interpreted", "overrides": ["trend.bol_std=0.8"]}
    late = radar.backtest(TREND, start=at + HOUR, **options)  # type: ignore[arg-type]
    assert (late.fill_rows["time"] > at).all()
    same = radar.backtest(TREND, start=at, **options)  # type: ignore[arg-type]
    assert same.fill_rows["time"][0] == at


def test_an_asset_that_begins_later_waits_for_its_own_history() -> None:
    """Each asset has its own warm-up: the first is traded while the second is refused and counted."""
    text = GRID.replace("[BTC]", "[BTC, ETH]")
    data = Memory({("BTC", "1h"): LIVELY, ("ETH", "1h"): walk(9, 400, step=0.02)[150:]})
    result = radar.backtest(text, data=data, mode="interpreted")
    fills = result.fill_rows
    assert fills["time"][fills["lane"] == 0].min() < START + 150 * HOUR
    assert fills["time"][fills["lane"] == 1].min() >= START + 200 * HOUR
    assert {(one["asset"], one["cause"]) for one in result.refusals} >= {("ETH", "warm_up")}


def test_after_a_gap_the_history_must_be_there_again() -> None:
    """Entries wait for 50 bars after a gap and are counted as stale; an open position keeps its exits."""
    gap = 200
    result = radar.backtest(GRID, data=Memory({("BTC", "1h"): LIVELY.without(gap)}), mode="interpreted")
    fills = result.fill_rows
    entries = fills["time"][fills["opens"] == 1]
    assert not ((entries > START + gap * HOUR) & (entries < START + (gap + 51) * HOUR)).any()
    assert (entries >= START + (gap + 51) * HOUR).any()
    assert {one["cause"] for one in result.refusals} >= {"stale_data"}


@pytest.mark.parametrize("name", [name for name in CASES if name.endswith("on the sample")])
def test_first_trade_never_before_the_history_of_its_asset(name: str) -> None:
    """Of every shipped pipeline on real candles: each asset's first fill is behind as many of its bars as it needs."""
    case = CASES[name]
    result = radar.backtest(
        case.text, data=case.data, config=CONFIG, overrides=case.overrides, assets=case.assets, mode="interpreted"
    )
    plan = result.run.plan
    for lane, asset in enumerate(plan.assets):
        own = case.data.bars[asset, str(plan.base)].time
        for chain in plan.chains:
            fills = result.fill_rows[
                (result.fill_rows["lane"] == lane) & (result.fill_rows["strategy"] == chain.number)
            ]
            for fill in fills[:1]:
                before = int(np.searchsorted(own, fill["time"])) + int(fill["at_close"])
                assert before >= plan.history[chain.strategy, asset]
