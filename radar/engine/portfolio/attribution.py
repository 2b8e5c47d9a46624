"""Who earned what: closed trades by strategy and asset, those that only the end of the data closed apart."""

from __future__ import annotations

from typing import Any

import numpy as np

from radar.engine.run import Run
from radar.market.reason import ExitReason


def attribution(run: Run, trades: np.ndarray) -> list[dict[str, Any]]:
    """One row for each strategy and asset that has a closed trade, in the order of strategies, then assets.

    ``trades``, ``wins``, ``win_rate`` (percent), ``net``, ``fees``, ``slippage`` and ``funding`` are of what the
    strategy itself closed; ``forced_trades`` and ``forced_net`` of what was closed because the data ended.
    """
    found = []
    for chain in run.plan.chains:
        for lane, asset in enumerate(run.plan.assets):
            mine = trades[(trades["strategy"] == chain.number) & (trades["lane"] == lane)]
            if len(mine):
                found.append({"strategy": chain.strategy, "asset": asset, "account": chain.executor, **_sums(mine)})
    return found


def totals(trades: np.ndarray) -> dict[str, Any]:
    """The same sums of all trades."""
    return _sums(trades)


def _sums(trades: np.ndarray) -> dict[str, Any]:
    forced = trades["reason"] == ExitReason.END_OF_DATA
    own = trades[~forced]
    wins = int((own["net"] > 0.0).sum())
    return {
        "trades": len(own),
        "wins": wins,
        "win_rate": wins / len(own) * 100.0 if len(own) else None,
        **{name: float(own[name].sum()) for name in ("net", "fees", "slippage", "funding")},
        "forced_trades": int(forced.sum()),
        "forced_net": float(trades["net"][forced].sum()),
    }
