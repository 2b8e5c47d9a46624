"""The numbers of a report are those of its result."""

from __future__ import annotations

import json
import shutil
import subprocess
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from radar.engine.portfolio.curve import yearly_returns
from radar.engine.result import Result
from radar.engine.summary import held_curves
from radar.market.reason import REFUSAL_TEXT, Refusal
from radar.research.report import render_report
from radar.research.report.behaviour import bin_edges, holding_bins, trade_returns
from radar.research.report.number import duration, number, percent, price
from radar.research.report.page import SCRIPTS
from tests.research.report_page import Page, idle_result, liquidated_result, sample_result, unpack, unpack_steps
from tests.research.test_report_page import RESULTS, SCRIPT_FOLDER


@pytest.mark.parametrize("name", RESULTS)
def test_embedded_figures_are_those_of_the_result(name: str) -> None:
    """Metrics, benchmark, refusals, open positions, parameters and digests are in the page as in the result."""
    result = RESULTS[name]()
    embedded = Page.read(render_report(result)).data["result"]
    plain = json.loads(result.to_bytes())
    for part in ("metrics", "per_asset", "buy_and_hold", "regimes", "refusals", "open_positions", "parameters"):
        assert embedded[part] == plain[part], part
    for part in ("digests", "warnings", "data_quality", "period", "assets", "was_liquidated"):
        assert embedded[part] == plain[part], part


def months_by_hand(result: Result) -> list[tuple[int, int, float]]:
    """Monthly returns from dates and a loop, in percent."""
    capital = result.parameters["broker"]["params"]["initial_capital"]
    last: dict[tuple[int, int], float] = {}
    for time, equity in zip(result.times.tolist(), result.equity.tolist(), strict=True):
        moment = datetime.fromtimestamp(time / 1000, UTC)
        last[moment.year, moment.month] = equity
    found, before = [], capital
    for (year, month), equity in last.items():
        found.append((year, month, (equity - before) / before * 100.0))
        before = equity
    return found


def test_months_multiply_to_the_whole() -> None:
    """Monthly returns equal those of a plain loop over dates; together they are the return of the run."""
    result = sample_result()
    embedded = Page.read(render_report(result)).data["months"]
    expected = months_by_hand(result)
    assert [(month["year"], month["month"]) for month in embedded] == [(year, month) for year, month, _ in expected]
    assert [month["return"] for month in embedded] == pytest.approx([value for *_, value in expected], rel=1e-12)
    whole = np.prod([1 + month["return"] / 100 for month in embedded])
    assert whole == pytest.approx(1 + (result.metrics["equity_return"] or 0) / 100, rel=1e-9)
    years = yearly_returns(result.times, result.equity, 10_000.0)
    assert np.prod([1 + (value or 0) / 100 for value in years.values()]) == pytest.approx(whole, rel=1e-9)


def test_months_are_written_in_the_table() -> None:
    """Each month's return stands in the visible table with one decimal and its sign."""
    result = sample_result()
    text = Page.read(render_report(result)).text
    for _, _, value in months_by_hand(result):
        assert number(value, 1, sign=True) in text


@pytest.mark.parametrize("name", RESULTS)
def test_curve_is_the_equity_of_the_run(name: str) -> None:
    """The drawn equity and drawdown equal the run's, and the deepest drawdown is the one in the metrics."""
    result = RESULTS[name]()
    packed = Page.read(render_report(result)).data["curve"]
    assert [time * 1000 for time in unpack_steps(packed["times"])] == result.times.tolist()
    equity = np.array(unpack_steps(packed["equity"])) / 10 ** packed["decimals"]
    assert equity == pytest.approx(result.equity, abs=0.5001 * 10 ** -packed["decimals"])
    drawdown = np.array(unpack_steps(packed["drawdown"])) / 100
    assert -drawdown.min() == pytest.approx(result.metrics["max_drawdown"], abs=0.00501)


def test_held_curves_end_where_the_benchmark_does() -> None:
    """Buy and hold is drawn as it was measured: each curve ends at the benchmark's final equity."""
    for result in (sample_result(), liquidated_result()):
        curves = held_curves(result.run)
        assert curves.keys() == result.benchmark.keys()
        for name, curve in curves.items():
            assert curve[-1] == pytest.approx(result.benchmark[name]["final_equity"], rel=1e-12)


def candles_by_hand(packed: dict[str, Any], interval: int) -> np.ndarray:
    """Time, open, high, low, close of an asset, from the layout that :class:`Candles` documents."""
    time = [first * 1000 + place * interval for first, count in packed["runs"] for place in range(count)]
    close = unpack_steps(packed["close"])
    rows, before = [], close[0] if close else 0
    for moment, step, up, down, last in zip(
        time, unpack(packed["open"]), unpack(packed["high"]), unpack(packed["low"]), close, strict=True
    ):
        opened = before + step
        rows.append((moment, opened, max(opened, last) + up, min(opened, last) - down, last))
        before = last
    found = np.array(rows, float)
    found[:, 1:] /= 10.0 ** packed["decimals"]
    return found


