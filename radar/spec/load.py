"""A pipeline file and its configuration in, a checked pipeline or every diagnostic out."""

from __future__ import annotations

import dataclasses
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from radar.spec.assets import choose_assets
from radar.spec.config import Config
from radar.spec.diagnostic import Diagnostic, SpecError
from radar.spec.document import Document, read_document
from radar.spec.findings import Findings
from radar.spec.model import Asset, Node, Pipeline
from radar.spec.overrides import read_overrides
from radar.spec.parameters import Layer, resolve
from radar.spec.source import Source
from radar.spec.tree import ListValue, Scalar
from radar.spec.values import expand
from radar.spec.yaml import read_source, read_yaml

__all__ = ["Loaded", "load_pipeline"]


@dataclass(frozen=True)
class Loaded:
    """What came of a file.

    ``pipeline`` is None when a diagnostic is an error. ``draft`` is what could be read in any case (None when not even
    the top level could), so that the graph can be checked beside the values.
    """

    pipeline: Pipeline | None
    diagnostics: tuple[Diagnostic, ...]
    draft: Pipeline | None = None

    def require(self) -> Pipeline:
        """The pipeline.

        Raises:
            SpecError: There is an error; it carries all diagnostics.
        """
        if self.pipeline is None:
            raise SpecError(self.diagnostics)
        return self.pipeline


def load_pipeline(
    path_or_text: Path | str,
    *,
    config: Path | Config | None = None,
    overrides: Sequence[str] = (),
    assets: Sequence[str] | None = None,
    file_name: str | None = None,
    environment: Mapping[str, str] | None = None,
) -> Loaded:
    """Read a pipeline and judge its syntax, shape and values. The graph and its meaning are judged by ``radar.plan``.

    Args:
        path_or_text: A file, or the YAML itself. A string is a path when it is one line that ends in .yaml or .yml.
        config: The folder of values, or None for a pipeline that takes none.
        overrides: ``NODE.PARAM=VALUE``, ``FILE.BLOCK.PARAM=VALUE`` or ``clock=VALUE``, as after ``--set``.
        assets: Assets or groups in the place of those of the file.
        file_name: The name of a text in diagnostics.
        environment: Variables for ``${env:...}``; those of the process when None.

    Nothing is raised for bad text.
    """
    findings = Findings()
    values = Config.load(config, environment) if isinstance(config, Path) else config or Config()
    for diagnostic in values.diagnostics:
        findings.keep(diagnostic)
    source = _source(path_or_text, file_name, findings)
    root = read_yaml(source, findings) if source else None
    if source is None or root is None:
        return Loaded(None, findings.sorted())
    root = expand(root, findings, environment)
    document = read_document(root, source, findings, assets_given=assets is not None)
    if document is None:
        return Loaded(None, findings.sorted())
    chosen = _assets(document, assets, values, findings)
    changed = read_overrides(overrides, document, values, findings, environment)
    if changed.clock is not None:
        document = dataclasses.replace(document, clock=changed.clock)
    draft = _assemble(document, source, chosen, changed.config, changed.layers, findings)
    return Loaded(None if findings.any_errors else draft, findings.sorted(), draft)


def _source(path_or_text: Path | str, file_name: str | None, findings: Findings) -> Source | None:
    if isinstance(path_or_text, Path):
        return read_source(path_or_text, findings)
    if "\n" not in path_or_text and path_or_text.endswith((".yaml", ".yml")):
        return read_source(Path(path_or_text), findings)
    return Source(file_name or "pipeline.yaml", path_or_text.removeprefix("\ufeff"))


def _assets(document: Document, given: Sequence[str] | None, config: Config, findings: Findings) -> tuple[Asset, ...]:
    if given is not None:
        source = Source("command line", f"--asset {' '.join(given)}")
        column, items = len("--asset ") + 1, []
        for name in given:
            items.append(Scalar(name, "quoted", source.place(1, column, column + len(name))))
            column += len(name) + 1
        return choose_assets(ListValue(tuple(items), source.place(1, 1)), config.assets, findings)
    if document.assets is None or (isinstance(document.assets, Scalar) and document.assets.faulty):
        return ()
    return choose_assets(document.assets, config.assets, findings)


def _assemble(
    document: Document,
    source: Source,
    assets: tuple[Asset, ...],
    config: Config,
    layers: Mapping[str, Layer],
    findings: Findings,
) -> Pipeline:
    values = resolve(document.nodes, config, [asset.name for asset in assets], layers, findings)
    nodes = []
    for entry in document.nodes:
        if entry.kind is None:
            continue
        own = values[entry.id]
        nodes.append(
            Node(
                id=entry.id,
                kind=entry.kind,
                inputs=entry.inputs,
                params=own.params,
                span=entry.key.place.span,
                per_asset=own.per_asset,
                was=entry.was,
                with_paths=tuple(scalar.text for scalar in entry.blocks),
                port_spans=entry.port_spans,
                places=own.places,
                faulty=own.faulty,
            )
        )
    return Pipeline(
        name=document.name,
        about=document.about,
        assets=assets,
        clock=document.clock,
        nodes=tuple(nodes),
        source=source,
        name_span=document.name_place.span,
        unreadable={entry.id: entry.references for entry in document.nodes if entry.kind is None},
    )
