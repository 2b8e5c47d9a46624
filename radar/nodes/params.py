"""How a node kind declares its parameters: a pydantic model whose every field has a default, bounds, unit and meaning.

The same declaration validates the YAML, makes the JSON schema and lays out the record that the kernel reads. Numbers in
percent are written in percent by the user and are fractions in the kernel (converted once, here): a field called
``sl_percent`` is ``p.sl`` there, and any other field of unit ``%`` keeps its name.
"""

from __future__ import annotations

from typing import Any, Literal

from pydantic import BaseModel, ConfigDict, Field

OnChange = Literal["hot", "rewarm", "restart", "locked"]


class NodeParams(BaseModel):
    """Parameters of a node kind. Unknown keys are errors; values are frozen after validation."""

    model_config = ConfigDict(extra="forbid", frozen=True, allow_inf_nan=False, strict=False)


def param(default: Any, about: str, *, unit: str = "", on_change: OnChange = "rewarm", **bounds: Any) -> Any:
    """Declare a parameter: default, meaning, unit (``%``, ``bars``, ``h``, ``x``, ...), effect of a change, bounds.

    ``on_change``: ``hot`` swaps the value, ``rewarm`` feeds history again, ``restart`` replaces an adapter,
    ``locked`` needs a new run. Bounds are pydantic's (``ge``, ``gt``, ``le``, ``lt``).
    """
    return Field(default, description=about, json_schema_extra={"unit": unit, "on_change": on_change}, **bounds)


class ExternalParams(NodeParams):
    """Keys of every source of what an exchange publishes beside candles."""

    missing: Literal["refuse", "unknown"] = param(
        "refuse",
        "Of an asset without a series: do not run, or let every value be unknown (NaN) and say so in the result.",
        on_change="locked",
    )


class StrategyParams(NodeParams):
    """Keys that every strategy accepts (strategies spec 8.3)."""

    sides: tuple[Literal["long", "short"], ...] = param(
        ("long", "short"), "Sides that may be traded.", on_change="hot", min_length=1
    )
    leverage: float = param(15.0, "Leverage of every order.", unit="x", on_change="hot", ge=1, le=125)
    timeframe: str | None = param(
        None, "Main timeframe; when given it must equal the clock of the bars that are wired in.", on_change="locked"
    )


class LadderParams(StrategyParams):
    """Keys that every grid shares: its number of levels and its stop."""

    leverage: float = param(6.0, "Leverage of every order.", unit="x", on_change="hot", ge=1, le=20)
    num_levels: int = param(3, "Entry levels on a side.", on_change="hot", ge=1, le=6)
    sl_percent: float = param(20.0, "Stop distance from the average entry.", unit="%", on_change="hot", gt=0, lt=100)


class RestingParams(LadderParams):
    """Keys of a grid whose levels rest: also the order type of its entries."""

    entry_order: Literal["market_on_touch", "limit"] = param(
        "market_on_touch", "How a touched level is bought: taker with slippage, or a maker limit.", on_change="hot"
    )


class GridParams(RestingParams):
    """Keys of a grid whose levels rest and which aims at a price: also the order type of its target."""

    target_order: Literal["market_on_touch", "limit"] = param(
        "market_on_touch", "How the target is sold: taker with slippage, or a maker limit.", on_change="hot"
    )
