"""A small valid pipeline, and ways to change one thing in it."""

from __future__ import annotations

import io
import json
from pathlib import Path
from typing import Any

from ruamel.yaml import YAML

from radar.nodes.kind import ROLES
from radar.plan.check import check
from radar.spec.diagnostic import Diagnostic
from radar.spec.document import KEYS
from radar.spec.load import Loaded, load_pipeline

CONFIG = Path(__file__).resolve().parents[2] / "config"
PIPELINES = CONFIG.parent / "pipelines"

TOP = {"radar": "1", "pipeline": "frame", "about": "a frame for tests", "assets": "[BTC, ETH]", "clock": "1h"}
NODES = {
    "candles": "{source: candles}",
    "mean": '{indicator: sma, in: candles.close, period: "${grid.ma_period}"}',
    "width": '{indicator: atr, in: candles, period: "${grid.atr_period}"}',
    "grid": "{strategy: grid_atr, in: {bar: candles, mean: mean, width: width}, leverage: 3}",
    "sized": "{risk: equal_allocation, in: grid}",
    "margin": "{risk: margin_guard, in: sized}",
    "guard": "{risk: kill_switch, in: margin}",
    "regime": "{indicator: regime, in: candles}",
    "broker": "{executor: account, in: {in: guard, regime: regime}}",
    "journal": "{sink: journal, in: [broker, guard.refused]}",
}


def frame(**changes: str | None) -> str:
    """The frame with keys of the top level or nodes replaced, added, or (None) left out."""
    top = {key: changes.get(key, text) for key, text in TOP.items()}
    nodes = {**NODES, **{key: text for key, text in changes.items() if key not in KEYS}}
    lines = [f"{key}: {text}" for key, text in top.items() if text is not None]
    if "nodes" in changes:
        lines += [] if changes["nodes"] is None else [f"nodes: {changes['nodes']}"]
    else:
        lines += ["nodes:", *(f"  {key}: {text}" for key, text in nodes.items() if text is not None)]
    return "\n".join(lines) + "\n"


def patched(example: str) -> str:
    """The frame with the entries of an example put in: nodes without a role are merged into the frame's own."""
    reader = YAML(typ="safe", pure=True)
    content: dict[str, Any] = {key: reader.load(text) for key, text in TOP.items()}
    content["nodes"] = {key: reader.load(text) for key, text in NODES.items()}
    for key, value in reader.load(example).items():
        if key in NODES or (isinstance(value, dict) and key not in KEYS):
            own = content["nodes"].get(key, {})
            complete = not isinstance(value, dict) or any(role in value for role in ROLES)
            content["nodes"][key] = value if complete else {**own, **value}
        else:
            content[key] = value
    out = io.StringIO()
    YAML(typ="safe", pure=True).dump(json.loads(json.dumps(content)), out)
    return out.getvalue()


def loaded(text: str, **options: Any) -> Loaded:
    """Read and check a text against the shipped configuration."""
    return check(load_pipeline(text, **{"config": CONFIG, **options}))


def codes(diagnostics: tuple[Diagnostic, ...]) -> list[str]:
    """The codes of diagnostics, in order."""
    return [found.code for found in diagnostics]


def marked(text: str) -> tuple[str, tuple[int, int, int]]:
    """A text without its marks « and », and line, column and end column of what stood between them."""
    start = text.index("«")
    clean = text.replace("«", "", 1)
    end = clean.index("»")
    clean = clean.replace("»", "", 1)
    line = clean.count("\n", 0, start) + 1
    begin = clean.rfind("\n", 0, start) + 1
    return clean, (line, start - begin + 1, end - begin + 1)
