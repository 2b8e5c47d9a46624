"""Keep the run's ledger: fills, closed trades, equity and refusals.

A back-test returns the ledger with its result; ``path`` also writes it to a file, one JSON object a line, replaced as a
whole when the run has ended.

Example::

    sized: {risk: equal_allocation, in: grid}
    guard: {risk: margin_guard, in: sized}
    broker: {executor: account, in: guard}
    journal: {sink: journal, in: broker}
"""

from __future__ import annotations

from radar.nodes.kind import Kind
from radar.nodes.params import NodeParams, param
from radar.nodes.port import Input, PortType


class Params(NodeParams):
    """Parameters of the journal."""

    path: str | None = param(None, "File that the ledger is also written to.", on_change="restart")


KIND = Kind(
    params=Params,
    inputs={"in": Input((PortType.FILLS, PortType.REFUSALS), "What to keep.", many=True)},
    stability="stable",
)
