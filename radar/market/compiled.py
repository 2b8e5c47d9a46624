"""Mark the functions that the kernel compiles.

A marked function stays plain Python: calling it interprets it, and that is the other side of the equality
"compiled = interpreted". The kernel package registers marked functions with numba when it builds a plan, so nothing
that only reads this package pays for importing numba.

Marked functions keep to the subset that both sides run alike: scalars, arrays, records and named tuples; comparisons
instead of ``min`` and ``max`` where NaN may come; no exceptions; no allocation.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, TypeVar

Function = TypeVar("Function", bound=Callable[..., Any])

MARK = "__radar_compiled__"
INLINE = "__radar_inlined__"


def compiled(function: Function) -> Function:
    """Mark ``function`` as part of the kernel and return it unchanged."""
    setattr(function, MARK, True)
    return function


def inlined(function: Function) -> Function:
    """Mark ``function`` as part of the kernel and ask that its body be placed where it is called.

    For the few small functions that every bar of every lane runs.
    """
    setattr(function, INLINE, True)
    return compiled(function)


def is_inlined(value: object) -> bool:
    """Whether ``value`` is a function marked with :func:`inlined`."""
    return bool(getattr(value, INLINE, False))


def is_compiled(value: object) -> bool:
    """Whether ``value`` is a function marked with :func:`compiled`."""
    return bool(getattr(value, MARK, False))
