"""A test file made ready to run: read, and each of its cases joined to its pipeline. All that is wrong comes out."""

from __future__ import annotations

import dataclasses
from dataclasses import dataclass
from pathlib import Path

from radar.engine.backtest import Prepared, prepare
from radar.engine.places import config_folder
from radar.engine.scenario.bind import Bound, bind
from radar.engine.scenario.document import Case, TestFile, read_test_file
from radar.engine.scenario.expectation import Output
from radar.spec.config import Config
from radar.spec.diagnostic import Diagnostic, SpecError
from radar.spec.findings import Findings
from radar.spec.source import Place

__all__ = ["PreparedFile", "prepare_file"]


@dataclass(frozen=True)
class PreparedFile:
    """A test file and its cases. Where one of ``diagnostics`` is an error, no case may run."""

    file: TestFile
    bound: tuple[Bound, ...]
    diagnostics: tuple[Diagnostic, ...]

    @property
    def sound(self) -> bool:
        """Whether the cases can run."""
        return not any(one.severity == "error" for one in self.diagnostics)


def prepare_file(path: Path, config: Path | str | Config | None = None) -> PreparedFile:
    """Read a test file and bind its cases; nothing is compiled or run. A bad file raises nothing.

    Args:
        path: ``NAME.test.yaml``.
        config: Folder of configuration values; found as in a back-test.

    Raises:
        RadarError: The folder of configuration values does not exist.
    """
    findings = Findings()
    file = read_test_file(path, findings)
    if not isinstance(config, Config):
        folder = config_folder(config, file.pipeline or path)
        config = Config.load(folder) if folder is not None else Config()
    bound = _bind_all(file, config, findings) if file.pipeline is not None else []
    return PreparedFile(file, tuple(bound), findings.sorted())


def _bind_all(file: TestFile, config: Config, findings: Findings) -> list[Bound]:
    """Load the pipeline of every case with its values; all that is wrong with any of them goes to ``findings``."""
    bound = []
    assert file.pipeline is not None
    for case in file.cases:
        prepared = _prepare(file.pipeline, case, config, findings)
        if prepared is not None:
            bound.append(bind(case, prepared, findings))
    return bound


def _prepare(pipeline: Path, case: Case, config: Config, findings: Findings) -> Prepared | None:
    """The pipeline with the values of a case.

    Where these are wrong, without them: names and bars can still be judged, so that one look at the list is enough.
    """
    used = tuple({one.name.split(".")[0] for one in case.expectations if isinstance(one, Output)})
    options = [override.option for override in case.overrides]
    for overrides in (options, []) if options else ([],):
        try:
            return prepare(pipeline, config=config, overrides=overrides, assets=case.assets, used=used, environment={})
        except SpecError as error:
            for diagnostic in error.diagnostics:
                if diagnostic.severity == "error":
                    findings.keep(_at_home(diagnostic, case))
    return None


def _at_home(diagnostic: Diagnostic, case: Case) -> Diagnostic:
    """A finding about what a case sets, at the place where the test file sets it."""
    if diagnostic.file != "command line":
        return diagnostic
    place: Place = case.place
    for override in case.overrides:
        if diagnostic.snippet.endswith(override.option):
            place = override.place
    if diagnostic.snippet.startswith("--asset"):
        place = case.assets_place
    return dataclasses.replace(diagnostic, file=place.file, span=place.span, snippet=place.source.line(place.span.line))
