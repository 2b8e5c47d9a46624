"""The rows that a run leaves behind: fills and closed trades, and the arrays that a kernel writes them to."""

from __future__ import annotations

from typing import Any, NamedTuple

import numpy as np

FILL = np.dtype(
    [
        ("time", "i8"),
        ("trade", "i8"),
        ("lane", "i8"),
        ("strategy", "i8"),
        ("level", "i8"),
        ("side", "i8"),
        ("opens", "i8"),
        ("at_close", "i8"),
        ("reason", "i8"),
        ("reference", "f8"),
        ("price", "f8"),
        ("quantity", "f8"),
        ("fee", "f8"),
        ("slippage", "f8"),
    ],
    align=True,
)
"""One execution. ``time`` is the open of the bar it happened in (``at_close`` 1: at that bar's close); ``side`` +1
buys, -1 sells; ``reference`` is the price before slippage, always inside the bar."""

TRADE = np.dtype(
    [
        ("trade", "i8"),
        ("lane", "i8"),
        ("strategy", "i8"),
        ("side", "i8"),
        ("entry_time", "i8"),
        ("exit_time", "i8"),
        ("bars", "i8"),
        ("levels", "i8"),
        ("reason", "i8"),
        ("entry_regime", "i8"),
        ("exit_regime", "i8"),
        ("quantity", "f8"),
        ("average_entry", "f8"),
        ("entry_reference", "f8"),
        ("exit_price", "f8"),
        ("exit_reference", "f8"),
        ("stop", "f8"),
        ("target", "f8"),
        ("gross", "f8"),
        ("fees", "f8"),
        ("slippage", "f8"),
        ("funding", "f8"),
        ("net", "f8"),
        ("base", "f8"),
        ("worst", "f8"),
    ],
    align=True,
)
"""One closed position or cycle. ``average_entry`` and ``exit_price`` are after slippage, the ``*_reference`` prices
before; ``gross`` is on reference prices and ``net = gross - fees - slippage + funding``. ``worst`` is the least
``side * (adverse extreme - average) / average`` over its bars, ``stop`` and ``target`` those in force at the exit."""


class Ledger(NamedTuple):
    """Where a kernel writes: ``fills[FILL]``, ``trades[TRADE]``, ``equity[row]``."""

    fills: Any
    trades: Any
    equity: Any
