"""The portfolio in the report: its figures are those of the result, and the chart loses no peak."""

from __future__ import annotations

import re

import pytest

from radar.engine.result import Result
from radar.research.report import render_report
from radar.research.report.number import date, number, percent
from radar.research.report.portfolio import COLUMNS, portfolio_section
from tests.engine.portfolio.books import traded
from tests.research.report_page import Page, idle_result, liquidated_result


def result() -> Result:
    """Two strategies on two assets, closed at the end, with a switch that trips often."""
    return traded("broker.close_at_end=true", "guard.global_max_loss_percent=4", "guard.global_window_hours=12")


def test_figures_are_those_of_the_result() -> None:
    """Peaks, comparison with bitcoin, forced closes."""
    text, portfolio = str(portfolio_section(result())), result().portfolio
    peaks, against = portfolio["peaks"], portfolio["against"]
    for figure in (
        percent(peaks["margin_ratio"], 1),
        percent(peaks["worst_case_stop_loss"], 1),
        percent(against["excess_return"], sign=True),
        f"correlation {number(against['correlation'])}",
        f"to {date(portfolio['drawdown']['trough'])}",
        number(portfolio["totals"]["forced_net"]),
    ):
        assert figure in text


def test_every_strategy_and_asset_has_a_row() -> None:
    """Net of each, and what was closed by force."""
    text = str(portfolio_section(result()))
    assert len(result().portfolio["attribution"]) == 4
    for one in result().portfolio["attribution"]:
        row = text.partition(f"{one['strategy']} on {one['asset']}</th>")[2].partition("</tr>")[0]
        assert number(one["net"]) in row
        assert number(one["forced_net"]) in row


def test_every_event_of_a_switch_has_a_row() -> None:
    """When it tripped and until when entries were frozen."""
    events = result().portfolio["kill_switches"]
    assert len(events) > 3
    text = str(portfolio_section(result()))
    for event in events:
        assert date(event["time"]) in text
        assert date(event["frozen"][-1]["to"] or "the end") in text


def test_the_chart_loses_no_peak() -> None:
    """Each column is the most of its stretch: together they hold the largest margin of every bar."""
    (account,) = result().over_time.values()
    text = str(portfolio_section(result()))
    shown = [float(one) for one in re.findall(r"([\d.]+)\u202f% locked at most", text)]
    assert len(shown) == COLUMNS
    assert max(shown) == pytest.approx(account.margin_ratio.max(), abs=0.06)
    stretch = len(account.times) / COLUMNS
    for index, figure in enumerate(shown):
        inside = account.margin_ratio[int(index * stretch) : int((index + 1) * stretch)]
        assert figure == pytest.approx(inside.max(), abs=0.06)


@pytest.mark.parametrize("make", [idle_result, liquidated_result])
def test_a_run_of_one_strategy_has_no_table_of_strategies(make: object) -> None:
    """An account that did nothing, or lost all, has a portfolio too, and the page stays well formed."""
    assert callable(make)
    page = Page.read(render_report(make()))
    assert page.faults == []
    assert "Portfolio" in page.words
    assert "Who earned what" not in page.words
