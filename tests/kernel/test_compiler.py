"""Parts of a kernel: they call each other, work for any caller, and how they are compiled is in a kernel's name."""

from __future__ import annotations

import shutil
from pathlib import Path

import numba
import numpy as np
import pytest

from radar.kernel import cache
from radar.kernel.compiler import KernelCompiler, KernelLibrary
from radar.kernel.reach import OPTIONS, reachable, register
from radar.market.compiled import compiled


@compiled
def halved(value: float) -> float:
    """A part that another part calls."""
    return value / 2.0


@compiled
def quartered(value: float) -> float:
    """A part that two functions call."""
    return halved(halved(value))


def shares(values: np.ndarray, out: np.ndarray) -> int:
    """A kernel of two parts, one of which it does not call itself."""
    for row in range(values.shape[0]):
        out[row] = quartered(values[row])
    return len(values)


def test_a_kernel_takes_in_the_parts_of_its_parts() -> None:
    """Machine code that reaches a part only through another gives what Python gives, and holds no part for callers."""
    register(function for function in reachable([shares]) if function is not shares)
    kernel = numba.njit(pipeline_class=KernelCompiler, **{**OPTIONS, "no_cpython_wrapper": False})(shares)
    values, out, expected = np.array([1.0, -3.5, np.nan]), np.zeros(3), np.zeros(3)
    assert kernel(values, out) == shares(values, expected) == 3
    assert out.tobytes() == expected.tobytes()
    (compiled_kernel,) = kernel.overloads.values()
    assert isinstance(compiled_kernel.library, KernelLibrary)
    exported = [
        function.name
        for function in compiled_kernel.library.get_defined_functions()
        if function.linkage.name in ("external", "linkonce_odr")
    ]
    assert not [name for name in exported if "halved" in name or "quartered" in name]


def test_a_part_can_be_called_from_any_compiled_function() -> None:
    """A caller that knows nothing of kernels gets a part with all that the part calls."""
    register(reachable([quartered]))
    assert numba.njit(lambda value: quartered(value))(8.0) == 2.0


@pytest.mark.parametrize("module", cache.HOW)
def test_how_a_kernel_is_compiled_is_part_of_its_name(
    module: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A change of an option of the compiler never meets machine code that was made without it."""
    for name in cache.HOW:
        shutil.copy(Path(cache.__file__).with_name(f"{name}.py"), tmp_path / f"{name}.py")
    monkeypatch.setattr(cache, "__file__", str(tmp_path / "cache.py"))
    before = cache.kernel_digest("text", "sources")
    assert cache.kernel_digest("text", "sources") == before
    with (tmp_path / f"{module}.py").open("a", encoding="utf-8") as file:
        file.write("# another option\n")
    assert cache.kernel_digest("text", "sources") != before
