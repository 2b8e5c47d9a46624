"""The parameters in effect of every node, for every asset.

Later wins: the kind's default, each block of ``with`` and its ``per_asset``, the keys of the node and its
``per_asset``, the command line. The merge happens once, for all parameters alike; ``${NODE.PARAM}`` then takes what is
in effect at the other node for the same asset.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from radar.errors import InvalidValueError
from radar.market.timeframe import Timeframe
from radar.nodes.kind import Kind
from radar.nodes.params import NodeParams
from radar.spec.coerce import FAULTY
from radar.spec.config import Config
from radar.spec.entries import NodeEntry
from radar.spec.fields import check_model, read_field
from radar.spec.findings import Findings
from radar.spec.link import Linker, is_linked, references
from radar.spec.source import Place
from radar.spec.suggest import nearest
from radar.spec.tree import Entry, MapValue, Scalar, Value, describe

__all__ = ["Layer", "NodeValues", "Resolver", "clock_parameter"]

ALL = ""
"""The context of a node's values for assets without overrides."""


@dataclass(frozen=True)
class Layer:
    """Values from one place: for every asset, and for some."""

    written: Mapping[str, Entry] = field(default_factory=dict)
    per_asset: Mapping[str, Mapping[str, Entry]] = field(default_factory=dict)


@dataclass(frozen=True)
class NodeValues:
    """The values of a node as the pipeline holds them (see :class:`radar.spec.model.Node`)."""

    params: NodeParams
    per_asset: Mapping[str, NodeParams]
    places: Mapping[str, Place]
    faulty: frozenset[str]


def clock_parameter(kind: Kind) -> str:
    """The parameter of a kind that holds a timeframe, or empty."""
    return kind.clock or ("timeframe" if "timeframe" in kind.params.model_fields else "")


@dataclass(frozen=True)
class _Written:
    """What is written for a node: the blocks that it takes, and the entries in effect by context."""

    blocks: tuple[MapValue | None, ...]
    layers: Sequence[Layer]
    entries: Mapping[str, Mapping[str, Entry]]


class Resolver:
    """The values of every node whose kind is known, for any overrides.

    ``entries`` are the nodes of the file, ``assets`` those of the run. The values of a node are worked out anew only
    where an override reaches it: through the node, through a block that it takes, or through a node that it refers to.
    """

    def __init__(self, entries: Sequence[NodeEntry], assets: Sequence[str]) -> None:
        self._declared = [entry.id for entry in entries]
        self._entries = [entry for entry in entries if entry.kind is not None]
        self._kinds = {entry.id: entry.kind for entry in entries if entry.kind}
        self._assets = assets
        self._contexts: list[str] = []
        self._written: dict[str, _Written] = {}
        self._values: dict[str, NodeValues] = {}

    def resolve(self, config: Config, overrides: Mapping[str, Layer], findings: Findings) -> dict[str, NodeValues]:
        """The values by node; ``config`` has what overrides say of blocks, ``overrides`` what they say of nodes."""
        known = list(config.assets.assets) or list(self._assets)
        found = {one.id: self._layers(one, config, known, overrides.get(one.id), findings) for one in self._entries}
        contexts = [ALL, *dict.fromkeys([*self._assets, *_mentioned(layers for _, layers in found.values())])]
        if contexts != self._contexts:
            self._contexts, self._written, self._values = contexts, {}, {}
        written: dict[str, Mapping[str, Mapping[str, Entry]]] = {}
        same: set[str] = set()
        for node, (blocks, layers) in found.items():
            kept = self._written.get(node)
            if kept is not None and kept.layers is layers:
                written[node] = kept.entries
                same.add(node)
                continue
            written[node] = {context: _merged(layers, context) for context in contexts}
            if kept is None and blocks is not None:
                self._written[node] = _Written(blocks, layers, written[node])
                same.add(node)
        linker = Linker(self._kinds, self._declared, written)
        return {entry.id: self._node(entry, written, same, linker, findings) for entry in self._entries}

    def _layers(
        self, entry: NodeEntry, config: Config, known: Sequence[str], override: Layer | None, findings: Findings
    ) -> tuple[tuple[MapValue | None, ...] | None, Sequence[Layer]]:
        """The layers of a node, kept ones if they are of the same blocks; before them these blocks, or None where the
        layers may not be kept: they have an override, or something was found about them."""
        own = Findings()
        blocks = tuple(config.find_block(path, own) for path in entry.blocks)
        kept = self._written.get(entry.id)
        if override is None and kept is not None and not own.any and _identical(blocks, kept.blocks):
            return blocks, kept.layers
        layers = _layers(entry, blocks, known, override, own)
        findings.take(own)
        return (None if own.any or override is not None else blocks), layers

    def _node(
        self,
        entry: NodeEntry,
        written: Mapping[str, Mapping[str, Mapping[str, Entry]]],
        same: set[str],
        linker: Linker,
        findings: Findings,
    ) -> NodeValues:
        """The values of a node, kept ones if everything that they follow from is the same."""
        is_same = entry.id in same and _referred(written[entry.id]) <= same
        if is_same and entry.id in self._values:
            return self._values[entry.id]
        own = Findings()
        values = _values(entry, written[entry.id], self._contexts, linker, own)
        findings.take(own)
        if is_same and not own.any:
            self._values[entry.id] = values
        return values


