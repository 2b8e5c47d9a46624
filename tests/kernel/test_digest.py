"""A cached kernel is never stale: whatever a kernel is made of is in its name."""

from __future__ import annotations

import platform
from collections.abc import Iterator
from pathlib import Path

import llvmlite
import llvmlite.binding as llvm
import numba
import numpy as np
import pytest

import radar.nodes.indicator.regime
import radar.nodes.indicator.sma
import radar.nodes.sliding
from radar.engine.backtest import prepare
from radar.kernel.build import build, digest_of
from radar.kernel.cache import cache_folder, kernel_digest, machine, write_module
from radar.kernel.reach import module_sources, reachable, sources_digest
from radar.plan.plan import Plan
from tests.kernel.copies import Copies, copies, with_kind

TEXT = """radar: 1
pipeline: look
assets: [BTC]
clock: 1h
nodes:
  candles: {source: candles}
  mean: {indicator: sma, in: candles.close, period: 3}
  mood: {indicator: regime, in: candles}
"""


@pytest.fixture
def edited(tmp_path: Path) -> Iterator[Copies]:
    """Copies of modules, with edits."""
    yield from copies(tmp_path)


def plan(text: str = TEXT) -> Plan:
    """A plan that only looks at values."""
    return prepare(text, used=["mean", "mood"]).plan


def test_the_same_sources_have_the_same_digest() -> None:
    """Two plans of one text, and both modes, name one kernel."""
    assert digest_of(plan()) == digest_of(plan()) == build(plan(), "interpreted").digest


def test_an_edited_step_has_another_digest(edited: Copies) -> None:
    """One character in the file of a step is another kernel; the same text again is the same one."""
    original = radar.nodes.indicator.sma
    same = digest_of(with_kind(plan(), "mean", edited.module(original, "radar_copy_sma", {})))
    again = digest_of(with_kind(plan(), "mean", edited.module(original, "radar_copy_sma", {})))
    changed = edited.module(original, "radar_copy_sma", {"p.window, p.period, x)": "p.window, p.period, x + 0.0)"})
    assert same == again
    assert digest_of(with_kind(plan(), "mean", changed)) != same


def test_an_edited_helper_has_another_digest(edited: Copies) -> None:
    """An edit in a function that a step calls, in another file, which numba's own cache would not see."""
    helper = {"radar.nodes.sliding": "radar_copy_sliding"}
    found = []
    for edits in ({}, {"mean = s.origin + total / size": "mean = s.origin + total / (size + 0)"}):
        edited.module(radar.nodes.sliding, "radar_copy_sliding", edits)
        step = edited.module(radar.nodes.indicator.sma, "radar_copy_sma", helper)
        found.append(digest_of(with_kind(plan(), "mean", step)))
    assert found[0] != found[1]


def test_a_constant_of_another_module_is_in_the_digest(edited: Copies) -> None:
    """A number that a step takes from elsewhere changes the digest though no reachable file's text changes."""
    step = edited.module(radar.nodes.indicator.regime, "radar_copy_regime", {})
    before = digest_of(with_kind(plan(), "mood", step))
    step.RANGING = 7
    assert digest_of(with_kind(plan(), "mood", step)) != before


def test_what_the_generated_text_imports_is_in_the_digest() -> None:
    """Also a class: a bar with other fields is another kernel."""
    sources = module_sources(reachable([radar.nodes.indicator.sma.step]), ["radar.market.bar"])
    assert {"radar.market.bar", "radar.nodes.indicator.sma", "radar.nodes.sliding"} <= set(sources)
    changed = {**sources, "radar.market.bar": sources["radar.market.bar"] + "#"}
    assert sources_digest(changed) != sources_digest(sources)


def test_line_endings_do_not_matter() -> None:
    """A checkout with carriage returns names the same kernel."""
    unix = {"a": "x = 1\ny = 2\n", "b": "z = 3\n"}
    assert sources_digest({name: text.replace("\n", "\r\n") for name, text in unix.items()}) == sources_digest(unix)
    assert sources_digest({"a": unix["a"] + unix["b"]}) != sources_digest(unix)


def test_the_wiring_is_in_the_digest_and_values_are_not() -> None:
    """Another wire is another kernel, another number is the same one."""
    assert digest_of(plan(TEXT.replace("candles.close", "candles.open"))) != digest_of(plan())
    assert digest_of(plan(TEXT.replace("period: 3", "period: 30"))) == digest_of(plan())


@pytest.mark.parametrize(
    ("owner", "name", "value"),
    [
        (numba, "__version__", "0.0.1"),
        (llvmlite, "__version__", "0.0.1"),
        (np, "__version__", "0.0.1"),
        (platform, "python_version", lambda: "3.99.0"),
        (platform, "machine", lambda: "abacus"),
        (llvm, "get_host_cpu_name", lambda: "abacus"),
    ],
    ids=["numba", "llvmlite", "numpy", "python", "architecture", "processor"],
)
def test_machine_code_is_named_by_the_machine(
    owner: object, name: str, value: object, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Another compiler, interpreter or processor compiles anew; the digest in a result stays as it is."""
    here, text = kernel_digest("text", "sources"), digest_of(plan())
    monkeypatch.setattr(owner, name, value)
    assert kernel_digest("text", "sources") != here
    assert digest_of(plan()) == text


def test_the_features_of_the_processor_count() -> None:
    """Two processors of one name may differ in what they can do."""
    assert llvm.get_host_cpu_features().flatten() in machine()


def test_a_module_is_written_whole_and_once(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Under its digest, in the folder that RADAR_CACHE names; a second writer changes nothing, nothing is left over."""
    monkeypatch.setenv("RADAR_CACHE", str(tmp_path / "with a blank" / "kernels"))
    path = write_module("first = 1\n", "a" * 64)
    assert path.parent == cache_folder() == tmp_path / "with a blank" / "kernels"
    assert write_module("other = 2\n", "a" * 64) == path
    assert path.read_bytes() == b"first = 1\n"
    assert [one.name for one in path.parent.iterdir()] == [path.name]
    assert path.stem.isidentifier()


def test_without_a_named_folder_it_is_the_user_s(monkeypatch: pytest.MonkeyPatch) -> None:
    """The platform's cache folder, never the working folder."""
    monkeypatch.delenv("RADAR_CACHE", raising=False)
    assert cache_folder().is_absolute()
    assert "radar" in cache_folder().parts
