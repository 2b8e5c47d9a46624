"""The steps of a reload, each in its turn: a failure leaves the run as it was, and what was shown is what is done."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

import numpy as np
import pytest

import radar.engine.reload.carry as carrying
from radar.engine.feed import Feed
from radar.engine.reload.possible import ReloadError
from radar.engine.reload.preview import shown_digest
from radar.engine.reload.reloads import Reloads
from radar.engine.reload.still import still
from radar.engine.reload.swap import Reload, Stage
from radar.engine.run import Run
from radar.errors import DefectError, RadarError
from radar.kernel.build import Kernel, build
from radar.plan.plan import Plan
from tests.conformance.cases import ledger
from tests.engine.reload.running import LIVELY, begun, everything, feed_of, kernel_of, lively

PERIODS = {"mean": "{indicator: sma, in: candles.close, period: 21}"}
ROWS = 260


def reload(run: Run, plan: Plan, upto: Stage = Stage.ACTIVE, **options: object) -> tuple[Reload, Run]:
    """A reload taken to a stage, and the run that then goes on."""
    one, feed = Reload(plan, **options), feed_of(plan)  # type: ignore[arg-type]
    steps: dict[Stage, Callable[[], object]] = {
        Stage.VALIDATING: lambda: one.validate(run),
        Stage.BUILDING: lambda: one.build(kernel_of),
        Stage.WARMING: lambda: one.warm(run, feed),
    }
    for stage, step in steps.items():
        if one.stage is upto or one.ended:
            return one, run
        assert one.stage is stage
        step()
    if upto is Stage.ACTIVE and one.stage is Stage.SWITCHING:
        return one, one.switch(run, feed)
    return one, run


def test_all_steps_lead_to_the_new_plan() -> None:
    """Validating, building, warming, switching, active; the run that comes out is of the new plan, at the same row."""
    run = begun(lively(), 100)
    one, taken = reload(run, lively(**PERIODS))
    assert (one.stage, one.rejected, one.run) == (Stage.ACTIVE, None, taken)
    assert taken.plan is one.plan
    assert taken.row == run.row
    taken.finish()


def test_machine_code_takes_over() -> None:
    """The kernel of the new plan is compiled on the way, and the run goes on in machine code to the same numbers as an
    interpreted one."""
    run, plan = begun(lively(), 102), lively(**PERIODS)
    compiled = replace(run, kernel=build(run.plan))
    one = Reload(plan, ask=False)
    one.validate(compiled)
    one.build()
    one.warm(compiled, feed_of(plan))
    taken = one.switch(compiled, feed_of(plan))
    assert taken.kernel.mode == "compiled"
    _, other = reload(run, plan, ask=False)
    taken.finish()
    other.finish()
    assert ledger(taken) == ledger(other)


@pytest.mark.parametrize("stage", [Stage.BUILDING, Stage.WARMING, Stage.SWITCHING])
def test_rows_that_come_in_the_meantime_are_caught_up(stage: Stage) -> None:
    """The run goes on while the new plan is built and warmed: what comes out is what a reload at the last row makes."""
    run, plan = begun(lively(), 95), lively(**PERIODS)
    one, _ = reload(run, plan, stage, ask=False)
    for row in (98, 102, 117):
        run.advance(row)
        if one.stage is Stage.BUILDING:
            one.build(kernel_of)
        elif one.stage is Stage.WARMING:
            one.warm(run, feed_of(plan))
    taken = one.switch(run, feed_of(plan))
    assert one.stage is Stage.ACTIVE
    _, direct = reload(begun(lively(), 117), plan, ask=False)
    assert everything(taken) == everything(direct)


def _fails(*_: object, **__: object) -> Kernel:
    raise RuntimeError("no compiler")


def test_a_kernel_that_cannot_be_built() -> None:
    """Whatever a step raises, the run goes on to its own end, and stage and reason are kept."""
    run = begun(lively(), 102)
    before = everything(run)
    one = Reload(lively(**PERIODS), author="ada")
    one.validate(run)
    one.build(_fails)
    assert one.stage is Stage.REJECTED
    assert one.rejected is not None
    assert (one.rejected.stage, one.rejected.author) == (Stage.BUILDING, "ada")
    assert "no compiler" in one.rejected.problem.message
    assert everything(run) == before
    with pytest.raises(RuntimeError, match="rejected"):
        one.warm(run, feed_of(one.plan))


@pytest.mark.parametrize("field", ["cash", "locked", "positions", "equity"])
def test_money_that_would_change_stops_the_switch(field: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """A defect in carrying, made by hand: both sides are compared, the new run is thrown away, the old one lives."""
    run = begun(lively(), 102)
    before = everything(run)
    carry_shared = carrying._carry_shared

    def spoiled(old: Run, new: Run, pairing: object) -> None:
        carry_shared(old, new, pairing)  # type: ignore[arg-type]
        new.account("broker")[field] += 1

    monkeypatch.setattr(carrying, "_carry_shared", spoiled)
    one, taken = reload(run, lively(**PERIODS), ask=False)
    assert taken is run
    assert one.rejected is not None
    assert isinstance(one.rejected.problem, DefectError)
    assert f"{field} of the account broker" in one.rejected.problem.message
    assert everything(run) == before


@pytest.mark.parametrize(("part", "field"), [("position", "quantity"), ("position", "average"), ("guard", "session")])
def test_positions_and_switches_that_would_change_stop_the_switch(
    part: str, field: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The same of a position and of a kill switch."""
    carry_shared = carrying._carry_shared

    def spoiled(old: Run, new: Run, pairing: object) -> None:
        carry_shared(old, new, pairing)  # type: ignore[arg-type]
        if part == "position":
            new.state.lanes["grid_position"][field] *= 1.5
        else:
            new.state.shared["guard"][field] = 1

    monkeypatch.setattr(carrying, "_carry_shared", spoiled)
    run = begun(lively(), 102)
    one, taken = reload(run, lively(**PERIODS), ask=False)
    assert taken is run
    assert one.rejected is not None
    assert field in one.rejected.problem.message


