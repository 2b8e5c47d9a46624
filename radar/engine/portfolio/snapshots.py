"""An account at the close of every bar, derived after the run from its fills, its trades, its equity and the closes.

Strategies specification 5.2: ``equity = free cash + locked margin + unrealised``, ``maintenance = rate * notional`` and
``distance to liquidation = (equity - maintenance) / equity``, all at the last closes.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from radar.engine.run import Run
from radar.kernel.records import RecordView
from radar.market.intent import Terms
from radar.plan.layout import field_name

if TYPE_CHECKING:
    import pyarrow as pa

Floats = NDArray[np.float64]
Counts = NDArray[np.int64]

SIGNED, HELD, VALUE, MARGIN, AT_STOP = range(5)
"""What positions of an asset sum up to: signed and unsigned quantity, signed value at fill prices, locked margin, and
the loss against the entries if every stop is met at its price."""


@dataclass(frozen=True)
class Snapshots:
    """One account by tradable row, after everything that happened in the bar.

    ``times`` are bar opens in milliseconds UTC, money is in the currency of the account. ``realised`` sums the net of
    closed trades, ``unrealised`` is open profit at fill prices before the costs of an exit, ``free`` what is neither
    locked nor open profit. ``positions`` counts positions and grid cycles, ``held[lane, row]`` says which assets have
    one. ``stop_loss`` is what all open positions would lose against their entries at their stops: where the stop is no
    fixed part of the entry, at the one that was in force last. ``initial`` is the capital, ``rate`` the maintenance
    margin as a fraction.
    """

    account: str
    initial: float
    rate: float
    times: Counts
    equity: Floats
    realised: Floats
    unrealised: Floats
    margin: Floats
    notional: Floats
    stop_loss: Floats
    positions: Counts
    held: NDArray[np.bool_]

    @property
    def assets(self) -> Counts:
        """Number of assets that have a position."""
        found: Counts = self.held.sum(axis=0)
        return found

    @property
    def free(self) -> Floats:
        """Free cash."""
        found: Floats = self.equity - self.unrealised - self.margin
        return found

    @property
    def margin_ratio(self) -> Floats:
        """Locked margin over initial capital, percent."""
        found: Floats = self.margin / self.initial * 100.0
        return found

    @property
    def maintenance(self) -> Floats:
        """Equity below which the account is liquidated."""
        found: Floats = self.rate * self.notional
        return found

    @property
    def distance(self) -> Floats:
        """Percent of equity above the maintenance margin; 0 where there is no equity."""
        alive = self.equity > 0.0
        found: Floats = np.where(alive, 1.0 - self.maintenance / np.where(alive, self.equity, 1.0), 0.0) * 100.0
        return found

    @property
    def stop_loss_percent(self) -> Floats:
        """Worst case of all stops, percent of initial capital."""
        found: Floats = self.stop_loss / self.initial * 100.0
        return found


def snapshots(run: Run, executor: str) -> Snapshots:
    """The account ``executor`` of a finished run, bar by bar."""
    feed, start, rows = run.feed, run.feed.start, run.row
    fills, trades, equity = run.ledger(executor)
    times = feed.times[:rows]
    lanes = len(run.plan.assets)
    sums = np.zeros((lanes, 5, rows))
    counts = np.zeros((lanes, rows), np.int64)
    closed = {int(trade["trade"]): trade for trade in trades}

    @cache
    def terms(chain: int, lane: int) -> Terms:
        return _terms(run, chain, lane)

    entered = np.searchsorted(times, fills["time"])
    seen: set[int] = set()
    for fill, row in zip(fills, entered.tolist(), strict=True):
        if not fill["opens"]:
            continue
        number, lane, chain = int(fill["trade"]), int(fill["lane"]), int(fill["strategy"])
        trade = closed.get(number)
        # At the mark of the bar in which it closed a position is gone.
        last = rows if trade is None else int(np.searchsorted(times, trade["exit_time"]))
        stop = float(_intent(run, chain, lane)["stop"] if trade is None else trade["stop"])
        sums[lane, :, row:last] += _adds(fill, terms(chain, lane), stop)[:, None]
        counts[lane, row:last] += number not in seen
        seen.add(number)
    closes = _last_closes(run)
    realised = np.zeros(rows)
    np.add.at(realised, np.searchsorted(times, trades["exit_time"]), trades["net"])
    # The stops of an asset's slots are summed as they stand: one in profit takes nothing from another's loss.
    return Snapshots(
        account=executor,
        initial=float(run.account(executor)["initial"]),
        rate=float(run.plan.node(executor).params.model_dump()["maintenance_margin_percent"]) / 100.0,
        times=times[start:],
        equity=equity[start:rows],
        realised=np.cumsum(realised)[start:],
        unrealised=(sums[:, SIGNED] * closes - sums[:, VALUE]).sum(axis=0)[start:],
        margin=sums[:, MARGIN].sum(axis=0)[start:],
        notional=(sums[:, HELD] * closes).sum(axis=0)[start:],
        stop_loss=sums[:, AT_STOP].sum(axis=0)[start:],
        positions=counts.sum(axis=0)[start:],
        held=(counts > 0)[:, start:],
    )


def snapshot_table(accounts: list[Snapshots]) -> pa.Table:
    """Snapshots as an Arrow table, one row a bar and account, by time; ``time`` is a timestamp (ms, UTC)."""
    import pyarrow as pa

    order = np.argsort(np.concatenate([one.times for one in accounts]), kind="stable")

    def column(name: str) -> Any:
        return pa.array(np.concatenate([getattr(one, name) for one in accounts])[order])

    names = np.repeat([one.account for one in accounts], [len(one.times) for one in accounts])[order]
    return pa.table(
        {
            "time": column("times").cast(pa.timestamp("ms", tz="UTC")),
            "account": pa.array(names.tolist(), pa.string()),
            "equity": column("equity"),
            "free_cash": column("free"),
            "realised": column("realised"),
            "unrealised": column("unrealised"),
            "margin": column("margin"),
            "margin_ratio": column("margin_ratio"),
            "positions": column("positions"),
            "assets": column("assets"),
            "notional": column("notional"),
            "maintenance": column("maintenance"),
            "liquidation_distance": column("distance"),
            "worst_case_stop_loss": column("stop_loss_percent"),
        }
    )


def _adds(fill: np.void, terms: Terms, stop: float) -> Floats:
    """What an entry adds to the sums of its asset while its position is open; ``stop`` where the terms fix none."""
    side, quantity = int(fill["side"]), float(fill["quantity"])
    value = float(fill["price"]) * quantity
    if terms.stop_fraction > 0.0:
        lost = value * terms.stop_fraction
    else:
        lost = max(side * (value - stop * quantity), 0.0)
    margin = float(fill["reference"]) * quantity / terms.leverage
    return np.array([side * quantity, quantity, side * value, margin, lost])


def _terms(run: Run, chain: int, lane: int) -> Terms:
    """What a strategy trades on, on one asset."""
    strategy = run.plan.chains[chain].strategy
    made = run.plan.node(strategy).kind.terms
    assert made is not None
    found: Terms = made(RecordView(run.state.params[lane][field_name(strategy)]))
    return found


def _intent(run: Run, chain: int, lane: int) -> np.void:
    """The last intent of a strategy on one asset."""
    found: np.void = run.state.lanes[lane][f"{field_name(run.plan.chains[chain].strategy)}_intent"]
    return found


def _last_closes(run: Run) -> Floats:
    """The last known close by lane and row; 0 before the first, where nothing can be open."""
    closes = run.feed.market[: run.row, :, 3].T
    last = np.maximum.accumulate(np.where(np.isnan(closes), 0, np.arange(run.row)), axis=1)
    found: Floats = np.nan_to_num(np.take_along_axis(closes, last, axis=1))
    return found
