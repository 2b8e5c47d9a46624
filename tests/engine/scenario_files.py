"""Test files of a pipeline, made for a test: the shipped grid, and a market in which it trades once."""

from __future__ import annotations

import textwrap
from pathlib import Path
from typing import Any

from radar.engine.scenario import CaseResult, FileReport, run_file

ROOT = Path(__file__).resolve().parents[2]
CONFIG = ROOT / "config"
PIPELINES = ROOT / "pipelines"
SAMPLE = ROOT / "tests" / "data" / "sample"

MARKET = """\
candles:
  - {flat: 60, price: 100, range: 1}
  - [100, 100.5, 97.5, 99]
  - mark: dip
  - [99, 100, 98.9, 99.5]
  - mark: sold
  - {flat: 3, price: 99.5}
"""
"""Level 0 (98) is bought in bar 60 and sold at the mean (1399 / 14) in bar 61; 65 bars."""


def case(name: str, expect: str, *, market: str = MARKET, assets: str = "[BTC]", more: str = "") -> str:
    """One case. ``expect`` are its entries, ``market`` is what is given, ``more`` further keys."""
    lines = [f"- name: {name}", f"  assets: {assets}"]
    if more:
        lines.append(textwrap.indent(more.rstrip("\n"), "  "))
    lines += ["  given:", textwrap.indent(market.rstrip("\n"), "    ")]
    lines += ["  expect:", textwrap.indent(expect.rstrip("\n"), "    ")]
    return "\n".join(lines) + "\n"


def file_text(*cases: str, top: str = "") -> str:
    """A test file of these cases."""
    return f"radar: 1\n{top}cases:\n" + textwrap.indent("".join(cases), "  ")


def write(folder: Path, text: str, pipeline: str = "grid_atr") -> Path:
    """Write a test file beside a copy of a shipped pipeline."""
    source = PIPELINES / f"{pipeline}.yaml"
    (folder / source.name).write_text(source.read_text(encoding="utf-8"), encoding="utf-8")
    path = folder / f"{pipeline}.test.yaml"
    path.write_text(text, encoding="utf-8")
    return path


def run(folder: Path, *cases: str, top: str = "properties: none\n", **options: Any) -> FileReport:
    """Run a test file of these cases; by default without the free properties."""
    return run_file(write(folder, file_text(*cases, top=top)), config=CONFIG, **options)


def only(report: FileReport) -> CaseResult:
    """The one result of a report without diagnostics."""
    assert report.diagnostics == (), [one.message for one in report.diagnostics]
    (result,) = report.cases
    return result
