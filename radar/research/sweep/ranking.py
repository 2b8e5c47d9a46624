"""The metrics of a combination: what they are called, and which of two values is the better one."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal

from radar.market.metrics import METRICS
from radar.research.sweep.grid import SweepError
from radar.spec.suggest import nearest

if TYPE_CHECKING:
    import pyarrow as pa

DEFAULT = "sharpe_daily"
"""What combinations are ranked by unless something else is said."""


@dataclass(frozen=True)
class Metric:
    """A metric for people: ``better`` is ``more`` or ``less``; ``signed`` when zero parts good from bad."""

    name: str
    title: str
    unit: str = ""
    digits: int = 2
    better: Literal["more", "less"] = "more"
    signed: bool = False


_TITLES = (
    Metric("sharpe_daily", "Sharpe, daily", signed=True),
    Metric("equity_return", "Return", "%", 2, signed=True),
    Metric("net_return", "Net return of trades", "%", 2, signed=True),
    Metric("max_drawdown", "Largest drawdown", "%", 2, "less"),
    Metric("max_drawdown_days", "Longest drawdown", "days", 1, "less"),
    Metric("calmar", "Calmar", signed=True),
    Metric("sharpe_trades", "Sharpe, trades", signed=True),
    Metric("sortino_trades", "Sortino, trades", signed=True),
    Metric("profit_factor", "Profit factor"),
    Metric("gross_profit_factor", "Profit factor before costs"),
    Metric("expectancy", "Net a trade", signed=True),
    Metric("risk_reward", "Risk to reward"),
    Metric("win_rate", "Won", "%", 1),
    Metric("trades", "Trades", digits=0),
    Metric("trades_per_year", "Trades a year", digits=0),
    Metric("winning_trades", "Trades won", digits=0),
    Metric("losing_trades", "Trades lost", digits=0, better="less"),
    Metric("net", "Net", signed=True),
    Metric("gross", "Gross", signed=True),
    Metric("fees", "Fees", better="less"),
    Metric("slippage", "Slippage", better="less"),
    Metric("funding", "Funding", signed=True),
    Metric("fee_drag", "Fee drag", "%", 1, "less"),
    Metric("final_equity", "Final equity"),
    Metric("average_win", "Average win"),
    Metric("average_loss", "Average loss", signed=True),
)

RANKED = {metric.name: metric for metric in _TITLES}
"""Every metric by name, the most asked for first."""

assert set(RANKED) == set(METRICS.names or ())


def metric(name: str) -> Metric:
    """The metric called ``name``.

    Raises:
        SweepError: There is none.
    """
    if name not in RANKED:
        close = nearest(name, list(RANKED))
        raise SweepError(
            f"there is no metric called {name}",
            expected=f"one of {', '.join(RANKED)}",
            next_step=f"did you mean {', '.join(close)}?" if close else f"leave --sort out for {DEFAULT}",
            code="R6004",
        )
    return RANKED[name]


def ranked(table: pa.Table, by: str = DEFAULT) -> pa.Table:
    """The rows of a sweep, the best first; where the metric is not defined last, equals by combination.

    Raises:
        SweepError: There is no such metric.
    """
    order = "descending" if metric(by).better == "more" else "ascending"
    keys = [(by, order), *((name, "ascending") for name in ("asset", "combination") if name in table.column_names)]
    return table.sort_by(keys)
