"""The checked pipeline: what was written, with every value in effect. Immutable."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from radar.market.timeframe import Timeframe
from radar.nodes.kind import Kind
from radar.nodes.params import NodeParams
from radar.nodes.port import Output
from radar.spec.source import Place, Source, Span

__all__ = ["Asset", "Clock", "Node", "Pipeline", "Reference"]

_START = Span(1, 1, 2)


@dataclass(frozen=True)
class Asset:
    """A traded instrument.

    ``venue_symbols`` maps a venue to its own symbol; ``tick`` is the price step, ``lot`` the quantity step and
    ``minimum_notional`` the smallest order in quote currency, each None when not known. ``groups`` are the groups of
    ``config/assets.yaml`` that hold it; ``correlation`` is its correlation group, or empty; ``max_concurrent``
    (open positions of one side) and ``max_exposure_percent`` (margin, of equity) are the limits of that group.
    """

    name: str
    quote: str = "USDT"
    venue_symbols: Mapping[str, str] = field(default_factory=dict)
    tick: float | None = None
    lot: float | None = None
    minimum_notional: float | None = None
    groups: tuple[str, ...] = ()
    correlation: str = ""
    max_concurrent: int | None = None
    max_exposure_percent: float | None = None

    def to_json(self) -> dict[str, Any]:
        """What of the asset enters a digest and a result."""
        return {
            "name": self.name,
            "quote": self.quote,
            "tick": self.tick,
            "lot": self.lot,
            "minimum_notional": self.minimum_notional,
            "correlation": self.correlation,
            "max_concurrent": self.max_concurrent,
            "max_exposure_percent": self.max_exposure_percent,
        }


@dataclass(frozen=True)
class Clock:
    """``decide``: the bar at whose close decisions are made. ``fill``: the bar that orders meet, never slower."""

    decide: Timeframe
    fill: Timeframe


@dataclass(frozen=True)
class Reference:
    """One end of a wire: output ``port`` of ``node``; an empty port is the node's first output."""

    node: str
    port: str
    span: Span

    def __str__(self) -> str:
        return f"{self.node}.{self.port}" if self.port else self.node


@dataclass(frozen=True)
class Node:
    """One node of a pipeline.

    ``params`` holds every parameter, defaults included; ``per_asset`` the complete parameters of the assets for which
    they differ. ``places`` says where a parameter was written, ``faulty`` which of them a diagnostic was given about.
    """

    id: str
    kind: Kind
    inputs: Mapping[str, tuple[Reference, ...]]
    params: NodeParams
    span: Span
    per_asset: Mapping[str, NodeParams] = field(default_factory=dict)
    was: str = ""
    with_paths: tuple[str, ...] = ()
    port_spans: Mapping[str, Span] = field(default_factory=dict, compare=False)
    places: Mapping[str, Place] = field(default_factory=dict, compare=False)
    faulty: frozenset[str] = field(default=frozenset(), compare=False)

    def params_for(self, asset: str) -> NodeParams:
        """The parameters in effect for ``asset``."""
        return self.per_asset.get(asset, self.params)

    def output(self, port: str = "") -> tuple[str, Output] | None:
        """Name and declaration of an output, the first one for an empty ``port``; None when there is none."""
        name = port or next(iter(self.kind.outputs), "")
        declared = self.kind.outputs.get(name)
        return (name, declared) if declared else None

    @property
    def title(self) -> str:
        """``mean (indicator sma)``: the node as a message names it."""
        return f"{self.id} ({self.kind.role} {self.kind.name})"


@dataclass(frozen=True)
class Pipeline:
    """A pipeline: its nodes in the order of the file, its assets sorted by name.

    ``unreadable`` holds, for each node of the file that could not be read, the nodes that it refers to; it is empty for
    a pipeline without errors.
    """

    name: str
    about: str
    assets: tuple[Asset, ...]
    clock: Clock
    nodes: tuple[Node, ...]
    source: Source = field(repr=False)
    name_span: Span = _START
    unreadable: Mapping[str, frozenset[str]] = field(default_factory=dict, compare=False)

    @property
    def path(self) -> str:
        """The file that the pipeline was read from, or the name under which its text was given."""
        return self.source.name

    @property
    def text(self) -> str:
        """The text of the file."""
        return self.source.text

    def node(self, node_id: str) -> Node:
        """The node called ``node_id``.

        Raises:
            KeyError: There is none.
        """
        found = next((node for node in self.nodes if node.id == node_id), None)
        if found is None:
            raise KeyError(node_id)
        return found

    def place(self, span: Span) -> Place:
        """A place in the pipeline's file."""
        return Place(self.source, span)

    def effective(self) -> dict[str, Any]:
        """Every parameter of every node as plain data; ``per_asset`` names only the values that differ."""
        result: dict[str, Any] = {}
        for node in self.nodes:
            values = node.params.model_dump(mode="json")
            entry: dict[str, Any] = {"kind": f"{node.kind.role}.{node.kind.name}", "params": values}
            overrides = {}
            for asset, params in sorted(node.per_asset.items()):
                own = params.model_dump(mode="json")
                overrides[asset] = {name: own[name] for name in own if own[name] != values[name]}
            if overrides:
                entry["per_asset"] = overrides
            result[node.id] = entry
        return result

    def wiring(self) -> dict[str, Any]:
        """What :meth:`digest` covers: name, clock, and each node's kind and wires, in the order of the file."""
        return {
            "radar": 1,
            "pipeline": self.name,
            "clock": {"decide": str(self.clock.decide), "fill": str(self.clock.fill)},
            "nodes": [
                {
                    "id": node.id,
                    "kind": f"{node.kind.role}.{node.kind.name}",
                    "in": {port: [self._canonical(one) for one in node.inputs[port]] for port in sorted(node.inputs)},
                }
                for node in self.nodes
            ],
        }

    def _canonical(self, reference: Reference) -> str:
        node = next((node for node in self.nodes if node.id == reference.node), None)
        output = node.output(reference.port) if node else None
        return f"{reference.node}.{output[0]}" if output else str(reference)

    def digest(self) -> str:
        """SHA-256 of the wiring; comments, layout and values do not enter it."""
        return _digest(self.wiring())

    def config_digest(self) -> str:
        """SHA-256 of the values in effect: parameters, overrides and assets; of a secret, its name."""
        return _digest({"assets": [asset.to_json() for asset in self.assets], "nodes": self.effective()})


def _digest(content: Any) -> str:
    return hashlib.sha256(json.dumps(content, sort_keys=True, allow_nan=False).encode("utf-8")).hexdigest()
