"""What an account leaves behind, as rows that an expectation can be held against."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Literal

from radar.market.instant import format_instant
from radar.market.reason import ExitReason, Refusal, Regime, Side

if TYPE_CHECKING:
    from radar.engine.result import Result

__all__ = ["TABLES", "Field", "Row", "rows_of"]

Row = dict[str, Any]
ENTRY = "entry"
"""The reason of a fill that opens."""


@dataclass(frozen=True)
class Field:
    """A field of a table: a ``number``, one of ``words``, a ``flag``, a ``time``, a ``bar`` or free ``text``."""

    kind: Literal["number", "word", "flag", "time", "bar", "text"]
    words: tuple[str, ...] = ()


def _names(kind: type[Any], *more: str) -> tuple[str, ...]:
    return (*(one.name.lower() for one in kind if one.name != "NONE"), *more)


NUMBER = Field("number")
TEXT = Field("text")
TIME = Field("time")
BAR = Field("bar")
SIDE = Field("word", ("long", "short"))
REASON = Field("word", _names(ExitReason))
REGIME = Field("word", _names(Regime))

_WHAT = {"strategy": TEXT, "asset": TEXT}
TABLES: Mapping[str, Mapping[str, Field]] = {
    "trades": {
        **_WHAT,
        "side": SIDE,
        "reason": REASON,
        "entry_bar": BAR,
        "exit_bar": BAR,
        "entry_time": TIME,
        "exit_time": TIME,
        "average_entry": NUMBER,
        "exit_price": NUMBER,
        "quantity": NUMBER,
        "gross": NUMBER,
        "fees": NUMBER,
        "slippage": NUMBER,
        "funding": NUMBER,
        "net": NUMBER,
        "levels": NUMBER,
        "bars": NUMBER,
        "worst_excursion": NUMBER,
        "entry_reference": NUMBER,
        "exit_reference": NUMBER,
        "stop": NUMBER,
        "target": NUMBER,
        "entry_regime": REGIME,
        "exit_regime": REGIME,
    },
    "fills": {
        **_WHAT,
        "bar": BAR,
        "time": TIME,
        "side": Field("word", ("buy", "sell")),
        "reason": Field("word", (ENTRY, *REASON.words)),
        "level": NUMBER,
        "at_close": Field("flag"),
        "price": NUMBER,
        "reference": NUMBER,
        "quantity": NUMBER,
        "fee": NUMBER,
        "slippage": NUMBER,
    },
    "positions": {
        **_WHAT,
        "side": SIDE,
        "entry_bar": BAR,
        "entry_time": TIME,
        "average_entry": NUMBER,
        "quantity": NUMBER,
        "mark": NUMBER,
        "stop": NUMBER,
        "unrealised": NUMBER,
        "fees": NUMBER,
        "funding": NUMBER,
    },
    "refusals": {**_WHAT, "cause": Field("word", _names(Refusal)), "count": NUMBER},
}
"""The tables of an account and their fields. ``positions`` are those that are open at the end."""


def rows_of(result: Result, table: str, first_row: int) -> list[Row]:
    """The rows of ``table``. Bars count from ``first_row`` of the run's timeline."""
    bars = {
        format_instant(int(time)): row - first_row for row, time in enumerate(result.run.feed.times[: result.run.row])
    }
    if table == "trades":
        return [_trade(trade, bars) for trade in result.trades()]
    if table == "fills":
        return [_fill(result, fill, bars) for fill in result.fill_rows]
    if table == "positions":
        return [{**one, "entry_bar": bars[one["entry_time"]]} for one in result.open_positions]
    return [{name: one[name] for name in TABLES["refusals"]} for one in result.refusals]


def _trade(trade: Row, bars: Mapping[str, int]) -> Row:
    row = {name: trade[name] for name in TABLES["trades"] if name in trade}
    row["levels"] = len(trade["levels"])
    row["entry_bar"], row["exit_bar"] = bars[trade["entry_time"]], bars[trade["exit_time"]]
    return row


def _fill(result: Result, fill: Any, bars: Mapping[str, int]) -> Row:
    plan = result.run.plan
    time = format_instant(int(fill["time"]))
    return {
        "strategy": plan.chains[int(fill["strategy"])].strategy,
        "asset": plan.assets[int(fill["lane"])],
        "bar": bars[time],
        "time": time,
        "side": "buy" if fill["side"] == Side.LONG else "sell",
        "reason": ENTRY if fill["opens"] else ExitReason(int(fill["reason"])).name.lower(),
        "level": int(fill["level"]),
        "at_close": bool(fill["at_close"]),
        "price": float(fill["price"]),
        "reference": float(fill["reference"]),
        "quantity": float(fill["quantity"]),
        "fee": float(fill["fee"]),
        "slippage": float(fill["slippage"]),
    }
