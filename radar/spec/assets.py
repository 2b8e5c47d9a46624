"""``config/assets.yaml``: the instruments, their groups, and the groups that move together."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from typing import Any

from radar.nodes.params import NodeParams, param
from radar.spec.fields import check_model, read_fields
from radar.spec.findings import Findings
from radar.spec.model import Asset
from radar.spec.source import Place
from radar.spec.suggest import nearest
from radar.spec.tree import Entry, ListValue, MapValue, Scalar, Value, describe
from radar.spec.values import refuse_references

__all__ = ["AssetTable", "CorrelationLimit", "choose_assets", "read_assets"]

_NAME = re.compile(r"[A-Z0-9]+(-[A-Z0-9]+)?")
_KEYS = ("assets", "groups", "correlation")


class AssetParams(NodeParams):
    """What is said of an asset."""

    quote: str = param("USDT", "Currency in which prices and profits are counted.")
    tick: float | None = param(None, "Price step of the venue.", unit="USDT", gt=0)
    lot: float | None = param(None, "Quantity step of the venue.", gt=0)
    minimum_notional: float | None = param(None, "Smallest order that the venue takes.", unit="USDT", ge=0)
    correlation: str = param("", "Correlation group.")


class CorrelationLimit(NodeParams):
    """Limits of a correlation group (operations specification 4.5)."""

    max_concurrent_same_direction: int = param(1, "Most open positions of one side in the group.", ge=1)
    max_exposure_percent: float = param(100.0, "Most margin in the group, of equity.", unit="%", gt=0, le=100)


@dataclass(frozen=True)
class AssetTable:
    """Assets by name, named groups of them, and limits by correlation group. Empty: any asset may be named."""

    assets: Mapping[str, Asset] = field(default_factory=dict)
    groups: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    correlation: Mapping[str, CorrelationLimit] = field(default_factory=dict)


def read_assets(root: MapValue, findings: Findings) -> AssetTable:
    """Read the file of assets."""
    for entry in root:
        if entry.name not in _KEYS:
            close = nearest(entry.name, _KEYS)
            findings.add(
                "R2001", f"unknown key {entry.name}", entry.key.place, expected=", ".join(_KEYS), nearest=close
            )
    limits: dict[str, CorrelationLimit] = {}
    for entry in _mapping(root, "correlation", findings):
        if isinstance(entry.value, MapValue):
            limits[entry.name] = _model(CorrelationLimit, entry, entry.value, findings)
        else:
            _not_a_mapping(entry, findings)
    assets = {entry.name: _asset(entry, limits, findings) for entry in _mapping(root, "assets", findings)}
    groups = {entry.name: _members(entry, assets, findings) for entry in _mapping(root, "groups", findings)}
    for name in assets:
        held = tuple(group for group, members in groups.items() if name in members)
        limit = limits.get(assets[name].correlation)
        assets[name] = replace(
            assets[name],
            groups=held,
            max_concurrent=limit.max_concurrent_same_direction if limit else None,
            max_exposure_percent=limit.max_exposure_percent if limit else None,
        )
    return AssetTable(assets, groups, limits)


def _mapping(root: MapValue, key: str, findings: Findings) -> tuple[Entry, ...]:
    value = root.get(key)
    if value is None:
        return ()
    if not isinstance(value, MapValue):
        findings.add("R2003", f"{key} is {describe(value)}", value.place, expected="a mapping")
        return ()
    return value.entries


def _not_a_mapping(entry: Entry, findings: Findings) -> None:
    findings.add("R2003", f"{entry.name} is {describe(entry.value)}", entry.value.place, expected="a mapping")


def _model(model: type[Any], entry: Entry, body: MapValue, findings: Findings) -> Any:
    written = {one.name: one for one in body}
    values = read_fields(model, written, f"{entry.name}", findings)
    return check_model(
        model, values, {name: one.value.place for name, one in written.items()}, entry.key.place, findings
    )[0]


def _asset(entry: Entry, limits: Mapping[str, CorrelationLimit], findings: Findings) -> Asset:
    if not _NAME.fullmatch(entry.name):
        findings.add(
            "R2005", f"{entry.name} cannot name an asset", entry.key.place, expected="upper case: BTC, or XRP-BTC"
        )
    if not isinstance(entry.value, MapValue):
        _not_a_mapping(entry, findings)
        return Asset(entry.name)
    body = MapValue(tuple(one for one in entry.value if one.name != "venue_symbols"), entry.value.place)
    params = _model(AssetParams, entry, body, findings)
    group = params.correlation
    if group and group not in limits:
        written = body.get("correlation")
        findings.add(
            "R2030",
            f"{entry.name} is in the correlation group {group}, which is not defined",
            written.place if written else entry.key.place,
            expected="a group under correlation",
            nearest=nearest(group, limits),
        )
    symbols = _symbols(entry.value.get("venue_symbols"), findings)
    return Asset(entry.name, params.quote, symbols, params.tick, params.lot, params.minimum_notional, (), group)


def _symbols(value: Value | None, findings: Findings) -> dict[str, str]:
    if value is None:
        return {}
    if not isinstance(value, MapValue):
        findings.add("R2003", f"venue_symbols is {describe(value)}", value.place, expected="venue: symbol")
        return {}
    symbols = {}
    for entry in value:
        if isinstance(entry.value, Scalar) and isinstance(entry.value.value, str) and entry.value.text:
            symbols[entry.name] = entry.value.text
        else:
            place = entry.value.place
            findings.add("R2009", f"{entry.name} is {describe(entry.value)}", place, expected="the venue's symbol")
    return symbols


def _members(entry: Entry, assets: Mapping[str, Asset], findings: Findings) -> tuple[str, ...]:
    if not isinstance(entry.value, ListValue):
        findings.add(
            "R2003", f"{entry.name} is {describe(entry.value)}", entry.value.place, expected="a list of assets"
        )
        return ()
    members: list[str] = []
    for item in entry.value.items:
        name = _name(item, findings)
        if name is None:
            continue
        if name not in assets:
            _unknown(name, item.place, assets, findings)
        elif name in members:
            findings.add("R2024", f"{entry.name} lists {name} twice", item.place, expected="each once")
        else:
            members.append(name)
    return tuple(members)


def _name(item: Value, findings: Findings) -> str | None:
    if isinstance(item, Scalar) and item.faulty:
        return None
    if not isinstance(item, Scalar) or not isinstance(item.value, str):
        fix = f'write "{item.text}" in quotes' if isinstance(item, Scalar) and item.text else ""
        findings.add("R2003", f"an asset is {describe(item)}", item.place, expected="a name such as BTC", fix=fix)
        return None
    return None if refuse_references(item, findings) else item.text


def _unknown(name: str, place: Place, known: Mapping[str, Asset], findings: Findings) -> None:
    findings.add(
        "R4001",
        f"unknown asset {name}",
        place,
        expected="an asset of assets.yaml",
        nearest=nearest(name, known),
        fix="" if nearest(name, known) else f"add {name} to assets.yaml, with its tick and lot",
    )


def choose_assets(value: Value, table: AssetTable, findings: Findings) -> tuple[Asset, ...]:
    """The assets that ``assets:`` names (a group, or a list of assets and groups), sorted by name."""
    chosen: dict[str, Asset] = {}
    items = value.items if isinstance(value, ListValue) else (value,)
    if isinstance(value, MapValue):
        findings.add("R2003", "assets is a mapping", value.place, expected="a group, or a list: [BTC, ETH]")
        return ()
    if not items:
        findings.add("R4002", "no assets", value.place, expected="at least one asset", fix="write assets: [BTC]")
    for item in items:
        name = _name(item, findings)
        if name is None:
            continue
        for found in _resolve(name, item.place, table, isinstance(value, ListValue), findings):
            if found.name in chosen and name not in table.groups:
                findings.add("R2024", f"assets lists {name} twice", item.place, expected="each once")
            chosen[found.name] = found
    return tuple(chosen[name] for name in sorted(chosen))


def _resolve(name: str, place: Place, table: AssetTable, in_list: bool, findings: Findings) -> tuple[Asset, ...]:
    if name in table.groups:
        if not table.groups[name]:
            findings.add("R4002", f"the group {name} has no assets", place, expected="at least one asset")
        return tuple(table.assets[member] for member in table.groups[name])
    if name in table.assets:
        return (table.assets[name],)
    if not table.assets and _NAME.fullmatch(name):
        return (Asset(name),)
    if in_list or _NAME.fullmatch(name):
        _unknown(name, place, {**table.assets, **dict.fromkeys(table.groups, Asset(""))}, findings)
    else:
        findings.add(
            "R4002",
            f"there is no group called {name}",
            place,
            expected="a group of assets.yaml, or a list: [BTC, ETH]",
            nearest=nearest(name, [*table.groups, *table.assets]),
        )
    return ()