def _identical(first: Sequence[object], second: Sequence[object]) -> bool:
    return len(first) == len(second) and all(one is other for one, other in zip(first, second, strict=True))


def _referred(written: Mapping[str, Mapping[str, Entry]]) -> set[str]:
    """The nodes that a node's values refer to."""
    return {one.node for own in written.values() for entry in own.values() for one in references(entry.value)}


def _mentioned(layers: Iterable[Sequence[Layer]]) -> list[str]:
    return [asset for node in layers for layer in node for asset in layer.per_asset]


def _layers(
    entry: NodeEntry,
    blocks: Sequence[MapValue | None],
    known: Sequence[str],
    override: Layer | None,
    findings: Findings,
) -> list[Layer]:
    found = []
    for block in blocks:
        if block is not None:
            own = {one.name: one for one in block if one.name != "per_asset"}
            found.append(Layer(own, _per_asset(entry, block.get("per_asset"), known, findings)))
    found.append(Layer(entry.written, _per_asset(entry, entry.per_asset, known, findings)))
    if override is not None:
        found.append(override)
    return found


def _per_asset(
    entry: NodeEntry, value: Value | None, known: Sequence[str], findings: Findings
) -> dict[str, dict[str, Entry]]:
    if value is None or (isinstance(value, Scalar) and value.value is None):
        return {}
    kind = entry.kind
    if kind is not None and (kind.role in ("executor", "sink") or kind.observe is not None):
        findings.add(
            "R2028",
            f"{entry.id} serves all assets at once: it has one set of parameters",
            value.place,
            fix="remove per_asset",
        )
        return {}
    if not isinstance(value, MapValue):
        findings.add("R2003", f"per_asset is {describe(value)}", value.place, expected="asset: {parameter: value}")
        return {}
    found: dict[str, dict[str, Entry]] = {}
    for one in value:
        if one.name not in known:
            findings.add(
                "R4001",
                f"per_asset names the unknown asset {one.name}",
                one.key.place,
                expected="an asset of assets.yaml",
                nearest=nearest(one.name, known),
            )
        elif not isinstance(one.value, MapValue):
            place = one.value.place
            findings.add("R2003", f"{one.name} is {describe(one.value)}", place, expected="{parameter: value}")
        else:
            found[one.name] = {inner.name: inner for inner in one.value}
    if kind is not None and (clock := clock_parameter(kind)):
        for asset, values in found.items():
            if clock in values:
                findings.add(
                    "R2028",
                    f"{clock} cannot differ for {asset}: all assets share the clocks of a pipeline",
                    values[clock].key.place,
                    fix=f"set {clock} for all assets, or make another pipeline",
                )
    return found


def _merged(layers: Sequence[Layer], context: str) -> dict[str, Entry]:
    merged: dict[str, Entry] = {}
    for layer in layers:
        merged.update(layer.written)
        merged.update(layer.per_asset.get(context, {}))
    return merged


def _values(
    entry: NodeEntry,
    written: Mapping[str, Mapping[str, Entry]],
    contexts: Sequence[str],
    linker: Linker,
    findings: Findings,
) -> NodeValues:
    kind = entry.kind
    if kind is None:
        raise ValueError(f"node {entry.id} has no kind")
    built: dict[str, NodeParams] = {}
    faulty: frozenset[str] = frozenset()
    places: dict[str, Place] = {}
    for context in contexts:
        own = written[context]
        values: dict[str, Any] = {}
        for name, one in own.items():
            linked = linker.link(entry.id, context, one, findings) if is_linked(one.value) else one
            values[name] = FAULTY if linked is None else _read(kind, linked, findings)
        where = {name: one.value.place for name, one in own.items()}
        built[context], wrong = check_model(kind.params, values, where, entry.key.place, findings)
        faulty |= wrong
        places = {**where, **places}
    default = built.pop(ALL)
    per_asset = {asset: params for asset, params in sorted(built.items()) if params != default}
    return NodeValues(default, per_asset, places, faulty)


def _read(kind: Kind, entry: Entry, findings: Findings) -> Any:
    value = read_field(kind.params, entry, f"{kind.role} {kind.name}", findings)
    if entry.name != clock_parameter(kind) or not isinstance(value, str):
        return value
    try:
        return str(Timeframe.parse(value))
    except InvalidValueError as error:
        place = entry.value.place
        findings.add("R2013", f"{entry.name} is {describe(entry.value)}", place, expected=error.expected)
        return FAULTY
