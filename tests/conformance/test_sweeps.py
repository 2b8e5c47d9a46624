"""A sweep is no engine of its own: a row of it is the back-test of its combination, to the last bit."""

from __future__ import annotations

import json

import pytest

from radar.engine.run import Run
from radar.engine.summary import as_metrics, refusals, total_metrics
from radar.kernel.records import RecordView
from radar.research.sweep.sweep import lay_out_sweep
from tests.conformance.cases import CASES, CONFIG, REST, finished, kernel, params, prepared

FEE = "taker_fee_percent"


def described(run: Run) -> str:
    """What a sweep keeps of a run, from the run itself: metrics as a result writes them, rows, refusals, open ones."""
    account = run.account(run.plan.executors[0].id)
    found = {
        "metrics": total_metrics(run, run.plan.executors[0].id),
        "rows": run.row - run.feed.start,
        "refusals": sum(int(one["count"]) for one in refusals(run)),
        "open_positions": int(account["positions"]),
        "liquidated": int(account["liquidated"]),
    }
    return json.dumps(found)


@pytest.mark.slow
@pytest.mark.parametrize("name", [one for one in params(compiled=True) if REST not in one.values])
def test_a_sweep_equals_the_back_tests_of_its_combinations(name: str, request: pytest.FixtureRequest) -> None:
    """The pipeline as it is, and with a dearer market order: each row is what a run of its own leaves."""
    case, (made, feed) = CASES[name], prepared(name)
    account = made.plan.executors[0]
    dearer = f"{account.id}.{FEE}={getattr(account.params, FEE) + 0.05}"
    axis = f"{account.id}.{FEE}={getattr(account.params, FEE)},{dearer.partition('=')[2]}"
    sweep = lay_out_sweep(case.text, options=[*case.overrides, axis], data=case.data, config=CONFIG, assets=case.assets)
    (group,) = sweep.groups
    assert group.space.count == 2
    assert sweep.run()

    other = Run.begin(case.prepare(overrides=[dearer]).plan, kernel(name, "compiled"), feed)
    other.finish()
    expected = [described(finished(name, "compiled")), described(other)]
    assert expected[0] != expected[1], "an axis that changes nothing would prove nothing"
    for combination in range(2):
        metrics, outcome = (RecordView(table[combination]) for table in (group.metrics, group.outcomes))
        names = ("rows", "refusals", "open_positions", "liquidated")
        found = {"metrics": as_metrics(metrics), **{part: int(getattr(outcome, part)) for part in names}}
        assert json.dumps(found) == expected[combination]
