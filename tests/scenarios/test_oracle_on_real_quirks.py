"""The engine and the oracle agree, trade by trade and bar by bar, on the real pieces where simulators go wrong."""

from __future__ import annotations

from typing import Any

import pytest

from radar.market.reason import Regime
from tests.acceptance.differences import difference
from tests.acceptance.harness import Market, finished
from tests.acceptance.oracle import LONG, SHORT, Asset, Rules, simulate
from tests.acceptance.oracle_strategies import BolTrend, GridAtr
from tests.acceptance.shipped import few_fast
from tests.nodes import formulas
from tests.nodes.markets import HOUR, Bars, stored
from tests.scenarios.real import plan_of, quirk

PIECES: dict[str, tuple[tuple[str, ...], Market]] = {
    "spike of 2020": (("ETH",), quirk("ETH")),
    "cascade of 2025": (("DOT", "KAS"), quirk("DOT", "KAS")),
    "switching intervals": (("XTZ",), quirk("XTZ")),
    "outages of 2018": (("BTC",), Market({("BTC", "1h"): stored("quirks", "binance/spot/BTC/1h")})),
    "markets of different years": (("ETH", "KAS", "XTZ"), quirk("ETH", "KAS", "XTZ")),
}
ACCOUNTS: dict[str, dict[str, Any]] = {
    "as shipped": {},
    "isolated, path, stress": {"isolated": True, "intrabar": "path", "gap_fraction": 0.5},
    "fixed base, legacy colour": {"compounding": False, "intrabar": "color_legacy", "ratio": 1.0},
}


def account(rules: Rules) -> dict[str, Any]:
    """The rules as overrides."""
    return {
        "broker.margin_mode": "isolated" if rules.isolated else "cross",
        "broker.intrabar": rules.intrabar,
        "broker.stop_gap_fraction": rules.gap_fraction,
        "sized.base": "equity" if rules.compounding else "initial",
        "guard.max_margin_ratio": rules.ratio,
    }


def grid(bars: Bars) -> GridAtr:
    """A grid that trades both sides often."""
    return GridAtr(bars, (LONG, SHORT), start=0.5, step=0.5, slots=4, sl=0.08)


def trend(bars: Bars) -> BolTrend:
    """A breakout on short windows."""
    return BolTrend(bars, (LONG, SHORT), 10, 1.0, 30, 0.0, 0.05)


STRATEGIES: dict[str, tuple[Any, float, dict[str, Any]]] = {
    "grid_atr": (
        grid,
        6.0,
        {
            "grid.sides": ["long", "short"],
            "grid.atr_multiplier_start": 0.5,
            "grid.atr_multiplier_step": 0.5,
            "grid.num_levels": 4,
            "grid.sl_percent": 8.0,
        },
    ),
    "boltrend": (
        trend,
        10.0,
        {
            "trend.leverage": 10.0,
            "trend.bol_window": 10,
            "trend.bol_std": 1.0,
            "trend.long_ma_window": 30,
            "trend.sl_percent": 5.0,
        },
    ),
}


@pytest.mark.parametrize("settings", few_fast(ACCOUNTS, 1))
@pytest.mark.parametrize("piece", PIECES)
@pytest.mark.parametrize("pipeline", STRATEGIES)
def test_the_engine_agrees_with_the_oracle_on_real_quirks(pipeline: str, piece: str, settings: str) -> None:
    """Interpreted, with the shipped costs and the market's own funding."""
    assets, market = PIECES[piece]
    make, leverage, overrides = STRATEGIES[pipeline]
    rules = Rules(**ACCOUNTS[settings])
    oracle = []
    for asset in assets:
        bars = market.bars[asset, "1h"]
        volatile = formulas.regime(bars) == Regime.HIGH_VOLATILITY
        rates = market.rates.get(asset)
        oracle.append(Asset(asset, bars, HOUR, make(bars), leverage, volatile, dict(rates) if rates else None))
    run = finished(plan_of(pipeline, assets, {**overrides, **account(rules)}), market, mode="interpreted")
    outcome = simulate(rules, oracle)
    assert difference(run, outcome, rules.initial) == ""
    assert len(outcome.trades) > 0
