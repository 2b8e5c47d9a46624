"""``config/portfolios.yaml``: named ways to run a pipeline as a portfolio: capital, period, assets, strategies."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from radar.nodes.params import NodeParams, param
from radar.spec.assets import AssetTable, choose_assets
from radar.spec.fields import check_model, read_fields
from radar.spec.findings import Findings
from radar.spec.source import Place
from radar.spec.suggest import nearest
from radar.spec.tree import Entry, MapValue, describe

__all__ = ["Preset", "read_presets"]

_LISTS = ("assets", "strategies")


class PresetParams(NodeParams):
    """Single values of a preset."""

    about: str = param("", "What it is for.")
    pipeline: str = param("", "Pipeline file that it runs when the command names none.")
    capital: float | None = param(None, "Initial capital of every account.", unit="USDT", gt=0)
    days: int | None = param(None, "Length of the period, to the end of the data.", unit="days", ge=1, le=100_000)


@dataclass(frozen=True)
class Preset:
    """A checked preset. What is None, or empty, is left to the pipeline.

    ``pipeline`` is a path seen from the folder that holds the configuration folder. ``strategies`` maps a strategy node
    to the only assets that it may trade; where it is not empty, a strategy that is not in it trades nothing.
    ``places`` are where the strategies are written.
    """

    name: str
    about: str = ""
    pipeline: str = ""
    capital: float | None = None
    days: int | None = None
    assets: tuple[str, ...] | None = None
    strategies: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    places: Mapping[str, Place] = field(default_factory=dict)


def read_presets(root: MapValue, table: AssetTable, findings: Findings) -> dict[str, Preset]:
    """Read the file of presets; assets are those of ``table``."""
    found = {}
    for entry in root:
        if isinstance(entry.value, MapValue):
            found[entry.name] = _preset(entry, entry.value, table, findings)
        else:
            findings.add(
                "R2003", f"{entry.name} is {describe(entry.value)}", entry.value.place, expected="a mapping of values"
            )
    return found


def _preset(entry: Entry, body: MapValue, table: AssetTable, findings: Findings) -> Preset:
    written: dict[str, Entry] = {}
    for one in body:
        if one.name in PresetParams.model_fields:
            written[one.name] = one
        elif one.name not in _LISTS:
            known = (*PresetParams.model_fields, *_LISTS)
            findings.add(
                "R2001",
                f"unknown key {one.name}",
                one.key.place,
                expected=", ".join(known),
                nearest=nearest(one.name, known),
            )
    values = read_fields(PresetParams, written, entry.name, findings)
    places = {name: one.value.place for name, one in written.items()}
    params = check_model(PresetParams, values, places, entry.key.place, findings)[0]
    named = body.get("assets")
    assets = None if named is None else tuple(one.name for one in choose_assets(named, table, findings))
    strategies, places = _strategies(body, assets, table, findings)
    return Preset(entry.name, params.about, params.pipeline, params.capital, params.days, assets, strategies, places)


def _strategies(
    body: MapValue, assets: tuple[str, ...] | None, table: AssetTable, findings: Findings
) -> tuple[dict[str, tuple[str, ...]], dict[str, Place]]:
    value = body.get("strategies")
    if value is None:
        return {}, {}
    if not isinstance(value, MapValue):
        expected = "a mapping of strategy nodes to assets: {trend: [BTC, ETH]}"
        findings.add("R2003", f"strategies is {describe(value)}", value.place, expected=expected)
        return {}, {}
    found: dict[str, tuple[str, ...]] = {}
    for entry in value:
        found[entry.name] = tuple(one.name for one in choose_assets(entry.value, table, findings))
        strange = [name for name in found[entry.name] if assets is not None and name not in assets]
        if strange:
            findings.add(
                "R2031",
                f"{entry.name} is to trade {', '.join(strange)}, which the preset does not list",
                entry.value.place,
                expected=f"assets of the preset: {', '.join(assets or ())}",
                fix=f"add {', '.join(strange)} to assets",
            )
    return found, {entry.name: entry.key.place for entry in value}
