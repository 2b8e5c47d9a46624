"""Amounts of memory as people write them."""

from __future__ import annotations

import re

from radar.research.sweep.grid import SweepError

DEFAULT = "1GiB"
"""What the columns of a sweep may take unless it says otherwise."""

UNITS = {"": 1, "B": 1, "KB": 10**3, "MB": 10**6, "GB": 10**9, "KIB": 2**10, "MIB": 2**20, "GIB": 2**30, "TIB": 2**40}
_SHAPE = re.compile(r"\s*([0-9]+(?:\.[0-9]+)?)\s*([A-Za-z]*)\s*")


def parse_size(text: str | int) -> int:
    """Bytes of ``512MiB``, ``2GB``, ``1.5GiB`` or a plain number of bytes.

    Raises:
        SweepError: It is none of these, or nothing.
    """
    match = _SHAPE.fullmatch(str(text))
    size = int(float(match[1]) * UNITS[match[2].upper()]) if match and match[2].upper() in UNITS else 0
    if size <= 0:
        raise SweepError(
            f"'{text}' is no amount of memory",
            expected="a number with a unit: 512MiB, 2GiB, 1.5GB",
            next_step=f"leave --memory out for {DEFAULT}",
            code="R6005",
        )
    return size


def size_text(size: int) -> str:
    """``1.5 MiB``."""
    value, unit = float(size), "B"
    for larger in ("KiB", "MiB", "GiB", "TiB"):
        if value < 1024:
            break
        value, unit = value / 1024, larger
    return f"{value:.0f} {unit}" if unit == "B" else f"{value:.1f} {unit}"
