"""R503x: a running run that is to go on with another plan."""

from __future__ import annotations

from radar.spec.codes.code import Code

CODES = (
    Code(
        "R5031",
        "a plan that cannot take over",
        "A run goes on with another plan only where everything that it holds has a place in it. A strategy that goes, "
        "changes its kind or moves to another account must hold nothing; a parameter that is locked, a clock, and an "
        "asset that goes take a new run. The old plan runs on.",
    ),
    Code(
        "R5032",
        "not what was shown",
        "A change is applied as it was shown: between the same two plans, with the same positions open. One of them is "
        "another one by now, so what would happen must be looked at again. The old plan runs on.",
    ),
    Code(
        "R5033",
        "the market of the new plan does not hold what the run has seen",
        "The new plan is warmed up from stored history, up to the bar at which it takes over. A bar that the run was "
        "told is not in that history, or the history ends before it. The old plan runs on.",
    ),
    Code(
        "R5034",
        "a position that the new plan would leave without a stop",
        "Every open position has a protective stop. Under the new plan this one would have none, so the new plan does "
        "not take over. The old plan runs on, and its stop stays in force.",
    ),
    Code(
        "R5035",
        "a change that nobody approved",
        "What touches positions, limits or accounts is done only after somebody has approved it by name. It was "
        "rejected, or what was approved is not all that needs it. The old plan runs on.",
    ),
    Code(
        "R5036",
        "another change is under way",
        "A run changes its plan in steps, and one change has not ended. It may be waiting for somebody to approve it.",
    ),
)
