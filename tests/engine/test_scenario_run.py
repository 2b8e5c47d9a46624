"""Running a test file: processes that end, golden files, markets from elsewhere, and the shipped files."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from radar.engine.scenario import find_test_files, run_file
from radar.engine.state import State
from radar.errors import RadarError
from tests.engine.scenario_files import CONFIG, MARKET, PIPELINES, SAMPLE, case, file_text, only, run, write

SHIPPED = sorted(PIPELINES.glob("*.test.yaml"))
TRADED = "- {at: broker.trades, equals: [{reason: tp}]}"


@pytest.mark.slow
@pytest.mark.parametrize("path", SHIPPED, ids=lambda path: path.name)
def test_a_shipped_test_file_passes(path: Path) -> None:
    """Every case and every property of the shipped test files holds."""
    report = run_file(path, config=CONFIG)
    assert report.diagnostics == ()
    assert [(one.name, failure.message) for one in report.cases for failure in one.failures] == []
    assert report.passed
    assert sum(one.kind == "property" for one in report.cases) == 4
    assert report.updated == ()


def test_every_shipped_pipeline_has_a_test_file() -> None:
    """Each pipeline has its scenarios beside it."""
    pipelines = {path.stem for path in PIPELINES.glob("*.yaml") if not path.name.endswith(".test.yaml")}
    assert {path.name.removesuffix(".test.yaml") for path in SHIPPED} == pipelines


@pytest.mark.parametrize("token", ["crash", "restart", "{crash: 3}", "{crash: 10000}"])
def test_a_process_that_ends_changes_nothing(token: str, tmp_path: Path) -> None:
    """Wherever the process ends, in a position or not, the trades are those of the uncut run."""
    market = MARKET.replace("  - mark: dip\n", f"  - mark: dip\n  - {token}\n").replace(
        "  - mark: sold\n", f"  - mark: sold\n  - {token}\n"
    )
    assert only(run(tmp_path, case("a", TRADED, market=market))).failures == ()


def test_a_recovery_that_loses_something_is_found(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A restored state that lacks a position fails the case, and only where a process ended."""
    whole = State.restore

    def forgetful(state: State, snapshot: bytes) -> None:
        whole(state, snapshot)
        state.lanes["grid_position"]["quantity"] *= 0.5

    monkeypatch.setattr(State, "restore", forgetful)
    market = MARKET.replace("  - mark: dip\n", "  - mark: dip\n  - crash\n  - restart\n")
    report = run(tmp_path, case("cut", TRADED, market=market), case("uncut", TRADED))
    cut, uncut = report.cases
    failure = cut.failures[0]
    assert failure.message.startswith("after the crash and restart the run is another one: broker.equity of BTC")
    assert failure.expected == "the uncut run"
    assert (tmp_path / "grid_atr.test.yaml").read_text(encoding="utf-8").splitlines()[
        failure.line - 1
    ].strip() == "- crash"
    assert uncut.passed


def test_a_golden_file_is_asked_for_written_and_held(tmp_path: Path) -> None:
    """Without the file the case fails, an update writes it, and then it holds, byte for byte."""
    golden = tmp_path / "kept" / "dip.golden.json"
    text = case("a", "- golden: kept/dip.golden.json")
    (failure,) = only(run(tmp_path, text)).failures
    assert failure.message == "there is no golden file dip.golden.json"
    assert not golden.exists()

    report = run(tmp_path, text, update=True)
    assert report.updated == (golden,)
    assert only(report).notes == ("wrote dip.golden.json",)
    kept = golden.read_bytes()
    assert json.loads(kept)["trades"][0]["reason"] == "tp"

    report = run(tmp_path, text, update=True)
    assert report.updated == ()
    assert only(report).passed
    assert golden.read_bytes() == kept
    assert [path.name for path in golden.parent.iterdir()] == ["dip.golden.json"]


