"""Open interest, and its relative change over a fixed horizon.

``value`` is the last record at or before the open of the bar. ``change`` is ``value now / value one horizon before
- 1`` (a fraction), where each of the two is the last record at or before its own instant and not older than one
horizon from it; otherwise it is missing (NaN). ``oi_change_minutes`` must be at least the spacing of the records
(strategies spec 1.5 and 8.2).

Example::

    interest: {source: open_interest, oi_change_minutes: 240}
    smooth: {indicator: sma, in: interest.change, period: 3}
"""

from __future__ import annotations

from radar.nodes.kind import Kind
from radar.nodes.params import ExternalParams, param
from radar.nodes.port import Output, PortType


class Params(ExternalParams):
    """Parameters of the open-interest source."""

    oi_change_minutes: int = param(5, "Horizon of the change.", unit="min", ge=1, le=1440)


KIND = Kind(
    params=Params,
    outputs={
        "value": Output(PortType.SERIES, "Open interest in base units.", field="value"),
        "change": Output(PortType.SERIES, "Relative change over the horizon, a fraction.", field="change"),
    },
    series="open_interest",
    columns=("open_interest", "open_interest_change"),
    stability="beta",
)
