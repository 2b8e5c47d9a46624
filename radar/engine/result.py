"""What a back-test says, as data: the same bytes for the same pipeline, values, data and kernel."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING, Any

import numpy as np

from radar.engine.exposure import Exposure, exposure
from radar.engine.portfolio.portfolio import portfolio
from radar.engine.portfolio.snapshots import Snapshots, snapshot_table, snapshots
from radar.engine.run import Run
from radar.engine.summary import Metrics
from radar.market.instant import format_instant
from radar.market.reason import ExitReason, Regime, Side

if TYPE_CHECKING:
    import pyarrow as pa

FORMAT = "radar.result/1"


def closed_trades(run: Run) -> np.ndarray:
    """Closed trades of all accounts in the order in which they closed; numbers of trades are those of their account."""
    return _merged([run.ledger(node.id)[1] for node in run.plan.executors], "exit_time")


def total_equity(run: Run) -> np.ndarray:
    """Marked equity of all accounts together, by tradable row that was run."""
    rows = slice(run.feed.start, run.row)
    if len(run.all_equity) == 1:
        return run.equity[rows]
    total: np.ndarray = run.all_equity[:, rows].sum(axis=0)
    return total


def _merged(parts: list[np.ndarray], time: str) -> np.ndarray:
    if len(parts) == 1:
        return parts[0]
    rows = np.concatenate(parts)
    return rows[np.argsort(rows[time], kind="stable")]


@dataclass(frozen=True)
class Request:
    """What was asked for, complete enough to ask again: texts, not file names.

    ``pipeline`` the text of the pipeline file, ``config`` the texts of the configuration files by name, ``overrides``
    as after ``--set``, ``assets`` in place of the file's (None: those of the file), period in milliseconds UTC.
    """

    pipeline_file: str
    pipeline: str
    config: Mapping[str, str]
    overrides: tuple[str, ...]
    assets: tuple[str, ...] | None
    start: int | None
    end: int | None

    def to_json(self) -> dict[str, Any]:
        """Plain data."""
        return {
            "pipeline_file": self.pipeline_file,
            "pipeline": self.pipeline,
            "config": dict(self.config),
            "overrides": list(self.overrides),
            "assets": list(self.assets) if self.assets is not None else None,
            "from": format_instant(self.start) if self.start is not None else None,
            "to": format_instant(self.end) if self.end is not None else None,
        }


@dataclass(frozen=True)
class Result:
    """A finished back-test.

    ``metrics`` of the account, or of several together; ``accounts`` of each account by itself; ``per_asset`` from all
    trades; ``benchmark`` buy and hold by asset and, for several, ``all``. ``run`` holds the arrays that reports draw:
    equity, candles, fills, trades.
    """

    run: Run
    request: Request
    digests: Mapping[str, str]
    parameters: Mapping[str, Any]
    metrics: Metrics
    accounts: Mapping[str, Metrics]
    per_asset: Mapping[str, Metrics]
    benchmark: Mapping[str, Metrics]
    regimes: Mapping[str, list[dict[str, Any]]]
    refusals: list[dict[str, Any]]
    open_positions: list[dict[str, Any]]
    warnings: tuple[str, ...]

    @property
    def name(self) -> str:
        """Name of the pipeline."""
        return self.run.plan.pipeline.name

    @property
    def was_liquidated(self) -> bool:
        """Whether every account was liquidated, which ended the run."""
        return all(bool(self.run.account(node.id)["liquidated"]) for node in self.run.plan.executors)

    @cached_property
    def over_time(self) -> dict[str, Snapshots]:
        """Each account at the close of every tradable bar."""
        return {node.id: snapshots(self.run, node.id) for node in self.run.plan.executors}

    @property
    def exposure(self) -> dict[str, Exposure]:
        """What each account had at stake, and how near it came to its liquidation."""
        return {name: exposure(self.run, account) for name, account in self.over_time.items()}

    @cached_property
    def portfolio(self) -> dict[str, Any]:
        """The run as a portfolio, as plain data: see :func:`radar.engine.portfolio.portfolio.portfolio`."""
        return portfolio(self.run, self.trade_rows, self.equity, self.over_time)

    @property
    def times(self) -> np.ndarray:
        """Bar opens of the tradable window, milliseconds UTC, one for each point of :attr:`equity`."""
        return self.run.feed.times[self.run.feed.start : self.run.row]

    @property
    def equity(self) -> np.ndarray:
        """Marked equity of all accounts at the close of each bar of the tradable window."""
        return total_equity(self.run)

    @property
    def trade_rows(self) -> np.ndarray:
        """Closed trades (:data:`radar.market.ledger.TRADE`) in the order in which they closed."""
        return closed_trades(self.run)

    @property
    def fill_rows(self) -> np.ndarray:
        """Fills (:data:`radar.market.ledger.FILL`) in order; of several accounts those of a bar account by account."""
        fills = [self.run.ledger(node.id)[0] for node in self.run.plan.executors]
        return _merged(fills, "time")

    def trades(self) -> list[dict[str, Any]]:
        """Closed trades as plain data, each with the levels that opened it."""
        plan = self.run.plan
        levels: dict[tuple[str, int], list[dict[str, Any]]] = {}
        for fill in self.fill_rows:
            if fill["opens"]:
                account = plan.chains[int(fill["strategy"])].executor
                levels.setdefault((account, int(fill["trade"])), []).append(
                    {
                        "level": int(fill["level"]),
                        "time": format_instant(int(fill["time"])),
                        "price": float(fill["price"]),
                        "reference": float(fill["reference"]),
                        "quantity": float(fill["quantity"]),
                    }
                )
        return [self._trade(trade, plan.chains, plan.assets, levels) for trade in self.trade_rows]

    @staticmethod
    def _trade(
        trade: np.void, chains: Any, assets: tuple[str, ...], levels: Mapping[tuple[str, int], Any]
    ) -> dict[str, Any]:
        account = chains[int(trade["strategy"])].executor
        return {
            "trade": int(trade["trade"]),
            "strategy": chains[int(trade["strategy"])].strategy,
            "asset": assets[int(trade["lane"])],
            "side": Side(int(trade["side"])).name.lower(),
            "entry_time": format_instant(int(trade["entry_time"])),
            "average_entry": float(trade["average_entry"]),
            "exit_time": format_instant(int(trade["exit_time"])),
            "exit_price": float(trade["exit_price"]),
            "quantity": float(trade["quantity"]),
            "gross": float(trade["gross"]),
            "fees": float(trade["fees"]),
            "slippage": float(trade["slippage"]),
            "funding": float(trade["funding"]),
            "net": float(trade["net"]),
            "reason": ExitReason(int(trade["reason"])).name.lower(),
            "levels": levels.get((account, int(trade["trade"])), []),
            "bars": int(trade["bars"]),
            "worst_excursion": float(trade["worst"]) * 100.0,
            "return_base": float(trade["base"]),
            "entry_reference": float(trade["entry_reference"]),
            "exit_reference": float(trade["exit_reference"]),
            "stop": _number(trade["stop"]),
            "target": _number(trade["target"]),
            "entry_regime": Regime(int(trade["entry_regime"])).name.lower(),
            "exit_regime": Regime(int(trade["exit_regime"])).name.lower(),
        }

    def trades_table(self) -> pa.Table:
        """Closed trades as an Arrow table; times are timestamps (ms, UTC)."""
        import pyarrow as pa

        rows = self.trades()
        for row, trade in zip(rows, self.trade_rows, strict=True):
            row["entry_time"], row["exit_time"] = int(trade["entry_time"]), int(trade["exit_time"])
        instant = pa.timestamp("ms", tz="UTC")
        level = pa.struct(
            [
                ("level", pa.int64()),
                ("time", pa.string()),
                ("price", pa.float64()),
                ("reference", pa.float64()),
                ("quantity", pa.float64()),
            ]
        )
        kinds = {"entry_time": instant, "exit_time": instant, "levels": pa.list_(level)}
        text = ("strategy", "asset", "side", "reason", "entry_regime", "exit_regime")
        schema = pa.schema(
            [
                (
                    name,
                    kinds.get(
                        name, pa.string() if name in text else pa.int64() if name in ("trade", "bars") else pa.float64()
                    ),
                )
                for name in TRADE_FIELDS
            ]
        )
        return pa.Table.from_pylist(rows, schema=schema)

    def equity_table(self) -> pa.Table:
        """Equity as an Arrow table: ``time`` (bar open, timestamp ms UTC) and ``equity``."""
        import pyarrow as pa

        times = pa.array(self.times, pa.int64()).cast(pa.timestamp("ms", tz="UTC"))
        return pa.table({"time": times, "equity": self.equity})

    def snapshots_table(self) -> pa.Table:
        """Each account at the close of every tradable bar as an Arrow table: equity, free cash, margin, positions,
        notional, distance to liquidation, and what all stops together would cost."""
        return snapshot_table(list(self.over_time.values()))

    def to_json(self) -> dict[str, Any]:
        """The result as plain data."""
        feed, plan = self.run.feed, self.run.plan
        return {
            "format": FORMAT,
            "pipeline": self.name,
            "mode": "backtest",
            "clock": str(plan.base),
            "assets": list(plan.assets),
            "period": {
                "from": format_instant(int(self.times[0])),
                "to": format_instant(int(self.times[-1])),
                "bars": len(self.times),
                "warm_up_bars": plan.warm_up,
            },
            "was_liquidated": self.was_liquidated,
            "metrics": self.metrics,
            **({"accounts": self.accounts} if len(self.accounts) > 1 else {}),
            "exposure": self.exposure,
            "portfolio": self.portfolio,
            "per_asset": self.per_asset,
            "buy_and_hold": self.benchmark,
            "regimes": self.regimes,
            "refusals": self.refusals,
            "open_positions": self.open_positions,
            "data_quality": {asset: quality.to_json() for asset, quality in feed.quality.items()},
            "warnings": list(self.warnings),
            "parameters": self.parameters,
            "digests": self.digests,
            "request": self.request.to_json(),
            "trades": self.trades(),
        }

    def to_bytes(self) -> bytes:
        """The result as UTF-8 JSON in a fixed form; equal results have equal bytes."""
        return (json.dumps(self.to_json(), indent=1, allow_nan=False, ensure_ascii=False) + "\n").encode("utf-8")


TRADE_FIELDS = (
    "trade",
    "strategy",
    "asset",
    "side",
    "entry_time",
    "average_entry",
    "exit_time",
    "exit_price",
    "quantity",
    "gross",
    "fees",
    "slippage",
    "funding",
    "net",
    "reason",
    "levels",
    "bars",
    "worst_excursion",
    "return_base",
    "entry_reference",
    "exit_reference",
    "stop",
    "target",
    "entry_regime",
    "exit_regime",
)


def _number(value: Any) -> float | None:
    number = float(value)
    return number if np.isfinite(number) else None
