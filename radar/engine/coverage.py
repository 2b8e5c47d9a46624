"""What a pipeline needs of a store and does not find there, said before anything runs."""

from __future__ import annotations

from collections.abc import Iterator

from radar.market.timeframe import Timeframe
from radar.plan.plan import Plan
from radar.spec.diagnostic import Diagnostic
from radar.spec.findings import Findings
from radar.spec.source import Span
from radar.store import SeriesKey, Store

__all__ = ["check_data"]


def check_data(plan: Plan, store: Store) -> tuple[Diagnostic, ...]:
    """A diagnostic for each series that ``plan`` reads and ``store`` does not have.

    Only whether there is such a series is looked at, not which period it covers. Funding that a back-test would book
    is not needed to run one, so its absence is a warning.
    """
    stored = store.keys()
    findings = Findings()
    pipeline = plan.pipeline
    for asset in plan.assets:
        for kind, clock, span, of in _needs(plan):
            if any(_serves(key, kind, asset, clock) for key in stored):
                continue
            what = f"{clock} candles" if clock else kind.replace("_", " ")
            others = sorted({str(key.timeframe) for key in stored if (key.kind, key.asset) == (kind, asset)})
            findings.add(
                "R5011" if of == "account" else "R5010",
                f"{store.path.as_posix()} has no {what} of {asset}"
                + (", so none would be booked" if of == "account" else ""),
                pipeline.place(span),
                expected=f"{what} for {of}" + (f"; there is {', '.join(others)}" if clock and others else ""),
                fix="radarctl data import FILE brings one in; or leave the asset out",
            )
    return findings.sorted()


def _needs(plan: Plan) -> Iterator[tuple[str, Timeframe | None, Span, str]]:
    """Kind of series, clock (candles only), where the pipeline asks for it, and what for."""
    sources = [node for node in plan.nodes if node.kind.role == "source"]
    first = next((node for node in sources if node.kind.series == "candles"), None)
    yield "candles", plan.base, first.span if first else plan.pipeline.name_span, "the clock of the pipeline"
    for node in plan.nodes:
        if node.kind.series in ("funding", "open_interest"):
            yield node.kind.series, None, node.span, node.id
        elif node.kind.series == "settlement":
            yield "funding", None, node.span, "account"
        elif node.kind.series == "candles" and plan.tick[node.id].root == node.id:
            yield "candles", plan.tick[node.id].clock, node.span, node.id


def _serves(key: SeriesKey, kind: str, asset: str, clock: Timeframe | None) -> bool:
    return (key.kind, key.market, key.asset) == (kind, "perp", asset) and clock in (None, key.timeframe)
