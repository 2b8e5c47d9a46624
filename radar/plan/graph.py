"""Edges, their types, and the order of nodes. Every problem of the wiring is a diagnostic, all given at once."""

from __future__ import annotations

import heapq
from collections.abc import Collection, Iterator, Mapping

from radar.nodes.port import INTENTS, Input, PortType
from radar.plan.chain import share_asset
from radar.spec.diagnostic import Diagnostic, Related, SpecError
from radar.spec.findings import Findings
from radar.spec.model import Node, Pipeline, Reference
from radar.spec.source import Span
from radar.spec.suggest import nearest

__all__ = ["INTENTS", "check_graph", "order", "reaches"]


def check_graph(pipeline: Pipeline, used: Collection[str] = ()) -> tuple[Diagnostic, ...]:
    """Everything that is wrong with the wiring. ``used`` are nodes whose outputs are read from outside."""
    findings = Findings()
    nodes = {node.id: node for node in pipeline.nodes}
    for node in pipeline.nodes:
        for port, references in node.inputs.items():
            _check_port(pipeline, nodes, node, port, references, findings)
        _check_missing(pipeline, node, findings)
    _check_cycles(pipeline, findings)
    _check_unused(pipeline, used, findings)
    _check_executors(pipeline, nodes, findings)
    _check_owners(pipeline, findings)
    return findings.sorted()


def order(pipeline: Pipeline) -> tuple[Node, ...]:
    """The nodes, each behind those that it reads; where the wires leave it open, in the order of the file.

    Raises:
        SpecError: The wires form a circle.
    """
    position = {node.id: index for index, node in enumerate(pipeline.nodes)}
    waiting = {node.id: len(upstream(node, position)) for node in pipeline.nodes}
    readers: dict[str, list[str]] = {node.id: [] for node in pipeline.nodes}
    for node in pipeline.nodes:
        for source in upstream(node, position):
            readers[source].append(node.id)
    ready = [position[one] for one, count in waiting.items() if count == 0]
    heapq.heapify(ready)
    ordered: list[Node] = []
    while ready:
        node = pipeline.nodes[heapq.heappop(ready)]
        ordered.append(node)
        for reader in readers[node.id]:
            waiting[reader] -= 1
            if waiting[reader] == 0:
                heapq.heappush(ready, position[reader])
    if len(ordered) < len(pipeline.nodes):
        findings = Findings()
        _check_cycles(pipeline, findings)
        raise SpecError(findings.sorted())
    return tuple(ordered)


def upstream(node: Node, known: Collection[str]) -> list[str]:
    """The nodes that ``node`` reads, each once, in the order of its inputs; unknown ones left out."""
    found = [reference.node for references in node.inputs.values() for reference in references]
    return [one for one in dict.fromkeys(found) if one in known]


def reaches(pipeline: Pipeline, start: Node) -> Iterator[tuple[Node, ...]]:
    """Every path of the intent of ``start``, from it to an executor, both included."""
    ahead: dict[str, list[Node]] = {node.id: [] for node in pipeline.nodes}
    for node in pipeline.nodes:
        for reference in _intent_references(pipeline, node):
            if node not in ahead[reference.node]:
                ahead[reference.node].append(node)

    def walk(path: tuple[Node, ...]) -> Iterator[tuple[Node, ...]]:
        if path[-1].kind.role == "executor":
            yield path
            return
        for following in ahead[path[-1].id]:
            if following not in path:
                yield from walk((*path, following))

    return walk((start,))


def _intent_references(pipeline: Pipeline, node: Node) -> Iterator[Reference]:
    nodes = {one.id: one for one in pipeline.nodes}
    for references in node.inputs.values():
        for reference in references:
            source = nodes.get(reference.node)
            output = source.output(reference.port) if source else None
            if output is not None and output[1].type in INTENTS:
                yield reference


def _check_port(
    pipeline: Pipeline,
    nodes: Mapping[str, Node],
    node: Node,
    port: str,
    references: tuple[Reference, ...],
    findings: Findings,
) -> None:
    declared = node.kind.inputs.get(port)
    if declared is None:
        findings.add(
            "R3003",
            f"{node.title} has no input {port}",
            pipeline.place(node.port_spans.get(port, node.span)),
            expected=f"one of {', '.join(node.kind.inputs)}" if node.kind.inputs else "no inputs",
            nearest=nearest(port, [name for name in node.kind.inputs if name not in node.inputs]),
        )
    elif len(references) > 1 and not declared.many:
        findings.add(
            "R3006",
            f"input {port} of {node.title} takes one value, not {len(references)}",
            pipeline.place(references[1].span),
            expected="one node, or node.port",
        )
    first: dict[tuple[str, str], Reference] = {}
    for reference in references:
        source = nodes.get(reference.node)
        if source is None:
            _unknown_node(pipeline, node, declared, reference, findings)
            continue
        output = source.output(reference.port)
        if output is None:
            _unknown_output(pipeline, source, declared, reference, findings)
            continue
        if declared is not None and not declared.takes(output[1].type):
            _misfit(pipeline, node, port, declared, source, reference, findings)
        key = (source.id, output[0])
        if key in first:
            findings.add(
                "R3010",
                f"{source.id}.{output[0]} is wired twice into {port} of {node.id}",
                pipeline.place(reference.span),
                fix="remove one of the two",
                related=[Related.at(pipeline.place(first[key].span), "first wired here")],
            )
        first.setdefault(key, reference)


