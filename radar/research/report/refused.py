"""Why it did not trade: entries that were offered and not taken."""

from __future__ import annotations

from radar.engine.result import Result
from radar.research.report.behaviour import share_cell
from radar.research.report.markup import Markup, element, fragment, section, table


def refusals_section(result: Result) -> Markup:
    """Refusals by strategy and cause, with what the cause means, and a column for each asset."""
    counts: dict[tuple[str, str], dict[str, int]] = {}
    meanings: dict[str, str] = {}
    for row in result.refusals:
        counts.setdefault((row["strategy"], row["cause"]), {})[row["asset"]] = row["count"]
        meanings[row["cause"]] = row["meaning"]
    if not counts:
        text = "No entry was refused: every one that the market offered was taken."
        if not len(result.trade_rows) and not result.open_positions:
            text = "No entry was refused, and none was taken: the market never offered one under these rules."
        return section("refusals", "Why it did not trade", element("p", text, class_="quiet"))
    assets = [asset for asset in result.run.plan.assets if any(asset in by_asset for by_asset in counts.values())]
    total = sum(sum(by_asset.values()) for by_asset in counts.values())
    ordered = sorted(counts.items(), key=lambda item: (-sum(item[1].values()), item[0]))
    rows: list[list[object]] = []
    for (strategy, cause), by_asset in ordered:
        word = fragment(element("strong", cause.replace("_", " ")), element("span", meanings[cause], class_="meaning"))
        refused = sum(by_asset.values())
        rows.append(
            [
                element("th", word, scope="row"),
                element("td", strategy, class_="word"),
                share_cell(refused / total, f"{refused:,}"),
                *(f"{by_asset[asset]:,}" if asset in by_asset else "" for asset in assets),
            ]
        )
    head: list[object] = ["Cause", element("th", "Strategy", scope="col", class_="word"), "All", *assets]
    note = f"{total:,} entries were offered by the market and not taken."
    return section(
        "refusals", "Why it did not trade", table(head, rows, caption="Refusals by cause", class_="causes"), note=note
    )
