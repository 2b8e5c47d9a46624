"""A text that was read and a place in it."""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from functools import cached_property

__all__ = ["Place", "Source", "Span"]

# The line breaks that the YAML scanner counts: a column must point into the same line that it saw.
_BREAK = re.compile("\r\n|[\n\r\x85\u2028\u2029]")


@dataclass(frozen=True, order=True, slots=True)
class Span:
    """A part of one line: ``line`` and ``column`` count from 1, ``end_column`` is the first column behind it."""

    line: int
    column: int
    end_column: int


@dataclass(frozen=True)
class Source:
    """A text and the name under which its reader knows it: a file's path, or ``command line``."""

    name: str
    text: str = field(repr=False)

    @cached_property
    def lines(self) -> list[str]:
        """The lines of the text, without their breaks."""
        return _BREAK.split(self.text)

    def line(self, number: int) -> str:
        """Line ``number`` (from 1), empty when there is none."""
        return self.lines[number - 1] if 0 < number <= len(self.lines) else ""

    def place(self, line: int, column: int, end_column: int = 0) -> Place:
        """The place at ``line`` and ``column`` (from 1), at least one character wide."""
        return Place(self, Span(line, column, max(end_column, column + 1)))


@dataclass(frozen=True)
class Place:
    """Where something was written."""

    source: Source = field(repr=False, compare=False)
    span: Span

    @property
    def file(self) -> str:
        """The name of the text."""
        return self.source.name

    def within(self, text: str) -> Place:
        """The place of ``text`` inside this one, or this place when it is not written there literally."""
        column = self.source.line(self.span.line).find(text, self.span.column - 1)
        if not text or column < 0 or column >= self.span.end_column - 1:
            return self
        return self.source.place(self.span.line, column + 1, column + 1 + len(text))