def _unknown_node(
    pipeline: Pipeline, node: Node, declared: Input | None, reference: Reference, findings: Findings
) -> None:
    if reference.node in pipeline.unreadable:
        return
    fitting = _fitting(pipeline, declared, node) if declared else [one.id for one in pipeline.nodes]
    close = nearest(reference.node, [one.partition(".")[0] for one in fitting])
    ends = [
        f"{one}.{reference.port}" if reference.port and f"{one}.{reference.port}" in fitting else one for one in close
    ]
    findings.add(
        "R3001",
        f"there is no node called {reference.node}",
        pipeline.place(reference.span),
        expected=f"a node that gives {_types(declared)}" if declared else "a node of this pipeline",
        nearest=ends or nearest(reference.node, [one.id for one in pipeline.nodes]),
        fix="" if ends or not fitting else f"{_listed(fitting)} {_exist(fitting)}",
    )


def _unknown_output(
    pipeline: Pipeline, source: Node, declared: Input | None, reference: Reference, findings: Findings
) -> None:
    outputs = source.kind.outputs
    fitting = [name for name, output in outputs.items() if declared is None or declared.takes(output.type)]
    message = f"{source.title} has no output {reference.port}" if reference.port else f"{source.title} has no output"
    findings.add(
        "R3002",
        message,
        pipeline.place(reference.span),
        expected=f"one of {', '.join(f'{source.id}.{name}' for name in fitting or outputs)}" if outputs else "",
        nearest=[f"{source.id}.{name}" for name in nearest(reference.port, fitting or outputs)],
    )


def _misfit(
    pipeline: Pipeline,
    node: Node,
    port: str,
    declared: Input,
    source: Node,
    reference: Reference,
    findings: Findings,
) -> None:
    output = source.output(reference.port)
    given = output[1].type if output else ""
    name = output[0] if output else reference.port
    fitting = _fitting(pipeline, declared, node)
    own = [one for one in fitting if one.partition(".")[0] == source.id]
    candidates = own or fitting
    findings.add(
        "R3005",
        f"{source.id}.{name} gives {_article(given)}, but {port} of {node.title} takes {_types(declared)}",
        pipeline.place(reference.span),
        expected=_types(declared),
        fix=f"{_listed(candidates)} {_exist(candidates)}" if candidates else _producers(declared),
    )


def _fitting(pipeline: Pipeline, declared: Input, reader: Node) -> list[str]:
    """Outputs of the pipeline that may be wired into an input, as they would be written; first outputs first."""
    found = []
    for node in pipeline.nodes:
        if node.id == reader.id:
            continue
        default = next(iter(node.kind.outputs), "")
        for name, output in node.kind.outputs.items():
            if declared.takes(output.type):
                found.append(node.id if name == default else f"{node.id}.{name}")
    return sorted(found, key=lambda one: "." in one)


def _producers(declared: Input) -> str:
    return f"no node of this pipeline gives {_types(declared)}; radarctl node list shows which kinds do"


def _types(declared: Input | None) -> str:
    return " or ".join(_article(one) for one in declared.types) if declared else ""


def _article(given: str) -> str:
    words = {
        PortType.SIZED: "a sized intent",
        PortType.APPROVED: "an approved intent",
        PortType.INTENT: "an intent",
        PortType.FILLS: "fills",
        PortType.REFUSALS: "refusals",
    }
    return words.get(PortType(given), f"a {given}") if given else "nothing"


def _listed(names: list[str], most: int = 4) -> str:
    return ", ".join(names[:most]) + (f" and {len(names) - most} more" if len(names) > most else "")


def _exist(names: list[str]) -> str:
    return "exists and has the right type" if len(names) == 1 else "exist and have the right type"