def market_of(result: Result, asset: str) -> np.ndarray:
    """The same from the run's own arrays."""
    feed = result.run.feed
    prices = feed.market[feed.start : result.run.row, result.run.plan.assets.index(asset), :4]
    known = ~np.isnan(prices[:, 3])
    return np.column_stack([result.times[known], prices[known]])


def test_candles_are_those_of_the_market() -> None:
    """Every candle of every asset of real data is in the page, to the venue's last decimal."""
    result = sample_result()
    candles = Page.read(render_report(result)).data["candles"]
    assert list(candles["assets"]) == list(result.run.plan.assets)
    for asset, packed in candles["assets"].items():
        found = candles_by_hand(packed, candles["interval"])
        assert found == pytest.approx(market_of(result, asset), rel=1e-12), asset


def test_trades_are_those_of_the_result() -> None:
    """Number, order, times, prices, money, reasons and entry levels of the listed trades equal the result's."""
    result = sample_result()
    packed = Page.read(render_report(result)).data["trades"]
    trades = result.trades()
    assert packed["count"] == packed["listed"] == len(trades) == result.metrics["trades"]
    for name in ("average_entry", "exit_price", "quantity", "gross", "fees", "slippage", "funding", "net", "target"):
        assert packed[name] == pytest.approx([trade[name] for trade in trades], rel=1e-8), name
    assert [packed["reasons"][place] for place in unpack_steps(packed["reason"])] == [t["reason"] for t in trades]
    assets = result.run.plan.assets
    assert [assets[lane] for lane in unpack_steps(packed["lane"])] == [trade["asset"] for trade in trades]
    for name in ("entry_time", "exit_time"):
        written = [
            datetime.fromtimestamp(time, UTC).strftime("%Y-%m-%dT%H:%M:%SZ") for time in unpack_steps(packed[name])
        ]
        assert written == [trade[name] for trade in trades]
    assert unpack_steps(packed["levels"]) == [len(trade["levels"]) for trade in trades]
    levels = [level for trade in trades for level in trade["levels"]]
    assert packed["level_price"] == pytest.approx([level["price"] for level in levels], rel=1e-8)
    returns = [trade["net"] / trade["return_base"] * 100 for trade in trades]
    assert packed["return"] == pytest.approx(returns, rel=1e-4)


def test_page_states_what_the_result_says() -> None:
    """Verdict, costs, warnings, every refusal with its meaning, every node and digest can be read in the page."""
    result = sample_result()
    text = Page.read(render_report(result)).text
    metrics, held = result.metrics, result.benchmark["all"]
    assert f"Lost {percent(abs(metrics['equity_return'] or 0))}" in text
    assert percent(held["equity_return"], sign=True) in text
    assert percent(-(metrics["max_drawdown"] or 0), 1) in text
    for name in ("gross", "net", "funding"):
        assert number(metrics[name]) in text
    for row in result.refusals:
        assert row["cause"].replace("_", " ") in text
        assert row["meaning"] in text
        assert f"{row['count']:,}" in text
    assert "candles start on 2025-02-01" in text
    for node, values in result.parameters.items():
        assert f"{node} {values['kind']}" in text
    for digest in result.digests.values():
        assert digest in text
    assert "radarctl reproduce" in text


def test_refusals_are_counted_under_their_cause() -> None:
    """The table of refusals holds, for each asset, the counts that the result has, and their sum."""
    result = sample_result()
    text = Page.read(render_report(result)).text
    total = sum(row["count"] for row in result.refusals)
    assert f"{total:,} entries were offered by the market and not taken" in text
    guard = [row["count"] for row in result.refusals if row["cause"] == "margin_guard"]
    counts = " ".join(f"{count:,}" for count in (sum(guard), *guard))
    assert f"{REFUSAL_TEXT[Refusal.MARGIN_GUARD]} grid {counts}" in text


def test_liquidation_is_said_first() -> None:
    """A liquidated run says so above everything else, with the bar, and shows the loss."""
    result = liquidated_result()
    assert result.was_liquidated
    text = Page.read(render_report(result)).text
    when = datetime.fromtimestamp(result.times[-1] / 1000, UTC).strftime("%Y-%m-%d %H:%M")
    assert f"Liquidated. The account was liquidated in the bar of {when} UTC" in text
    assert text.index("Liquidated.") < text.index("Equity and drawdown")
    assert "no funding series" in text


