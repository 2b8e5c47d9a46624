"""Numbers that are typed with their unit: ``0.06%``, ``8h``, ``25 USDT``."""

from __future__ import annotations

import re

__all__ = ["UnitError", "with_unit"]

_TYPED = re.compile(r"([-+]?(?:\.[0-9]+|[0-9]+(?:\.[0-9]*)?)(?:[eE][-+]?[0-9]+)?)\s*([A-Za-z%]+)")
_MILLISECONDS = {"ms": 1, "s": 1_000, "min": 60_000, "m": 60_000, "h": 3_600_000, "d": 86_400_000}
_SINGULAR = {"bar": "bars"}


class UnitError(ValueError):
    """A number has another unit than its parameter; ``typed`` is that unit and ``fix`` what to write instead."""

    def __init__(self, typed: str, expected: str, fix: str) -> None:
        super().__init__(typed)
        self.typed = typed
        self.expected = expected
        self.fix = fix


def with_unit(text: str, unit: str) -> float | None:
    """The number in ``text``, in ``unit``, or None when the text is not a number with a unit behind it.

    Units of time convert into each other exactly (``2d`` is 48 for a parameter in hours); no other units do.

    Raises:
        UnitError: The unit is not that of the parameter.
    """
    match = _TYPED.fullmatch(text.strip())
    if match is None:
        return None
    number, typed = float(match[1]), _SINGULAR.get(match[2], match[2])
    if typed.lower() == unit.lower() and unit:
        return number
    if typed in _MILLISECONDS and unit in _MILLISECONDS:
        return number * _MILLISECONDS[typed] / _MILLISECONDS[unit]
    if not unit and typed == "%":
        raise UnitError(typed, "a plain number (a fraction, not a percentage)", f"write {number / 100:.12g}")
    if not unit:
        raise UnitError(typed, "a plain number", f"write {match[1]}")
    expected = f"a number in {unit}, such as {match[1]} or {_spelled(match[1], unit)}"
    raise UnitError(typed, expected, "")


def _spelled(number: str, unit: str) -> str:
    return f"{number}{unit}" if len(unit) < 3 else f"{number} {unit}"
