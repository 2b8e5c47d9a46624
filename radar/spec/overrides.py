"""Values from the command line: ``--set NODE.PARAM=VALUE``, ``--set FILE.BLOCK.PARAM=VALUE``, ``--set clock=VALUE``."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from radar.spec.config import Config
from radar.spec.document import Document, read_clock
from radar.spec.findings import Findings
from radar.spec.model import Clock
from radar.spec.parameters import Layer
from radar.spec.source import Place, Source
from radar.spec.suggest import nearest
from radar.spec.tree import Entry, MapValue, Scalar
from radar.spec.values import expand
from radar.spec.yaml import read_yaml

__all__ = ["Overrides", "read_overrides"]

OPTION = "--set "
_SHAPE = re.compile(r"([A-Za-z0-9_.-]+)=(.*)", re.DOTALL)
_PER_ASSET = "per_asset"
_CLOCK = "clock"


@dataclass(frozen=True)
class Overrides:
    """What the command line sets: layers by node, the configuration with its blocks changed, and the clock or None."""

    layers: Mapping[str, Layer]
    config: Config
    clock: Clock | None = None


@dataclass
class _Collected:
    written: dict[str, Entry] = field(default_factory=dict)
    per_asset: dict[str, dict[str, Entry]] = field(default_factory=dict)


def read_overrides(
    options: Sequence[str],
    document: Document,
    config: Config,
    findings: Findings,
    environment: Mapping[str, str] | None = None,
) -> Overrides:
    """Read every option; a later one wins over an earlier one."""
    collected: dict[str, _Collected] = {}
    clock: Clock | None = None
    for option in options:
        read = _read(option, findings, environment)
        if read is None:
            continue
        names, entry, place = read
        if names == [_CLOCK]:
            clock = read_clock(entry.value, findings)
            continue
        node = next((one for one in document.nodes if one.id == names[0]), None)
        if node is not None:
            _set_node(names, entry, place, collected.setdefault(node.id, _Collected()), findings)
        elif names[0] in config.blocks:
            config = _set_block(names, entry, place, document, config, findings)
        else:
            candidates = [*(one.id for one in document.nodes), *config.blocks]
            findings.add(
                "R2021",
                f"there is no node and no block called {names[0]}",
                place.within(names[0]),
                expected="NODE.PARAM=VALUE or FILE.BLOCK.PARAM=VALUE",
                nearest=nearest(names[0], candidates),
            )
    return Overrides({node: Layer(one.written, one.per_asset) for node, one in collected.items()}, config, clock)


def _read(
    option: str, findings: Findings, environment: Mapping[str, str] | None
) -> tuple[list[str], Entry, Place] | None:
    """The path, the entry to write and the place of the whole option."""
    source = Source("command line", f"{OPTION}{option}")
    whole = source.place(1, len(OPTION) + 1, len(source.line(1)) + 1)
    match = _SHAPE.fullmatch(option)
    names = match[1].split(".") if match else []
    if match is None or not all(names) or (len(names) < 2 and names != [_CLOCK]):
        findings.add("R2021", f"{option or 'nothing'} sets nothing", whole, expected="NODE.PARAM=VALUE")
        return None
    # Blanks in the place of what stands before the value keep the columns of the parser those of the command line.
    indent = len(OPTION) + match.end(1) + 1
    value = read_yaml(source, findings, " " * indent + match[2]) if match[2].strip() else None
    if value is None:
        if not match[2].strip():
            findings.add(
                "R2021", f"{match[1]} is set to nothing", whole, expected="a value behind =, such as 14 or null"
            )
        return None
    value = expand(value, findings, environment)
    key = source.place(1, indent - len(names[-1]), indent)
    return names, Entry(Scalar(names[-1], "quoted", key), value), whole


def _set_node(names: list[str], entry: Entry, place: Place, collected: _Collected, findings: Findings) -> None:
    if len(names) == 2:
        collected.written[entry.name] = entry
        for values in collected.per_asset.values():
            values.pop(entry.name, None)
    elif len(names) == 4 and names[1] == _PER_ASSET:
        collected.per_asset.setdefault(names[2], {})[entry.name] = entry
    else:
        findings.add(
            "R2021",
            f"{'.'.join(names)} is no parameter of a node",
            place.within(".".join(names)),
            expected=f"{names[0]}.PARAM or {names[0]}.per_asset.ASSET.PARAM",
        )


def _set_block(
    names: list[str], entry: Entry, place: Place, document: Document, config: Config, findings: Findings
) -> Config:
    path = names[:-1]
    if path[-2:-1] == [_PER_ASSET]:
        path = path[:-2]
    block = ".".join(path)
    if len(path) < 2 or not isinstance(config.block(block), MapValue):
        findings.add(
            "R2014",
            f"{block} is not a block of values",
            place.within(".".join(names)),
            expected="FILE.BLOCK.PARAM=VALUE",
            nearest=nearest(block, config.paths()),
        )
        return config
    taken = {scalar.text for node in document.nodes for scalar in node.blocks}
    if block not in taken:
        findings.add(
            "R2021",
            f"no node of this pipeline takes {block}",
            place.within(".".join(names)),
            expected=f"a block that is taken by with: {', '.join(sorted(taken)) or 'there is none'}",
        )
    return config.replaced(names[:-1], entry)
