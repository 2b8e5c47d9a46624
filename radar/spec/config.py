"""The folder of values: blocks of parameters by path, the assets with their groups, and the presets."""

from __future__ import annotations

import dataclasses
import os
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from pathlib import Path

from radar.spec.assets import AssetTable, read_assets
from radar.spec.diagnostic import Diagnostic
from radar.spec.findings import Findings
from radar.spec.presets import Preset, read_presets
from radar.spec.source import Source
from radar.spec.suggest import nearest
from radar.spec.tree import Entry, MapValue, Scalar, Value, describe
from radar.spec.values import expand
from radar.spec.yaml import read_source, read_yaml

__all__ = ["ASSETS", "Config"]

ASSETS = "assets"
"""The file of assets: ``assets.yaml``."""
PRESETS = "portfolios"
"""The file of presets: ``portfolios.yaml``; every other file holds blocks."""


@dataclass(frozen=True)
class Config:
    """What the files of a configuration folder say.

    ``blocks`` maps a file's name without ``.yaml`` to its content; ``strategies.grid`` is the block ``grid`` of
    ``strategies.yaml``. ``diagnostics`` says what is wrong with the files themselves; a block's parameters are judged
    when a node takes them, because only then their kind is known.
    """

    folder: str = ""
    blocks: Mapping[str, MapValue] = field(default_factory=dict)
    assets: AssetTable = field(default_factory=AssetTable)
    presets: Mapping[str, Preset] = field(default_factory=dict)
    diagnostics: tuple[Diagnostic, ...] = ()
    sources: tuple[Source, ...] = field(default=(), repr=False)

    @classmethod
    def load(cls, folder: Path, environment: Mapping[str, str] | None = None) -> Config:
        """Read every ``*.yaml`` of ``folder``; nothing is raised, ``diagnostics`` of the result says what is wrong."""
        findings = Findings()
        if not folder.is_dir():
            place = Source(folder.as_posix(), "").place(1, 1)
            findings.add(
                "R1001",
                f"there is no folder {folder.as_posix()}",
                place,
                expected="a folder with assets.yaml, strategies.yaml, risk.yaml",
                fix="name it by --config or RADAR_CONFIG",
            )
            return cls(folder.as_posix(), diagnostics=findings.sorted())
        sources = [read_source(path, findings) for path in sorted(folder.glob("*.yaml"))]
        return cls._read(folder.as_posix(), [source for source in sources if source], findings, environment)

    @classmethod
    def from_texts(cls, texts: Mapping[str, str], environment: Mapping[str, str] | None = None) -> Config:
        """The configuration whose files (name to text) another run kept; see :meth:`texts`."""
        sources = [Source(name, text) for name, text in sorted(texts.items())]
        return cls._read("kept configuration", sources, Findings(), environment)

    @classmethod
    def _read(
        cls, folder: str, sources: Iterable[Source], findings: Findings, environment: Mapping[str, str] | None
    ) -> Config:
        blocks: dict[str, MapValue] = {}
        table = AssetTable()
        kept: list[Source] = []
        for source in sources:
            kept.append(source)
            name = source.name.rsplit("/", 1)[-1].removesuffix(".yaml")
            root = read_yaml(source, findings)
            if root is None:
                continue
            root = expand(root, findings, os.environ if environment is None else environment)
            if not isinstance(root, MapValue):
                findings.add("R2003", f"the file is {describe(root)}", root.place, expected="a mapping of blocks")
            elif name == ASSETS:
                table = read_assets(root, findings)
            else:
                blocks[name] = root
        written = blocks.pop(PRESETS, None)
        presets = read_presets(written, table, findings) if written is not None else {}
        return cls(folder, blocks, table, presets, findings.sorted(), tuple(kept))

    def texts(self) -> dict[str, str]:
        """The text of every file by its name, as written: references to the environment and to secrets unresolved."""
        return {source.name.rsplit("/", 1)[-1]: source.text for source in self.sources}

    def paths(self) -> list[str]:
        """The path of every block, for suggestions."""
        found: list[str] = []
        for name, root in self.blocks.items():
            found.extend(_paths(name, root))
        return found

    def block(self, path: str) -> Value | None:
        """The value at ``path`` (``strategies.grid``), or None."""
        names = path.split(".")
        value: Value | None = self.blocks.get(names[0])
        for name in names[1:]:
            value = value.get(name) if isinstance(value, MapValue) else None
        return value

    def find_block(self, path: Scalar, findings: Findings) -> MapValue | None:
        """The block that a node takes by ``with``, or None after a diagnostic."""
        value = self.block(path.text)
        if isinstance(value, MapValue) and "." in path.text:
            return value
        if not self.folder:
            message, fix = "there is no configuration to take it from", "name a folder by --config or RADAR_CONFIG"
        elif value is None:
            message, fix = f"{self.folder} has none", ""
        else:
            message, fix = f"this is {describe(value)}", "name a block inside it"
        findings.add(
            "R2014",
            f"{path.text or 'nothing'} is not a block of values: {message}",
            path.place,
            expected="FILE.BLOCK of the configuration folder, such as risk.account",
            nearest=nearest(path.text, self.paths()),
            fix=fix,
        )
        return None

    def replaced(self, names: Iterable[str], entry: Entry) -> Config:
        """This configuration with ``entry`` written into the block at ``names``, as if the file said so."""
        file, *inner = names
        root = _replace(self.blocks[file], inner, entry)
        return dataclasses.replace(self, blocks={**self.blocks, file: root})


def _paths(prefix: str, value: MapValue) -> list[str]:
    found = []
    for entry in value:
        if isinstance(entry.value, MapValue) and entry.name != "per_asset":
            path = f"{prefix}.{entry.name}"
            found += [path, *_paths(path, entry.value)]
    return found


def _replace(value: MapValue, names: list[str], entry: Entry) -> MapValue:
    if not names:
        return value.replaced(entry)
    inner = value.get(names[0])
    below = inner if isinstance(inner, MapValue) else MapValue((), entry.key.place)
    key = value.entry(names[0])
    return value.replaced(
        Entry(key.key if key else Scalar(names[0], "quoted", entry.key.place), _replace(below, names[1:], entry))
    )
