"""Closed candles of every asset of the pipeline.

In a back-test they come from the Parquet store, on paper and live from the exchange. Only closed candles are given;
a missing candle is missing (nothing is filled in), and a gap makes the series stale until the history that the
pipeline needs is there again. Without ``timeframe`` the candles are those of the pipeline's clock.

Example::

    candles: {source: candles}
    mean: {indicator: sma, in: candles.close, period: 14}
"""

from __future__ import annotations

from radar.nodes.kind import Kind
from radar.nodes.params import NodeParams, param
from radar.nodes.port import Output, PortType


class Params(NodeParams):
    """Parameters of the candle source."""

    timeframe: str | None = param(
        None, "Clock of the candles, a multiple of the pipeline's; absent: the pipeline's clock.", on_change="rewarm"
    )


KIND = Kind(
    params=Params,
    outputs={
        "bar": Output(PortType.BAR, "The closed candle."),
        "open": Output(PortType.SERIES, "Open price.", field="open"),
        "high": Output(PortType.SERIES, "Highest price.", field="high"),
        "low": Output(PortType.SERIES, "Lowest price.", field="low"),
        "close": Output(PortType.SERIES, "Close price.", field="close"),
        "volume": Output(PortType.SERIES, "Volume in base units.", field="volume"),
    },
    series="candles",
    columns=("open", "high", "low", "close", "volume"),
    stability="stable",
)
