"""Results side by side: every metric, its spread, whether that is more than chance, and what else differs."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from radar.engine.significance import Significance, significance
from radar.errors import RadarError

LEAST = 2
CAPITAL = "initial_capital"

COUNTS_AGAINST = frozenset(
    (
        *("losing_trades", "fees", "slippage", "max_drawdown", "max_drawdown_days", "fee_drag"),
        *("margin_peak", "worst_case_stop_loss", "kill_switches", "ulcer_index"),
    )
)
"""Metrics of which less is better. Not ``average_loss``, which is negative."""

NEUTRAL = frozenset(("trades", "winning_trades", "trades_per_year", "gross", "funding", "forced_net"))
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
    """Results side by side. ``warnings`` say in what they differ besides what they earned, ``parameters`` which values
    of nodes are not the same in all (None: the node has no such value), ``significance`` holds each against the first.
    """

    names: tuple[str, ...]
    rows: tuple[Row, ...]
    warnings: tuple[str, ...]
    parameters: Mapping[str, tuple[Any, ...]]
    significance: tuple[Significance, ...]

    def to_json(self) -> dict[str, Any]:
        """Plain data."""
        return {
            "results": list(self.names),
            "metrics": {
                row.metric: {"values": list(row.values), "spread": row.spread, "best": list(row.best)}
                for row in self.rows
            },
            "warnings": list(self.warnings),
            "parameters": {name: list(values) for name, values in self.parameters.items()},
            "significance": [one.to_json() for one in self.significance],
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
    rows = [_row(name, [content["metrics"].get(name) for content in contents]) for name in metrics]
    figures = [_portfolio_figures(content) for content in contents]
    rows += [_row(name, [one[name] for one in figures]) for name in figures[0]]
    parameters = _parameters(contents)
    (first, one), *others = results.items()
    return Comparison(
        tuple(results),
        tuple(rows),
        tuple(_warnings(contents, parameters)),
        parameters,
        tuple(significance(first, one, other, two) for other, two in others),
    )


def _portfolio_figures(content: Mapping[str, Any]) -> dict[str, float | None]:
    """What two portfolios are compared by besides the metrics; None in a result that was kept before it had them."""
    portfolio = content.get("portfolio")
    if portfolio is None:
        return dict.fromkeys(_FIGURES)
    against = portfolio["against"] or {}
    fall, earned = content["metrics"]["max_drawdown"], content["metrics"]["equity_return"]
    values = (
        earned / fall if fall else None,
        against.get("excess_return"),
        portfolio["curve"]["ulcer_index"],
        portfolio["peaks"]["margin_ratio"],
        portfolio["peaks"]["worst_case_stop_loss"],
        len(portfolio["kill_switches"]),
        portfolio["totals"]["forced_net"],
    )
    return dict(zip(_FIGURES, values, strict=True))


_FIGURES = (
    "return_over_drawdown",
    "excess_return",
    "ulcer_index",
    "margin_peak",
    "worst_case_stop_loss",
    "kill_switches",
    "forced_net",
)


def _parameters(contents: Sequence[Mapping[str, Any]]) -> dict[str, tuple[Any, ...]]:
    """``NODE.PARAM``, also of single assets, with its value in each result, where those that have it do not agree."""
    written = [_values(content) for content in contents]
    names = dict.fromkeys(name for values in written for name in values)
    found = {name: tuple(_value(values, name) for values in written) for name in names}
    return {name: values for name, values in found.items() if _differ([one for one in values if one is not None])}


def _differ(values: Sequence[Any]) -> bool:
    return any(value != values[0] for value in values)


def _value(values: Mapping[str, Any], name: str) -> Any:
    """A value in effect: an asset without one of its own has that of the node."""
    node, _, rest = name.partition(".per_asset.")
    return values.get(name, values.get(f"{node}.{rest.partition('.')[2]}"))


def _values(content: Mapping[str, Any]) -> dict[str, Any]:
    values: dict[str, Any] = {}
    for node, one in content["parameters"].items():
        values |= {f"{node}.{name}": value for name, value in one["params"].items()}
        for asset, own in one.get("per_asset", {}).items():
            values |= {f"{node}.per_asset.{asset}.{name}": value for name, value in own.items()}
    return values


def _row(metric: str, values: Sequence[float | None]) -> Row:
    known = [value for value in values if value is not None]
    spread = max(known) - min(known) if len(known) > 1 else None
    best: tuple[int, ...] = ()
    if spread and metric not in NEUTRAL:
        wanted = min(known) if metric in COUNTS_AGAINST else max(known)
        best = tuple(place for place, value in enumerate(values) if value == wanted)
    return Row(metric, tuple(values), spread, best)


def _warnings(contents: Sequence[Mapping[str, Any]], parameters: Mapping[str, Any]) -> list[str]:
    """What differs in how the results were made."""
    looked = {
        "periods": [(content["period"]["from"], content["period"]["to"]) for content in contents],
        "clocks": [content["clock"] for content in contents],
        "assets": [tuple(content["assets"]) for content in contents],
        "initial capitals": [_capital(content) for content in contents],
        "market data": [content["digests"]["data"] for content in contents],
    }
    found = [f"the {what} differ" for what, values in looked.items() if len(set(values)) > 1]
    if len({content["digests"]["pipeline"] for content in contents}) > 1:
        found.append("the pipelines differ")
    elif any(not name.endswith(f".{CAPITAL}") for name in parameters):
        found.append("the parameters differ")
    if any(content["was_liquidated"] for content in contents):
        ended = [str(place + 1) for place, content in enumerate(contents) if content["was_liquidated"]]
        found.append(f"result {', '.join(ended)} ended by liquidation")
    return found


def _capital(content: Mapping[str, Any]) -> float:
    """Initial capital of all accounts."""
    nodes = content["parameters"].values()
    return sum(float(node["params"][CAPITAL]) for node in nodes if node["kind"].startswith("executor."))
