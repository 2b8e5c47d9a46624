"""The top of the page: what was run, what came of it in one line, and what a reader must know before believing it."""

from __future__ import annotations

import re

import numpy as np

from radar.engine.result import Result
from radar.market.instant import format_instant
from radar.market.timeframe import DAY
from radar.research.report.curve import capital_of
from radar.research.report.markup import Markup, element, fragment
from radar.research.report.number import NOTHING, THIN, coloured, date, duration, number, percent

CODE = re.compile(r"([A-Z]\d{4}) (.*)", re.DOTALL)


def heading(result: Result) -> Markup:
    """Name, facts, verdict and warnings."""
    pipeline, clock = result.run.plan.pipeline, result.run.plan.pipeline.clock
    capital, final = capital_of(result), result.metrics["final_equity"]
    quote = quote_of(result)
    decides = (
        f"decides on {clock.decide}, orders meet {clock.fill}" if clock.decide != clock.fill else str(clock.decide)
    )
    facts = [
        ("Period", f"{_day(result.times[0])} to {_day(result.times[-1])}"),
        ("Length", f"{_span(result)}, {number(len(result.times), 0)} bars"),
        ("Clock", decides),
        ("Assets", ", ".join(result.run.plan.assets)),
        ("Capital", f"{number(capital)} {quote}"),
        ("Final equity", f"{number(final)} {quote}"),
    ]
    return element(
        "header",
        element("p", "Radar back-test", class_="eyebrow"),
        element("h1", result.name),
        element("p", pipeline.about, class_="about") if pipeline.about else None,
        element("dl", *(element("div", element("dt", name), element("dd", value)) for name, value in facts)),
        _verdict(result),
        _notices(result),
        class_="top",
    )


def quote_of(result: Result) -> str:
    """The currency of the account."""
    return result.run.plan.pipeline.assets[0].quote


def benchmark_of(result: Result) -> tuple[str, dict[str, float | int | None]] | None:
    """Buy and hold to compare with: what was held, in words, and its metrics."""
    if not result.benchmark:
        return None
    if "all" in result.benchmark:
        return "all assets in equal parts", dict(result.benchmark["all"])
    asset = next(iter(result.benchmark))
    return asset, dict(result.benchmark[asset])


def _verdict(result: Result) -> Markup:
    metrics, held = result.metrics, benchmark_of(result)
    earned = metrics["equity_return"]
    figures = [_figure("Net return", coloured(earned, percent(earned, 1, sign=True), "strong"), "after all costs")]
    if held is not None:
        other = held[1]["equity_return"]
        figures.append(_figure("Buy and hold", element("strong", percent(other, 1, sign=True)), held[0]))
    worst = metrics["max_drawdown"]
    days = metrics["max_drawdown_days"] or 0
    under = duration((round(days) if days >= 10 else days) * DAY)
    figures.append(
        _figure("Largest drawdown", element("strong", percent(-(worst or 0), 1)), f"longest below a peak {under}")
    )
    rate = metrics["win_rate"]
    trades = int(metrics["trades"] or 0)
    figures.append(
        _figure("Trades", element("strong", number(trades, 0)), f"{percent(rate, 1)} won" if trades else NOTHING)
    )
    return element("div", element("p", _sentence(result), class_="verdict"), element("div", *figures, class_="figures"))


def _sentence(result: Result) -> Markup:
    earned, held = result.metrics["equity_return"] or 0.0, benchmark_of(result)
    parts: list[object] = [f"Ended after {_span(result)} where it began"]
    if earned:
        says = "Earned " if earned > 0 else "Lost "
        parts = [says, coloured(earned, percent(abs(earned))), f" in {_span(result)}, net of all costs"]
    if held is None or held[1]["equity_return"] is None:
        return fragment(*parts, ".")
    other = held[1]["equity_return"]
    apart = earned - other
    word = "better" if apart >= 0 else "worse"
    parts.append(f"; {abs(apart):,.1f} percentage points {word} than holding {held[0]} ({percent(other, sign=True)}).")
    return fragment(*parts)


def _figure(name: str, value: Markup, note: str) -> Markup:
    return element("div", element("span", name, class_="name"), value, element("span", note, class_="note"))


def _notices(result: Result) -> Markup | None:
    notices: list[Markup] = []
    if result.was_liquidated:
        when = format_instant(int(result.times[-1]))
        text = f"The account was liquidated in the bar of {date(when)} UTC. The run ended there."
        notices.append(element("li", element("strong", "Liquidated. "), text, class_="grave"))
    if not len(result.trade_rows):
        notices.append(element("li", element("strong", "No trade was closed. "), _why_not(result), class_="grave"))
    notices.extend(_notice(text) for text in result.warnings)
    notices.extend(_notice(text) for text in data_notes(result))
    if not notices:
        return element("p", "No warnings: the data of the period are complete.", class_="quiet")
    return element("ul", *notices, class_="notices", aria_label="Warnings and notes on the data")


def _why_not(result: Result) -> str:
    if result.open_positions:
        return "What was opened is still open at the end."
    if result.refusals:
        return "Entries were offered and refused; the causes are under Refusals."
    return "Nothing was refused either: the market never offered an entry under these rules."


def _notice(text: str) -> Markup:
    match = CODE.fullmatch(text)
    if match is None:
        return element("li", text)
    return element("li", element("code", match[1]), " ", match[2])


def data_notes(result: Result) -> list[str]:
    """What is wrong with the market data of the period, one sentence each."""
    notes = []
    feed = result.run.feed
    for lane, asset in enumerate(result.run.plan.assets):
        known = ~np.isnan(feed.market[feed.start : result.run.row, lane, 3])
        quality = feed.quality.get(asset)
        if not known.any():
            notes.append(f"{asset}: no candle in the period")
        elif not known[0]:
            notes.append(f"{asset}: candles start on {_day(result.times[np.argmax(known)])}, after the period does")
        if quality is not None and quality.missing_bars:
            notes.append(f"{asset}: {quality.missing_bars:,} bars are missing in {quality.gaps:,} gaps")
        if quality is not None and quality.missing_settlements:
            notes.append(
                f"{asset}: {quality.missing_settlements:,} funding settlements have no rate and were not booked"
            )
    return notes


def _span(result: Result) -> str:
    days = (int(result.times[-1]) - int(result.times[0])) / DAY
    if days >= 730:
        return f"{days / 365.25:.1f}{THIN}years"
    return f"{days:,.0f}{THIN}days" if days >= 2 else duration(days * DAY)


def _day(time: int) -> str:
    return str(np.datetime64(int(time), "ms").astype("datetime64[D]"))
