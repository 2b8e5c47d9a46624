"""What the compiler makes of :mod:`radar.market.borrowed`: records in the frame of the function.

A local record that only inlined code sees is taken apart by the optimiser into one value a field, as if the generated
function had been written with plain variables.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from functools import cache
from types import ModuleType
from typing import Any

import numpy as np

from radar.market import borrowed


def numbers(dtype: np.dtype) -> np.dtype:
    """A record without its arrays: numbers, and records of numbers."""
    fields: Mapping[str, Any] = dtype.fields or {}
    kept = [(name, fields[name][0]) for name in dtype.names or () if fields[name][0].shape == ()]
    return np.dtype([(name, numbers(field) if field.names else field) for name, field in kept], align=True)


def leaves(dtype: np.dtype, original: np.dtype, at: int = 0, there: int = 0) -> list[tuple[np.dtype, int, int]]:
    """Every number of ``dtype``, which is :func:`numbers` of ``original``: its type and its offset in both."""
    found: list[tuple[np.dtype, int, int]] = []
    fields: Mapping[str, Any] = dtype.fields or {}
    others: Mapping[str, Any] = original.fields or {}
    for name in dtype.names or ():
        (field, offset, *_), (other, place, *_) = fields[name], others[name]
        if field.names:
            found += leaves(field, other, at + offset, there + place)
        else:
            found.append((field, at + offset, there + place))
    return found


@cache
def intrinsics() -> dict[str, Callable[..., Any]]:
    """The two functions, as numba compiles them."""
    from numba import from_dtype, types
    from numba.core import cgutils
    from numba.extending import intrinsic

    def move(context: Any, builder: Any, source: Any, target: Any, parts: list[tuple[np.dtype, int, int]]) -> None:
        for dtype, start, end in parts:
            kind = context.get_data_type(from_dtype(dtype))
            taken = cgutils.get_record_member(builder, source, start, kind)  # type: ignore[no-untyped-call]
            place = cgutils.get_record_member(builder, target, end, kind)  # type: ignore[no-untyped-call]
            builder.store(builder.load(taken, align=dtype.alignment), place, align=dtype.alignment)

    @intrinsic
    def borrow(typing: Any, record: Any) -> Any:  # noqa: ARG001 - numba passes its typing context
        """See :func:`radar.market.borrowed.borrow`."""
        small = numbers(record.dtype)
        local = from_dtype(small)

        def generate(context: Any, builder: Any, _: Any, arguments: Any) -> Any:
            # Not alloca_once of numba: it stores zeros byte by byte, and the optimiser would then keep bytes apart.
            with builder.goto_entry_block():
                made = builder.alloca(context.get_data_type(local))
                made.align = small.alignment
            parts = [(dtype, there, at) for dtype, at, there in leaves(small, record.dtype)]
            move(context, builder, arguments[0], made, parts)
            return made

        return local(record), generate

    @intrinsic
    def give_back(typing: Any, copy: Any, record: Any) -> Any:  # noqa: ARG001
        """See :func:`radar.market.borrowed.give_back`."""

        def generate(context: Any, builder: Any, _: Any, arguments: Any) -> Any:
            move(context, builder, arguments[0], arguments[1], leaves(copy.dtype, record.dtype))
            return context.get_dummy_value()

        return types.none(copy, record), generate

    return {"borrow": borrow, "give_back": give_back}


def put_intrinsics(module: ModuleType) -> None:
    """Let a generated module that is about to be compiled mean the compiler's functions by the two names."""
    for name, function in intrinsics().items():
        if getattr(module, name, None) is getattr(borrowed, name):
            setattr(module, name, function)
