"""Which marked functions a kernel can call: their sources go into its digest, they themselves to numba.

numba's own cache does not see edits in functions that it inlined from other files, so the digest of a kernel covers the
source of every module that holds a function it can reach.
"""

from __future__ import annotations

import hashlib
import inspect
import sys
from collections.abc import Callable, Collection, Iterable
from typing import Any

from radar.market.compiled import is_compiled, is_inlined

_registered: set[Callable[..., Any]] = set()


def reachable(roots: Iterable[Callable[..., Any]]) -> list[Callable[..., Any]]:
    """Every marked function that ``roots`` can call, roots included, sorted by module and name."""
    found: dict[Callable[..., Any], None] = {}
    waiting = list(roots)
    while waiting:
        function = waiting.pop()
        if function in found:
            continue
        found[function] = None
        for name in _names(function.__code__):
            value = function.__globals__.get(name)
            if is_compiled(value) and inspect.isfunction(value):
                waiting.append(value)
    return sorted(found, key=lambda function: (function.__module__, function.__qualname__))


def _names(code: Any) -> set[str]:
    names = set(code.co_names)
    for constant in code.co_consts:
        if inspect.iscode(constant):
            names |= _names(constant)
    return names


def module_sources(functions: Iterable[Callable[..., Any]], modules: Iterable[str] = ()) -> dict[str, str]:
    """Source text of every module of this package that ``functions`` read names from, and of ``modules``, by name.

    A constant has no module of its own, so the values of those that the functions read are an entry by themselves.
    """
    names: set[str] = set(modules)
    constants: set[str] = set()
    for function in functions:
        names.add(function.__module__)
        for name in _names(function.__code__):
            value = function.__globals__.get(name)
            owner = getattr(value, "__module__", None)
            if isinstance(owner, str) and owner.startswith("radar."):
                names.add(owner)
            elif isinstance(value, bool | int | float | str | tuple):
                constants.add(f"{function.__module__}.{name} = {value!r}")
    sources = {name: inspect.getsource(sys.modules[name]) for name in sorted(names)}
    return {**sources, "constants": "\n".join(sorted(constants))}


def sources_digest(sources: dict[str, str]) -> str:
    """SHA-256 of module sources, independent of line endings."""
    digest = hashlib.sha256()
    for name, text in sorted(sources.items()):
        digest.update(name.encode("utf-8") + b"\0")
        digest.update(text.replace("\r\n", "\n").encode("utf-8") + b"\0")
    return digest.hexdigest()


OPTIONS: dict[str, Any] = {
    "error_model": "numpy",
    "no_cpython_wrapper": True,
    "no_cfunc_wrapper": True,
    "no_rewrites": True,
    "_nrt": False,
}
"""numba options of every kernel function. Steps never allocate, so no reference is counted (``_nrt``): counting cost a
quarter of the time of a bar. The wrappers and rewrites are of use to callers from Python only; without them a kernel
compiles in two thirds of the time."""


def register(functions: Iterable[Callable[..., Any]], inline: Collection[Callable[..., Any]] = ()) -> None:
    """Make marked functions callable from compiled code; those of ``inline`` are placed where they are called.

    They stay plain functions for Python.
    """
    from numba.extending import register_jitable

    from radar.kernel.compiler import PartCompiler

    for function in functions:
        if function not in _registered:
            placed = function in inline or is_inlined(function)
            register_jitable(**OPTIONS, forceinline=placed, pipeline_class=PartCompiler)(function)
            _registered.add(function)
