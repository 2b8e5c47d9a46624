"""Values of the domain as messages of the API."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Any

from google.protobuf.timestamp_pb2 import Timestamp

from radar.plan.draw import wires
from radar.plan.outline import plan_data
from radar.plan.plan import Plan
from radar.spec.diagnostic import Diagnostic, Span, summary
from radar.v1 import diagnostic_pb2, plan_pb2

__all__ = ["diagnostic", "diagnostics", "instant", "plan_message", "plan_wires", "summarised"]

_SEVERITIES = {
    "error": diagnostic_pb2.SEVERITY_ERROR,
    "warning": diagnostic_pb2.SEVERITY_WARNING,
}


def instant(nanoseconds: int) -> Timestamp:
    """An instant from nanoseconds since 1970, UTC."""
    found = Timestamp()
    found.FromNanoseconds(nanoseconds)
    return found


def diagnostic(found: Diagnostic) -> diagnostic_pb2.Diagnostic:
    """A finding, complete."""
    return diagnostic_pb2.Diagnostic(
        code=found.code,
        severity=_SEVERITIES[found.severity],
        message=found.message,
        file=found.file,
        span=_span(found.span),
        expected=found.expected,
        suggestions=found.nearest,
        fix=found.fix,
        related=[
            diagnostic_pb2.RelatedPlace(message=other.message, file=other.file, span=_span(other.span))
            for other in found.related
        ],
        snippet=found.snippet,
        next_step=f"radarctl explain {found.code}",
    )


def diagnostics(found: Iterable[Diagnostic]) -> list[diagnostic_pb2.Diagnostic]:
    """Findings by file and line."""
    return [diagnostic(one) for one in sorted(found, key=lambda one: one.sort_key)]


def summarised(found: Sequence[Diagnostic]) -> diagnostic_pb2.DiagnosticSummary:
    """How many findings there are."""
    errors = sum(one.severity == "error" for one in found)
    return diagnostic_pb2.DiagnosticSummary(errors=errors, warnings=len(found) - errors, text=summary(found))


def plan_message(plan: Plan, kernel_digest: str) -> plan_pb2.Plan:
    """A plan, complete: what ``radarctl plan`` shows and its wires."""
    content = plan_data(plan, kernel_digest)
    return plan_pb2.Plan(
        pipeline=content["pipeline"],
        clock=content["clock"],
        decide_clock=content["decide"],
        assets=content["assets"],
        warm_up_bars=content["warm_up_bars"],
        nodes=[_node(node) for node in content["nodes"]],
        wires=plan_wires(plan),
        chains=[
            plan_pb2.IntentChain(strategy=chain[0], risks=chain[1:-1], executor=chain[-1])
            for chain in content["chains"]
        ],
        columns=content["columns"],
        digests=plan_pb2.PlanDigests(**content["digests"]),
        size=plan_pb2.PlanSize(**{name: content[name] for name in plan_pb2.PlanSize.DESCRIPTOR.fields_by_name}),
    )


def plan_wires(plan: Plan) -> list[plan_pb2.Wire]:
    """The edges of a plan."""
    return [
        plan_pb2.Wire(
            from_node=wire.source, from_port=wire.port, to_node=wire.target, to_input=wire.input, type=wire.type
        )
        for wire in wires(plan)
    ]


def _node(node: dict[str, Any]) -> plan_pb2.PlanNode:
    return plan_pb2.PlanNode(**node)


def _span(span: Span) -> diagnostic_pb2.Span:
    return diagnostic_pb2.Span(line=span.line, column=span.column, end_column=span.end_column)
