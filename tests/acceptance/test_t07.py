"""T7, cost monotonicity: dearer never earns more on the same trades, and a maker pays less than a taker.

Sizes do not compound, stops are far or (for the stress of stops) unmoved by the cost under test, so the list of trades
is the same in every run and only what it costs differs. That it is the same is asserted, not assumed.
"""

from __future__ import annotations

from collections.abc import Sequence
from itertools import pairwise
from typing import Any

import numpy as np
import pytest

from tests.acceptance.harness import Market, finished, trades_of
from tests.acceptance.shipped import NAMES, lively_bars, ready, shape

COUNT = 900
WHEN = ("entry_time", "exit_time", "side", "reason", "levels")
FAR: dict[str, dict[str, Any]] = {
    "grid_atr": {"sl_percent": 95.0, "leverage": 1.0},
    "boltrend": {"sl_percent": 95.0, "leverage": 1.0},
    "vwap_rsi": {"leverage": 1.0},
}
"""Stops built from fills move with slippage, so where they are they are out of reach; those of ``vwap_rsi`` are not."""


def run_of(name: str, account: dict[str, Any], **strategy: Any) -> np.ndarray:
    """The trades under some costs."""
    its = shape(name)
    overrides = its.values(
        strategy={**FAR.get(name, {}), **strategy},
        sizing={"base": "initial", **({"include": ["taker_fee"]} if "include" in its.sizing_parameters else {})},
        account={"liquidation": False, "funding": False, "high_volatility_multiplier": 1.0, **account},
    )
    return trades_of(finished(ready(name, overrides), Market({("BTC", str(its.clock)): lively_bars(name, 11, COUNT)})))


def never_better(lists: Sequence[np.ndarray]) -> None:
    """Each list is the same trades as the one before, and no trade of it nets more; together they net less."""
    assert len(lists[0]) > 5
    for cheap, dear in pairwise(lists):
        for field in WHEN:
            np.testing.assert_array_equal(cheap[field], dear[field])
        np.testing.assert_array_equal(cheap["quantity"], dear["quantity"])
        assert np.all(dear["net"] <= cheap["net"] + 1e-9 * np.abs(cheap["net"]))
        assert dear["net"].sum() < cheap["net"].sum()


@pytest.mark.parametrize("name", FAR)
def test_a_higher_slippage_never_earns_more(name: str) -> None:
    """Small enough that no decision turns on it (``vwap_rsi`` leaves only in profit on its fill)."""
    never_better([run_of(name, {"slippage_percent": slip}) for slip in (0.0, 0.001, 0.002)])


@pytest.mark.parametrize("name", FAR)
def test_a_higher_taker_fee_never_earns_more(name: str) -> None:
    """Where the fee enters the size (risk sizing), the size is left to follow its stop alone."""
    its = shape(name)
    sizing = {f"{its.sizing}.include": ["slippage"]} if "include" in its.sizing_parameters else {}
    lists = []
    for fee in (0.0, 0.05, 0.3):
        overrides = its.values(
            strategy=FAR[name],
            sizing={"base": "initial"},
            account={"taker_fee_percent": fee, "liquidation": False, "funding": False},
        )
        market = Market({("BTC", str(its.clock)): lively_bars(name, 11, COUNT)})
        lists.append(trades_of(finished(ready(name, {**overrides, **sizing}), market)))
    never_better(lists)


@pytest.mark.parametrize("name", FAR)
def test_a_worse_stop_fill_never_earns_more(name: str) -> None:
    """``stop_gap_fraction`` of 0, 0.5 and 1 with stops that are hit."""
    stops = {"sl_percent": 0.5 if name == "vwap_rsi" else 3.0}
    lists = [run_of(name, {"stop_gap_fraction": g}, **stops) for g in (0.0, 0.5, 1.0)]
    assert np.count_nonzero(lists[0]["reason"] == 2) > 3
    never_better(lists)


def test_a_higher_maker_fee_never_earns_more() -> None:
    """A grid whose levels and target rest as limit orders."""
    limits = {"entry_order": "limit", "target_order": "limit"}
    never_better([run_of("grid_atr", {"maker_fee_percent": fee}, **limits) for fee in (0.0, 0.02, 0.1)])


def test_a_maker_pays_less_than_a_taker() -> None:
    """The same grid pays less with limit orders than with market orders on touch, leg by leg."""
    orders = ("limit", "limit"), ("limit", "market_on_touch"), ("market_on_touch", "market_on_touch")
    never_better([run_of("grid_atr", {}, entry_order=entry, target_order=target) for entry, target in orders])


def test_every_pipeline_is_covered() -> None:
    """A pipeline that is added says here how its stops are kept out of reach."""
    assert set(NAMES) == set(FAR)
