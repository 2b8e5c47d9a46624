"""The report of a sweep: it stands alone, is safe, holds every row, and its script reckons as numpy does."""

from __future__ import annotations

import base64
import hashlib
import json
import re
import shutil
import subprocess
from functools import cache
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from radar.research.report.document import read, scope
from radar.research.report.sweep import render_sweep_report, write_sweep_report
from radar.research.report.sweep.page import SCRIPTS
from radar.research.sweep.laid_out import Sweep
from radar.research.sweep.ranking import RANKED, ranked
from radar.research.sweep.sweep import lay_out_sweep
from tests.research.report_page import Page, unpack_steps
from tests.research.sweeps import GRID, SAMPLE
from tests.research.test_report_page import LOADING

FOLDER = Path(__file__).resolve().parents[2] / "radar" / "research" / "report" / "sweep" / "script"
OPTIONS = ("grid.ma_period=7,14,21", "grid.sl_percent=2,20", "grid.num_levels=2,3,9")


@cache
def swept() -> Sweep:
    """Eighteen combinations of two assets by themselves, a third of them refused, a month that is quick to run."""
    sweep = lay_out_sweep(
        GRID, options=OPTIONS, data=SAMPLE, assets=["BTC", "ETH"], each_asset=True, start="2025-10-01", end="2025-11-01"
    )
    assert sweep.run(1)
    return sweep


@cache
def page() -> Page:
    """Its report."""
    return Page.read(render_sweep_report(swept(), "equity_return"))


def test_page_stands_alone() -> None:
    """Nothing is fetched, every element closes, every id is one, and only the page's own script may run."""
    assert page().faults == []
    ids = [attributes["id"] for _, attributes in page().tags if "id" in attributes]
    assert sorted(ids, key=str) == sorted(set(ids), key=str)
    for tag, attributes in page().tags:
        assert tag not in {"link", "img", "iframe", "object", "embed", "base", "form"}, tag
        assert not LOADING & attributes.keys(), (tag, attributes)
        assert (attributes.get("href") or "#")[1:] in {"", *ids}
        assert attributes.get("aria-controls", ids[0]) in ids
        assert not [attribute for attribute in attributes if attribute.startswith("on")], attributes
    assert not re.search(r"@import|url\(", "".join(page().raw["style"]))
    assert not re.search(r"https?:|\bfetch\(|XMLHttpRequest|\beval\b|innerHTML|import\(", page().script)
    policy = next(a["content"] or "" for _, a in page().tags if a.get("http-equiv") == "Content-Security-Policy")
    digest = base64.b64encode(hashlib.sha256(page().script.encode("utf-8")).digest()).decode("ascii")
    assert f"script-src 'sha256-{digest}'" in policy
    wanted = set(re.findall(r'getElementById\("([^"]+)"\)', page().script))
    assert wanted <= set(ids)


def test_every_script_file_is_in_the_page() -> None:
    """No file of the script folder is left out."""
    assert sorted(path.stem for path in FOLDER.glob("*.js")) == sorted(SCRIPTS)


def test_every_row_and_metric_is_there() -> None:
    """Numbers of combinations exactly, metrics to the precision of 32 bits, NaN where they are not defined."""
    table = swept().table()
    for embedded in page().data["assets"]:
        mine = [row for row in table.to_pylist() if row["asset"] == embedded["asset"]]
        assert unpack_steps(embedded["numbers"]) == [row["combination"] for row in mine]
        assert set(embedded["values"]) == set(RANKED)
        for name, packed in embedded["values"].items():
            expected = np.array([np.nan if row[name] is None else row[name] for row in mine], "<f4")
            assert np.array_equal(np.frombuffer(base64.b64decode(packed), "<f4"), expected, equal_nan=True)


def test_the_best_are_there_without_a_script() -> None:
    """The table of the best stands in the page itself, the best first."""
    best = ranked(swept().table(), "equity_return").to_pylist()[0]
    text = page().text
    after = text.partition("Profit factor")[2]
    assert re.match(rf" {best['combination']} {best['asset']} ", after), after[:60]


def test_what_was_left_out_is_said() -> None:
    """Refused combinations with code and reason, and the warning that the best of many is lucky."""
    assert "12 combinations are refused: num_levels is 9" in page().text
    assert "The best of 24 trials is the best partly by luck" in page().text


