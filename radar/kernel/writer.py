"""Lines of generated code with indentation."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager


class Writer:
    """Collects lines; :meth:`block` indents those written inside it."""

    def __init__(self) -> None:
        self.text = ""
        self._depth = 0

    def line(self, text: str = "") -> None:
        """Write one line."""
        self.text += ("    " * self._depth + text).rstrip() + "\n"

    def lines(self, text: str) -> None:
        """Write several lines."""
        for part in text.split("\n"):
            self.line(part)

    def gap(self) -> None:
        """Two empty lines, as between functions."""
        self.text += "\n\n"

    @contextmanager
    def block(self) -> Iterator[None]:
        """Indent what is written inside."""
        self._depth += 1
        yield
        self._depth -= 1

    @contextmanager
    def aside(self, depth: int, parts: list[str]) -> Iterator[None]:
        """Append what is written inside to ``parts`` instead, indented from ``depth`` on."""
        text, before = self.text, self._depth
        self.text, self._depth = "", depth
        yield
        parts.append(self.text)
        self.text, self._depth = text, before
