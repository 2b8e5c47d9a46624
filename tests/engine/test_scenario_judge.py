"""Every kind of expectation holds where it should and fails where it should, with what was found.

All run on one market: level 0 (98) is bought in bar 60 (dip) and sold at the mean in bar 61 (sold); 65 bars.
"""

from __future__ import annotations

from pathlib import Path

import pytest

from radar.engine.scenario import CaseResult
from tests.engine.scenario_files import case, run

HOLDS = [
    "{at: mean, bar: dip-1, equals: 100}",
    "{at: mean, equals: 99.78571428571429}",
    "{at: mean, bar: dip, approx: 99.93, tolerance: 0.01}",
    "{at: mean.value, time: 60h, approx: 99.92857142857143}",
    "{at: mean, time: 2025-01-03T12:00, approx: 99.92857142857143}",
    "{at: mean, bar: 0, equals: missing}",
    "{at: mean, bars: [0, 12], none: true}",
    "{at: mean, bars: [dip-1, dip], approx: [100, 99.92857142857143]}",
    "{at: mean, bar: dip, above: 99.9, below: 100}",
    "{at: mean, always: {above: 99, below: 100.5}}",
    "{at: mean, never: {below: 99}}",
    "{at: mean, ever: 100}",
    "{at: grid.position.side, bar: dip, equals: long}",
    "{at: grid.position.side, bars: [dip-1, sold], equals: [flat, long, flat]}",
    "{at: grid.position.side, never: short}",
    "{at: grid.position.side, ever: long}",
    "{at: regime, bars: [0, dip], always: ranging}",
    "{at: grid.intent.buy.0, bar: 59, equals: 98}",
    "{at: broker.trades, count: 1}",
    "{at: broker.trades, contains: {reason: tp, side: long, entry_bar: dip, exit_bar: sold}}",
    "{at: broker.trades, contains: [{reason: tp}, {net: {above: 0}}]}",
    "{at: broker.trades, equals: [{average_entry: 98.049, entry_time: 2025-01-03T12:00, asset: BTC, strategy: grid}]}",
    "{at: broker.trades, asset: BTC, always: {levels: 1}}",
    "{at: broker.trades, never: {reason: sl}}",
    "{at: broker.fills, equals: [{side: buy, reason: entry, at_close: false, level: 0}, {side: sell, reason: tp}]}",
    "{at: broker.positions, none: true}",
    "{at: broker.refusals, count: 0}",
    "{refused: none}",
]

FAILS = {
    "{at: mean, bar: dip, equals: 100}": "mean.value at bar 60 (2025-01-03T12:00:00Z) is 99.9285714285714",
    "{at: mean, bar: dip, approx: 99.93, tolerance: 1e-6}": "mean.value at bar 60",
    "{at: mean, equals: missing}": "mean.value at bar 64",
    "{at: mean, time: 70h, equals: 1}": "no bar of the case opens at 2025-01-03T22:00:00Z",
    "{at: mean, bars: [sold, dip], equals: 1}": "bar dip comes before bar sold",
    "{at: mean, bars: [dip-1, dip], approx: [100, 100]}": "mean.value differs at bar 60",
    "{at: mean, bars: [dip-1, dip], approx: 100}": "mean.value at bar 60",
    "{at: mean, bar: dip, above: 100}": "mean.value at bar 60",
    "{at: mean, bar: dip, below: 99}": "mean.value at bar 60",
    "{at: mean, always: 100}": "mean.value at bar 60",
    "{at: mean, always: {above: 100}}": "mean.value at bar 13",
    "{at: mean, bars: [0, 12], always: {above: 0}}": "mean.value is never known",
    "{at: mean, never: {below: 100}}": "mean.value at bar 60",
    "{at: mean, ever: 101}": "mean.value is at no bar 101",
    "{at: mean, none: true}": "mean.value at bar 13",
    "{at: grid.position.side, bar: dip, equals: short}": "grid.position.side at bar 60 (2025-01-03T12:00:00Z) is long",
    "{at: grid.position.side, always: flat}": "is long",
    "{at: grid.position.side, never: long}": "grid.position.side at bar 60",
    "{at: grid.position.side, ever: short}": "grid.position.side is at no bar short",
    "{at: regime, ever: trending_up}": "regime.value is at no bar trending_up",
    "{at: broker.trades, count: 2}": "broker.trades has 1 row",
    "{at: broker.trades, none: true}": "broker.trades has 1 row",
    "{at: broker.trades, contains: {reason: sl}}": "broker.trades has no row with reason: sl",
    "{at: broker.trades, contains: [{reason: tp}, {net: {below: 0}}]}": "broker.trades has no row with net: below 0",
    "{at: broker.trades, contains: {entry_bar: sold}}": "broker.trades has no row with entry_bar: sold (61)",
    "{at: broker.trades, contains: {average_entry: 98.0491}}": "no row with average_entry: 98.0491",
    "{at: broker.trades, contains: {target: missing}}": "no row with target: missing",
    "{at: broker.trades, equals: [{reason: sl}]}": "row 0 of broker.trades is another one",
    "{at: broker.trades, equals: [{reason: tp}, {reason: tp}]}": "broker.trades has 1 row",
    "{at: broker.fills, equals: [{side: buy}]}": "broker.fills has 2 rows",
    "{at: broker.fills, always: {side: buy}}": "row 1 of broker.fills is not like the others",
    "{at: broker.positions, always: {side: long}}": "broker.positions has no row",
    "{at: broker.trades, never: {reason: tp}}": "row 0 of broker.trades has reason: tp",
    "{at: broker.fills, contains: {at_close: true}}": "broker.fills has no row with at_close: true",
    "{at: broker.positions, contains: {side: long}}": "broker.positions has no row with side: long",
    "{refused: {cause: stale_data}}": "refusals has no row with cause: stale_data",
    "{silence: true}": "it was not silent: 2 fills",
}


