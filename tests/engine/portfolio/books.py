"""A portfolio on real candles, and its account once more: bar by bar from the trades of the result, in plain Python."""

from __future__ import annotations

from dataclasses import dataclass, field
from functools import cache
from typing import Any

import numpy as np
import pyarrow as pa

import radar
from radar.engine.result import Result
from radar.store import Store
from tests.acceptance.subjects import ROOT

PORTFOLIO = ROOT / "pipelines" / "portfolio.yaml"
SAMPLE = ROOT / "tests" / "data" / "sample"
ASSETS = ("BTC", "ETH")
LEVERAGE = 6.0
"""Shipped for both strategies."""
MAINTENANCE = 0.004
CAPITAL = 10_000.0


def candles(asset: str, first: str = "2025-01-01", last: str = "2025-02-12") -> pa.Table:
    """Hours of the sample."""
    found = Store(SAMPLE).candles(asset, "1h", start=ms(first), end=ms(last))
    names = ("time", "open", "high", "low", "close", "volume")
    return pa.table({name: getattr(found, name) for name in names})


def ms(text: str) -> int:
    """Milliseconds UTC of a date or an instant."""
    return int(np.datetime64(text.removesuffix("Z"), "ms").astype(np.int64))


@cache
def traded(*overrides: str, assets: tuple[str, ...] = ASSETS) -> Result:
    """The shipped portfolio on six weeks of two assets, with funding; the same run is made once."""
    return radar.backtest(
        PORTFOLIO,
        candles={asset: candles(asset) for asset in assets},
        data=SAMPLE,
        assets=assets,
        overrides=["guard.max_session_loss_percent=100", "guard.max_daily_loss_percent=100", *overrides],
        mode="interpreted",
    )


@dataclass
class Bar:
    """The account at one close."""

    equity: float
    realised: float = 0.0
    unrealised: float = 0.0
    margin: float = 0.0
    notional: float = 0.0
    stop_loss: float = 0.0
    paid: float = 0.0
    """Fees of open positions."""
    positions: int = 0
    assets: set[str] = field(default_factory=set)


def books(result: Result) -> list[Bar]:
    """The account at every close, from the plain data of the result and the candles."""
    content: dict[str, Any] = result.to_json()
    closes = {asset: dict(zip(*(_column(asset, name) for name in ("time", "close")), strict=True)) for asset in ASSETS}
    fees = _fees(result)
    bars = []
    held = [*content["trades"], *open_ones(result)]
    for one in held:
        # Both strategies have a stop that is a fixed part of the average entry.
        one["stop_fraction"] = content["parameters"][one["strategy"]]["params"]["sl_percent"] / 100.0
    for time, equity in zip(result.times.tolist(), result.equity.tolist(), strict=True):
        bar = Bar(equity)
        for trade in held:
            if ms(trade.get("exit_time", "9999-01-01")) <= time:
                bar.realised += trade["net"]
                continue
            levels = [level for level in trade["levels"] if ms(level["time"]) <= time]
            _hold(bar, trade, levels, closes[trade["asset"]][time])
            bar.paid += sum(fees[trade["trade"], level["level"]] for level in levels)
        bars.append(bar)
    return bars


def open_ones(result: Result) -> list[dict[str, Any]]:
    """What is open at the end, with its levels, from the fills that no trade closed."""
    closed = {int(trade["trade"]) for trade in result.trade_rows}
    found: dict[int, dict[str, Any]] = {}
    for fill in result.fill_rows:
        number = int(fill["trade"])
        if fill["opens"] and number not in closed:
            one = found.setdefault(
                number,
                {
                    "trade": number,
                    "strategy": result.run.plan.chains[int(fill["strategy"])].strategy,
                    "asset": result.run.plan.assets[int(fill["lane"])],
                    "side": "long" if fill["side"] > 0 else "short",
                    "levels": [],
                },
            )
            one["levels"].append(
                {
                    "level": int(fill["level"]),
                    "time": str(np.datetime64(int(fill["time"]), "ms")),
                    "price": float(fill["price"]),
                    "reference": float(fill["reference"]),
                    "quantity": float(fill["quantity"]),
                }
            )
    return list(found.values())


def _hold(bar: Bar, trade: dict[str, Any], levels: list[dict[str, Any]], close: float) -> None:
    if not levels:
        return
    side = 1.0 if trade["side"] == "long" else -1.0
    quantity = sum(level["quantity"] for level in levels)
    average = sum(level["price"] * level["quantity"] for level in levels) / quantity
    bar.unrealised += side * (close - average) * quantity
    bar.margin += sum(level["reference"] * level["quantity"] for level in levels) / LEVERAGE
    bar.notional += close * quantity
    bar.stop_loss += average * quantity * trade["stop_fraction"]
    bar.positions += 1
    bar.assets.add(trade["asset"])


def _column(asset: str, name: str) -> list[Any]:
    found: list[Any] = candles(asset)[name].to_pylist()
    return found


def _fees(result: Result) -> dict[tuple[int, int], float]:
    return {(int(fill["trade"]), int(fill["level"])): float(fill["fee"]) for fill in result.fill_rows if fill["opens"]}
