"""Equity, drawdown and buy-and-hold at the points that the page draws."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from itertools import pairwise
from typing import Any

import numpy as np

from radar.engine.portfolio.curve import drawdowns
from radar.engine.result import Result
from radar.engine.summary import held_curves, initial_capital
from radar.research.report.packing import Floats, Whole, decimals_of, pack_steps, scaled

POINTS = 60_000
"""Most points of a curve in a report; more than a screen shows at any useful zoom."""
KINDS = 5
"""Points kept of each stretch of a thinned curve: first, last, lowest, highest, deepest drawdown."""


@dataclass(frozen=True)
class Curve:
    """``times`` (bar opens, ms UTC) with ``equity``, ``drawdown`` (percent, at most 0) and ``held`` by asset.

    ``held["all"]`` is the capital spread evenly over all assets. ``bars`` points were there before thinning.
    """

    times: Whole
    equity: Floats
    drawdown: Floats
    held: Mapping[str, Floats]
    capital: float
    bars: int

    @property
    def is_thinned(self) -> bool:
        """Whether points were left out."""
        return len(self.times) < self.bars

    def to_json(self) -> dict[str, Any]:
        """Packed for the page's script."""
        decimals = decimals_of(np.array([self.capital, *self.equity]), 7)
        return {
            "capital": self.capital,
            "bars": self.bars,
            "times": pack_steps(self.times // 1000),
            "decimals": decimals,
            "equity": pack_steps(scaled(self.equity, decimals)),
            "drawdown": pack_steps(scaled(self.drawdown, 2)),
            "held": {name: pack_steps(scaled(values, decimals)) for name, values in self.held.items()},
        }


def capital_of(result: Result) -> float:
    """Initial capital of the first account."""
    return initial_capital(result.run)


def curve_of(result: Result, most: int = POINTS) -> Curve:
    """The curves of ``result`` at no more than ``most`` points."""
    capital = capital_of(result)
    equity = result.equity
    drawdown = -drawdowns(equity, capital)
    kept = kept_points(equity, drawdown, most)
    held = {name: values[kept] for name, values in held_curves(result.run).items()}
    return Curve(result.times[kept], equity[kept], drawdown[kept], held, capital, len(equity))


def kept_points(equity: Floats, drawdown: Floats, most: int) -> Whole:
    """Indices that keep every stretch's first, last, lowest and highest value and its deepest drawdown."""
    count = len(equity)
    if count <= most:
        return np.arange(count)
    stretches = most // KINDS
    edges = np.linspace(0, count, stretches + 1).astype(np.int64)
    kept = np.empty((stretches, KINDS), np.int64)
    for index, (start, end) in enumerate(pairwise(edges.tolist())):
        part = equity[start:end]
        kept[index] = start, end - 1, start + part.argmin(), start + part.argmax(), start + drawdown[start:end].argmin()
    return np.unique(kept)
