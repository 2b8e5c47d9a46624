"""A preset of ``config/portfolios.yaml`` put into the words in which a back-test is asked for."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from pathlib import Path

from radar.engine.source import MarketData
from radar.errors import RadarError
from radar.market.statistics import DAY
from radar.plan.graph import reaches
from radar.plan.plan import Plan
from radar.spec.config import Config
from radar.spec.diagnostic import SpecError
from radar.spec.findings import Findings
from radar.spec.model import Node, Pipeline
from radar.spec.presets import Preset
from radar.spec.suggest import nearest

GATE = "asset_gate"
"""The kind that leaves assets to a strategy."""


def find_preset(config: Config, name: str) -> Preset:
    """The preset called ``name``.

    Raises:
        RadarError: There is none.
    """
    if name in config.presets:
        return config.presets[name]
    close = nearest(name, config.presets)
    raise RadarError(
        f"there is no preset {name}" if config.presets else f"there is no preset {name}: no preset is defined",
        expected=f"one of {', '.join(config.presets)}" if config.presets else "presets in portfolios.yaml",
        next_step=f"did you mean {', '.join(close)}?"
        if close
        else "write it into portfolios.yaml of the configuration",
        code="R5014",
    )


def preset_pipeline(config: Config, name: str) -> Path:
    """The pipeline file that a preset names.

    Raises:
        RadarError: There is no such preset, or it names no pipeline.
    """
    preset = find_preset(config, name)
    if not preset.pipeline:
        raise RadarError(
            f"the preset {name} names no pipeline",
            expected="a pipeline file on the command line, or the key pipeline in the preset",
            next_step=f"radarctl backtest PIPELINE --preset {name}",
            code="R5014",
        )
    return Path(config.folder).parent / preset.pipeline


def preset_overrides(preset: Preset, draft: Pipeline) -> list[str]:
    """The values that leave to each strategy of ``draft`` the assets that the preset gives it, as after ``--set``.

    Raises:
        SpecError: The preset names a strategy that the pipeline does not have, or one without a gate.
    """
    if not preset.strategies:
        return []
    findings = Findings()
    strategies = {node.id: node for node in draft.nodes if node.kind.role == "strategy"}
    for name, place in preset.places.items():
        if name not in strategies:
            findings.add(
                "R2031",
                f"{draft.name} has no strategy node {name}",
                place,
                expected=f"one of {', '.join(strategies)}",
                nearest=nearest(name, strategies),
            )
    found: list[str] = []
    for name, node in strategies.items():
        gate = gate_of(draft, node)
        if gate is not None:
            found += _values(gate, preset.strategies.get(name, ()), [asset.name for asset in draft.assets])
        elif not findings.any_errors:
            place = preset.places.get(name) or next(iter(preset.places.values()))
            findings.add(
                "R2031",
                f"nothing in {draft.name} leaves assets to {name} alone",
                place,
                expected=f"a node of its own behind it: {name}_assets: {{risk: {GATE}, in: {name}}}",
            )
    if findings.any_errors:
        raise SpecError(findings.sorted())
    return found


def gate_of(draft: Pipeline, strategy: Node) -> Node | None:
    """The gate through which the intent of this strategy goes, and of no other."""
    for path in reaches(draft, strategy):
        for node in path:
            if node.kind.name == GATE and all(one.node == strategy.id for one in node.inputs.get("in", ())):
                return node
    return None


def _values(gate: Node, allowed: Sequence[str], assets: Sequence[str]) -> Iterator[str]:
    for asset in assets:
        yield f"{gate.id}.per_asset.{asset}.allowed={str(asset in allowed).lower()}"


def last_days(plan: Plan, data: MarketData, days: int, end: int | None) -> int:
    """The first bar open of the last ``days`` days before ``end``, or before the end of the longest series."""
    if end is None:
        last = max(int(data.candles(asset, plan.base).time[-1]) for asset in plan.assets)
        end = last + plan.base.milliseconds
    return end - days * DAY
