"""Collects diagnostics, so that one bad value does not hide the next."""

from __future__ import annotations

import dataclasses
from collections.abc import Iterable

from radar.spec.codes import CODES
from radar.spec.diagnostic import Diagnostic, Related
from radar.spec.source import Place

__all__ = ["Findings"]

HIDDEN = "***"
"""What is printed in the place of a secret."""


class Findings:
    """Diagnostics in the making. The same finding at the same place is kept once."""

    def __init__(self, known: Iterable[Diagnostic] = ()) -> None:
        self._found: dict[tuple[object, ...], Diagnostic] = {}
        self._secrets: set[str] = set()
        for diagnostic in known:
            self.keep(diagnostic)

    def add(
        self,
        code: str,
        message: str,
        place: Place,
        *,
        expected: str = "",
        nearest: Iterable[str] = (),
        fix: str = "",
        related: Iterable[Related] = (),
    ) -> None:
        """Add a finding; its severity is that of the code.

        Raises:
            KeyError: The code is not in the table, so nobody could explain it.
        """
        self.keep(
            Diagnostic(
                code=code,
                severity=CODES[code].severity,
                message=message,
                file=place.file,
                span=place.span,
                expected=expected,
                nearest=tuple(nearest),
                fix=fix,
                related=tuple(related),
                snippet=place.source.line(place.span.line),
            )
        )

    def keep(self, diagnostic: Diagnostic) -> None:
        """Add a finding that was made elsewhere."""
        key = (diagnostic.code, diagnostic.file, diagnostic.span, diagnostic.message)
        self._found.setdefault(key, diagnostic)

    def take(self, other: Findings) -> None:
        """Add everything that ``other`` holds, and hide what it hides."""
        for diagnostic in other._found.values():
            self.keep(diagnostic)
        self._secrets |= other._secrets

    def hide(self, secret: str) -> None:
        """Print ``***`` wherever ``secret`` stands in a finding: it was written as text where a secret belongs."""
        if secret:
            self._secrets.add(secret)

    @property
    def any(self) -> bool:
        """Whether there is a finding."""
        return bool(self._found)

    @property
    def any_errors(self) -> bool:
        """Whether a finding is an error."""
        return any(diagnostic.severity == "error" for diagnostic in self._found.values())

    def sorted(self) -> tuple[Diagnostic, ...]:
        """The findings by file and line, secrets hidden."""
        return tuple(sorted((self._redact(one) for one in self._found.values()), key=lambda one: one.sort_key))

    def _redact(self, diagnostic: Diagnostic) -> Diagnostic:
        if not self._secrets:
            return diagnostic

        def clean(text: str) -> str:
            for secret in sorted(self._secrets, key=len, reverse=True):
                text = text.replace(secret, HIDDEN)
            return text

        related = tuple(
            dataclasses.replace(other, message=clean(other.message), snippet=clean(other.snippet))
            for other in diagnostic.related
        )
        return dataclasses.replace(
            diagnostic,
            message=clean(diagnostic.message),
            file=clean(diagnostic.file),
            expected=clean(diagnostic.expected),
            nearest=tuple(clean(one) for one in diagnostic.nearest),
            fix=clean(diagnostic.fix),
            related=related,
            snippet=clean(diagnostic.snippet),
        )
