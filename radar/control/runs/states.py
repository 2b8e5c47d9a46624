"""StateService, as far as it looks at what is written: the nodes of a run, and the events of its ledger.

The state of a node, metrics, taps and explanations are not here yet, and answer that they are not.
"""

from __future__ import annotations

from collections.abc import Sequence

from radar.control.pages import cursor_of, cursor_token, page_of
from radar.control.runs.known import KnownRuns
from radar.control.runs.sequence import Numbered
from radar.control.runs.tail import PAGE
from radar.control.runs.trading import moment
from radar.control.runs.watching import kinds_of
from radar.control.source import read_source
from radar.control.work import Work
from radar.control.worker.source import milliseconds
from radar.plan.outline import plan_data
from radar.plan.plan import Plan, make_plan
from radar.store.registry.runs import KeptRun
from radar.v1 import event_pb2, pipeline_pb2, plan_pb2, state_pb2
from radar.v1 import state_service_pb2 as pb

__all__ = ["StateService", "nodes_of", "plan_of"]

MOST_LOOKED = 20_000
"""Events that one page looks through for those that fit."""


class StateService:
    """Answers for what goes on inside runs."""

    def __init__(self, runs: KnownRuns, work: Work) -> None:
        self._runs = runs
        self._work = work

    async def list_nodes(self, request: pb.ListNodesRequest) -> pb.ListNodesResponse:
        """The nodes of a run, in the order in which they run."""
        kept = await self._runs.get(request.run)
        every = await self._work.run(_run_nodes, kept)
        some, token = page_of(every, request)
        return pb.ListNodesResponse(nodes=some, next_page_token=token)

    async def list_run_events(self, request: pb.ListRunEventsRequest) -> pb.ListRunEventsResponse:
        """Events of a run's ledger, in order."""
        kept = await self._runs.get(request.run)
        kinds_of(request.kinds)
        numbered, work = self._runs.tail(kept).numbered, self._runs.supervisor.work
        last = await work.run(numbered.advance)
        start, size = cursor_of(request, last + 1)
        after = start if request.page_token else request.after_sequence
        found: list[event_pb2.RunEvent] = []
        looked = 0
        while after < last and len(found) < size and looked < MOST_LOOKED:
            some = await work.run(_fitting, numbered, request, after)
            for sequence, event in some:
                after = sequence
                if event is not None:
                    found.append(event)
                if len(found) == size:
                    break
            looked += len(some)
        return pb.ListRunEventsResponse(
            events=found, next_page_token=cursor_token(request, after) if after < last else ""
        )


def plan_of(kept: KeptRun) -> Plan:
    """The plan of a run, from its text and values."""
    return make_plan(read_source(pipeline_pb2.PipelineSource.FromString(kept.source), None).require())


def nodes_of(kept: KeptRun) -> Sequence[plan_pb2.PlanNode]:
    """How the nodes of a run are laid out, in the order in which they run."""
    content = plan_data(plan_of(kept), kept.settings["digests"]["kernel"])
    return [plan_pb2.PlanNode(**node) for node in content["nodes"]]


def _run_nodes(kept: KeptRun) -> list[state_pb2.RunNode]:
    seen = kept.seen
    rows = seen.get("row", 0)
    found = []
    for node in nodes_of(kept):
        left = max(0, node.look_back_bars - rows) if seen else node.look_back_bars
        state, reason = state_pb2.NODE_STATE_OK, ""
        if kept.has_ended:
            state, reason = state_pb2.NODE_STATE_DISABLED, f"the run has ended: {kept.state}"
        elif kept.state != "RUNNING" or left:
            state, reason = state_pb2.NODE_STATE_WARMING, f"the run is {kept.state}, and {left:,} bars are missing"
        message = state_pb2.RunNode(plan=node, state=state, reason=reason)
        message.metrics.node, message.metrics.state_bytes, message.metrics.warm_up_left = (
            node.node,
            node.state_bytes,
            left,
        )
        if seen.get("time") is not None:
            message.metrics.event_time.CopyFrom(moment(seen["time"]))
        found.append(message)
    return found


def _fitting(
    numbered: Numbered, request: pb.ListRunEventsRequest, after: int
) -> list[tuple[int, event_pb2.RunEvent | None]]:
    """The next events with their numbers; None in the place of one that is not asked for."""
    start, end = milliseconds(request.period)

    def fits(event: event_pb2.RunEvent) -> bool:
        when = event.event_time.ToMilliseconds()
        return (
            (not request.kinds or event.kind in request.kinds)
            and (not request.nodes or event.node in request.nodes)
            and (not request.assets or event.asset in request.assets)
            and (start is None or when >= start)
            and (end is None or when < end)
        )

    return [(event.sequence, event if fits(event) else None) for event in numbered.read(after, PAGE)]
