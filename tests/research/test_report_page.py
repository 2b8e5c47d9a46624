"""The report as a file: it stands alone, is valid, is safe, and is the same for the same result."""

from __future__ import annotations

import base64
import hashlib
import os
import re
import shutil
import subprocess
from pathlib import Path

import pytest

import radar
from radar.errors import RadarError
from radar.research.report import render_report, write_report
from radar.research.report.markup import element, embedded_json
from radar.research.report.page import SCRIPTS, script_text
from tests.research.report_page import PIPELINE, SAMPLE, Page, idle_result, liquidated_result, sample_result

RESULTS = {"sample": sample_result, "liquidated": liquidated_result, "idle": idle_result}
SCRIPT_FOLDER = Path(radar.__file__).parent / "research" / "report" / "script"
LOADING = {"src", "srcset", "data", "action", "poster", "background", "ping", "manifest"}


@pytest.mark.parametrize("name", RESULTS)
def test_page_loads_nothing(name: str) -> None:
    """No element of the page fetches anything: it works from a file, without a network."""
    page = Page.read(render_report(RESULTS[name]()))
    for tag, attributes in page.tags:
        assert tag not in {"link", "img", "iframe", "object", "embed", "base", "form", "audio", "video"}, tag
        assert not LOADING & attributes.keys(), (tag, attributes)
        assert (attributes.get("href") or "#").startswith("#"), attributes
        assert not [attribute for attribute in attributes if attribute.startswith("on")], attributes
    assert not re.search(r"@import|url\(", "".join(page.raw["style"]))
    assert not re.search(
        r"https?:|\bfetch\(|XMLHttpRequest|WebSocket|\beval\b|new Function|innerHTML|import\(", page.script
    )


@pytest.mark.parametrize("name", RESULTS)
def test_page_is_nested_well_and_every_id_is_one(name: str) -> None:
    """Every element closes where it should, no id stands twice, and every link of the page leads somewhere."""
    page = Page.read(render_report(RESULTS[name]()))
    assert page.faults == []
    ids = [attributes["id"] for _, attributes in page.tags if "id" in attributes]
    assert sorted(ids, key=str) == sorted(set(ids), key=str)
    for _, attributes in page.tags:
        if "href" in attributes:
            assert (attributes["href"] or "")[1:] in ids
        for reference in ("aria-labelledby", "aria-controls"):
            assert attributes.get(reference, ids[0]) in ids


def test_every_element_that_the_script_looks_up_is_there() -> None:
    """Each id that a script asks for by name stands in the page, also where there was no trade."""
    for result in (sample_result(), idle_result()):
        page = Page.read(render_report(result))
        ids = {attributes["id"] for _, attributes in page.tags if "id" in attributes}
        wanted = set(re.findall(r'getElementById\("([^"]+)"\)', page.script))
        assert wanted
        assert wanted <= ids


def test_policy_admits_only_the_script_of_the_page() -> None:
    """The content security policy names the digest of the script that the page holds, and forbids every load."""
    page = Page.read(render_report(sample_result()))
    policy = next(a["content"] or "" for _, a in page.tags if a.get("http-equiv") == "Content-Security-Policy")
    digest = base64.b64encode(hashlib.sha256(page.script.encode("utf-8")).digest()).decode("ascii")
    assert "default-src 'none'" in policy
    assert f"script-src 'sha256-{digest}'" in policy
    assert "'unsafe-inline'" not in policy.split("script-src")[1]
    assert len(page.raw["script"]) == 2


def test_equal_results_give_equal_bytes(tmp_path: Path) -> None:
    """Two runs of the same pipeline on the same data are the same file, byte for byte, and it is UTF-8."""
    again = radar.backtest(PIPELINE, data=SAMPLE)
    write_report(sample_result(), tmp_path / "one.html")
    write_report(again, tmp_path / "two.html")
    content = (tmp_path / "one.html").read_bytes()
    assert content == (tmp_path / "two.html").read_bytes()
    assert content.decode("utf-8") == render_report(again)


def test_names_cannot_become_tags(tmp_path: Path) -> None:
    """Words of a pipeline that look like the end of a script or a tag stay words, in the page and in its data."""
    evil = "</script><b>bold</b><!--<script>&amp;'\""
    text = PIPELINE.read_text(encoding="utf-8")
    text = re.sub(r"^about: .*$", lambda _: f"about: >-\n  {evil}", text, flags=re.MULTILINE)
    file = tmp_path / "evil.yaml"
    file.write_text(text, encoding="utf-8")
    result = radar.backtest(file, data=SAMPLE, config=PIPELINE.parents[1] / "config", assets=["BTC"])
    page = Page.read(render_report(result))
    assert page.faults == []
    assert not [tag for tag, _ in page.tags if tag == "b"]
    assert len(page.raw["script"]) == 2
    assert page.text.count(evil) == 2, "once under the title, once in the text of the pipeline file"
    assert page.data["result"]["pipeline"] == result.name


def test_embedded_data_cannot_end_their_element() -> None:
    """Data keep their meaning as JSON and hold no character that HTML or a script could read as its own."""
    text = embedded_json({"a</script><!--": ["<b>&\u2028\u2029é"]})
    assert not set(text) & set("<>&\u2028\u2029")
    page = Page.read(str(element("script", text)))
    assert page.data == {"a</script><!--": ["<b>&\u2028\u2029é"]}


def test_file_is_replaced_only_when_complete(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A report that cannot be put in place leaves the old file as it was and nothing beside it."""
    path = tmp_path / "report.html"
    path.write_text("old", encoding="utf-8")

    def refuse(source: object, target: object) -> None:
        raise PermissionError(13, "in use")

    monkeypatch.setattr(os, "replace", refuse)
    with pytest.raises(RadarError, match="in use") as caught:
        write_report(idle_result(), path)
    assert str(path) in caught.value.message
    assert path.read_text(encoding="utf-8") == "old"
    assert list(tmp_path.iterdir()) == [path]


def test_place_that_is_no_folder_is_said(tmp_path: Path) -> None:
    """A path below a file is a clear error; a folder that is not there yet is made."""
    blocker = tmp_path / "blocker"
    blocker.write_text("", encoding="utf-8")
    with pytest.raises(RadarError, match="cannot be written"):
        write_report(idle_result(), blocker / "report.html")
    write_report(idle_result(), tmp_path / "new" / "report.html")
    assert (tmp_path / "new" / "report.html").stat().st_size > 10_000


def test_every_script_file_is_in_the_page() -> None:
    """No file of the script folder is left out of the page."""
    assert sorted(path.stem for path in SCRIPT_FOLDER.glob("*.js")) == sorted(SCRIPTS)


@pytest.mark.skipif(shutil.which("node") is None, reason="needs node to read JavaScript")
def test_script_is_javascript(tmp_path: Path) -> None:
    """The script of the page has no syntax error."""
    file = tmp_path / "page.js"
    file.write_text(script_text(), encoding="utf-8")
    checked = subprocess.run(["node", "--check", str(file)], capture_output=True, text=True, check=False)
    assert checked.returncode == 0, checked.stderr