def test_a_position_that_would_have_no_stop_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    """Promise 3: the new plan does not take over, and asset and strategy are named."""
    monkeypatch.setattr("radar.engine.reload.invariants.stop_of", lambda *_: type("S", (), {"price": float("nan")}))
    one, _ = reload(begun(lively(), 102), lively(**PERIODS), ask=False)
    assert one.rejected is not None
    assert one.rejected.problem.code == "R5034"
    assert "grid has an open position of BTC" in one.rejected.problem.message


def test_what_was_shown_is_what_is_done() -> None:
    """The digest of the preview: accepted while nothing has moved, refused when a position has, before and at the
    switch; and for another plan than the one that was shown."""
    plan = lively(**PERIODS)
    run = begun(lively(), 117)
    shown = shown_digest(run, plan)
    one, _ = reload(run, plan, ask=False, shown=shown)
    assert one.stage is Stage.ACTIVE
    for changed in (begun(lively(), 118), begun(lively(grid=LIVELY.replace("3,", "2,")), 117)):
        one, taken = reload(changed, plan, ask=False, shown=shown)
        assert one.rejected is not None
        assert (one.rejected.stage, one.rejected.problem.code) == (Stage.VALIDATING, "R5032")
        assert taken is changed
    one, _ = reload(run, plan, Stage.SWITCHING, ask=False, shown=shown)
    run.advance(118)
    assert one.switch(run, feed_of(plan)) is run
    assert one.rejected is not None
    assert (one.rejected.stage, one.rejected.problem.code) == (Stage.SWITCHING, "R5032")


def test_what_touches_positions_waits_for_approval() -> None:
    """A target that moves: the reload waits, a part of the keys is not enough, all of them let it go on."""
    run, plan = begun(lively(), 102), lively(**PERIODS)
    one, taken = reload(run, plan)
    assert (one.stage, taken) == (Stage.AWAITING_APPROVAL, run)
    assert one.missing() == ("positions/broker/grid/BTC", "positions/broker/grid/ETH")
    with pytest.raises(RuntimeError, match="awaiting_approval"):
        one.switch(run, feed_of(plan))
    one.approve(["positions/broker/grid/BTC"], "ada")
    assert one.stage is Stage.AWAITING_APPROVAL
    one.approve(["positions/broker/grid/ETH"], "ben")
    assert one.stage is Stage.SWITCHING
    assert one.switch(run, feed_of(plan)).plan is plan
    assert one.decided_by == "ben"
    given = frozenset(["positions/broker/grid/BTC", "positions/broker/grid/ETH"])
    assert reload(run, plan, approvals=given)[0].stage is Stage.ACTIVE


