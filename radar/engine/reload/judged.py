"""What the risk nodes of a chain say of an entry at the next bar: by the kernel's own function, interpreted."""

from __future__ import annotations

from functools import lru_cache
from typing import Any

import numpy as np

from radar.engine.run import Run
from radar.kernel.records import RecordArray, RecordView
from radar.market.account import Moment
from radar.plan.chain import Chain
from radar.plan.layout import field_name

__all__ = ["approval_of"]


@lru_cache(maxsize=8)
def _functions(text: str) -> dict[str, Any]:
    """The functions of a generated kernel."""
    found: dict[str, Any] = {}
    # The text is our own: it is what the compiler gets.
    exec(compile(text, "<generated kernel>", "exec"), found)  # noqa: S102
    return found


def approval_of(run: Run, chain: Chain, lane: int) -> RecordView:
    """Sizes and refusals for an order that would rest in the next bar. Nothing of ``run`` changes."""
    functions = _functions(run.kernel.source)
    name = field_name(chain.strategy)
    lanes, shared = run.state.lanes.copy(), run.state.shared.copy()
    params = RecordArray(run.state.params)
    terms = run.plan.node(chain.strategy).kind.terms
    assert terms is not None
    time = int(lanes[lane]["series"]["time"]) + run.plan.base.milliseconds
    moment = Moment(run.row, time, lane, chain.number, False)
    series = lanes[lane]["series"]
    with np.errstate(all="ignore"):
        functions[f"{name}_approval"](
            RecordArray(lanes),
            lane,
            params,
            RecordView(shared[0]),
            terms(getattr(params[lane], name)),
            moment,
            int(series["bars"]),
            int(series["gaps"]),
        )
    return RecordView(lanes[lane]["approval"])
