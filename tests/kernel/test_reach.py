"""Which functions a kernel can call: all of them marked, all of them known to the digest and to the compiler."""

from __future__ import annotations

import importlib
import inspect
from typing import Any

import pytest

from radar.kernel.generate import generate
from radar.kernel.reach import _names, _registered, module_sources, reachable, register
from radar.market.compiled import compiled, inlined, is_compiled, is_inlined
from radar.nodes.registry import kinds
from tests.conformance.cases import CASES, prepared


def roots(name: str) -> list[Any]:
    """The functions that the kernel of a case calls."""
    imported = [getattr(importlib.import_module(module), one) for module, one, _ in generate(plan(name)).imports]
    return [one for one in imported if inspect.isfunction(one) and one not in (compiled, inlined)]


def plan(name: str) -> Any:
    """The plan of a case."""
    return prepared(name)[0].plan


@pytest.mark.parametrize("name", CASES)
def test_every_function_of_ours_that_is_called_is_marked(name: str) -> None:
    """A plain helper inside a marked function would be compiled without being in the digest."""
    found = reachable(roots(name))
    assert all(is_compiled(one) for one in found)
    for function in found:
        for used in _names(function.__code__):
            value = function.__globals__.get(used)
            if inspect.isfunction(value) and value.__module__.startswith("radar."):
                assert value in found, f"{function.__qualname__} calls {used}, which is not marked"


@pytest.mark.parametrize("name", CASES)
def test_every_file_that_a_kernel_is_made_of_is_in_its_sources(name: str) -> None:
    """Files of the reached functions, and of the classes that they build."""
    found = reachable(roots(name))
    assert {one.__module__ for one in found} <= set(module_sources(found))


def test_reachable_follows_calls_in_other_files_and_is_sorted() -> None:
    """From a step to the smoothing that its helper calls; the order does not depend on where it began."""
    kind = kinds()["indicator", "atr"]
    assert kind.step is not None
    found = [f"{one.__module__}.{one.__qualname__}" for one in reachable([kind.step])]
    assert "radar.nodes.smoothing.smoothed" in found
    assert "radar.nodes.wilder.true_range" in found
    assert found == sorted(found)
    both = [kind.step, kinds()["indicator", "sma"].step]
    assert reachable(both) == reachable(reversed(both))


@pytest.mark.parametrize("key", kinds(), ids=str)
def test_every_function_of_a_kind_is_marked(key: Any) -> None:
    """Steps, terms and what risk nodes say are all part of a kernel."""
    kind = kinds()[key]
    for function in (kind.step, kind.terms, kind.approve, kind.learn, kind.observe):
        if function is not None:
            assert is_compiled(function)


def test_marked_functions_stay_plain() -> None:
    """A mark changes nothing for Python, also after the compiler has been told."""

    @inlined
    def twice(x: float) -> float:
        return 2.0 * x

    @compiled
    def plain(x: float) -> float:
        return x

    assert (is_compiled(twice), is_inlined(twice)) == (True, True)
    assert (is_compiled(plain), is_inlined(plain)) == (True, False)
    register([twice])
    register([twice])
    assert inspect.isfunction(twice)
    assert twice in _registered
    assert twice(4.0) == 8.0
    _registered.discard(twice)


def test_registered_functions_can_be_called_from_machine_code() -> None:
    """What the interpreter calls by name, compiled code calls by the same name, with the same result."""
    import numba

    kind = kinds()["indicator", "regime"]
    assert kind.module is not None
    classify = kind.module.classify
    register(reachable([classify]))
    call = numba.njit(lambda a, b, c, d, e: classify(a, b, c, d, e))
    for values in ((30.0, 5.0, 4.0, 1.0, 1.0), (30.0, 4.0, 5.0, 1.0, 1.0), (1.0, 1.0, 1.0, 3.0, 1.0)):
        assert call(*values) == classify(*values)
