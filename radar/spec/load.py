"""A pipeline file and its configuration in, a checked pipeline or every diagnostic out."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from radar.spec.assets import choose_assets
from radar.spec.config import Config
from radar.spec.diagnostic import Diagnostic, SpecError
from radar.spec.document import Document, read_document
from radar.spec.findings import Findings
from radar.spec.model import Asset, Clock, Node, Pipeline
from radar.spec.overrides import read_overrides
from radar.spec.parameters import NodeValues, Resolver
from radar.spec.source import Source
from radar.spec.tree import ListValue, Scalar
from radar.spec.values import expand
from radar.spec.yaml import read_source, read_yaml

__all__ = ["Loaded", "Reader", "load_pipeline"]


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
    reader = Reader(path_or_text, config=config, assets=assets, file_name=file_name, environment=environment)
    return reader.load(overrides)


class Reader:
    """A pipeline file that is read once and loaded for any overrides; the arguments are those of :func:`load_pipeline`.

    What does not follow from the overrides is kept from one load to the next.
    """

    def __init__(
        self,
        path_or_text: Path | str,
        *,
        config: Path | Config | None = None,
        assets: Sequence[str] | None = None,
        file_name: str | None = None,
        environment: Mapping[str, str] | None = None,
    ) -> None:
        findings = Findings()
        self._environment = environment
        self._config = Config.load(config, environment) if isinstance(config, Path) else config or Config()
        for diagnostic in self._config.diagnostics:
            findings.keep(diagnostic)
        self._source = _source(path_or_text, file_name, findings)
        root = read_yaml(self._source, findings) if self._source else None
        self._document: Document | None = None
        self._assets: tuple[Asset, ...] = ()
        if self._source is not None and root is not None:
            root = expand(root, findings, environment)
            self._document = read_document(root, self._source, findings, assets_given=assets is not None)
        if self._document is not None:
            self._assets = _assets(self._document, assets, self._config, findings)
            self._resolver = Resolver(self._document.nodes, [asset.name for asset in self._assets])
        self._findings = findings.sorted()

    def load(self, overrides: Sequence[str] = ()) -> Loaded:
        """The pipeline with these overrides, or every diagnostic."""
        document, source = self._document, self._source
        if document is None or source is None:
            return Loaded(None, self._findings)
        findings = Findings(self._findings)
        changed = read_overrides(overrides, document, self._config, findings, self._environment)
        values = self._resolver.resolve(changed.config, changed.layers, findings)
        draft = _assemble(document, source, self._assets, changed.clock or document.clock, values)
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
    document: Document, source: Source, assets: tuple[Asset, ...], clock: Clock, values: Mapping[str, NodeValues]
) -> Pipeline:
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
        clock=clock,
        nodes=tuple(nodes),
        source=source,
        name_span=document.name_place.span,
        unreadable={entry.id: entry.references for entry in document.nodes if entry.kind is None},
    )