def _check_missing(pipeline: Pipeline, node: Node, findings: Findings) -> None:
    for name, declared in node.kind.inputs.items():
        if declared.optional or name in node.inputs:
            continue
        fitting = _fitting(pipeline, declared, node)
        findings.add(
            "R3004",
            f"input {name} of {node.title} is not wired",
            pipeline.place(node.span),
            expected=f"{_types(declared)}: {declared.about}",
            fix=f"{_listed(fitting)} {_exist(fitting)}" if fitting else _producers(declared),
        )


def _check_cycles(pipeline: Pipeline, findings: Findings) -> None:
    """Report one circle for every set of nodes that are entangled."""
    nodes = {node.id: node for node in pipeline.nodes}
    done: set[str] = set()
    for start in nodes:
        if start in done:
            continue
        path: list[str] = [start]
        branches = [iter(upstream(nodes[start], nodes))]
        while branches:
            source = next(branches[-1], None)
            if source is None:
                done.add(path.pop())
                branches.pop()
            elif source in path:
                _report_cycle(pipeline, nodes, path[path.index(source) :], findings)
                done.update(path)
            elif source not in done:
                path.append(source)
                branches.append(iter(upstream(nodes[source], nodes)))


def _report_cycle(pipeline: Pipeline, nodes: Mapping[str, Node], circle: list[str], findings: Findings) -> None:
    """``circle``: each node reads the next one, the last reads the first; shown in the direction of the data."""
    flow = [circle[0], *reversed(circle)]
    reference = next(
        one for references in nodes[circle[-1]].inputs.values() for one in references if one.node == circle[0]
    )
    findings.add(
        "R3007",
        f"the wires form a circle: {' -> '.join(flow)}",
        pipeline.place(reference.span),
        expected="wires that lead from a source to a sink",
        fix="remove one of these wires",
    )


def _check_unused(pipeline: Pipeline, used: Collection[str], findings: Findings) -> None:
    read = {one for node in pipeline.nodes for one in upstream(node, {other.id for other in pipeline.nodes})}
    read |= {one for references in pipeline.unreadable.values() for one in references}
    for node in pipeline.nodes:
        if node.kind.role in ("executor", "sink") or node.id in read or node.id in used:
            continue
        what = "trades nothing" if node.kind.role in ("strategy", "risk") else "is computed for nothing"
        findings.add(
            "R3008",
            f"nobody reads {node.title}: it {what}",
            pipeline.place(node.span),
            fix=f"wire {node.id} into the node that needs it, or remove it",
        )


def _check_executors(pipeline: Pipeline, nodes: Mapping[str, Node], findings: Findings) -> None:
    for node in pipeline.nodes:
        if node.kind.role != "strategy":
            continue
        ends: dict[str, Node] = {}
        for path in reaches(pipeline, node):
            ends.setdefault(path[-1].id, path[-1])
        if len(ends) < 2:
            continue
        first, second = list(ends.values())[:2]
        findings.add(
            "R3009",
            f"{first.id} and {second.id} both take the intent of {node.id}: every entry would be made twice",
            pipeline.place(_wire(second, nodes) or second.span),
            expected="one executor for a strategy",
        )


def _wire(executor: Node, nodes: Mapping[str, Node]) -> Span | None:
    for references in executor.inputs.values():
        for reference in references:
            if reference.node in nodes:
                return reference.span
    return None


def _check_owners(pipeline: Pipeline, findings: Findings) -> None:
    """Two strategies that want the same side of an asset in one account, and slots that are there twice."""
    owners: dict[tuple[str, str, str], list[Node]] = {}
    told: set[tuple[str, str]] = set()
    for node in pipeline.nodes:
        if node.kind.role != "strategy" or "sides" in node.faulty:
            continue
        for executor in dict.fromkeys(path[-1].id for path in reaches(pipeline, node)):
            for asset in pipeline.assets:
                for side in getattr(node.params_for(asset.name), "sides", ()):
                    others = owners.setdefault((executor, asset.name, side), [])
                    owner = next((other for other in others if not _apart(other, node, asset.name)), None)
                    others.append(node)
                    if owner is None or (owner.id, node.id) in told:
                        continue
                    told.add((owner.id, node.id))
                    findings.add(
                        "R3012",
                        f"{owner.id} and {node.id} both want {asset.name} {side} in the account {executor}",
                        pipeline.place(node.span),
                        expected="one owner for a side of an asset in an account",
                        fix="give the strategies different sides, assets or accounts",
                        related=[Related.at(pipeline.place(owner.span), f"{owner.id} is here")],
                    )


def _apart(first: Node, second: Node, asset: str) -> bool:
    """Whether two strategies are made to hold the asset beside each other: two slots that differ in something."""
    return share_asset(first, second) and first.params_for(asset) != second.params_for(asset)
