"""The selector: each rule of its table, when it is judged, and in a run."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from radar.engine.load import load
from radar.engine.result import Result
from radar.market.approval import approval_refusal
from radar.market.reason import Refusal
from tests.acceptance.harness import PIPELINES
from tests.nodes.risk.harness import HOUR, Risk
from tests.nodes.risk.test_kill_switch import FALL
from tests.nodes.strategy.harness import bars, run
from tests.nodes.strategy.test_grid_atr import CALM, DIP, TEXT


def allowed(node: Risk) -> bool:
    """Whether a new position may begin; a running cycle always may go on."""
    approval = node.approve()
    assert approval_refusal(approval, -1, False) == 0
    cause = approval_refusal(approval, 1, True)
    assert cause in (0, Refusal.NOT_ALLOWED)
    return cause == 0


def verdict(nets: Sequence[float], **params: Any) -> bool:
    """The verdict on these trades at the next mark."""
    node = Risk("selector", **params)
    node.learn(*nets)
    node.observe(0, 10_000.0)
    return allowed(node)


@pytest.mark.parametrize(
    ("nets", "params", "expected"),
    [
        ([], {}, True),
        ([], {"bypass": False}, False),
        ([], {"bypass": False, "min_trades": 0}, True),
        ([-5.0, -5.0], {}, True),
        ([5.0, 5.0], {"bypass": False}, False),
        ([5.0, 5.0, 5.0], {"bypass": False}, True),
        ([5.0, 5.0, -10.0], {}, False),
        ([5.0, 5.0, -10.0], {"force": True}, True),
        ([5.0, 5.0, -9.0], {}, True),
        ([5.0, 5.0, -9.0], {"min_profit_factor": 1.2}, False),
        ([5.0, 5.0, -9.0], {"min_profit_factor": 1.2, "force": True}, True),
        ([6.0, 6.0, -10.0], {"min_profit_factor": 1.2}, True),
        ([5.0, 5.0], {"bypass": False, "force": True}, False),
        ([0.0, 0.0, 0.0], {}, False),
    ],
)
def test_each_rule(nets: Sequence[float], params: dict[str, Any], expected: bool) -> None:
    """Too few trades before profit, profit before factor; force overrides only the last two."""
    assert verdict(nets, **params) == expected


@given(
    nets=st.lists(st.sampled_from([-3.0, -1.0, 0.0, 1.0, 2.0]), max_size=8),
    least=st.integers(0, 5),
    factor=st.sampled_from([0.0, 0.5, 1.0, 2.0]),
    force=st.booleans(),
    bypass=st.booleans(),
)
def test_the_table_of_the_specification(
    nets: list[float], least: int, factor: float, force: bool, bypass: bool
) -> None:
    """Rules 3 to 8 of operations 2.11, one after the other, on whole lists of trades."""
    wins, losses = sum(net for net in nets if net > 0), -sum(net for net in nets if net <= 0)
    if bypass and len(nets) < least:
        expected = True
    elif len(nets) < least:
        expected = False
    elif not nets:
        expected = True
    elif sum(nets) <= 0 or (losses > 0 and wins / losses < factor):
        expected = force
    else:
        expected = True
    assert verdict(nets, min_trades=least, min_profit_factor=factor, force=force, bypass=bypass) == expected


def test_it_is_judged_once_an_interval() -> None:
    """Two hours between verdicts: a loss behind the first mark is seen at the mark two hours later."""
    node = Risk("selector", min_trades=1, eval_interval_seconds=7200)
    found = []
    for hour in range(4):
        node.observe(hour * HOUR, 10_000.0)
        found.append(allowed(node))
        if hour == 0:
            node.learn(-1.0)
    assert found == [True, True, False, False]


def test_before_the_first_mark_the_rules_hold_already() -> None:
    """Without bypass the first bar trades nothing."""
    assert allowed(Risk("selector"))
    assert not allowed(Risk("selector", bypass=False))


CHOSEN = TEXT.replace("SIDES", "[long]").replace(
    "risk: margin_guard, in: sized, max_margin_ratio: 1", "risk: selector, in: sized, min_trades: 1"
)


def trade(*options: str) -> Result:
    """A losing cycle, and another chance long after it."""
    return run(CHOSEN, bars(CALM, 55, FALL, *[CALM] * 20, DIP), overrides=list(options))


def test_a_loser_is_denied_and_counted() -> None:
    """The second dip is refused as not allowed; forced, it is taken; without bypass not even the first is."""
    result = trade()
    assert [one["reason"] for one in result.trades()] == ["sl"]
    assert [(one["cause"], one["count"]) for one in result.refusals] == [("not_allowed", 1)]
    assert result.open_positions == []
    forced = trade("guard.force=true")
    assert len(forced.open_positions) == 1
    never = trade("guard.bypass=false")
    assert (len(never.fill_rows), {one["cause"] for one in never.refusals}) == (0, {"not_allowed"})


@pytest.mark.parametrize(("set_to", "expected"), [(None, True), ("false", False), ("true", True)])
def test_the_environment_overrides_the_cold_start(
    set_to: str | None, expected: bool, monkeypatch: pytest.MonkeyPatch
) -> None:
    """SELECTOR_BYPASS_AT_BOOT wins over the shipped value, which is what counts without it."""
    monkeypatch.delenv("SELECTOR_BYPASS_AT_BOOT", raising=False)
    if set_to is not None:
        monkeypatch.setenv("SELECTOR_BYPASS_AT_BOOT", set_to)
    text = (PIPELINES / "grid_atr.yaml").read_text(encoding="utf-8")
    text = text.replace(
        "  guard: {risk: margin_guard, in: sized,",
        "  chosen: {risk: selector, in: sized, with: risk.selector}\n  guard: {risk: margin_guard, in: chosen,",
    )
    loaded = load(text, config=PIPELINES.parent / "config").require()
    (chosen,) = (node for node in loaded.nodes if node.id == "chosen")
    assert chosen.params.model_dump()["bypass"] is expected
