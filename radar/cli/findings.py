"""Diagnostics that came from a server, printed as those of ``radarctl check``."""

from __future__ import annotations

from collections.abc import Iterable
from typing import TYPE_CHECKING

from radar.cli import screen

if TYPE_CHECKING:
    from radar.v1 import diagnostic_pb2

__all__ = ["show_findings"]


def show_findings(found: Iterable[diagnostic_pb2.Diagnostic]) -> None:
    """Print every finding and how many there are."""
    from radar.spec.diagnostic import Diagnostic, Related, Span, render_all
    from radar.v1 import diagnostic_pb2

    def span(place: diagnostic_pb2.Span) -> Span:
        return Span(place.line, place.column, place.end_column)

    screen.say(
        render_all(
            Diagnostic(
                code=one.code,
                severity="error" if one.severity == diagnostic_pb2.SEVERITY_ERROR else "warning",
                message=one.message,
                file=one.file,
                span=span(one.span),
                expected=one.expected,
                nearest=tuple(one.suggestions),
                fix=one.fix,
                related=tuple(Related(other.message, other.file, span(other.span)) for other in one.related),
                snippet=one.snippet,
            )
            for one in found
        )
    )
