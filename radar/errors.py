"""Every exception that Radar raises on purpose, in one tree.

::

    RadarError                 something a user can act on; the command line prints it and exits
    ├── InvalidValueError      one value could not be read (also a ValueError)
    ├── DataError              market data is absent, malformed, ambiguous or contradicts itself
    ├── UnreachableError       no server answers
    └── DefectError            Radar or the machine failed, whatever the input was; it has an exit code of its own

Anything else that escapes is a defect of Radar too, not of its input.
"""

from __future__ import annotations

__all__ = ["DataError", "DefectError", "InvalidValueError", "RadarError", "UnreachableError"]


class RadarError(Exception):
    """A problem that its reader can act on: what is wrong, what was expected, what to do next.

    Args:
        message: What is wrong and where (file, line, name), as one sentence without a full stop.
        expected: What would have been right, or empty.
        next_step: The command or change that helps, or empty.
        code: A stable identifier for ``radarctl explain``, or empty.
    """

    def __init__(self, message: str, *, expected: str = "", next_step: str = "", code: str = "") -> None:
        super().__init__(message)
        self.message = message
        self.expected = expected
        self.next_step = next_step
        self.code = code

    def __str__(self) -> str:
        lines = [self.message]
        if self.expected:
            lines.append(f"  expected: {self.expected}")
        if self.next_step:
            lines.append(f"  next: {self.next_step}")
        return "\n".join(lines)

    def to_json(self) -> dict[str, str]:
        """The four fields as plain text, for ``-o json``."""
        return {
            "code": self.code,
            "message": self.message,
            "expected": self.expected,
            "next_step": self.next_step,
        }


class InvalidValueError(RadarError, ValueError):
    """One value (a timeframe, an instant, a number) could not be read."""


class DataError(RadarError):
    """Market data is absent, malformed, ambiguous or contradicts itself."""


class UnreachableError(RadarError):
    """No server answers where one was looked for."""


class DefectError(RadarError):
    """Radar or the machine failed: no pipeline, option or data would have been right instead."""
