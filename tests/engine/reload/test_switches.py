"""Kill switches and other risk nodes across a reload: none is released, forgotten, or tripped by having been put in."""

from __future__ import annotations

import numpy as np
import pytest

from radar.engine.reload.possible import ReloadError
from radar.engine.run import Run
from tests.engine.reload.running import LIVELY, begun, carried, everything, lively

ROWS = 260
PLAIN = {"guard": "{risk: margin_guard, in: sized}", "margin": None}
"""The lively frame without a kill switch."""
TIGHT = "{risk: kill_switch, in: margin, max_session_loss_percent: 0.5}"
WINDOW = "{risk: kill_switch, in: margin, global_window_hours: HOURS, global_max_loss_percent: 1.5, freeze_hours: 5}"


def first_trip(run: Run, field: str = "session") -> int:
    """The first row behind which a switch of the run has tripped."""
    for row in range(run.row, run.feed.rows):
        run.advance(row + 1)
        if run.state.shared["guard"][field][0]:
            return row + 1
    raise AssertionError("it never trips")


def guarded(hours: int) -> str:
    """A kill switch with a sliding window."""
    return WINDOW.replace("HOURS", str(hours))


@pytest.mark.parametrize("row", [49, 102, 131, 250])
@pytest.mark.parametrize("limits", ["{risk: kill_switch, in: margin}", TIGHT, guarded(24)])
def test_a_switch_that_is_put_in_knows_the_run(row: int, limits: str) -> None:
    """Its state is that of one which had stood there all along, unless it would have kept the run from a trade before:
    then it has tripped at once, by the money that the run has lost."""
    plain = {"guard": None, "broker": "{executor: account, in: {in: margin, regime: regime}}"}
    plain["journal"] = "{sink: journal, in: [broker, margin.refused]}"
    run = begun(lively(**plain), row)
    taken = carried(run, lively(guard=limits))
    along = begun(lively(guard=limits), row)
    if along.ledger("broker")[0].tobytes() == run.ledger("broker")[0].tobytes():
        assert taken.state.shared["guard"].tobytes() == along.state.shared["guard"].tobytes()
        assert taken.state.shared_windows.tobytes() == along.state.shared_windows.tobytes()
    else:
        assert along.state.shared["guard"]["trips"][0] > 0
        assert taken.state.shared["guard"]["trips"][0] > 0


def test_a_switch_that_is_put_in_counts_wins_and_losses_by_strategy() -> None:
    """A node that judges closed trades has those of the run so far."""
    chosen = {"margin": "{risk: selector, in: sized, min_trades: 1, force: true}"}
    run = begun(lively(margin=None, guard="{risk: kill_switch, in: sized}"), 131)
    taken = carried(run, lively(**chosen))
    along = begun(lively(**chosen), 131)
    assert run.ledger("broker")[1].tobytes() == along.ledger("broker")[1].tobytes()
    assert taken.state.shared["margin"].tobytes() == along.state.shared["margin"].tobytes()
    assert along.state.shared["margin"]["trades"][0] > 3


@pytest.mark.parametrize("hours", [2, 12, 48, 720])
@pytest.mark.parametrize("row", [60, 102, 131, 200])
def test_another_window_remembers_otherwise_and_forgets_nothing(row: int, hours: int) -> None:
    """What has tripped stays tripped until it would have been let go; the peaks of the new window are those of the
    run's own equity; where no switch has ever tripped, everything is as if the window had always been that long."""
    quiet = "{risk: kill_switch, in: margin, global_window_hours: HOURS}"
    run, along = begun(lively(), row), begun(lively(guard=quiet.replace("HOURS", str(hours))), row)
    taken = carried(run, along.plan)
    assert taken.state.shared["guard"].tobytes() == along.state.shared["guard"].tobytes()
    assert taken.state.shared_windows.tobytes() == along.state.shared_windows.tobytes()
    run = begun(lively(guard=guarded(24)), 0)
    first_trip(run, "frozen")
    taken = carried(run, lively(guard=guarded(hours)))
    for field in ("session", "daily", "frozen", "trips", "thaw", "day_end", "day_equity", "last_equity"):
        assert taken.state.shared["guard"][field] == run.state.shared["guard"][field]


OUT = {
    "taken out": {"guard": None, "broker": "{executor: account, in: {in: margin, regime: regime}}"},
    "another kind": {"guard": "{risk: cooldown, in: margin}"},
    "wired around": {"broker": "{executor: account, in: {in: margin, regime: regime}}"},
}


@pytest.mark.parametrize("how", OUT)
def test_a_tripped_switch_cannot_be_edited_away(how: str) -> None:
    """Taking it out, making it another kind, or trading past it is refused while it refuses; other limits leave it
    tripped; and the run is untouched."""
    run = begun(lively(guard=TIGHT), 0)
    first_trip(run)
    before = everything(run)
    changes = {**OUT[how]}
    if how != "another kind":
        changes["journal"] = "{sink: journal, in: [broker, margin.refused]}"
    if how == "wired around":
        changes["guard"] = TIGHT
        changes["journal"] = "{sink: journal, in: [broker, guard.refused]}"
    with pytest.raises(ReloadError, match="guard refuses new positions of grid") as raised:
        carried(run, lively(**changes))
    assert raised.value.code == "R5031"
    assert everything(run) == before
    wide = carried(run, lively(guard=TIGHT.replace("0.5", "90"), grid=LIVELY))
    assert wide.state.shared["guard"].tobytes() == run.state.shared["guard"].tobytes()


def test_a_switch_that_was_taken_out_and_put_back_has_not_forgotten() -> None:
    """Two reloads: without the switch while it is quiet, and back after the loss. It has tripped."""
    tight = TIGHT.replace("0.5", "3")
    run = begun(lively(guard=tight), 52)
    assert not run.state.shared["guard"]["session"][0]
    without = {"guard": None, "broker": "{executor: account, in: {in: margin, regime: regime}}"}
    without["journal"] = "{sink: journal, in: [broker, margin.refused]}"
    free = carried(run, lively(**without))
    worst = int(np.nanargmin(begun(lively(**without), ROWS).equity)) + 1
    free.advance(worst)
    back = carried(free, lively(guard=tight))
    assert back.account("broker")["equity"] < 9_700
    assert back.state.shared["guard"]["session"][0] == 1
