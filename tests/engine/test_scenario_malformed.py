"""Test files that cannot be understood are answered with the right code at the right place, and nothing is run."""

from __future__ import annotations

from pathlib import Path

import pytest

from radar.engine.scenario import run_file
from radar.spec.codes import CODES
from radar.spec.diagnostic import render_all
from radar.spec.source import Span
from tests.engine.scenario_files import CONFIG, MARKET, case, file_text, write
from tests.spec.frame import codes, marked

EXPECT = "- silence: true"


def candles(text: str, assets: str = "[BTC]") -> str:
    """A file of one case with these candles."""
    return file_text(case("a", EXPECT, market=f"candles: {text}", assets=assets))


def given(text: str) -> str:
    """A file of one case with this market."""
    return file_text(case("a", EXPECT, market=text))


def expects(text: str) -> str:
    """A file of one case with these expectations."""
    return file_text(case("a", text))


FLAT = "{flat: 60, price: 100}"
CASES = {
    "a list for a file": ("R9003", "«- radar»\n"),
    "unknown key of the file": ("R9001", f"radar: 1\n«case»: []\n{file_text(case('a', EXPECT))[9:]}"),
    "unknown key of a case": ("R9001", file_text(case("a", EXPECT, more="«asset»: BTC"))),
    "unknown key of given": ("R9001", given("«candels»: []\ncandles: [{flat: 60, price: 100}]")),
    "unknown key of a generator": ("R9001", candles("[{flat: 60, price: 100, «rnge»: 1}]")),
    "unknown key of an expectation": ("R9001", expects("- {at: mean, equals: 100, «tolerence»: 1}")),
    "two expectations in one": ("R9001", expects("- {silence: true, «golden»: a.golden.json}")),
    "start without candles": ("R9001", given("history: {from: 2025-03-01}\nstart: «2025-03-01»")),
    "no cases": ("R9002", "«radar: 1»\n"),
    "no format": ("R9002", "«tests: grid_atr.yaml»\ncases: [{name: a, given: {candles: [{flat: 60, price: 1}]}}]\n"),
    "no name": ("R9002", "radar: 1\ncases:\n  - «given: {history: {}}»\n    expect: [silence: true]\n"),
    "no expectation": ("R9002", "radar: 1\ncases:\n  - «name: a»\n    given: {history: {}}\n"),
    "a ramp to nowhere": ("R9002", candles(f"[{FLAT}, «{{ramp: 3}}»]")),
    "funding without a rate": ("R9002", given(f"candles: [{FLAT}]\nfunding: [«{{at: 8h}}»]")),
    "funding at no time": ("R9002", given(f"candles: [{FLAT}]\nfunding: [«{{rate: 0.01%}}»]")),
    "cases is a mapping": ("R9003", "radar: 1\ncases: «{a: 1}»\n"),
    "a case is text": ("R9003", "radar: 1\ncases: [«a»]\n"),
    "a name is a number": ("R9003", file_text(case("«5»", EXPECT))),
    "candles are text": ("R9003", candles("«flat»", assets="[BTC]")),
    "no candles at all": ("R9003", candles("«[]»")),
    "no expectations at all": (
        "R9003",
        f"radar: 1\ncases: [{{name: a, given: {{candles: [{FLAT}]}}, expect: «[]»}}]\n",
    ),
    "a price in quotes": ("R9003", candles('[{flat: 60, price: «"100"»}]')),
    "a count with a fraction": ("R9003", candles("[{flat: «60.5», price: 100}]")),
    "a price that is a truth value": ("R9003", candles("[{flat: 60, price: «true»}]")),
    "a price in percent": ("R9003", candles("[{flat: 60, price: «1%»}]")),
    "an infinite price": ("R9003", candles("[[«.inf», 100, 100, 100]]")),
    "set is a list": ("R9003", file_text(case("a", EXPECT, more="set: «[grid.num_levels]»"))),
    "properties that are not there": ("R9003", file_text(case("a", EXPECT), top="properties: «some»\n")),
    "silence is false": ("R9003", expects("- {silence: «false»}")),
    "an expectation is text": ("R9003", expects("- «quiet»")),
    "equals of a table is no list": ("R9003", expects("- {at: broker.trades, equals: «{reason: tp}»}")),
    "a row is text": ("R9003", expects("- {at: broker.trades, contains: «tp»}")),
    "a bar is a fraction": ("R9003", expects("- {at: mean, equals: 1, bar: «1.5»}")),
    "bars are one bar": ("R9003", expects("- {at: mean, equals: 1, bars: «[1]»}")),
    "a restart with a number": ("R9003", candles(f"[{FLAT}, {{restart: «3»}}]")),
    "another format": ("R9004", "radar: «2»\ncases: [a]\n"),
    "no such pipeline": ("R9005", f"radar: 1\ntests: «gird.yaml»\n{file_text(case('a', EXPECT))[9:]}"),
    "no such file of candles": ("R9005", given("file: «bars.csv»")),
    "no such store": ("R9005", given("history: {store: «nowhere»}")),
    "two cases of one name": ("R9006", file_text(case("a", EXPECT), case("«a»", EXPECT))),
    "two marks of one name": ("R9006", candles(f"[{FLAT}, {{mark: x}}, {{mark: «x»}}]")),
    "two uses of a golden file": (
        "R9006",
        file_text(case("a", "- golden: a.golden.json"), case("b", "- «golden»: a.golden.json")).replace(
            "«golden»: a.golden.json", "«golden: a.golden.json»"
        ),
    ),
    "a candle of three": ("R9007", candles("[«[1, 2, 3]»]")),
    "a low above the close": ("R9007", candles("[«[100, 101, 99.5, 99]»]")),
    "a high below the open": ("R9007", candles("[«[100, 99.9, 99, 99.5]»]")),
    "a price of zero": ("R9007", candles("[«[0, 1, 0, 1]»]")),
    "a volume below zero": ("R9007", candles("[«[1, 1, 1, 1, -1]»]")),
    "a spike that is none": ("R9007", candles(f"[{FLAT}, «{{spike: 1, low: 101}}»]")),
    "a range wider than the price": ("R9007", candles("[«{flat: 60, price: 1, range: 3}»]")),
    "flat at no price": ("R9008", candles("[«{flat: 60}»]")),
    "a spike out of nothing": ("R9008", candles("[«{spike: 1, low: 90}»]")),
    "a walk from nowhere": ("R9008", candles("[«{walk: 60, volatility: 1%}»]")),
    "an unknown token": ("R9009", candles(f"[{FLAT}, «crsh»]")),
    "an unknown generator": ("R9009", candles("[«{flta: 60, price: 100}»]")),
    "two generators in one": ("R9009", candles("[«{flat: 60, ramp: 3, price: 100}»]")),
    "no bars": ("R9010", candles("[{flat: «0», price: 100}]")),
    "too many bars": ("R9010", candles("[{flat: «1000000», price: 100}]")),
    "a range below zero": ("R9010", candles("[{flat: 60, price: 100, range: «-1»}]")),
    "a count below zero": ("R9010", expects("- {at: broker.trades, count: «-1»}")),
    "a period that is empty": ("R9010", given("history: «{from: 2025-03-01, to: 2025-02-01}»")),
    "no source of candles": ("R9011", given("«funding: []»")),
    "two sources of candles": ("R9011", given(f"«candles: [{FLAT}]»\nhistory: {{}}")),
    "no such output": ("R9012", expects("- {at: «meen», equals: 100}")),
    "no such table": ("R9012", expects("- {at: «broker.trade», equals: 1}")),
    "a table of another node": ("R9012", expects("- {at: «guard.trades», count: 1}")),
    "a node of many outputs": ("R9012", expects("- {at: «grid», equals: 1}")),
    "nothing is expected": ("R9013", expects("- «{at: mean, bar: 3}»")),
    "count of an output": ("R9013", expects("- {at: mean, «count»: 3}")),
    "bar of a table": ("R9013", expects("- {at: broker.trades, count: 1, «bar»: 3}")),
    "bar and time": ("R9013", expects("- {at: mean, equals: 1, bar: 3, «time»: 3h}")),
    "two values for one bar": ("R9013", expects("- {at: mean, bar: dip, equals: «[1, 2]»}")),
    "a bar behind the last": ("R9014", expects("- {at: mean, equals: 100, bar: «65»}")),
    "a bar before the first": ("R9014", expects("- {at: mean, equals: 100, bar: «-66»}")),
    "an unknown mark": ("R9014", expects("- {at: mean, equals: 100, bar: «dop»}")),
    "behind a mark there is nothing": ("R9014", expects("- {at: mean, equals: 100, bar: «sold+4»}")),
    "a mark in a row": ("R9014", expects("- {at: broker.trades, contains: {entry_bar: «dop»}}")),
    "an unknown field": ("R9015", expects("- {at: broker.trades, contains: {«reson»: tp}}")),
    "an unknown field of a refusal": ("R9015", expects("- {refused: {«reason»: warm_up}}")),
    "candles of another asset": ("R9016", candles("{BTC: [{flat: 60, price: 1}], «ETH»: [{flat: 60, price: 1}]}")),
    "candles of one of two assets": (
        "R9016",
        given("«candles: [{flat: 60, price: 1}]»").replace("[BTC]", "[BTC, ETH]"),
    ),
    "no candles of one asset": (
        "R9016",
        given("«candles: {BTC: [{flat: 60, price: 1}]}»").replace("[BTC]", "[BTC, ETH]"),
    ),
    "an expectation at another asset": ("R9016", expects("- {at: mean, equals: 1, asset: «XRP»}")),
    "an output of no particular asset": (
        "R9016",
        file_text(
            case(
                "a",
                "- {at: «mean», equals: 1}",
                market="candles: {BTC: [{flat: 60, price: 1}], ETH: [{flat: 60, price: 1}]}",
                assets="[BTC, ETH]",
            )
        ),
    ),
    "a golden file elsewhere": ("R9017", expects("- golden: «../a.golden.json»")),
    "a golden file of another name": ("R9017", expects("- golden: «trades.json»")),
    "an unknown side": ("R9018", expects("- {at: grid.position.side, bar: dip, equals: «lang»}")),
    "an unknown regime": ("R9018", expects("- {at: regime, always: «calm»}")),
    "an unknown reason": ("R9018", expects("- {at: broker.trades, contains: {reason: «stop»}}")),
    "an unknown cause": ("R9018", expects("- {refused: {cause: «warmup»}}")),
    "an unknown strategy": ("R9018", expects("- {at: broker.trades, contains: {strategy: «gird»}}")),
    "start is no date": ("R9019", given(f"candles: [{FLAT}]\nstart: «soon»")),
    "start inside a bar": ("R9019", given(f"candles: [{FLAT}]\nstart: «2025-01-01T00:30»")),
    "start after itself": ("R9019", given(f"candles: [{FLAT}]\nstart: «8h»")),
    "start in another age": ("R9019", given(f"candles: [{FLAT}]\nstart: «2600-01-01»")),
    "funding at no instant": ("R9019", given(f"candles: [{FLAT}]\nfunding: [{{at: «later», rate: 0}}]")),
    "funding every now and then": ("R9019", given(f"candles: [{FLAT}]\nfunding: [{{every: «often», rate: 0}}]")),
    "time of a row": ("R9019", expects("- {at: broker.trades, contains: {entry_time: «noon»}}")),
    "a gap before everything": ("R9020", candles(f"[«{{gap: 3}}», {FLAT}]")),
    "a gap behind everything": ("R9020", candles(f"[{FLAT}, «{{gap: 3}}»]")),
    "a crash before everything": ("R9020", candles(f"[«crash», {FLAT}]")),
    "a mark before everything": ("R9020", candles(f"[{{mark: «x»}}, {FLAT}]")),
    "a value that is not set": ("R2008", file_text(case("a", EXPECT, more="set: {«grid.num_level»: 1}"))),
    "a value out of bounds": ("R2010", file_text(case("a", EXPECT, more="set: {«grid.num_levels»: 9}"))),
    "an unknown asset": ("R4001", file_text(case("a", EXPECT, assets="«[BTK]»"))),
    "a key twice": ("R1005", f"radar: 1\n«radar»: 1\n{file_text(case('a', EXPECT))[9:]}"),
    "no YAML": ("R1003", "radar: 1\ncases: [«{»name: a\n"),
    "empty": ("R1009", "« »"),
}


