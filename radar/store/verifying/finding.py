"""One fault or peculiarity of a series, as a value."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, Literal

__all__ = ["Finding", "Severity"]

Severity = Literal["error", "warning", "info"]


@dataclass(frozen=True, slots=True)
class Finding:
    """What a check found in a series; all places of one kind are one finding.

    Attributes:
        code: For ``radarctl explain``.
        severity: ``error``: no market can have made these numbers, or they cannot be used. ``warning``: results may be
            wrong. ``info``: worth knowing.
        series: The series' name.
        time: The first (for the largest-first findings, the most extreme) place, milliseconds UTC, or None.
        message: What was found, with counts and the worst case.
        count: How many places.
    """

    code: str
    severity: Severity
    series: str
    time: int | None
    message: str
    count: int = 1

    def to_json(self) -> dict[str, Any]:
        """Plain values for ``-o json``."""
        return {
            "code": self.code,
            "severity": self.severity,
            "series": self.series,
            "time": self.time,
            "message": self.message,
            "count": self.count,
        }