def test_run_without_a_trade_says_why() -> None:
    """A run in which nothing was closed renders whole and says that nothing was offered, or what was refused."""
    result = idle_result()
    assert len(result.trade_rows) == 0
    text = Page.read(render_report(result)).text
    assert "No trade was closed. Nothing was refused either" in text
    assert "the market never offered one under these rules" in text
    assert "Ended after" in text
    assert "nan" not in text.lower().split()


def test_bins_keep_gains_and_losses_apart() -> None:
    """Zero is an edge of the distribution, the width is round, and every trade is counted."""
    returns = trade_returns(sample_result())
    edges = bin_edges(returns)
    assert np.abs(edges).min() == 0.0
    width = edges[1] - edges[0]
    assert f"{width:.1e}"[:3] in ("1.0", "2.0", "2.5", "5.0")
    assert np.histogram(np.clip(returns, edges[0], edges[-1]), edges)[0].sum() == len(returns)
    assert len(bin_edges(np.zeros(3))) == 3
    assert holding_bins(5) == [(0, 0), (1, 1), (2, 3), (4, 7)]


def test_numbers_are_written_as_people_read_them() -> None:
    """A true minus sign, thousands apart, no minus on a rounded zero, a dash for nothing, two units of time."""
    assert number(-1234.5) == "−1,234.50"
    assert number(-0.001) == "0.00"
    assert number(None) == number(float("nan")) == "–"
    assert number(3, 0, sign=True) == "+3"
    assert percent(-5.0, 1) == "−5.0\u202f%"
    assert [price(value) for value in (95027.087, 1.84, 0.000012345678, 0.0)] == [
        "95,027.09",
        "1.84",
        "0.00001234568",
        "0",
    ]
    assert duration(90_000_000) == "1\u202fd 1\u202fh"
    assert duration(0) == "0\u202fmin"


@pytest.mark.skipif(shutil.which("node") is None, reason="needs node to run JavaScript")
def test_script_reads_what_was_packed(tmp_path: Path) -> None:
    """The page's own decoder gives back the run's candles and equity, and its trades with their levels."""
    result = sample_result()
    data = tmp_path / "data.json"
    data.write_text(json.dumps(Page.read(render_report(result)).data), encoding="utf-8")
    sources = [(SCRIPT_FOLDER / f"{name}.js").read_text(encoding="utf-8") for name in SCRIPTS if name != "start"]
    program = (
        "\n".join(sources)
        + """
      const data = JSON.parse(require("fs").readFileSync(process.argv[2], "utf8"));
      const market = unpackCandles(data.candles.assets.XRP, data.candles.interval);
      const curve = unpackCurve(data.curve);
      const trades = new Trades(data.trades, data.result.assets.map(() => 2));
      const rows = trades.rows.map((one) => [
        one.trade, one.lane, one.entryTime, one.net, one.reason, trades.levels(one),
      ]);
      const week = longer(market, 7 * DAY);
      console.log(JSON.stringify({
        market: Array.from(market.time, (time, i) => [
          time, market.open[i], market.high[i], market.low[i], market.close[i],
        ]),
        equity: Array.from(curve.equity), rows, monday: week.time.map((time) => new Date(time).getUTCDay()),
        high: week.high, ticks: timeTicks(Date.UTC(2024, 11, 3), Date.UTC(2025, 11, 31), 16).map((tick) => tick.text),
      }));
    """
    )
    file = tmp_path / "read.js"
    file.write_text(program, encoding="utf-8")
    ran = subprocess.run(
        ["node", str(file), str(data)], capture_output=True, text=True, encoding="utf-8", check=False, timeout=60
    )
    assert ran.returncode == 0, ran.stderr
    read = json.loads(ran.stdout)
    expected = market_of(result, "XRP")
    assert np.array(read["market"]) == pytest.approx(expected, rel=1e-12)
    assert read["equity"] == pytest.approx(result.equity, abs=0.00501)
    for row, trade in zip(read["rows"], result.trades(), strict=True):
        number_of, lane, entered, net, reason, levels = row
        assert (number_of, result.run.plan.assets[lane], reason) == (trade["trade"], trade["asset"], trade["reason"])
        assert datetime.fromtimestamp(entered / 1000, UTC).strftime("%Y-%m-%dT%H:%M:%SZ") == trade["entry_time"]
        assert net == pytest.approx(trade["net"], rel=1e-8)
        assert [level["price"] for level in levels] == pytest.approx([level["price"] for level in trade["levels"]])
    assert set(read["monday"]) == {1}
    assert max(read["high"]) == expected[:, 2].max()
    assert read["ticks"] == ["2025", *"Feb Mar Apr May Jun Jul Aug Sep Oct Nov Dec".split()]