@pytest.mark.parametrize("name", CASES)
def test_malformed(name: str, tmp_path: Path) -> None:
    """Each malformed test file gives its code at the marked place, and no case of it is run."""
    code, text = CASES[name]
    text, (line, column, end_column) = marked(text)
    report = run_file(write(tmp_path, text), config=CONFIG)
    found = [one for one in report.diagnostics if one.code == code]
    assert found, f"{code} was not given, but:\n{render_all(report.diagnostics)}"
    expected = Span(line, column, max(end_column, column + 1))
    assert expected in [one.span for one in found], f"not at {expected}:\n{render_all(report.diagnostics)}"
    assert report.cases == ()
    assert not report.passed


def test_every_code_of_test_files_is_provoked() -> None:
    """No R9 code is left without a malformed file."""
    assert {code for code in CODES if code.startswith("R9")} == {code for code, _ in CASES.values() if code > "R9"}


def test_the_file_that_every_case_changes_is_right(tmp_path: Path) -> None:
    """The frame of these cases is without a finding of its own."""
    report = run_file(write(tmp_path, file_text(case("a", "- {at: broker.trades, count: 1}"))), config=CONFIG, only="-")
    assert report.diagnostics == ()


def test_every_problem_is_given_at_once(tmp_path: Path) -> None:
    """Form, market, names, words, bars and values of several cases are all in one list, in the order of the file."""
    text = file_text(
        case("a", "- {at: meen, equals: 1}\n- {refused: {cause: warmup}}", more="set: {grid.num_level: 1}"),
        case("b", "- {at: mean, equals: 1, bar: 99}\n- {at: mean}"),
        case("c", EXPECT, market="candles: [[1, 2], foo]"),
        top="tsts: x\n",
    )
    found = run_file(write(tmp_path, text), config=CONFIG).diagnostics
    assert {"R9001", "R9012", "R9018", "R2008", "R9014", "R9013", "R9007", "R9009"} <= set(codes(found))
    lines = [one.span.line for one in found]
    assert lines == sorted(lines)