def test_a_stopped_sweep_says_so() -> None:
    """The notice counts what is finished, and the page has those rows only."""
    sweep = swept()
    try:
        sweep.groups[0].done[3:] = False
        stopped = Page.read(render_sweep_report(sweep, "calmar"))
    finally:
        sweep.groups[0].done[:] = True
    assert "Stopped. 15 of 24 combinations are finished" in stopped.text
    assert len(unpack_steps(stopped.data["assets"][0]["numbers"])) == 3


def test_equal_sweeps_give_equal_bytes(tmp_path: Path) -> None:
    """Nothing of the machine, of time or of the folder goes into the page."""
    path = tmp_path / "sweep.html"
    write_sweep_report(swept(), path, "equity_return")
    text = path.read_text(encoding="utf-8")
    assert text == render_sweep_report(swept(), "equity_return")
    assert str(SAMPLE) not in text


RECKON = """
const data = JSON.parse(require("fs").readFileSync(0, "utf8"));
const found = data.assets.map((packed) => {
  const combinations = new Combinations(packed, data.axes);
  return data.metrics.map((metric) => ({
    cells: cellsOf(combinations, metric, 0, 1).map((row) => row.map((cell) => cell.count)),
    shown: ["best", "median", "worst"].map((name) =>
      cellsOf(combinations, metric, 0, 1).map((row) =>
        row.map((cell) => String(statisticOf(cell.values, metric, name))),
      ),
    ),
    order: bestRows(combinations, metric, null).map((row) => combinations.numbers[row]),
    command: combinations.command(0),
  }));
});
console.log(JSON.stringify(found));
"""


@pytest.mark.skipif(shutil.which("node") is None, reason="needs node to run JavaScript")
def test_the_script_reckons_right(tmp_path: Path) -> None:
    """Best, median and worst of every cell, the order of the best, and the command, against numpy."""
    file = tmp_path / "reckon.js"
    names = ["script/decode", "script/format", *(f"sweep/script/{name}" for name in SCRIPTS if name != "start")]
    file.write_text("\n".join([*(read(f"{name}.js") for name in names), RECKON]), encoding="utf-8")
    answer = subprocess.run(
        ["node", str(file)], input=json.dumps(page().data), capture_output=True, text=True, check=True, encoding="utf-8"
    )
    for asset, by_metric in zip(page().data["assets"], json.loads(answer.stdout), strict=True):
        numbers = np.array(unpack_steps(asset["numbers"]))
        across, down, _ = np.unravel_index(numbers, (3, 2, 3))
        for metric, found in zip(page().data["metrics"], by_metric, strict=True):
            values = np.frombuffer(base64.b64decode(asset["values"][metric["name"]]), "<f4").astype(float)
            _check(found, metric, values, numbers, across, down)
        assert by_metric[0]["command"] == (
            f"radarctl backtest grid_atr.yaml --asset {asset['asset']} --set grid.ma_period=7 --set grid.sl_percent=2 "
            "--set grid.num_levels=2 --from 2025-10-01T00:00:00Z --to 2025-11-01T00:00:00Z"
        )


def _check(found: Any, metric: Any, values: Any, numbers: Any, across: Any, down: Any) -> None:
    with np.errstate(invalid="ignore"):
        keys = np.where(np.isnan(values), np.inf, -values if metric["more"] else values)
    order = np.lexsort((numbers, keys, np.isnan(values)))
    assert found["order"] == numbers[order].tolist(), metric["name"]
    for row in range(2):
        for column in range(3):
            inside = values[(across == column) & (down == row)]
            known = np.sort(inside[~np.isnan(inside)])
            assert found["cells"][row][column] == len(inside) == 2
            if not len(known):
                expected = [np.nan] * 3
            else:
                middle = known[0] if known[0] == known[-1] else known.mean()
                least, most = known[0], known[-1]
                expected = [most, middle, least] if metric["more"] else [least, middle, most]
            shown = [float(one[row][column].replace("Infinity", "inf")) for one in found["shown"]]
            assert np.allclose(shown, expected, rtol=1e-12, equal_nan=True), metric["name"]


@pytest.mark.skipif(shutil.which("node") is None, reason="needs node to read JavaScript")
def test_script_is_javascript(tmp_path: Path) -> None:
    """The script of the page has no syntax error."""
    file = tmp_path / "page.js"
    file.write_text(scope([f"sweep/script/{name}" for name in SCRIPTS]), encoding="utf-8")
    checked = subprocess.run(["node", "--check", str(file)], capture_output=True, text=True, check=False)
    assert checked.returncode == 0, checked.stderr
