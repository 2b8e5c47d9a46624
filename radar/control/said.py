"""Values of the domain as messages of the API."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from google.protobuf.timestamp_pb2 import Timestamp

from radar.plan.diff import PlanDifference
from radar.plan.draw import wires
from radar.plan.outline import plan_data
from radar.plan.plan import Plan
from radar.spec.diagnostic import Diagnostic, Span, summary
from radar.v1 import diagnostic_pb2, plan_pb2

__all__ = ["comparison", "diagnostic", "diagnostics", "instant", "plan_message", "plan_wires", "problem", "summarised"]

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


def comparison(found: PlanDifference, base_revision: str) -> plan_pb2.PlanComparison:
    """What replacing a plan does to every node. Nothing runs it, so nothing is to be approved or stands in the way."""
    return plan_pb2.PlanComparison(
        base_revision=base_revision,
        changed=found.changed,
        nodes=[
            plan_pb2.NodeChange(
                node=one.node,
                was=one.was,
                kind=one.kind,
                effect=plan_pb2.NodeEffect.Value(f"NODE_EFFECT_{one.fate.upper()}"),
                reasons=one.reasons,
                parameters=[
                    plan_pb2.ParameterChange(
                        parameter=each.parameter, asset=each.asset, before=each.before, after=each.after
                    )
                    for each in one.parameters
                ],
                wiring=one.wiring,
                rewarm_bars=one.rewarm_bars,
                needs_approval=one.needs_approval,
            )
            for one in found.nodes
        ],
        added_assets=found.added_assets,
        removed_assets=found.removed_assets,
    )


def problem(found: Mapping[str, Any]) -> diagnostic_pb2.Problem:
    """A problem from its plain data, as a job writes it."""
    said = diagnostic_pb2.Problem(
        code=str(found.get("code", "")),
        message=str(found.get("message", "")),
        expected=str(found.get("expected", "")),
        next_step=str(found.get("next_step", "")),
        defect=bool(found.get("defect")),
    )
    for one in found.get("diagnostics", ()):
        related = [
            diagnostic_pb2.RelatedPlace(message=other["message"], file=other["file"], span=_place(other))
            for other in one["related"]
        ]
        said.diagnostics.append(
            diagnostic_pb2.Diagnostic(
                code=one["code"],
                severity=_SEVERITIES[one["severity"]],
                message=one["message"],
                file=one["file"],
                span=_place(one),
                expected=one["expected"],
                suggestions=one["nearest"],
                fix=one["fix"],
                related=related,
                snippet=one["snippet"],
                next_step=f"radarctl explain {one['code']}",
            )
        )
    return said


def _place(found: Mapping[str, Any]) -> diagnostic_pb2.Span:
    return diagnostic_pb2.Span(**{name: found[name] for name in ("line", "column", "end_column")})
