"""Series whose last bar was stored while it was open. Only closed bars decide.

What must happen: data verification says so where it can be known; leaving the bar out gives the run without it; and
until that bar everything is the same with and without it, because nothing looks ahead.
"""

from __future__ import annotations

import numpy as np
import pytest

from radar.store import Store
from radar.store.verifying import verify
from tests.acceptance.harness import Market, equity_of, fills_of, started
from tests.nodes.markets import HOUR, Bars, stored
from tests.scenarios.real import QUIRKS, plan_of

OPEN = {"BNB": "binance/perp/BNB/1h", "IOTX": "binance/perp/IOTX/1h", "LAYER": "binance/perp/LAYER/1h"}
LIVELY = {"grid.atr_multiplier_start": 0.3, "grid.atr_multiplier_step": 0.3, "grid.sides": ["long", "short"]}


def test_the_clock_of_the_collector_tells_which_bars_were_open() -> None:
    """Verified at the instant of collection, each of them is reported; an hour later none is known to be open."""
    store = Store(QUIRKS)
    last = {asset: int(stored("quirks", path).time[-1]) for asset, path in OPEN.items()}
    for asset, time in last.items():
        then = [
            one
            for one in verify(store, now=time + HOUR // 2)
            if one.code == "data-open-bar" and f"/{asset}/" in one.series
        ]
        assert [one.severity for one in then] == ["warning"], asset
        later = [
            one
            for one in verify(store, now=time + 2 * HOUR)
            if one.code == "data-open-bar" and f"/{asset}/" in one.series
        ]
        assert all(one.severity == "info" for one in later), asset


def test_finer_bars_prove_an_open_bar() -> None:
    """The last hour of BTC (bitget) against its five-minute bars, whatever the clock says."""
    found = [one for one in verify(Store(QUIRKS), now=2_000_000_000_000) if one.code == "data-open-bar"]
    proofs = [one for one in found if "bitget" in one.series and one.severity == "warning"]
    assert len(proofs) == 1


def half(bars: Bars) -> Bars:
    """The same with a last bar that has seen only a part of its hour."""
    columns = {name: column.copy() for name, column in vars(bars).items()}
    columns["close"][-1] = columns["open"][-1]
    columns["volume"][-1] *= 0.1
    return Bars(**columns)


@pytest.mark.parametrize("asset", OPEN)
def test_an_open_last_bar_changes_nothing_before_it(asset: str) -> None:
    """With the bar, with another state of it, and without it: the same fills and equity up to the bar before."""
    bars = stored("quirks", OPEN[asset])
    plan = plan_of("grid_atr", (asset,), LIVELY)
    seen = []
    for one in (bars, half(bars), bars[:-1]):
        run = started(plan, Market({(asset, "1h"): one}), mode="interpreted")
        run.finish()
        fills = fills_of(run)
        count = len(bars) - 1 - run.feed.start
        seen.append((fills[fills["time"] < bars.time[-1]].tobytes(), equity_of(run)[:count].tobytes()))
        assert np.any(fills["opens"] == 1)
    assert seen[0] == seen[1] == seen[2]
