"""What flows on a wire. An edge whose two ends do not fit is a diagnostic, never a surprise while running."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum


class PortType(StrEnum):
    """The closed set of port types.

    ``bar`` a closed candle; ``series`` one number per bar, NaN where it is not known; ``flag`` true or false;
    ``regime`` a market regime; ``intent`` what a strategy wants; ``sized`` an intent with an allocation; ``approved``
    a sized intent that passed a risk gate; ``fills`` what an executor did; ``refusals`` what a risk node refused.
    """

    BAR = "bar"
    SERIES = "series"
    FLAG = "flag"
    REGIME = "regime"
    INTENT = "intent"
    SIZED = "sized"
    APPROVED = "approved"
    FILLS = "fills"
    REFUSALS = "refusals"


FITS: dict[PortType, frozenset[PortType]] = {
    PortType.BAR: frozenset({PortType.BAR}),
    PortType.SERIES: frozenset({PortType.SERIES}),
    PortType.FLAG: frozenset({PortType.FLAG}),
    PortType.REGIME: frozenset({PortType.REGIME}),
    PortType.INTENT: frozenset({PortType.INTENT, PortType.SIZED, PortType.APPROVED}),
    PortType.SIZED: frozenset({PortType.SIZED, PortType.APPROVED}),
    PortType.APPROVED: frozenset({PortType.APPROVED}),
    PortType.FILLS: frozenset({PortType.FILLS}),
    PortType.REFUSALS: frozenset({PortType.REFUSALS}),
}
"""Which output types an input of a type takes."""


INTENTS = frozenset({PortType.INTENT, PortType.SIZED, PortType.APPROVED})
"""The port types that carry what a strategy wants."""


@dataclass(frozen=True)
class Input:
    """An input port. ``optional`` may stay unwired (the node then reads NaN); ``many`` takes a list."""

    type: PortType | tuple[PortType, ...]
    about: str
    optional: bool = False
    many: bool = False

    @property
    def types(self) -> tuple[PortType, ...]:
        """The port types that this input asks for (any one of them)."""
        return self.type if isinstance(self.type, tuple) else (self.type,)

    def takes(self, output: PortType) -> bool:
        """Whether an output of type ``output`` may be wired here."""
        return any(output in FITS[wanted] for wanted in self.types)


@dataclass(frozen=True)
class Output:
    """An output port. ``field`` names the part of the step's result that it carries; '' is the whole result."""

    type: PortType
    about: str
    field: str = ""
