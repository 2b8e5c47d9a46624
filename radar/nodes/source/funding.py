"""The funding rate that was last settled, as a fraction of notional per settlement (0.0001 is 0.01 %).

A decision at bar i sees the last record stamped at or before the open of the bar (strategies spec 1.5 and 8.1); stamps
are floored to the whole minute, because exchanges stamp a few milliseconds late. A rate older than 24 hours is missing
(NaN), as it is before the first record. Settlements themselves are booked by the account, with or without this node.

Example::

    rates: {source: funding}
    smooth: {indicator: sma, in: rates.rate, period: 3}
"""

from __future__ import annotations

from radar.nodes.kind import Kind
from radar.nodes.params import ExternalParams
from radar.nodes.port import Output, PortType


class Params(ExternalParams):
    """Parameters of the funding source."""


KIND = Kind(
    params=Params,
    outputs={"rate": Output(PortType.SERIES, "Last settled rate, a fraction; NaN when unknown or older than 24 h.")},
    series="funding",
    columns=("funding_rate",),
    stability="stable",
)