def test_a_golden_file_that_differs_is_shown_line_by_line(tmp_path: Path) -> None:
    """A changed trade fails with the lines that differ, and an update takes the new one over."""
    text = case("a", "- golden: dip.golden.json")
    run(tmp_path, text, update=True)
    golden = tmp_path / "dip.golden.json"
    kept = golden.read_bytes()
    golden.write_bytes(kept.replace(b'"reason": "tp"', b'"reason": "sl"'))
    (failure,) = only(run(tmp_path, text)).failures
    assert failure.message == "the trades are not those of dip.golden.json"
    assert '-   "reason": "sl",' in failure.diff
    assert '+   "reason": "tp",' in failure.diff
    assert run(tmp_path, text, update=True).updated == (golden,)
    assert golden.read_bytes() == kept


def test_a_golden_file_survives_other_line_ends(tmp_path: Path) -> None:
    """A checkout with Windows line ends is no difference."""
    text = case("a", "- golden: dip.golden.json")
    run(tmp_path, text, update=True)
    golden = tmp_path / "dip.golden.json"
    golden.write_bytes(golden.read_bytes().replace(b"\n", b"\r\n"))
    assert only(run(tmp_path, text)).passed


def test_a_golden_file_that_cannot_be_used_is_a_failure(tmp_path: Path) -> None:
    """A folder of that name is told, not raised."""
    (tmp_path / "dip.golden.json").mkdir()
    (failure,) = only(run(tmp_path, case("a", "- golden: dip.golden.json"), update=True)).failures
    assert "cannot use dip.golden.json" in failure.message


def test_a_case_on_stored_history(tmp_path: Path) -> None:
    """A period of a store is read with the warm-up before it; bar 0 is the first bar of the period."""
    market = f"history: {{from: 2025-03-01, to: 2025-03-08, store: '{SAMPLE.as_posix()}'}}\n"
    expect = """\
- {at: candles.bar.close, time: 2025-03-01T00:00, above: 0}
- {at: mean, bar: 0, above: 0}
- {at: mean, bar: 167, above: 0}
- {at: broker.equity, always: {above: 0}}
- {at: mean, bar: 168, above: 0}
"""
    (failure,) = only(run(tmp_path, case("a", expect, market=market))).failures
    assert failure.message == "there is no bar 168: the case has 168 (0 to 167)"


def test_a_case_on_the_store_of_the_command(tmp_path: Path) -> None:
    """History that names no store is read from the one that the caller names; without one the case says what to do."""
    text = case("a", "- {at: mean, above: 0}", market="history: {from: 2025-03-01, to: 2025-03-08}\n")
    assert only(run(tmp_path, text, data=SAMPLE)).passed
    (failure,) = only(run(tmp_path, text, data=tmp_path / "nowhere")).failures
    assert "nowhere does not exist" in failure.message
    assert "--data" in failure.expected


def test_a_case_on_a_file_of_candles(tmp_path: Path) -> None:
    """Candles of a CSV file beside the test are what is traded."""
    rows = ["time,open,high,low,close,volume"]
    rows += [f"{1735689600000 + hour * 3600000},100,100.5,99.5,100,5" for hour in range(60)]
    rows += [f"{1735689600000 + 60 * 3600000},100,100.5,97.5,99,5"]
    (tmp_path / "bars.csv").write_text("\n".join(rows) + "\n", encoding="utf-8")
    expect = "- {at: broker.fills, equals: [{bar: 60, time: 2025-01-03T12:00, reference: 98}]}"
    assert only(run(tmp_path, case("a", expect, market="file: bars.csv\n"))).failures == ()


def test_a_file_of_other_bars_is_a_failure(tmp_path: Path) -> None:
    """Bars of another length than the pipeline's clock are refused in words."""
    rows = ["time,open,high,low,close,volume"]
    rows += [f"{1735689600000 + minute * 60000},100,100.5,99.5,100,5" for minute in range(60)]
    (tmp_path / "bars.csv").write_text("\n".join(rows) + "\n", encoding="utf-8")
    (failure,) = only(run(tmp_path, case("a", TRADED, market="file: bars.csv\n"))).failures
    assert failure.message == "the bars of bars.csv are 1 minutes long, and the pipeline runs on 1h"


