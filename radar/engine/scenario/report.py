"""What came of a test file, as data: the command line prints it, a program reads it as JSON."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Any, Literal

from radar.spec.diagnostic import Diagnostic
from radar.spec.source import Place

__all__ = ["CaseResult", "Failure", "FileReport"]


@dataclass(frozen=True)
class Failure:
    """One expectation that was not met.

    ``message`` says what was found, without a full stop; ``file``, ``line`` and ``column`` (from 1) where the
    expectation is written; ``expected`` and ``actual`` as short texts, ``diff`` as lines that begin with ``-``
    (expected), ``+`` (actual) or a blank; each may be empty.
    """

    message: str
    file: str
    line: int
    column: int
    expected: str = ""
    actual: str = ""
    diff: str = ""

    @classmethod
    def at(cls, place: Place, message: str, *, expected: str = "", actual: str = "", diff: str = "") -> Failure:
        """A failure at a place of the test file."""
        return cls(message, place.file, place.span.line, place.span.column, expected, actual, diff)

    @property
    def place(self) -> str:
        """``file:line:column``."""
        return f"{self.file}:{self.line}:{self.column}"

    def to_json(self) -> dict[str, Any]:
        """Plain data, every field present."""
        return {
            "message": self.message,
            "file": self.file,
            "line": self.line,
            "column": self.column,
            "expected": self.expected,
            "actual": self.actual,
            "diff": self.diff,
        }


@dataclass(frozen=True)
class CaseResult:
    """One case, or one property that is held against every case (``kind``; its name begins ``property: ``).

    ``line`` is where the case begins in the test file, ``seconds`` how long it took, ``notes`` what the reader should
    know beside the verdict (a golden file that was written).
    """

    name: str
    failures: tuple[Failure, ...]
    seconds: float
    kind: Literal["case", "property"] = "case"
    line: int = 1
    notes: tuple[str, ...] = ()

    @property
    def passed(self) -> bool:
        """Whether every expectation was met."""
        return not self.failures

    def to_json(self) -> dict[str, Any]:
        """Plain data, every field present."""
        return {
            "name": self.name,
            "kind": self.kind,
            "passed": self.passed,
            "line": self.line,
            "seconds": round(self.seconds, 6),
            "failures": [failure.to_json() for failure in self.failures],
            "notes": list(self.notes),
        }


@dataclass(frozen=True)
class FileReport:
    """A test file.

    ``diagnostics`` say what is wrong with the file itself or with its pipeline; when one is an error, no case was run.
    ``updated`` are the golden files that were written.
    """

    path: Path
    pipeline: Path | None
    cases: tuple[CaseResult, ...] = ()
    diagnostics: tuple[Diagnostic, ...] = ()
    updated: tuple[Path, ...] = ()
    seconds: float = 0.0

    @property
    def passed(self) -> bool:
        """Whether the file could be read and every case and property passed."""
        return not any(one.severity == "error" for one in self.diagnostics) and all(one.passed for one in self.cases)

    def to_json(self) -> dict[str, Any]:
        """Plain data, every field present."""
        return {
            "file": self.path.as_posix(),
            "pipeline": self.pipeline.as_posix() if self.pipeline is not None else None,
            "passed": self.passed,
            "seconds": round(self.seconds, 6),
            "cases": [case.to_json() for case in self.cases],
            "diagnostics": [one.to_json() for one in self.diagnostics],
            "updated": [path.as_posix() for path in self.updated],
        }