def test_a_finding_shows_its_line_and_what_was_meant(tmp_path: Path) -> None:
    """A misspelled output is shown with its line and the nearest name."""
    path = write(tmp_path, expects("- {at: meen, equals: 100}"))
    (found,) = run_file(path, config=CONFIG).diagnostics
    assert found.file == path.as_posix()
    assert found.snippet.strip() == "- {at: meen, equals: 100}"
    assert found.nearest == ("mean",)


def test_a_pipeline_that_is_wrong_is_told_once(tmp_path: Path) -> None:
    """An error of the pipeline itself is given at its own place, once for all cases."""
    path = write(tmp_path, file_text(case("a", EXPECT), case("b", EXPECT)))
    pipeline = tmp_path / "grid_atr.yaml"
    pipeline.write_text(
        pipeline.read_text(encoding="utf-8").replace("indicator: sma", "indicator: smaa"), encoding="utf-8"
    )
    found = run_file(path, config=CONFIG).diagnostics
    assert codes(found) == ["R2007"]
    assert found[0].file == pipeline.as_posix()


def test_a_file_that_is_not_there(tmp_path: Path) -> None:
    """A missing test file is a finding, not a traceback."""
    assert codes(run_file(tmp_path / "none.test.yaml", config=CONFIG).diagnostics) == ["R1001"]


def test_the_market_of_these_cases_is_valid() -> None:
    """The market that cases share names both marks that they use."""
    assert "mark: dip" in MARKET
    assert "mark: sold" in MARKET
