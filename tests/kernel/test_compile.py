"""Compiling in a subprocess: told while it lasts, kept for the next start, and an error that can be reported."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from radar.kernel.compile import CompileError, advance_arguments, compile_in_subprocess, done_mark, is_cached
from radar.kernel.load import load_module
from radar.market.account import ACCOUNT
from radar.market.series import SERIES

LANE = np.dtype([("series", SERIES)], align=True)
PARAMS = np.dtype([("run", [("tick", "f8")])], align=True)
SHARED = np.dtype([("broker", ACCOUNT)], align=True)
ARGUMENTS = (
    "first, last, start, times, market, fine_times, fine_market, fine_interval, lanes, params, windows, shared, "
    "shared_windows, fills, trades, equity, trace"
)


def module(folder: Path, name: str, body: str) -> Path:
    """A module with an ``advance`` of this body."""
    path = folder / f"{name}.py"
    path.write_text(f"def advance({ARGUMENTS}):\n    {body}\n", encoding="utf-8")
    return path


@pytest.mark.slow
def test_a_module_is_compiled_once_and_told(tmp_path: Path) -> None:
    """The result lies beside the module, and while it lasts a line says that the next start will not wait."""
    path = module(tmp_path, "radar_kernel_fine", "return first + last")
    told: list[str] = []
    assert not is_cached(path, "advance")
    compile_in_subprocess(path, "advance", advance_arguments(LANE, PARAMS, SHARED), told.append)
    assert is_cached(path, "advance")
    assert told
    assert all("compiling the kernel" in line for line in told)


@pytest.mark.slow
def test_what_cannot_be_compiled_says_what_and_where(tmp_path: Path) -> None:
    """A defect of a kind: the error names the module, carries the compiler's words and asks for a report."""
    path = module(tmp_path, "radar_kernel_broken", "return first + 'text'")
    with pytest.raises(CompileError) as raised:
        compile_in_subprocess(path, "advance", advance_arguments(LANE, PARAMS, SHARED))
    assert "radar_kernel_broken.py could not be compiled" in str(raised.value)
    assert "TypingError" in str(raised.value) or "No implementation" in str(raised.value)
    assert "radarctl plan FILE --source" in str(raised.value.next_step)
    assert not is_cached(path, "advance")


def test_a_mark_without_machine_code_is_no_cache(tmp_path: Path) -> None:
    """Where somebody removed the compiled file, or only it is there, it is compiled again."""
    path = module(tmp_path, "radar_kernel_half", "return first")
    done_mark(path).write_text("compiled\n", encoding="utf-8")
    assert not is_cached(path, "advance")
    (tmp_path / "__pycache__").mkdir()
    (tmp_path / "__pycache__" / "radar_kernel_half.advance-1.py311.1.nbc").write_bytes(b"")
    assert is_cached(path, "advance")
    done_mark(path).unlink()
    assert not is_cached(path, "advance")


def test_a_module_is_imported_once_under_its_own_name(tmp_path: Path) -> None:
    """numba's cache finds functions by the name of their module."""
    path = module(tmp_path, "radar_kernel_once", "return first")
    first = load_module(path)
    assert first.__name__ == "radar_kernel_once"
    assert load_module(path) is first
