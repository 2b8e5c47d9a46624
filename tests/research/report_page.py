"""Results to report on, and a reader of reports that shares no code with what writes them."""

from __future__ import annotations

import base64
import json
import re
from dataclasses import dataclass, field
from functools import cache
from html.parser import HTMLParser
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa

import radar
from radar.engine.result import Result

ROOT = Path(__file__).resolve().parents[2]
PIPELINE = ROOT / "pipelines" / "grid_atr.yaml"
SAMPLE = ROOT / "tests" / "data" / "sample"
START = 1_735_689_600_000
HOUR = 3_600_000
VOID = {"meta", "input", "br", "link", "img"}


@cache
def sample_result() -> Result:
    """A back-test of real candles: four assets, thirteen months."""
    return radar.backtest(PIPELINE, data=SAMPLE)


def walk(seed: int, bars: int, volatility: float = 0.004, price: float = 100.0) -> dict[str, np.ndarray]:
    """Candles of a random walk, hourly."""
    random = np.random.default_rng(seed)
    close = price * np.exp(np.cumsum(random.normal(0.0, volatility, bars)))
    opened = np.concatenate([[close[0]], close[:-1]])
    high = np.maximum(opened, close) * (1 + random.uniform(0, volatility, bars))
    low = np.minimum(opened, close) * (1 - random.uniform(0, volatility, bars))
    return {"open": opened, "high": high, "low": low, "close": close, "volume": np.full(bars, 1e6)}


def table(columns: dict[str, np.ndarray]) -> pa.Table:
    """Candles as a table, one hour apart from :data:`START`."""
    return pa.table({"time": START + np.arange(len(columns["close"])) * HOUR, **columns})


@cache
def liquidated_result() -> Result:
    """A run that a long fall with high leverage ends."""
    columns = walk(3, 400)
    fall = np.ones(400)
    fall[300:] = np.exp(-0.02 * np.arange(100))
    for name in ("open", "high", "low", "close"):
        columns[name] = columns[name] * fall
    columns["low"] = np.minimum(columns["low"], columns["close"])
    columns["high"] = np.maximum(columns["high"], columns["open"])
    overrides = ["grid.leverage=10", "grid.sl_percent=60", "sized.cap_percent=100", "guard.max_margin_ratio=1.0"]
    return radar.backtest(PIPELINE, candles={"BTC": table(columns)}, assets=["BTC"], overrides=overrides)


@cache
def idle_result() -> Result:
    """A run in which no level was ever reached."""
    overrides = ["grid.atr_multiplier_start=5"]
    return radar.backtest(PIPELINE, candles={"BTC": table(walk(3, 80))}, assets=["BTC"], overrides=overrides)


@dataclass
class Page(HTMLParser):
    """What stands in a report: tags, ids, visible text, embedded data, and what is wrong with its nesting."""

    tags: list[tuple[str, dict[str, str | None]]] = field(default_factory=list)
    words: list[str] = field(default_factory=list)
    raw: dict[str, list[str]] = field(default_factory=lambda: {"script": [], "style": []})
    faults: list[str] = field(default_factory=list)

    def __post_init__(self) -> None:
        super().__init__(convert_charrefs=True)
        self.open: list[str] = []

    @classmethod
    def read(cls, text: str) -> Page:
        """The page of a report."""
        page = cls()
        page.feed(text)
        page.close()
        page.faults += [f"{tag} is not closed" for tag in page.open]
        return page

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append((tag, dict(attrs)))
        if tag in self.raw:
            self.raw[tag].append("")
        if tag not in VOID:
            self.open.append(tag)

    def handle_endtag(self, tag: str) -> None:
        if not self.open or self.open.pop() != tag:
            self.faults.append(f"{tag} closes another element")

    def handle_data(self, data: str) -> None:
        inside = self.open[-1] if self.open else ""
        if inside in self.raw:
            self.raw[inside][-1] += data
        else:
            self.words.append(data)

    @property
    def text(self) -> str:
        """The visible text, white space made single."""
        return re.sub(r"[ \n\t]+", " ", " ".join(self.words)).strip()

    @property
    def data(self) -> dict[str, Any]:
        """The data embedded in the page."""
        found: dict[str, Any] = json.loads(self.raw["script"][0])
        return found

    @property
    def script(self) -> str:
        """The page's own script."""
        return self.raw["script"][1]


def unpack(text: str) -> list[int]:
    """Whole numbers from base64: seven bits a byte, least first; odd ones stand for the negative."""
    found, value, shift = [], 0, 0
    for byte in base64.b64decode(text, validate=True):
        value |= (byte & 127) << shift
        shift += 7
        if byte < 128:
            found.append(value // 2 if value % 2 == 0 else -(value + 1) // 2)
            value = shift = 0
    return found


def unpack_steps(text: str) -> list[int]:
    """The running sums of :func:`unpack`."""
    return np.cumsum(unpack(text), dtype=np.int64).tolist()
