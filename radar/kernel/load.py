"""Import a generated module and make its ``advance`` callable as machine code."""

from __future__ import annotations

import importlib.util
import sys
import types
from collections.abc import Callable
from pathlib import Path
from typing import Any

from radar.kernel.reach import OPTIONS, reachable, register


def load_module(path: Path) -> types.ModuleType:
    """Import a generated module under its own name; numba's cache needs to find it there."""
    name = path.stem
    if name in sys.modules:
        return sys.modules[name]
    spec = importlib.util.spec_from_file_location(name, path)
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    sys.modules[name] = module
    spec.loader.exec_module(module)
    return module


def load_compiled(path: Path, function: str = "advance") -> Callable[..., int]:
    """A function of a generated module as machine code; compiles on first call unless the disk cache has it."""
    import numba

    from radar.kernel.borrow import put_intrinsics
    from radar.kernel.compiler import KernelCompiler

    module = load_module(path)
    put_intrinsics(module)
    root = getattr(module, function)
    steps = [value for name, value in vars(module).items() if name.endswith(("_step", "_terms", "_observe"))]
    # A step is called from one place of the module, so placing its body there makes no code larger.
    register((found for found in reachable([root]) if found is not root), steps)
    options: dict[str, Any] = {**OPTIONS, "no_cpython_wrapper": False, "nogil": True, "cache": True}
    compiled: Callable[..., int] = numba.njit(pipeline_class=KernelCompiler, **options)(root)
    return compiled