@pytest.fixture(scope="module")
def results(tmp_path_factory: pytest.TempPathFactory) -> dict[str, CaseResult]:
    """The result of each expectation as a case of its own, by the text of the expectation."""
    expectations = [*HOLDS, *FAILS]
    cases = [case(f"number {number}", f"- {text}") for number, text in enumerate(expectations)]
    report = run(tmp_path_factory.mktemp("judge"), *cases)
    assert report.diagnostics == (), [(one.message, one.span) for one in report.diagnostics]
    return dict(zip(expectations, report.cases, strict=True))


@pytest.mark.parametrize("text", HOLDS)
def test_a_true_expectation_holds(text: str, results: dict[str, CaseResult]) -> None:
    """What is true of the run passes."""
    assert results[text].failures == ()


@pytest.mark.parametrize("text", FAILS)
def test_a_false_expectation_fails(text: str, results: dict[str, CaseResult]) -> None:
    """What is not true of the run is one failure that says what was found, at the line of the expectation."""
    result = results[text]
    (failure,) = result.failures
    assert not result.passed
    assert FAILS[text] in failure.message
    assert failure.file.endswith("grid_atr.test.yaml")
    assert failure.line > result.line


def test_a_failure_shows_what_was_expected_and_found(results: dict[str, CaseResult]) -> None:
    """A number is shown with its tolerance beside the number that was found, words as words."""
    (number,) = results["{at: mean, bar: dip, approx: 99.93, tolerance: 1e-6}"].failures
    assert (number.expected, number.actual) == ("99.93 ± 1e-06", "99.9285714285714")
    (word,) = results["{at: grid.position.side, bar: dip, equals: short}"].failures
    assert (word.expected, word.actual) == ("short", "long")


def test_a_row_that_is_missing_is_shown_beside_the_nearest_one(results: dict[str, CaseResult]) -> None:
    """The difference names each field that is wrong, and leaves the others unmarked."""
    (failure,) = results["{at: broker.fills, always: {side: buy}}"].failures
    assert failure.diff.splitlines() == ["- side: buy", "+ side: sell"]


def test_a_list_of_values_shows_every_bar(results: dict[str, CaseResult]) -> None:
    """Bars that are right stand unmarked between those that are not."""
    (failure,) = results["{at: mean, bars: [dip-1, dip], approx: [100, 100]}"].failures
    assert failure.diff.splitlines() == ["  bar 59: 100", "- bar 60: 100", "+ bar 60: 99.9285714285714"]


def test_silence_shows_what_was_heard(results: dict[str, CaseResult]) -> None:
    """A broken silence lists the fills."""
    (failure,) = results["{silence: true}"].failures
    assert len(failure.diff.splitlines()) == 2
    assert "side: buy, reason: entry, price: 98.049" in failure.diff


def test_a_refusal_breaks_the_silence(tmp_path: Path) -> None:
    """Silence means that nothing was refused either."""
    market = "candles:\n  - {flat: 60, price: 100, range: 1}\n  - gap: 1\n  - {spike: 1, low: 97.5}\n"
    (result,) = run(tmp_path, case("a", "- silence: true", market=market)).cases
    (failure,) = result.failures
    assert "1 refusal" in failure.message
    assert "stale_data" in failure.actual


def test_every_failure_of_a_case_is_given(tmp_path: Path) -> None:
    """One failed expectation does not hide the next one."""
    expect = "- {at: mean, equals: 1}\n- {at: broker.trades, count: 3}\n- {at: mean, bar: 59, equals: 100}"
    (result,) = run(tmp_path, case("a", expect)).cases
    written = [line.strip() for line in (tmp_path / "grid_atr.test.yaml").read_text(encoding="utf-8").splitlines()]
    found = [written[failure.line - 1] for failure in result.failures]
    assert found == ["- {at: mean, equals: 1}", "- {at: broker.trades, count: 3}"]


def test_an_expectation_at_one_of_several_assets(tmp_path: Path) -> None:
    """asset: chooses the lane of an output and the rows of a table."""
    market = """\
candles:
  BTC: [{flat: 60, price: 100, range: 1}, {spike: 1, low: 97.5}]
  ETH: [{flat: 61, price: 10, range: 0.1}]
"""
    expect = """\
- {at: mean, asset: BTC, equals: 100}
- {at: mean, asset: ETH, equals: 10}
- {at: broker.fills, asset: BTC, count: 1}
- {at: broker.fills, asset: ETH, none: true}
- {at: broker.equity, above: 10000}
- {at: mean, asset: ETH, bar: 60, equals: 100}
"""
    (result,) = run(tmp_path, case("a", expect, market=market, assets="[BTC, ETH]")).cases
    (failure,) = result.failures
    assert failure.message.startswith("mean.value of ETH at bar 60")