def test_a_position_that_opens_after_the_approval_is_not_covered_by_it() -> None:
    """Nothing was open when it was looked at; now something is, and its target would move: it waits, or is refused."""
    run, plan = begun(lively(), 51 - 1), lively(**PERIODS)
    one, _ = reload(run, plan, Stage.SWITCHING)
    assert one.stage is Stage.SWITCHING
    run.advance(52)
    assert one.switch(run, feed_of(plan)) is run
    assert one.stage is Stage.AWAITING_APPROVAL
    assert one.missing() == ("positions/broker/grid/ETH",)
    run, plan = begun(lively(), 102), lively(**PERIODS)
    one, _ = reload(run, plan, approvals=frozenset(["positions/broker/grid/BTC", "positions/broker/grid/ETH"]))
    one, _ = reload(run, plan, Stage.SWITCHING, approvals=one.approvals)
    run.advance(118)
    assert one.switch(run, feed_of(plan)) is run
    assert one.rejected is not None
    assert one.rejected.problem.code == "R5032"


def test_somebody_says_no() -> None:
    """A reload that waits can be rejected, with the reason that was given."""
    run = begun(lively(), 102)
    one, _ = reload(run, lively(**PERIODS))
    one.reject("not on a Friday", "ada")
    assert one.rejected is not None
    assert one.rejected.stage is Stage.AWAITING_APPROVAL
    assert one.rejected.problem.code == "R5035"
    assert str(one.rejected.problem).startswith("not on a Friday")
    assert one.decided_by == "ada"


def test_a_market_that_ends_too_early() -> None:
    """History that is behind the run rejects at warming, and says which bar is missing."""
    run, plan = begun(lively(), 102), lively(**PERIODS)
    one = Reload(plan)
    one.validate(run)
    one.build(kernel_of)
    feed: Feed = feed_of(plan)
    one.warm(run, replace(feed, times=feed.times[:90], market=feed.market[:90]))
    assert one.rejected is not None
    assert (one.rejected.stage, one.rejected.problem.code) == (Stage.WARMING, "R5033")
    assert isinstance(one.rejected.problem, RadarError)


def test_a_plan_that_needs_more_history_than_there_is() -> None:
    """What the reader of the market says rejects at warming; the run is as it was."""
    run = begun(lively(), 102)
    before = everything(run)
    one = Reload(lively(mean="{indicator: sma, in: candles.close, period: 900}"))
    one.validate(run)
    one.build(kernel_of)
    assert one.read(feed_of) is None
    assert one.rejected is not None
    assert (one.rejected.stage, one.rejected.problem.code) == (Stage.WARMING, "R5003")
    assert everything(run) == before


def test_the_old_run_shares_nothing_with_the_new_one() -> None:
    """After the switch the new run is driven on; the old one still has its bytes, and ends as it would have."""
    run = begun(lively(), 102)
    before = everything(run)
    _, taken = reload(run, lively(**PERIODS), ask=False)
    taken.finish()
    assert everything(run) == before
    run.finish()
    assert everything(run) == everything(begun(lively(), ROWS))
    assert np.isfinite(taken.equity[102:]).all()


def test_one_at_a_time_and_the_last_refusal_is_kept() -> None:
    """While one waits another is refused; a rejected one stays `last_rejected`, also while the next is under way, and
    until one has taken over."""
    run, plan, reloads = begun(lively(), 102), lively(**PERIODS), Reloads()
    assert reloads.last_rejected is None
    first = reloads.ask(lively(assets="[BTC]"), author="ada")
    with pytest.raises(ReloadError, match="another change by ada is under way: it is validating") as raised:
        reloads.ask(plan)
    assert raised.value.code == "R5036"
    first.validate(run)
    refused = reloads.last_rejected
    assert refused is not None
    assert (refused.stage, refused.problem.code, refused.author) == (Stage.VALIDATING, "R5031", "ada")
    second = reloads.ask(plan, ask=False)
    second.validate(run)
    second.build(kernel_of)
    second.warm(run, feed_of(plan))
    assert reloads.last_rejected is refused
    second.switch(run, feed_of(plan))
    assert second.stage is Stage.ACTIVE
    assert reloads.last_rejected is None


def test_a_copy_is_warmed_beside_the_run() -> None:
    """A thread reads a copy while the run goes on: it shares no array with it, and the switch catches up."""
    run, plan = begun(lively(), 95), lively(**PERIODS)
    one, copy = Reload(plan, ask=False), still(run)
    before = everything(copy)
    one.validate(run)
    one.build(kernel_of)
    run.advance(117)
    assert everything(copy) == before
    one.warm(copy, feed_of(plan))
    _, direct = reload(begun(lively(), 117), plan, ask=False)
    assert everything(one.switch(run, feed_of(plan))) == everything(direct)
