"""What is shown before a reload is what is true after it: stops, targets, levels and sizes, against the next bars."""

from __future__ import annotations

import json

import numpy as np
import pytest

from radar.engine.reload.preview import PositionPreview, Preview, preview, shown_digest
from radar.engine.run import Run
from radar.market.reason import ExitReason
from tests.engine.reload.running import LIVELY, begun, carried, feed_of, lively

PERIODS = {"mean": "{indicator: sma, in: candles.close, period: 21}"}


def shown(row: int, **changes: str | None) -> tuple[Run, Run, Preview]:
    """The lively run, the run that takes over, and what is shown."""
    run = begun(lively(), row)
    taken = carried(run, lively(**changes))
    return run, taken, preview(run, taken)


def of(found: Preview, asset: str) -> PositionPreview:
    """What is shown of an asset."""
    return next(one for one in found.positions if one.asset == asset)


@pytest.mark.parametrize("row", range(49, 131, 4))
def test_the_same_plan_changes_nothing(row: int) -> None:
    """No effect and nothing to approve, whatever is open or rests; both sides are one."""
    run, _, found = shown(row)
    assert all(one.before == one.after and not one.effects for one in found.positions)
    assert found.approvals == ()
    assert len(found.positions) == 2 or row < 52
    assert found.time == run.feed.times[row - 1]


def test_numbers_by_hand() -> None:
    """Stop, target and levels before and after follow from the closes: 20 and 10 % from the average entry, the mean of
    14 and of 21 closes, and 0.8, 1.2, 1.6 ranges below it."""
    run, _, found = shown(102, **PERIODS, grid=LIVELY.replace("leverage: 3", "leverage: 3, sl_percent: 10"))
    closes = feed_of(run.plan).market[:102, :, 3]
    for lane, asset in enumerate(run.plan.assets):
        one, average = of(found, asset), float(run.state.lanes["grid_position"][lane]["average"])
        assert one.before is not None
        assert one.after is not None
        assert (one.before.stop, one.after.stop) == pytest.approx((average * 0.8, average * 0.9))
        assert one.before.target == pytest.approx(closes[-14:, lane].mean())
        assert one.after.target == pytest.approx(closes[-21:, lane].mean())
        assert (one.before.side, one.before.stop_reason, one.before.levels) == (1, "sl", ())
        assert one.needs_approval
        assert one.effects[0].startswith("stop moves from ")
        assert one.effects[1].startswith("target moves from ")
    assert found.approvals == ("positions/broker/grid/BTC", "positions/broker/grid/ETH")
    run, _, found = shown(100, **PERIODS)
    one = of(found, "BTC")
    assert one.before is not None
    assert one.after is not None
    width = float(run.state.lanes["grid_intent"]["spacing"][0])
    for view, period in ((one.before, 14), (one.after, 21)):
        mean = closes[100 - period : 100, 0].mean()
        assert [rest.price for rest in view.levels] == pytest.approx([mean - width * k for k in (0.8, 1.2, 1.6)])
    assert not one.needs_approval


def test_sizes_are_those_of_the_fills() -> None:
    """A level that rests before a bar and is filled in it has the quantity that was shown, at its price."""
    looked = 0
    run = begun(lively(), 49)
    while run.row < 131:
        expected = {one.asset: one.after for one in preview(run, carried(run, run.plan)).positions}
        before = len(run.ledger("broker")[0])
        run.advance(run.row + 1)
        for fill in run.ledger("broker")[0][before:]:
            view = expected[run.plan.assets[int(fill["lane"])]]
            assert view is not None
            if fill["opens"]:
                level = next(one for one in view.levels if one.level == fill["level"] and one.side == fill["side"])
                gapped = fill["reference"] != level.price
                assert level.quantity * level.price == pytest.approx(float(fill["quantity"] * fill["reference"]))
                assert gapped or level.quantity == pytest.approx(float(fill["quantity"]))
                assert level.refused == ""
                looked += 1
            elif fill["reason"] == ExitReason.TP:
                # At the target, or at an open that lies beyond it.
                assert view.target is not None
                assert float(fill["reference"]) >= view.target * (1.0 - 1e-12)
                looked += 1
    assert looked > 10


def test_a_stop_that_fires_is_said_and_fires() -> None:
    """A stop moved past the last close: it is announced, and the position ends in the next bar."""
    run, taken, found = shown(75, grid=LIVELY.replace("leverage: 3", "leverage: 3, sl_percent: 0.05"))
    firing = [one for one in found.positions if one.after is not None and one.after.stop_fires]
    assert firing
    assert all(any("closed at the next open" in effect for effect in one.effects) for one in firing)
    trades = len(run.ledger("broker")[1])
    taken.advance(76)
    closed = taken.ledger("broker")[1][trades:]
    assert {taken.plan.assets[lane] for lane in closed["lane"]} >= {one.asset for one in firing}


def test_a_refusal_is_named() -> None:
    """A level that a tripped switch would refuse says so."""
    tight = "{risk: kill_switch, in: margin, max_session_loss_percent: 0.1}"
    run = begun(lively(guard=tight), 240)
    assert run.state.shared["guard"]["session"][0]
    found = preview(run, carried(run, run.plan))
    resting = [rest for one in found.positions if one.after and one.after.side == 0 for rest in one.after.levels]
    assert resting
    assert {rest.refused for rest in resting} == {"kill_switch"}


def test_it_is_plain_data() -> None:
    """JSON holds it whole, without numbers that are none; a node that needs approval has its key."""
    found = shown(102, margin=None, guard="{risk: kill_switch, in: sized}")[2]
    text = json.dumps(found.to_json(), allow_nan=False)
    assert json.loads(text) == json.loads(json.dumps(found.to_json()))
    assert {"nodes/margin", "nodes/guard"} <= set(found.approvals)


def test_looking_changes_nothing_and_the_digest_names_what_was_seen() -> None:
    """Both runs are untouched by it. The digest is the same while the same positions are open, and another one when a
    level fills, a position closes, or the plan is another one."""
    run, taken, _ = shown(102, **PERIODS)
    before = [(one.state.snapshot(), one.all_fills.tobytes()) for one in (run, taken)]
    first = preview(run, taken)
    assert before == [(one.state.snapshot(), one.all_fills.tobytes()) for one in (run, taken)]
    assert first.digest == shown_digest(run, taken.plan) != shown_digest(run, run.plan)
    moved = {shown_digest(begun(lively(), row), taken.plan): row for row in range(100, 128)}
    events = [
        int(row) for row in np.unique(np.searchsorted(run.feed.times, begun(lively(), 128).ledger("broker")[0]["time"]))
    ]
    changes = [row for row in range(101, 128) if row - 1 in events]
    assert len(moved) >= 4
    assert set(moved.values()) <= {row - 1 for row in changes} | {127}
