"""Whatever the text, the loader answers with diagnostics: never a traceback, never silence."""

from __future__ import annotations

import json
import random
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from radar.nodes.kind import ROLES
from radar.nodes.registry import kinds
from radar.plan.check import check
from radar.spec.config import Config
from radar.spec.diagnostic import render_all
from radar.spec.load import Loaded, load_pipeline
from radar.spec.source import Source
from tests.spec.frame import CONFIG, PIPELINES, frame

VALID = [
    frame(),
    *(path.read_text(encoding="utf-8") for path in sorted(PIPELINES.glob("*.yaml")) if ".test." not in path.name),
]
SHIPPED = Config.load(CONFIG)
TOKENS = [
    *"{}[]:,#&*!|>'\"%@`-?~\t\n\r \\",
    ": ",
    "\n  ",
    "- ",
    "---\n",
    "...\n",
    "<<: ",
    "&a ",
    "*a",
    "!!str ",
    "${",
    "}",
    "${env:HOME}",
    "${secret:A}",
    "${grid.ma_period}",
    "${mean.period}",
    "null",
    "true",
    ".nan",
    "-.inf",
    "1e999",
    "9" * 50,
    "0x",
    "\x00",
    "\x85",
    "\u2028",
    "\ufeff",
    "é",
    "漢",
    "\U0001f600",
    "per_asset",
    "BTC",
    "with",
    "strategies.grid_atr",
    "in",
    "was",
    "nodes",
    "candles",
    "grid",
]


def holds(result: Loaded, text: str) -> None:
    """What must be true of every answer."""
    spoken = render_all(result.diagnostics)
    json.dumps([one.to_json() for one in result.diagnostics], allow_nan=False)
    assert spoken
    for found in result.diagnostics:
        assert found.message
        assert found.span.line >= 1
        assert 1 <= found.span.column < found.span.end_column
        if found.file == "fuzz.yaml":
            assert found.span.line <= len(Source("", text).lines) + 1
    errors = any(found.severity == "error" for found in result.diagnostics)
    assert (result.pipeline is None) == errors
    if result.pipeline is not None:
        json.dumps(result.pipeline.effective(), allow_nan=False)
        assert len(result.pipeline.digest()) == len(result.pipeline.config_digest()) == 64


def judge(text: str, **options: Any) -> None:
    """Load, check and print a text."""
    options = {"config": SHIPPED, "file_name": "fuzz.yaml", "environment": {"HOME": "home"}, **options}
    holds(check(load_pipeline(f"{text}\n", **options)), f"{text}\n")


@given(st.text(max_size=200))
def test_any_text(text: str) -> None:
    """Random characters."""
    judge(text)


@given(st.lists(st.sampled_from(TOKENS), max_size=30).map("".join))
def test_any_tokens(text: str) -> None:
    """Random sequences of what has a meaning in YAML or in a pipeline."""
    judge(text)


