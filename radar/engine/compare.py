"""Results side by side: every metric, the spread between them, and what makes them hard to compare."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from radar.errors import RadarError

LEAST = 2

COUNTS_AGAINST = frozenset(("losing_trades", "fees", "slippage", "max_drawdown", "max_drawdown_days", "fee_drag"))
"""Metrics of which less is better. Not ``average_loss``, which is negative."""

NEUTRAL = frozenset(("trades", "winning_trades", "trades_per_year", "gross", "funding"))
"""Metrics of which neither more nor less is better by itself."""


@dataclass(frozen=True)
class Row:
    """One metric of all results: ``values`` in their order (None: not defined), ``spread`` largest less smallest,
    ``best`` the places of the best ones (none where the metric has no better direction or all are equal)."""

    metric: str
    values: tuple[float | None, ...]
    spread: float | None
    best: tuple[int, ...]


@dataclass(frozen=True)
class Comparison:
    """Results side by side. ``warnings`` say in what they differ besides what they earned."""

    names: tuple[str, ...]
    rows: tuple[Row, ...]
    warnings: tuple[str, ...]

    def to_json(self) -> dict[str, Any]:
        """Plain data."""
        return {
            "results": list(self.names),
            "metrics": {
                row.metric: {"values": list(row.values), "spread": row.spread, "best": list(row.best)}
                for row in self.rows
            },
            "warnings": list(self.warnings),
        }


def compare(results: Mapping[str, Mapping[str, Any]]) -> Comparison:
    """Put results (the plain data of :meth:`radar.engine.result.Result.to_json`, by name) side by side.

    Raises:
        RadarError: There are fewer than two.
    """
    if len(results) < LEAST:
        raise RadarError(
            "there is one result, and nothing to compare it with" if results else "there is nothing to compare",
            expected="at least two results or pipelines",
            next_step="name another one, or --fill-models to compare a pipeline with itself under three fill models",
        )
    contents = list(results.values())
    metrics = [name for name, value in contents[0]["metrics"].items() if not isinstance(value, bool)]
    rows = tuple(_row(name, [content["metrics"].get(name) for content in contents]) for name in metrics)
    return Comparison(tuple(results), rows, tuple(_warnings(contents)))


def _row(metric: str, values: Sequence[float | None]) -> Row:
    known = [value for value in values if value is not None]
    spread = max(known) - min(known) if len(known) > 1 else None
    best: tuple[int, ...] = ()
    if spread and metric not in NEUTRAL:
        wanted = min(known) if metric in COUNTS_AGAINST else max(known)
        best = tuple(place for place, value in enumerate(values) if value == wanted)
    return Row(metric, tuple(values), spread, best)


def _warnings(contents: Sequence[Mapping[str, Any]]) -> list[str]:
    """What differs in how the results were made."""
    looked = {
        "periods": [(content["period"]["from"], content["period"]["to"]) for content in contents],
        "clocks": [content["clock"] for content in contents],
        "assets": [tuple(content["assets"]) for content in contents],
        "initial capitals": [_capital(content) for content in contents],
        "market data": [content["digests"]["data"] for content in contents],
    }
    found = [f"the {what} differ" for what, values in looked.items() if len(set(values)) > 1]
    if any(content["was_liquidated"] for content in contents):
        ended = [str(place + 1) for place, content in enumerate(contents) if content["was_liquidated"]]
        found.append(f"result {', '.join(ended)} ended by liquidation")
    return found


def _capital(content: Mapping[str, Any]) -> float:
    """Initial capital of all accounts."""
    nodes = content["parameters"].values()
    return sum(float(node["params"]["initial_capital"]) for node in nodes if node["kind"].startswith("executor."))
