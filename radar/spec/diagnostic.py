"""What is wrong with a text, where, what was expected and what to do: the form in which every check answers."""

from __future__ import annotations

import unicodedata
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from typing import Any, Literal

from radar.errors import RadarError
from radar.spec.source import Place, Span

__all__ = ["Diagnostic", "Related", "Severity", "Span", "SpecError", "render", "render_all", "summary"]

Severity = Literal["error", "warning"]

_WIDE = frozenset("WF")


@dataclass(frozen=True)
class Related:
    """Another place that has to do with a diagnostic, such as the first of two equal keys."""

    message: str
    file: str
    span: Span
    snippet: str = field(default="", repr=False)

    @classmethod
    def at(cls, place: Place, message: str) -> Related:
        """A related place with its line."""
        return cls(message, place.file, place.span, place.source.line(place.span.line))


@dataclass(frozen=True)
class Diagnostic:
    """One finding.

    Args:
        code: Its stable code; ``radarctl explain CODE`` tells more.
        severity: ``error`` stops a run, ``warning`` does not.
        message: What is wrong, without a full stop.
        file: Name of the text, and ``span`` the place in it.
        expected: What would have been right, or empty.
        nearest: Valid names that were probably meant, best first.
        fix: The change that helps, or empty.
        related: Other places that belong to it.
        snippet: The line of the text, secrets hidden.
    """

    code: str
    severity: Severity
    message: str
    file: str
    span: Span
    expected: str = ""
    nearest: tuple[str, ...] = ()
    fix: str = ""
    related: tuple[Related, ...] = ()
    snippet: str = field(default="", repr=False)

    @property
    def sort_key(self) -> tuple[str, int, int, str]:
        """File, then line, then column, then code."""
        return (self.file, self.span.line, self.span.column, self.code)

    def to_json(self) -> dict[str, Any]:
        """The diagnostic as plain data, every field present."""
        return {
            "code": self.code,
            "severity": self.severity,
            "message": self.message,
            "file": self.file,
            **_position(self.span),
            "expected": self.expected,
            "nearest": list(self.nearest),
            "fix": self.fix,
            "related": [
                {"message": other.message, "file": other.file, **_position(other.span)} for other in self.related
            ],
            "snippet": self.snippet,
        }


class SpecError(RadarError):
    """A pipeline or a configuration that cannot be used; ``diagnostics`` says all that is wrong with it."""

    def __init__(self, diagnostics: Sequence[Diagnostic]) -> None:
        self.diagnostics = tuple(sorted(diagnostics, key=lambda found: found.sort_key))
        errors = [found for found in self.diagnostics if found.severity == "error"]
        first = errors[0] if errors else None
        super().__init__(
            render_all(self.diagnostics),
            next_step=f"radarctl explain {first.code}" if first else "",
            code=first.code if first else "",
        )


def _position(span: Span) -> dict[str, int]:
    return {"line": span.line, "column": span.column, "end_column": span.end_column}


def render(found: Diagnostic) -> str:
    """The diagnostic as text: place and message, the line with a caret below it, expectation, nearest name and fix."""
    place = f"{found.file}:{found.span.line}:{found.span.column}"
    lines = [f"{place}: {found.severity} {found.code}: {found.message}", *_excerpt(found.span, found.snippet)]
    if found.expected:
        lines.append(f"    expected: {found.expected}")
    if found.nearest:
        lines.append(f"    did you mean: {' or '.join(found.nearest)}")
    if found.fix:
        lines.append(f"    fix: {found.fix}")
    for other in found.related:
        lines.append(f"    {other.file}:{other.span.line}:{other.span.column}: {other.message}")
    return "\n".join(lines)


def _excerpt(span: Span, snippet: str) -> list[str]:
    if not snippet.strip():
        return []
    gutter = f"{span.line:>5} | "
    before = "".join("\t" if character == "\t" else " " * _width(character) for character in snippet[: span.column - 1])
    marked = snippet[span.column - 1 : span.end_column - 1]
    carets = "^" * max(1, sum(_width(character) for character in marked))
    return [f"{gutter}{snippet}", f"{' ' * (len(gutter) - 2)}| {before}{carets}"]


def _width(character: str) -> int:
    """Columns of a terminal that a character takes."""
    if unicodedata.combining(character):
        return 0
    return 2 if unicodedata.east_asian_width(character) in _WIDE else 1


def summary(diagnostics: Iterable[Diagnostic]) -> str:
    """``3 errors, 1 warning in 2 files``; ``no findings`` when there are none."""
    found = list(diagnostics)
    counts = [(sum(one.severity == severity for one in found), severity) for severity in ("error", "warning")]
    parts = [_count(number, word) for number, word in counts if number]
    if not parts:
        return "no findings"
    return f"{', '.join(parts)} in {_count(len({one.file for one in found}), 'file')}"


def _count(number: int, word: str) -> str:
    return f"{number} {word}" if number == 1 else f"{number} {word}s"


def render_all(diagnostics: Iterable[Diagnostic]) -> str:
    """Every diagnostic, sorted by file and line, and the summary line."""
    found = sorted(diagnostics, key=lambda one: one.sort_key)
    return "\n".join([*(render(one) for one in found), summary(found)])
