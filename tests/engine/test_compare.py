"""Results side by side: values, spread, the best, and warnings about what cannot be compared."""

from __future__ import annotations

import copy
from functools import cache
from typing import Any

import pytest

import radar
from radar.engine.compare import compare
from radar.errors import RadarError
from tests.cli.terminal import GRID, MONTH, SAMPLE


@cache
def result() -> dict[str, Any]:
    """A month of the shipped grid on one asset."""
    return radar.backtest(GRID, data=SAMPLE, assets=["BTC"], start=MONTH[1], end=MONTH[3]).to_json()


def changed(**metrics: float | None) -> dict[str, Any]:
    """The same result with other metrics."""
    other = copy.deepcopy(result())
    other["metrics"].update(metrics)
    return other


def test_values_spread_and_best() -> None:
    """Largest less smallest; less drawdown is better, more return is; counts have no better."""
    rows = {
        row.metric: row
        for row in compare(
            {
                "a": changed(net=1.0, max_drawdown=5.0, trades=4, calmar=None),
                "b": changed(net=3.0, max_drawdown=9.0, trades=9, calmar=2.0),
            }
        ).rows
    }
    assert (rows["net"].values, rows["net"].spread, rows["net"].best) == ((1.0, 3.0), 2.0, (1,))
    assert (rows["max_drawdown"].spread, rows["max_drawdown"].best) == (4.0, (0,))
    assert rows["trades"].best == ()
    assert (rows["calmar"].values, rows["calmar"].spread, rows["calmar"].best) == ((None, 2.0), None, ())


def test_equal_results_have_no_best() -> None:
    """A result beside itself: no spread, no best, no warning."""
    found = compare({"a": result(), "b": result()})
    assert all(row.best == () and not row.spread for row in found.rows)
    assert found.warnings == ()
    assert found.parameters == {}


def test_what_else_differs_is_said() -> None:
    """Another period, capital and end are warned about."""
    other = changed()
    other["period"]["to"] = "2030-01-01T00:00:00Z"
    other["was_liquidated"] = True
    account = next(node for node in other["parameters"].values() if node["kind"].startswith("executor."))
    account["params"]["initial_capital"] = 1.0
    warnings = compare({"a": result(), "b": other}).warnings
    assert warnings == ("the periods differ", "the initial capitals differ", "result 2 ended by liquidation")


def test_values_that_differ_are_listed() -> None:
    """Of nodes and of single assets, where one result has them otherwise than another; a warning says so."""
    other, third = changed(), changed()
    other["parameters"]["grid"]["params"]["num_levels"] = 2
    other["parameters"]["grid"]["per_asset"] = {"BTC": {"leverage": 3.0}}
    del third["parameters"]["mean"]
    found = compare({"a": result(), "b": other, "c": third})
    assert found.parameters == {
        "grid.num_levels": (3, 2, 3),
        "grid.per_asset.BTC.leverage": (6.0, 3.0, 6.0),
    }
    assert found.warnings == ("the parameters differ",)
    other["digests"]["pipeline"] = "another"
    assert compare({"a": result(), "b": other}).warnings == ("the pipelines differ",)


def test_portfolios_are_compared_too() -> None:
    """Peaks, switches and excess return beside the metrics; a result from before they were kept has none."""
    old = changed()
    del old["portfolio"]
    rows = {row.metric: row for row in compare({"a": result(), "old": old}).rows}
    assert rows["margin_peak"].values == (result()["portfolio"]["peaks"]["margin_ratio"], None)
    assert rows["excess_return"].values[0] == result()["portfolio"]["against"]["excess_return"]
    assert rows["kill_switches"].values == (0, None)
    metrics = result()["metrics"]
    assert rows["return_over_drawdown"].values[0] == metrics["equity_return"] / metrics["max_drawdown"]
    assert compare({"a": result(), "old": old}).significance[0].p_value is None


def test_one_result_is_not_enough() -> None:
    """It is said what to add."""
    with pytest.raises(RadarError) as raised:
        compare({"a": result()})
    assert "--fill-models" in raised.value.next_step
