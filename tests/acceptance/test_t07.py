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
from tests.acceptance.shipped import NAMES, fed, lively_bars, ready, shape
from tests.acceptance.subjects import EXAMPLE, subjects

COUNT = 900
WHEN = ("entry_time", "exit_time", "side", "reason", "levels")


def run_of(name: str, account: dict[str, Any], **strategy: Any) -> np.ndarray:
    """The trades under some costs, with stops that are out of reach unless ``strategy`` says otherwise."""
    its = shape(name)
    overrides = its.values(
        strategy={**subjects()[name].far, **strategy},
        sizing={"base": "initial", **({"include": ["taker_fee"]} if "include" in its.sizing_parameters else {})},
        account={"liquidation": False, "funding": False, "high_volatility_multiplier": 1.0, **account},
    )
    market = fed(name, Market({("BTC", str(its.clock)): lively_bars(name, 11, COUNT)}))
    return trades_of(finished(ready(name, overrides), market))


def never_better(lists: Sequence[np.ndarray]) -> None:
    """Each list is the same trades as the one before, and no trade of it nets more; together they net less."""
    assert len(lists[0]) > 5
    for cheap, dear in pairwise(lists):
        for field in WHEN:
            np.testing.assert_array_equal(cheap[field], dear[field])
        np.testing.assert_array_equal(cheap["quantity"], dear["quantity"])
        assert np.all(dear["net"] <= cheap["net"] + 1e-9 * np.abs(cheap["net"]))
        assert dear["net"].sum() < cheap["net"].sum()


@pytest.mark.parametrize("name", NAMES)
def test_a_higher_slippage_never_earns_more(name: str) -> None:
    """Small enough that no decision turns on it (an exit may ask for profit on the fill)."""
    never_better([run_of(name, {"slippage_percent": slip}) for slip in (0.0, 0.001, 0.002)])


@pytest.mark.parametrize("name", NAMES)
def test_a_higher_taker_fee_never_earns_more(name: str) -> None:
    """Where the fee enters the size (risk sizing), the size is left to follow its stop alone."""
    its = shape(name)
    sizing = {f"{its.sizing}.include": ["slippage"]} if "include" in its.sizing_parameters else {}
    lists = []
    for fee in (0.0, 0.05, 0.3):
        overrides = its.values(
            strategy=subjects()[name].far,
            sizing={"base": "initial"},
            account={"taker_fee_percent": fee, "liquidation": False, "funding": False},
        )
        market = fed(name, Market({("BTC", str(its.clock)): lively_bars(name, 11, COUNT)}))
        lists.append(trades_of(finished(ready(name, {**overrides, **sizing}), market)))
    never_better(lists)


@pytest.mark.parametrize("name", NAMES)
def test_a_worse_stop_fill_never_earns_more(name: str) -> None:
    """``stop_gap_fraction`` of 0, 0.5 and 1 with stops that are hit."""
    lists = [run_of(name, {"stop_gap_fraction": g}, **subjects()[name].near) for g in (0.0, 0.5, 1.0)]
    assert np.count_nonzero(lists[0]["reason"] == 2) > 3
    never_better(lists)


def test_a_higher_maker_fee_never_earns_more() -> None:
    """A grid whose levels and target rest as limit orders."""
    limits = {"entry_order": "limit", "target_order": "limit"}
    never_better([run_of(EXAMPLE, {"maker_fee_percent": fee}, **limits) for fee in (0.0, 0.02, 0.1)])


def test_a_maker_pays_less_than_a_taker() -> None:
    """The same grid pays less with limit orders than with market orders on touch, leg by leg."""
    orders = ("limit", "limit"), ("limit", "market_on_touch"), ("market_on_touch", "market_on_touch")
    never_better([run_of(EXAMPLE, {}, entry_order=entry, target_order=target) for entry, target in orders])
