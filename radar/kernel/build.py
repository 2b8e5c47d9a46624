"""Plan to callable: the generated function compiled by numba, or the same text interpreted by Python."""

from __future__ import annotations

import gc
import importlib
import types
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Literal

import numpy as np

from radar.kernel.cache import kernel_digest, write_module
from radar.kernel.compile import Argument, advance_arguments, compile_in_subprocess, is_cached, signature
from radar.kernel.generate import Source, generate
from radar.kernel.load import load_compiled
from radar.kernel.reach import module_sources, reachable, sources_digest
from radar.kernel.records import RecordArray
from radar.plan.plan import Plan

Mode = Literal["compiled", "interpreted"]
Progress = Callable[[str], None]


@dataclass(frozen=True)
class Kernel:
    """The step function of a topology.

    ``advance`` takes the arrays of a run (see the docstring of the generated function); ``digest`` names the sources
    that it was made of, the same for both modes and on every machine; ``source`` is the generated text.
    """

    advance: Callable[..., int]
    mode: Mode
    digest: str
    source: str


def build(plan: Plan, mode: Mode = "compiled", progress: Progress | None = None) -> Kernel:
    """Build the kernel of ``plan``.

    Compiling happens in a subprocess, so a run or a panel in this process is not held up, and only when the disk cache
    does not have it; ``progress`` is told what is going on.
    """
    source = generate(plan)
    digest = _digest(source)[0]
    if mode == "interpreted":
        return Kernel(_interpreted(source.text), mode, digest, source.text)
    layout = plan.layout
    arguments = advance_arguments(layout.lane, layout.params, layout.shared)
    return Kernel(compiled(source, "advance", arguments, progress), mode, digest, source.text)


def source_of(plan: Plan) -> str:
    """The generated text of ``plan``, without building it."""
    return generate(plan).text


def digest_of(plan: Plan) -> str:
    """The digest of the kernel of ``plan``, without building it."""
    return source_digest(generate(plan))


def source_digest(source: Source) -> str:
    """The digest of a generated module and of everything that it can reach."""
    return _digest(source)[0]


def _digest(source: Source) -> tuple[str, str]:
    roots = [getattr(importlib.import_module(module), name) for module, name, _ in source.imports]
    functions = reachable(root for root in roots if isinstance(root, types.FunctionType))
    sources = module_sources(functions, (module for module, _, _ in source.imports))
    return sources_digest({**sources, "generated": source.text}), sources_digest(sources)


_loaded: dict[Path, Callable[..., int]] = {}


def compiled(source: Source, function: str, arguments: list[Argument], progress: Progress | None) -> Callable[..., int]:
    """A function of a generated module as machine code, from the disk cache or compiled in a subprocess."""
    layouts = "".join(str(argument) for argument in arguments)
    with collector_paused():
        path = write_module(source.text, kernel_digest(source.text + layouts, _digest(source)[1]))
        if path not in _loaded:
            if not is_cached(path, function):
                compile_in_subprocess(path, function, arguments, progress)
            loaded = load_compiled(path, function)
            loaded.compile(signature(arguments))  # type: ignore[attr-defined]
            _loaded[path] = loaded
    return _loaded[path]


@contextmanager
def collector_paused() -> Iterator[None]:
    """Pause the search for garbage while the compiler is imported: nothing of it is, and looking takes a fifth more."""
    running = gc.isenabled()
    gc.disable()
    try:
        yield
    finally:
        if running:
            gc.enable()


def _interpreted(text: str) -> Callable[..., int]:
    module = types.ModuleType("radar_kernel_interpreted")
    # The text is our own: it is what the compiler gets in the other mode.
    exec(compile(text, "<generated kernel>", "exec"), module.__dict__)  # noqa: S102
    advance = module.advance

    def call(*arguments: Any) -> int:
        with np.errstate(all="ignore"):
            wrapped = [
                RecordArray(argument) if isinstance(argument, np.ndarray) and argument.dtype.names else argument
                for argument in arguments
            ]
            return int(advance(*wrapped))

    return call
