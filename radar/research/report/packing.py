"""Long series in few bytes: whole numbers, their differences, seven bits a byte, base64.

Script ``decode.js`` is the other side. Steps between neighbours are small, so most take one or two bytes.
"""

from __future__ import annotations

import base64
import math

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float64]
Whole = NDArray[np.int64]

EXACT = 1e-4
"""A scaled price this close to a whole number was written with that many decimals; floats add about 1e-8."""


def pack_whole(values: Whole) -> str:
    """Base64 of ``values``, each as a variable number of bytes. Negative ones are folded between the positive."""
    folded = ((values << 1) ^ (values >> 63)).astype(np.uint64)
    size = np.ones(len(folded), np.int64)
    rest = folded >> np.uint64(7)
    while rest.any():
        size += rest > 0
        rest >>= np.uint64(7)
    ends = np.cumsum(size)
    packed = np.zeros(int(ends[-1]) if len(ends) else 0, np.uint8)
    for place in range(int(size.max(initial=0))):
        inside = size > place
        byte = (folded[inside] >> np.uint64(7 * place)) & np.uint64(0x7F)
        more = (size[inside] > place + 1).astype(np.uint64) << np.uint64(7)
        packed[ends[inside] - size[inside] + place] = (byte | more).astype(np.uint8)
    return base64.b64encode(packed.tobytes()).decode("ascii")


def pack_steps(values: Whole) -> str:
    """The first value and the steps from each to the next."""
    return pack_whole(np.diff(values, prepend=np.int64(0)))


def decimals_of(values: Floats, digits: int) -> int:
    """The fewest decimals that write every value exactly, at most those that give ``digits`` significant digits."""
    largest = float(np.max(np.abs(values), initial=0.0))
    if largest == 0.0 or not math.isfinite(largest):
        return 0
    most = min(max(digits - 1 - math.floor(math.log10(largest)), 0), 12)
    for decimals in range(most):
        scaled = values * 10.0**decimals
        if np.all(np.abs(scaled - np.rint(scaled)) < EXACT):
            return decimals
    return most


def scaled(values: Floats, decimals: int) -> Whole:
    """``values`` in units of ``10 ** -decimals``."""
    return np.rint(values * 10.0**decimals).astype(np.int64)
