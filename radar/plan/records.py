"""Layout of the numpy records that a kernel reads and writes.

Params and state are records with named fields, so the body of a step reads as its formula does.
"""

from __future__ import annotations

import types
import typing
from typing import Any, Literal, get_args, get_origin

import numpy as np

from radar.market.timeframe import Timeframe
from radar.nodes.kind import Kind
from radar.nodes.params import NodeParams

HIDDEN = ("window", "interval")
"""Fields that every parameter record has besides the kind's own."""


def kernel_name(name: str, unit: str) -> str:
    """Name of a parameter in the kernel: a percentage loses its suffix, because it is a fraction there."""
    if unit == "%":
        return name.removesuffix("_percent").removesuffix("_pct")
    return name


def _type_of(annotation: Any) -> tuple[Any, bool]:
    """The type of a field without ``None``, and whether ``None`` is allowed."""
    if get_origin(annotation) in (typing.Union, types.UnionType):
        parts = [part for part in get_args(annotation) if part is not type(None)]
        return (parts[0] if len(parts) == 1 else annotation), len(parts) < len(get_args(annotation))
    return annotation, False


def _numpy_type(name: str, annotation: Any) -> str | None:
    kind, optional = _type_of(annotation)
    if get_origin(kind) in (Literal, tuple) or kind is bool:
        return "i8"
    if kind is int:
        return "f8" if optional else "i8"
    if kind is float:
        return "f8"
    return "i8" if name in TIMEFRAME_NAMES else None


TIMEFRAME_NAMES = ("timeframe", "to")
"""Text parameters that name a timeframe; the kernel reads them in milliseconds (0: not given)."""


def _unit(params: type[NodeParams], name: str) -> str:
    extra = params.model_fields[name].json_schema_extra
    return str(extra.get("unit", "")) if isinstance(extra, dict) else ""


def param_dtype(kind: Kind) -> np.dtype:
    """Layout of a kind's parameter record. Text that the kernel has no use for is left out."""
    fields: list[tuple[str, str]] = []
    for name, info in kind.params.model_fields.items():
        code = _numpy_type(name, info.annotation)
        if code is not None:
            fields.append((kernel_name(name, _unit(kind.params, name)), code))
    fields.extend((name, "i8") for name in HIDDEN)
    return np.dtype(fields, align=True)


def _value(name: str, annotation: Any, unit: str, value: Any) -> float | int:
    kind, _ = _type_of(annotation)
    if value is None:
        return 0 if name in TIMEFRAME_NAMES else float("nan")
    if get_origin(kind) is Literal:
        return int(get_args(kind).index(value))
    if get_origin(kind) is tuple:
        choices = get_args(get_args(kind)[0])
        return sum(1 << choices.index(item) for item in value)
    if isinstance(value, str):
        return Timeframe.parse(value).milliseconds
    number: float | int = value / 100.0 if unit == "%" else value
    return number


def write_params(record: Any, kind: Kind, params: NodeParams, *, interval: int, window: int) -> None:
    """Write ``params`` into ``record`` (a ``np.void`` of :func:`param_dtype`): percentages become fractions."""
    for name, info in kind.params.model_fields.items():
        if _numpy_type(name, info.annotation) is not None:
            unit = _unit(kind.params, name)
            record[kernel_name(name, unit)] = _value(name, info.annotation, unit, getattr(params, name))
    record["interval"] = interval
    record["window"] = window


def fields_dtype(fields: Any) -> np.dtype:
    """A record layout from (name, type) pairs; a type is 'f8', 'i8', (type, count) or a tuple of pairs (nested)."""
    layout: list[Any] = []
    for name, code in fields:
        if isinstance(code, str):
            layout.append((name, code))
        elif len(code) == 2 and isinstance(code[1], int):
            layout.append((name, code[0], (code[1],)))
        else:
            layout.append((name, fields_dtype(code)))
    return np.dtype(layout, align=True)


def state_dtype(kind: Kind) -> np.dtype:
    """Layout of a kind's state record."""
    return fields_dtype(kind.state)