def test_too_short_a_market_is_a_failure(tmp_path: Path) -> None:
    """A case without a bar that can be traded says how many are needed."""
    (failure,) = only(run(tmp_path, case("a", TRADED, market="candles: [{flat: 49, price: 100}]\n"))).failures
    assert "needs 50 bars" in failure.message


def test_a_pipeline_on_slower_candles_sees_whole_ones(tmp_path: Path) -> None:
    """A source of a slower timeframe gets the candles that the given ones make up, after their close."""
    expect = """\
- {at: slow.bar.high, bar: 2, equals: missing}
- {at: slow.bar.high, bars: [55, 59], equals: [101, 101, 101, 101, 104]}
- {at: slow.bar.volume, bar: 59, equals: 400}
"""
    market = "candles: [{flat: 56, price: 100, range: 2}, {flat: 1}, {spike: 1, high: 104}, {flat: 2}]\n"
    path = write(tmp_path, file_text(case("a", expect, market=market)))
    pipeline = tmp_path / "grid_atr.yaml"
    text = pipeline.read_text(encoding="utf-8")
    source = "  candles: {source: candles}\n"
    slower = f"{source}  slow: {{source: candles, timeframe: 4h}}\n"
    pipeline.write_text(text.replace(source, slower), encoding="utf-8")
    report = run_file(path, config=CONFIG, mode="interpreted")
    assert report.diagnostics == (), [one.message for one in report.diagnostics]
    assert [(one.name, failure.message) for one in report.cases for failure in one.failures] == []


def test_only_chooses_cases_by_name(tmp_path: Path) -> None:
    """A part of a name is enough to run one case of many."""
    report = run(tmp_path, case("the first", TRADED), case("the second", TRADED), only="second")
    assert [one.name for one in report.cases] == ["the second"]


def test_progress_names_each_case(tmp_path: Path) -> None:
    """A caller is told which case runs."""
    said: list[str] = []
    run(tmp_path, case("one", TRADED), case("two", TRADED), progress=said.append)
    assert "grid_atr.test.yaml: case 1 of 2: one" in said
    assert "grid_atr.test.yaml: case 2 of 2: two" in said


def test_the_report_is_plain_data(tmp_path: Path) -> None:
    """A report of passes, failures and properties goes through JSON with every field."""
    report = run(tmp_path, case("good", TRADED), case("bad", "- {at: mean, equals: 1}"), top="")
    found = json.loads(json.dumps(report.to_json()))
    assert found["passed"] is False
    assert [(one["name"], one["passed"]) for one in found["cases"][:2]] == [("good", True), ("bad", False)]
    assert [one["kind"] for one in found["cases"]] == ["case"] * 2 + ["property"] * 4
    (failure,) = found["cases"][1]["failures"]
    assert failure["line"] > 0
    assert report.cases[1].failures[0].place.endswith(f":{failure['line']}:{failure['column']}")


def test_properties_can_be_left_out(tmp_path: Path) -> None:
    """`properties: none` runs the cases alone."""
    assert [one.kind for one in run(tmp_path, case("a", TRADED)).cases] == ["case"]


def test_test_files_are_found_by_folder_pipeline_or_name() -> None:
    """A folder, a pipeline and a test file all lead to the test file, once."""
    grid = PIPELINES / "grid_atr.test.yaml"
    assert find_test_files([PIPELINES / "grid_atr.yaml", grid]) == [grid]
    assert find_test_files([PIPELINES]) == SHIPPED
    with pytest.raises(RadarError, match=r"there is no test file .*none\.test\.yaml"):
        find_test_files([PIPELINES / "none.yaml"])


def test_interpreted_and_compiled_agree(tmp_path: Path) -> None:
    """The same golden file holds in both modes."""
    text = case("a", "- golden: dip.golden.json\n- {at: mean, equals: 99.78571428571429}")
    run(tmp_path, text, update=True)
    assert only(run(tmp_path, text, mode="interpreted")).passed
