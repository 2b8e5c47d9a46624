"""T11, restart: a run that is put away at bar n and taken up again by another process is the uninterrupted run."""

from __future__ import annotations

import numpy as np
import pytest

from radar.engine.run import Run
from radar.kernel.build import Mode
from tests.acceptance.harness import Market, finished, started, trades_of
from tests.acceptance.shipped import NAMES, fed, lively_bars, ready, shape

COUNT = 640
ASSETS = ("BTC", "ETH")
MODE: Mode = "compiled"


def market(name: str) -> Market:
    """Two assets with funding, one of them with a hole."""
    clock = str(shape(name).clock)
    bars = {("BTC", clock): lively_bars(name, 41, COUNT, gaps=(520, 521)), ("ETH", clock): lively_bars(name, 42, COUNT)}
    rates = {1_704_067_200_000 + k * 28_800_000: 0.0005 for k in range(100)}
    return fed(name, Market(bars, {"BTC": rates, "ETH": rates}))


def taken_up(run: Run, again: Run) -> None:
    """Give a fresh run what a checkpoint and a ledger on disk would hold: bytes, and nothing else."""
    again.state.restore(run.state.snapshot())
    for name in ("all_fills", "all_trades", "all_equity"):
        array = getattr(run, name)
        setattr(again, name, np.frombuffer(array.tobytes(), dtype=array.dtype).reshape(array.shape).copy())
    again.row = run.row


@pytest.mark.parametrize("assets", [ASSETS[:1], ASSETS], ids=["one", "two"])
@pytest.mark.parametrize("name", NAMES)
def test_a_run_taken_up_at_bar_n_is_the_uninterrupted_run(name: str, assets: tuple[str, ...]) -> None:
    """For many n, in warm-up, flat, in a position and behind a gap: the same ledger, equity and state, to the bit."""
    plan, data = ready(name, assets=assets), market(name)
    whole = finished(plan, data, mode=MODE)
    strategy = plan.plan.chains[0].strategy
    held = 0
    random = np.random.default_rng(5)
    closed = trades_of(whole)
    longest = closed[np.argsort(closed["bars"])[-3:]]
    within = np.searchsorted(whole.feed.times, (longest["entry_time"] + longest["exit_time"]) // 2).tolist()
    for n in sorted({1, whole.feed.start, 521, 522, *within, *(int(k) for k in random.integers(2, COUNT - 2, 20))}):
        run = started(plan, data, mode=MODE)
        run.advance(n)
        held += int(np.any(run.state.lanes[f"{strategy}_position"]["side"] != 0))
        again = started(plan, data, mode=MODE)
        taken_up(run, again)
        again.finish()
        for left, right in ((again.fills, whole.fills), (again.trades, whole.trades), (again.equity, whole.equity)):
            assert left.tobytes() == right.tobytes()
        assert again.state.snapshot() == whole.state.snapshot()
    assert held > 0, "no restart fell into a position"


def test_a_snapshot_of_another_pipeline_is_refused() -> None:
    """State of another layout would be read as nonsense."""
    grid = started(ready("grid_atr"), market("grid_atr"), mode="interpreted")
    trend = started(ready("boltrend"), market("boltrend"), mode="interpreted")
    with pytest.raises(ValueError, match="another plan"):
        grid.state.restore(trend.state.snapshot())