@given(st.binary(max_size=200))
@settings(suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_any_bytes(tmp_path: Path, content: bytes) -> None:
    """Random files."""
    path = tmp_path / "fuzz.yaml"
    path.write_bytes(content)
    result = check(load_pipeline(path, config=SHIPPED))
    assert result.pipeline is None
    assert result.diagnostics


@st.composite
def mutated(draw: st.DrawFn) -> str:
    """A valid pipeline with a few pieces removed, doubled, moved or replaced."""
    text = draw(st.sampled_from(VALID))
    for _ in range(draw(st.integers(1, 4))):
        start = draw(st.integers(0, len(text)))
        end = min(len(text), start + draw(st.integers(0, 12)))
        match draw(st.sampled_from(["remove", "insert", "replace", "double", "swap lines"])):
            case "remove":
                text = text[:start] + text[end:]
            case "insert":
                text = text[:start] + draw(st.sampled_from(TOKENS)) + text[start:]
            case "replace":
                text = text[:start] + draw(st.sampled_from(TOKENS)) + text[end:]
            case "double":
                text = text[:end] + text[start:]
            case _:
                lines = text.split("\n")
                random.Random(start).shuffle(lines[-8:])
                text = "\n".join(lines[-4:] + lines[:-4])
    return text


@given(mutated())
@settings(max_examples=200)
def test_mutations_of_valid_pipelines(text: str) -> None:
    """Texts that are nearly right, where most of the code is reached."""
    judge(text)


NAMES = [
    *ROLES,
    "in",
    "with",
    "was",
    "per_asset",
    "period",
    "sides",
    "leverage",
    "sl_percent",
    "timeframe",
    "to",
    "bar",
    "mean",
    "width",
]
KINDS = [name for _, name in kinds()]
REFERENCES = [
    "candles",
    "candles.close",
    "mean",
    "width",
    "grid",
    "sized",
    "guard.refused",
    "broker",
    "nobody",
    "a.b.c",
    "",
]
scalars = st.one_of(
    st.none(),
    st.booleans(),
    st.integers(),
    st.floats(allow_nan=False),
    st.sampled_from([*KINDS, *REFERENCES, *TOKENS, "25%", "8h", "1h", "4h", "BTC", "risk.account", "long"]),
)
structures = st.recursive(
    scalars,
    lambda inner: (
        st.lists(inner, max_size=3) | st.dictionaries(st.sampled_from([*NAMES, *TOKENS[-12:]]), inner, max_size=5)
    ),
    max_leaves=12,
)


@given(
    st.dictionaries(
        st.sampled_from(["radar", "pipeline", "about", "assets", "clock", "nodes", "else"]), structures, max_size=6
    ),
    st.dictionaries(
        st.sampled_from(["candles", "mean", "width", "grid", "sized", "guard", "broker", "X y"]), structures, max_size=6
    ),
)
@settings(max_examples=200)
def test_any_structure(top: dict[str, Any], nodes: dict[str, Any]) -> None:
    """Well-formed YAML of any shape (JSON is YAML)."""
    judge(json.dumps({"radar": 1, "pipeline": "fuzz", "assets": ["BTC"], "clock": "1h", "nodes": nodes, **top}))


@given(
    st.dictionaries(
        st.sampled_from(["candles", "mean", "width", "grid", "sized", "guard", "broker", "journal"]),
        st.builds(
            lambda role, kind, wires, rest: {role: kind, "in": wires, **rest},
            st.sampled_from(ROLES),
            st.sampled_from(KINDS),
            st.sampled_from(REFERENCES) | st.lists(st.sampled_from(REFERENCES), max_size=3) | structures,
            st.dictionaries(st.sampled_from(NAMES[6:]), structures, max_size=3),
        ),
        min_size=1,
        max_size=8,
    )
)
@settings(max_examples=200)
def test_any_graph(nodes: dict[str, Any]) -> None:
    """Nodes of real kinds wired in any way, circles and misfits included."""
    judge(json.dumps({"radar": 1, "pipeline": "fuzz", "assets": ["BTC", "ETH"], "clock": "1h", "nodes": nodes}))


@given(
    st.lists(
        st.one_of(
            st.text(max_size=30),
            st.builds(
                lambda path, value: f"{path}={value}",
                st.sampled_from(
                    ["grid.ma_period", "grid.per_asset.BTC.sides", "strategies.grid_atr.x", "strategies.grid_atr", "x"]
                ),
                st.sampled_from(TOKENS) | st.text(max_size=10),
            ),
        ),
        max_size=3,
    )
)
def test_any_override(overrides: list[str]) -> None:
    """Random options of the command line."""
    judge(VALID[2], overrides=overrides)


@given(
    st.dictionaries(
        st.sampled_from(["assets", "strategies", "risk"]), st.lists(st.sampled_from(TOKENS), max_size=20).map("".join)
    )
)
@settings(max_examples=50, suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_any_configuration(tmp_path: Path, files: dict[str, str]) -> None:
    """Random files of a configuration folder."""
    for path in tmp_path.glob("*.yaml"):
        path.unlink()
    for name, text in files.items():
        (tmp_path / f"{name}.yaml").write_text(text, encoding="utf-8", newline="")
    judge(VALID[2], config=tmp_path)


@pytest.mark.parametrize("text", VALID)
def test_the_seeds_are_valid(text: str) -> None:
    """What is mutated is right before it is."""
    assert check(load_pipeline(text, config=SHIPPED)).pipeline is not None
