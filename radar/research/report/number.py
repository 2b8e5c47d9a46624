"""Numbers as the page writes them: a true minus sign, thousands apart, a dash for what is not defined."""

from __future__ import annotations

import math

from radar.market.timeframe import DAY, HOUR, MINUTE
from radar.research.report.markup import Markup, element

NOTHING = "–"
THIN = "\u202f"

Number = float | int | None


def number(value: Number, digits: int = 2, *, sign: bool = False) -> str:
    """``−1,234.50``; ``sign`` writes a plus too."""
    if value is None or not math.isfinite(value):
        return NOTHING
    text = f"{abs(value):,.{digits}f}"
    if not text.strip("0.,"):
        return text
    return ("−" if value < 0 else "+" if sign else "") + text


def percent(value: Number, digits: int = 2, *, sign: bool = False) -> str:
    """``−12.34 %`` for a value that is a percentage already."""
    text = number(value, digits, sign=sign)
    return text if text == NOTHING else f"{text}{THIN}%"


def price(value: Number) -> str:
    """Seven significant digits, without zeros at the end; every digit before the point."""
    if value is None or not math.isfinite(value):
        return NOTHING
    if value == 0:
        return "0"
    decimals = max(0, 6 - math.floor(math.log10(abs(value))))
    text = number(value, min(decimals, 12))
    return text.rstrip("0").rstrip(".") if "." in text else text


def duration(milliseconds: Number) -> str:
    """The two largest units: ``3 d 4 h``, ``15 min``."""
    if milliseconds is None or not math.isfinite(milliseconds):
        return NOTHING
    rest = round(milliseconds)
    parts = []
    for length, unit in ((DAY, "d"), (HOUR, "h"), (MINUTE, "min"), (1000, "s")):
        count, rest = divmod(rest, length)
        if count:
            parts.append(f"{count:,}{THIN}{unit}")
    return " ".join(parts[:2]) or f"0{THIN}min"


def date(text: str) -> str:
    """``2025-03-01 08:00`` for an ISO instant."""
    return text.replace("T", " ").removesuffix(":00Z").removesuffix("Z")


def coloured(value: Number, text: str, tag: str = "span") -> Markup:
    """``text`` in the colour of a gain or a loss; the sign in it says the same without colour."""
    known = value is not None and math.isfinite(value) and value != 0
    return element(tag, text, class_=("gain" if (value or 0) > 0 else "loss") if known else None)
