"""The references that a scalar may hold.

``${env:NAME}``, ``${env:NAME:-default}``, ``${secret:NAME}`` and ``${NODE.PARAM}``; ``$${`` writes a literal ``${``.
"""

from __future__ import annotations

import re
from dataclasses import dataclass

__all__ = ["EnvironmentReference", "ParameterReference", "Part", "SecretReference", "TemplateError", "split"]

_OPENING = re.compile(r"\$?\$\{")
_ENVIRONMENT = re.compile(r"env:([A-Za-z_][A-Za-z0-9_]*)(:-(.*))?", re.DOTALL)
_SECRET = re.compile(r"secret:([A-Za-z_][A-Za-z0-9_]*)")
_PARAMETER = re.compile(r"([a-z][a-z0-9_]*)\.([a-z][a-z0-9_]*)")

FORMS = "${env:NAME}, ${env:NAME:-default}, ${secret:NAME} or ${NODE.PARAM}"
"""The valid forms, for messages."""


@dataclass(frozen=True)
class EnvironmentReference:
    """The environment variable ``name``, or ``default`` when it is not set."""

    written: str
    name: str
    default: str | None


@dataclass(frozen=True)
class SecretReference:
    """The secret ``name``."""

    written: str
    name: str


@dataclass(frozen=True)
class ParameterReference:
    """The effective value of ``parameter`` of ``node``."""

    written: str
    node: str
    parameter: str


Part = str | EnvironmentReference | SecretReference | ParameterReference


class TemplateError(ValueError):
    """A ``${`` that begins none of the valid forms; ``written`` is the text from there on."""

    def __init__(self, written: str) -> None:
        super().__init__(written)
        self.written = written


def split(text: str) -> tuple[Part, ...]:
    """Split a scalar into literal text and references.

    Raises:
        TemplateError: A reference is not closed or has another form.
    """
    parts: list[Part] = []
    literal, position = "", 0
    for opening in _OPENING.finditer(text):
        if opening.start() < position:
            continue
        literal += text[position : opening.start()]
        if opening.group() == "$${":
            literal, position = f"{literal}${{", opening.end()
            continue
        end = text.find("}", opening.end())
        if end < 0:
            raise TemplateError(text[opening.start() :])
        if literal:
            parts.append(literal)
        parts.append(_reference(text[opening.start() : end + 1]))
        literal, position = "", end + 1
    literal += text[position:]
    if literal or not parts:
        parts.append(literal)
    return tuple(parts)


def _reference(written: str) -> Part:
    inside = written[2:-1]
    if match := _ENVIRONMENT.fullmatch(inside):
        return EnvironmentReference(written, match[1], match[3] if match[2] else None)
    if match := _SECRET.fullmatch(inside):
        return SecretReference(written, match[1])
    if match := _PARAMETER.fullmatch(inside):
        return ParameterReference(written, match[1], match[2])
    raise TemplateError(written)
