"""A run goes on with another plan: what is kept is kept to the byte, the rest is as if it had been so all along."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from radar.engine.feed import load_feed
from radar.engine.reload.carry import carry
from radar.engine.reload.possible import ReloadError
from radar.engine.reload.still import still
from radar.engine.run import Run
from radar.engine.state import write_parameters
from radar.plan.layout import field_name
from radar.plan.trace import trace_columns
from tests.conformance.cases import CASES, REST, begin, finished, ledger, params
from tests.engine.memory import Memory
from tests.engine.reload.edits import named, read, renamed, write
from tests.engine.reload.running import (
    FIRST,
    LAST,
    LIVELY,
    TWO,
    begun,
    carried,
    everything,
    feed_of,
    kernel_of,
    lively,
    market,
    planned,
    two_accounts,
)
from tests.nodes.markets import Bars, stored
from tests.spec.frame import NODES, frame

ROWS = 260
PERIODS = {
    "mean": "{indicator: sma, in: candles.close, period: 21}",
    "width": "{indicator: atr, in: candles, period: 9}",
}
CYCLE = {"flat": 100, "two levels": 101, "three levels": 102, "other asset closed": 115, "just opened": 127}
"""Rows of the lively run by where its grids stand behind them; see :func:`test_the_cycle_is_as_it_is_named`."""


def assert_same(left: dict[str, bytes], right: dict[str, bytes], but: tuple[str, ...] = ()) -> None:
    """Two runs have left the same bytes, ``but`` for some parts."""
    assert [name for name in left if name not in but and left[name] != right[name]] == []


def held(run: Run, strategy: str = "grid") -> list[tuple[int, int]]:
    """Side and number of levels of each asset."""
    positions = run.state.lanes[f"{field_name(strategy)}_position"]
    return [(int(one["side"]), int(one["levels"]) if one["side"] else 0) for one in positions]


def column(run: Run, name: str, first: int, last: int | None = None) -> bytes:
    """A traced column of some rows."""
    place = [one.name for one in trace_columns(run.plan)].index(name)
    return run.trace[first:last, :, place].tobytes()


def test_the_cycle_is_as_it_is_named() -> None:
    """The rows at which runs are reloaded are those that the tests mean."""
    found = {name: held(begun(lively(), row)) for name, row in CYCLE.items()}
    assert found["flat"] == [(0, 0), (0, 0)]
    assert found["two levels"] == [(1, 2), (1, 3)]
    assert found["three levels"] == [(1, 3), (1, 3)]
    assert found["other asset closed"] == [(1, 3), (0, 0)]
    assert found["just opened"] == [(1, 1), (1, 1)]


@pytest.mark.parametrize("name", params(quirky=False))
def test_ten_identical_reloads_are_none(name: str) -> None:
    """The same file again, ten times on the way: every byte of state, ledger and trace is that of the uninterrupted
    run, before, between and after; and the run that was replaced has not been touched."""
    run = begin(name, "interpreted")
    for row in np.linspace(0, run.feed.rows - 1, 10).astype(int).tolist():
        run.advance(row)
        before = everything(run)
        taken = carry(run, run.plan, run.kernel, run.feed)
        assert_same(everything(taken), before)
        assert_same(everything(run), before)
        assert not any(
            np.shares_memory(getattr(taken.state, part), getattr(run.state, part)) for part in vars(run.state)
        )
        run = taken
    run.finish()
    assert_same(ledger(run), ledger(finished(name, "interpreted")))


@pytest.mark.parametrize("row", CYCLE.values(), ids=CYCLE)
def test_a_period_changes_the_indicator_and_nothing_that_is_held(row: int) -> None:
    """Positions, money, statistics and kill switches stay to the byte; the indicators, now and at every later bar, have
    the values of a run that had the new periods all along."""
    run, plan = begun(lively(), row), lively(**PERIODS)
    taken = carry(run, plan, kernel_of(plan), feed_of(plan))
    for name in ("broker", "guard", "sized", "margin"):
        assert taken.state.shared[name].tobytes() == run.state.shared[name].tobytes()
    assert taken.state.lanes["grid_position"].tobytes() == run.state.lanes["grid_position"].tobytes()
    assert taken.state.shared_windows.tobytes() == run.state.shared_windows.tobytes()
    along = begun(plan, ROWS, trace=True)
    for name in ("mean", "width", "regime"):
        assert taken.state.lanes[name].tobytes() == begun(plan, row).state.lanes[name].tobytes()
    taken.trace = np.full_like(along.trace, np.nan)
    taken.finish()
    for name in ("mean.value", "width.value", "regime.value"):
        assert column(taken, name, row) == column(along, name, row)
    fills, trades, _ = taken.ledger("broker")
    assert fills[: run.account("broker")["fill_count"]].tobytes() == run.ledger("broker")[0].tobytes()
    assert len(trades) > run.account("broker")["trade_count"]


def test_a_period_that_changes_decisions_is_in_force_at_once() -> None:
    """Flat, and with no position ever: from the reload on the run trades as one that had the new periods all along."""
    plan, row = lively(**PERIODS), 49
    run = begun(lively(), row)
    assert run.account("broker")["fill_count"] == 0
    taken = carried(run, plan)
    taken.finish()
    along = begun(plan, ROWS)
    assert along.account("broker")["trade_count"] > 3
    assert_same(ledger(taken), ledger(along), but=("trace", "equity", "state"))
    assert taken.state.lanes.tobytes() == along.state.lanes.tobytes()


@pytest.mark.parametrize("row", CYCLE.values(), ids=CYCLE)
@pytest.mark.parametrize(
    "change",
    ["leverage: 2", "num_levels: 5", "atr_multiplier_step: 0.7", "sl_percent: 2", "sides: [long, short]"],
)
def test_a_hot_change_is_another_number_in_the_record(row: int, change: str) -> None:
    """The run equals one whose parameter record was overwritten at that row, to the last byte at the end."""
    plan = lively(grid=_with(LIVELY, change))
    taken = carried(begun(lively(), row), plan)
    overwritten = begun(lively(), row)
    write_parameters(plan, overwritten.state.params)
    assert_same(everything(taken), everything(overwritten))
    taken.finish()
    overwritten.finish()
    assert_same(everything(taken), everything(overwritten))
    assert ledger(taken) != ledger(begun(lively(), ROWS))


def _with(entry: str, change: str) -> str:
    """An entry with one key set."""
    key = change.partition(":")[0]
    kept = [part for part in entry.strip("{}").split(", ") if part.partition(":")[0] != key]
    return "{" + ", ".join([*kept, change]) + "}"


@pytest.mark.parametrize("row", CYCLE.values(), ids=CYCLE)
def test_an_asset_that_comes_warms_itself(row: int) -> None:
    """The others keep every byte of theirs; the new one has the indicators of a run that had it all along, and it may
    trade at once."""
    run, plan = begun(lively(), row), lively(assets="[BTC, ETH, XRP]")
    taken = carried(run, plan)
    for name in run.state.lanes.dtype.names or ():
        assert taken.state.lanes[name][:2].tobytes() == run.state.lanes[name].tobytes()
    along = begun(plan, row)
    for name in ("series", "mean", "width", "regime"):
        assert taken.state.lanes[name][2:].tobytes() == along.state.lanes[name][2:].tobytes()
    assert taken.state.windows[2].tobytes() == along.state.windows[2].tobytes()
    assert taken.account("broker")["assets"] == 3
    taken.finish()
    assert (taken.ledger("broker")[0]["lane"] == 2).any()


def test_an_asset_that_comes_first_moves_the_others() -> None:
    """Lanes are sorted by name: the ledger is renumbered, and nobody takes over what another one holds."""
    run, plan = begun(lively(assets="[ETH, XRP]"), 102), lively(assets="[BTC, ETH, XRP]")
    assert any(side for side, _ in held(run))
    taken = carried(run, plan)
    assert taken.state.lanes["grid_position"][1:].tobytes() == run.state.lanes["grid_position"].tobytes()
    for theirs, ours in zip(run.ledger("broker")[:2], taken.ledger("broker")[:2], strict=True):
        assert (ours["lane"] == theirs["lane"] + 1).all()
        assert len(ours) > 3
    taken.finish()


@pytest.mark.parametrize("name", [one for one in params(quirky=False) if one.values[0] != REST])
def test_a_rename_changes_names_only(name: str) -> None:
    """Every node of a shipped pipeline under another name with `was`: the run goes on as it would have."""
    case, content = CASES[name], read(CASES[name].text)
    for node in named(content, "source", "indicator", "strategy", "risk", "executor", "sink"):
        content = renamed(content, node, f"{node}_other", was=True)
    overrides = [f"{one.partition('.')[0]}_other.{one.partition('.')[2]}" for one in case.overrides]
    plan = planned(write(content), overrides=overrides, assets=case.assets)
    run, whole = begin(name, "interpreted", trace=False), begin(name, "interpreted", trace=False)
    whole.finish()
    feed = load_feed(plan, case.data)
    assert feed.times.tobytes() == run.feed.times.tobytes()
    for row in (run.feed.start + 20, run.feed.rows // 2, run.feed.rows - 30):
        run.advance(row)
        taken = carry(run, plan, kernel_of(plan), feed)
        assert everything(taken)["fills"] == everything(run)["fills"]
        taken.finish()
        assert_same(ledger(taken), ledger(whole), but=("state", "trace"))
        for ours, theirs in ((taken.state.lanes, whole.state.lanes), (taken.state.shared, whole.state.shared)):
            fields = [[one[name].tobytes() for name in one.dtype.names or ()] for one in (ours, theirs)]
            assert fields[0] == fields[1]


def test_two_accounts_keep_their_own() -> None:
    """The first account of the new file is the second of the old one: money, positions and ledgers follow the names."""
    run = begun(two_accounts(), 131)
    assert min(run.account(name)["trade_count"] for name in ("broker", "desk")) > 3
    assert any(side for side, _ in held(run, "high"))
    text = frame(**{**dict.fromkeys(NODES), **dict(reversed({**NODES, **TWO}.items()))})
    plan = planned(text)
    taken = carried(run, plan)
    for name in ("broker", "desk"):
        assert taken.account(name).tobytes() == run.account(name).tobytes()
        for theirs, ours in zip(run.ledger(name), taken.ledger(name), strict=True):
            assert _named(run, theirs) == _named(taken, ours)
    taken.finish()
    whole = begun(two_accounts(), ROWS)
    for name in ("broker", "desk"):
        assert taken.account(name).tobytes() == whole.account(name).tobytes()


def _named(run: Run, rows: np.ndarray) -> list[object]:
    """Rows of a ledger with names for numbers."""
    if not rows.dtype.names:
        return [rows.tobytes()]
    others = [rows[field].tobytes() for field in rows.dtype.names if field != "strategy"]
    return [*others, *(run.strategy(int(number)) for number in rows["strategy"])]


def test_an_account_and_a_strategy_are_added() -> None:
    """Beside a run with one account: the old one goes on as it would have, the new one begins with its capital."""
    plain = {**TWO, "high": None, "high_sized": None, "high_margin": None, "high_guard": None, "desk": None}
    plain["journal"] = "{sink: journal, in: [broker, guard.refused]}"
    run = begun(planned(frame(**plain)), 102)
    taken = carried(run, two_accounts())
    assert taken.account("broker").tobytes() == run.account("broker").tobytes()
    assert taken.account("desk")["cash"] == 5000.0
    taken.finish()
    assert taken.account("desk")["trade_count"] > 0
    whole = begun(planned(frame(**plain)), ROWS)
    assert taken.account("broker").tobytes() == whole.account("broker").tobytes()


def test_a_strategy_that_went_keeps_its_name_in_the_ledger() -> None:
    """Flat, it may go; its trades stay, under its name, also through a second reload and when it comes back."""
    run = begun(two_accounts(), 131)
    gone = {**TWO, "low": None, "sized": "{risk: equal_allocation, in: other}"}
    gone["other"] = TWO["high"]
    row = next(row for row in range(131, ROWS) if _flat(run, row))
    trades = len(run.ledger("broker")[1])
    taken = carried(run, planned(frame(**gone)))
    assert taken.former == ("low",)
    again = carried(taken, planned(frame(**gone)))
    back = carried(again, two_accounts())
    for one in (taken, again, back):
        names = {one.strategy(int(number)) for number in one.ledger("broker")[1]["strategy"]}
        assert names == {"low"}
        assert len(one.ledger("broker")[1]) == trades
        assert one.row == row
    assert back.former == ("low", "other")


def _flat(run: Run, row: int) -> bool:
    run.advance(row)
    return all(side == 0 for name in ("low", "high") for side, _ in held(run, name))


REFUSED = {
    "an asset goes": ({"assets": "[BTC]"}, "ETH"),
    "another clock": ({"clock": "4h"}, "clock"),
    "another capital": (
        {"broker": NODES["broker"].replace("regime: regime}", "regime: regime}, initial_capital: 5000")},
        "initial_capital",
    ),
    "another kind of sizing": ({"sized": "{risk: risk_sizing, in: grid}"}, "sized needs to be flat, and grid is long"),
    "another name": ({"pipeline": "other"}, "another pipeline"),
}


@pytest.mark.parametrize("name", REFUSED)
def test_what_cannot_be_is_refused_with_a_reason(name: str) -> None:
    """The message names node, position and asset, there is something to do, and the run is as it was."""
    changes, said = REFUSED[name]
    run = begun(lively(), 102)
    before = everything(run)
    with pytest.raises(ReloadError, match=said) as raised:
        carry(run, lively(**changes), run.kernel, run.feed)
    assert raised.value.code == "R5031"
    assert raised.value.next_step
    assert_same(everything(run), before)
    run.finish()
    assert_same(everything(run), everything(begun(lively(), ROWS)))


def test_what_needs_to_be_flat_is_done_when_it_is() -> None:
    """The same change of sizing between two cycles: it takes over, and the next cycle is sized by it."""
    run, plan = begun(lively(), CYCLE["flat"]), lively(sized="{risk: weighted_allocation, in: grid}")
    taken = carried(run, plan)
    taken.finish()
    assert taken.account("broker")["trade_count"] > run.account("broker")["trade_count"]


def test_history_that_lacks_a_bar_is_refused() -> None:
    """A store that is behind the run: the missing bar is named, and nothing is guessed."""
    run, plan = begun(lively(), 102), lively(**PERIODS)
    feed = feed_of(plan)
    short = replace(feed, times=feed.times[:90], market=feed.market[:90])
    with pytest.raises(ReloadError, match="has no bar of 2025") as raised:
        carry(run, plan, kernel_of(plan), short)
    assert raised.value.code == "R5033"


@pytest.mark.parametrize("row", CYCLE.values(), ids=CYCLE)
def test_a_run_that_was_restored_is_reloaded_without_its_past(row: int) -> None:
    """A run that came back has its state, and neither rows of the market nor of the ledger from before: it goes on with
    new periods as the one that has them, and a node that would have to know the past is refused. Only of a position
    that was entered in the very last bar it does not know how: it wants what it wanted until the next close."""
    run, plan = begun(lively(), row), lively(**PERIODS)
    bare = still(run)
    times = run.feed.times.copy()
    times[:row] = 0
    bare.feed = replace(run.feed, times=times)
    for array in (bare.all_fills, bare.all_trades):
        array[...] = 0
    bare.all_equity[...] = np.nan
    taken, whole = carried(bare, plan), carried(run, plan)
    assert taken.row == whole.row == row
    for lane in range(2):
        position = run.state.lanes["grid_position"][lane]
        just = position["side"] != 0 and position["entry_time"] == run.feed.times[row - 1]
        wanted = run if just else whole
        assert taken.state.lanes["grid_intent"][lane].tobytes() == wanted.state.lanes["grid_intent"][lane].tobytes()
    for name in ("grid_position", "mean", "width"):
        assert taken.state.lanes[name].tobytes() == whole.state.lanes[name].tobytes()
    assert taken.account("broker").tobytes() == run.account("broker").tobytes()
    taken.finish()
    with pytest.raises(ReloadError, match="watch is to know what broker has done"):
        carried(bare, lively(guard="{risk: kill_switch, in: watch}", watch="{risk: selector, in: margin}"))


@pytest.mark.parametrize("row", [CYCLE["flat"], 82, 85, 102, 115, 118])
def test_rows_that_are_counted_otherwise(row: int) -> None:
    """An asset comes whose history reaches back further: every row has another number, and nothing else changes. The
    asset never moves, so that it never trades; the others trade as they would have, pauses after exits included."""
    change = {"guard": "{risk: kill_switch, in: pause}", "pause": "{risk: cooldown, in: margin, cooldown_candles: 6}"}
    bars = dict(market().bars)
    early = stored("sample", "binance/perp/XRP/1h")[FIRST - 100 : LAST]
    unmoved = Bars(early.time, *(np.full(len(early), 2.0) for _ in range(4)), early.volume)
    plan = lively(**change, assets="[BTC, ETH, XRP]")
    run = begun(lively(**change), row)
    found = []
    for first in (0, 100):
        data = Memory({**bars, ("XRP", "1h"): unmoved[first:]})
        taken = carried(run, plan, data)
        assert taken.row == row + 100 - first
        assert taken.feed.times[taken.row] == run.feed.times[row]
        assert taken.feed.times[taken.feed.start] == run.feed.times[run.feed.start]
        for position in taken.state.lanes["grid_position"]:
            assert position["closed_row"] < 0 or taken.feed.times[position["closed_row"]] == position["closed_time"]
        released = [int(one.account("broker")["released_row"]) for one in (run, taken)]
        assert released[0] == 0 or taken.feed.times[released[1]] == run.feed.times[released[0]]
        taken.finish()
        fills, trades, equity = taken.ledger("broker")
        assert np.isnan(equity[: taken.feed.start]).all()
        found.append((fills.tobytes(), trades.tobytes(), equity[~np.isnan(equity)].tobytes()))
        assert len(trades) > len(run.ledger("broker")[1])
    assert found[0] == found[1]
