"""What the environment says of strategies: which of them trade at all, and which trade whatever they have earned.

Two comma lists of strategies, by the name of their values (``strategies.NAME``) or of their node; empty items are
dropped, and an unset or empty variable says nothing (operations specification 7.3):

- ``ACTIVE_STRATEGIES``: all others are kept from new positions, by the asset gate in the path of each;
- ``FORCE_STRATEGIES``: the selector in their path lets them trade.

They win over the files, and ``--set`` wins over them. As values like any other they are in the result and in the
ledger of a run, so what is made again does not read them; nor do sweeps and the tests of a pipeline, and a server reads
none but those that a request brings.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping

from radar.engine.preset import gate_of
from radar.errors import RadarError
from radar.plan.graph import reaches
from radar.spec.config import Config
from radar.spec.model import Node, Pipeline
from radar.spec.suggest import nearest
from radar.spec.tree import MapValue

__all__ = ["ACTIVE", "FORCE", "environment_overrides"]

ACTIVE = "ACTIVE_STRATEGIES"
FORCE = "FORCE_STRATEGIES"
BLOCK = "strategies."
"""Where the values of strategies stand."""


def environment_overrides(draft: Pipeline, config: Config, environment: Mapping[str, str]) -> list[str]:
    """The values that the environment gives to nodes of ``draft``, as after ``--set``.

    Raises:
        RadarError: A list names a strategy that nobody knows, or nothing can keep one from trading.
    """
    active, forced = (_listed(environment, variable, draft, config) for variable in (ACTIVE, FORCE))
    found: list[str] = []
    for strategy in (node for node in draft.nodes if node.kind.role == "strategy"):
        if active and not _names(strategy) & active:
            gate = gate_of(draft, strategy)
            if gate is None:
                raise RadarError(
                    f"{ACTIVE} leaves out {strategy.id}, and nothing in {draft.name} can keep it from trading",
                    expected="an asset gate in its path, or its name in the list",
                    next_step=f"put it into {ACTIVE}, or wire {{risk: asset_gate, in: {strategy.id}}} behind it",
                    code="R5019",
                )
            found.append(f"{gate.id}.allowed=false")
        if _names(strategy) & forced:
            nodes = {node.id: node for path in reaches(draft, strategy) for node in path}
            found += [f"{one.id}.force=true" for one in nodes.values() if "force" in one.kind.params.model_fields]
    return found


def _names(strategy: Node) -> set[str]:
    """What a user may call a strategy."""
    blocks = (path.removeprefix(BLOCK) for path in strategy.with_paths if path.startswith(BLOCK))
    return {strategy.id, *blocks}


def _listed(environment: Mapping[str, str], variable: str, draft: Pipeline, config: Config) -> set[str]:
    listed = {item.strip() for item in environment.get(variable, "").split(",")} - {""}
    known: Collection[str] = {name for node in draft.nodes if node.kind.role == "strategy" for name in _names(node)}
    blocks = config.blocks.get(BLOCK.rstrip("."))
    if isinstance(blocks, MapValue):
        known = {*known, *(entry.key.text for entry in blocks.entries)}
    for name in sorted(listed - {*known}):
        close = nearest(name, sorted(known))
        raise RadarError(
            f"{variable} names {name}, and there is no such strategy",
            expected=f"a comma list of {', '.join(sorted(known))}",
            next_step=f"did you mean {', '.join(close)}?" if close else f"correct or unset {variable}",
            code="R5019",
        )
    return listed
