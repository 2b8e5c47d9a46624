"""Numbers of the domain as messages: exact decimals, metrics, periods."""

from __future__ import annotations

import math
from collections.abc import Mapping
from decimal import Decimal
from typing import Any

from radar.control.said import instant
from radar.v1 import report_pb2, value_pb2

__all__ = ["decimal", "metrics", "period"]

_NANOSECONDS = 1_000_000
_COUNTS = ("trades", "winning_trades", "losing_trades")


def decimal(value: float) -> value_pb2.Decimal:
    """A number as a decimal: the shortest digits that are this very number, never an exponent."""
    return value_pb2.Decimal(value=format(Decimal(repr(float(value))), "f"))


def metrics(found: Mapping[str, Any]) -> report_pb2.Metrics:
    """Metrics by the names of a result; what is not defined is absent."""
    message = report_pb2.Metrics()
    for name, field in message.DESCRIPTOR.fields_by_name.items():
        value = found.get(name)
        if value is None or not math.isfinite(value):
            continue
        if field.message_type is not None:
            getattr(message, name).CopyFrom(decimal(value))
        elif name in _COUNTS:
            setattr(message, name, int(value))
        elif name != "no_losses":
            setattr(message, name, float(value))
    factor = found.get("profit_factor")
    message.no_losses = bool(found.get("no_losses")) or factor == math.inf
    return message


def period(start: int | None, end: int | None) -> value_pb2.Period:
    """A span of market time from milliseconds UTC."""
    return value_pb2.Period(
        start=None if start is None else instant(start * _NANOSECONDS),
        end=None if end is None else instant(end * _NANOSECONDS),
    )
