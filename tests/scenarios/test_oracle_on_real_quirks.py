"""The engine and the oracle agree, trade by trade and bar by bar, on the real pieces where simulators go wrong."""

from __future__ import annotations

from typing import Any

import pytest

from radar.market.reason import Regime
from tests.acceptance.differences import difference
from tests.acceptance.harness import Market, finished
from tests.acceptance.oracle import Asset, Rules, simulate
from tests.acceptance.oracle_strategy import Inputs
from tests.acceptance.shipped import NAMES, Shape, few_fast, shape
from tests.acceptance.subjects import subjects
from tests.nodes import formulas
from tests.nodes.markets import HOUR, stored
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


def account(its: Shape, rules: Rules) -> dict[str, Any]:
    """The rules as overrides."""
    venue = {
        "margin_mode": "isolated" if rules.isolated else "cross",
        "intrabar": rules.intrabar,
        "stop_gap_fraction": rules.gap_fraction,
    }
    base = {"base": "equity" if rules.compounding else "initial"}
    return its.values(account=venue, sizing=base, gates={"max_margin_ratio": rules.ratio})


def pieces() -> list[tuple[str, str]]:
    """Every strategy on hourly candles with every piece that holds what it reads."""
    return [
        (name, piece)
        for name in NAMES
        for piece, (assets, market) in PIECES.items()
        if str(shape(name).clock) == "1h"
        and "open_interest" not in shape(name).reads
        and ("funding" not in shape(name).reads or set(assets) <= set(market.rates))
    ]


@pytest.mark.parametrize("settings", few_fast(ACCOUNTS, 1))
@pytest.mark.parametrize(("pipeline", "piece"), pieces())
def test_the_engine_agrees_with_the_oracle_on_real_quirks(pipeline: str, piece: str, settings: str) -> None:
    """Interpreted, with the shipped costs and the market's own funding."""
    assets, market = PIECES[piece]
    its, subject = shape(pipeline), subjects()[pipeline]
    chosen = subject.lively if subject.quirks is None else subject.quirks
    rules = Rules(**ACCOUNTS[settings])
    oracle = []
    for asset in assets:
        bars = market.bars[asset, "1h"]
        volatile = formulas.regime(bars) == Regime.HIGH_VOLATILITY
        rates = dict(market.rates.get(asset, {}))
        for slot, shipped in enumerate(its.strategies.values()):
            values = {**shipped, **chosen}
            strategy = subject.oracle(Inputs(bars, HOUR, rates), values)
            oracle.append(Asset(asset, bars, HOUR, strategy, values["leverage"], volatile, rates or None, slot=slot))
    overrides = {**its.values(strategy=chosen), **account(its, rules)}
    run = finished(plan_of(pipeline, assets, overrides), market, mode="interpreted")
    outcome = simulate(rules, oracle)
    assert difference(run, outcome, rules.initial) == ""
    assert len(outcome.trades) > 0
