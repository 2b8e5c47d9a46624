"""What a run has newly done, as rows of its ledger."""

from __future__ import annotations

import numpy as np

from radar.engine.run import Run
from radar.engine.stream.event import read_event
from radar.engine.stream.gather import Judged, Verdict
from radar.market.reason import Refusal
from radar.plan.layout import field_name
from radar.store.ledger import Batch, EventRow, FillRow, Ledger, RefusalRow, StepRow, TradeRow

__all__ = ["Written", "event_row", "judged_of"]


class Written:
    """Knows what of a run stands in its ledger: what came since goes into a batch."""

    def __init__(self, run: Run) -> None:
        self._run = run
        self._places = list(enumerate(node.id for node in run.plan.executors))
        self._fills = [int(run.account(name)["fill_count"]) for _, name in self._places]
        self._trades = [int(run.account(name)["trade_count"]) for _, name in self._places]
        self._fields = [(chain.strategy, f"{field_name(chain.strategy)}_position") for chain in run.plan.chains]
        self._refused = [self._refusals(name).copy() for _, name in self._fields]

    @property
    def counts(self) -> tuple[list[int], list[int]]:
        """Fills and trades of each account that were taken so far."""
        return self._fills, self._trades

    def collect(self, row: int, time: int, events: int, batch: Batch) -> bool:
        """Put what came of ``row`` into ``batch``; whether anything was filled."""
        run, before = self._run, len(batch.fills)
        batch.steps.append(StepRow(row, time, events, run.all_equity[:, row].tobytes()))
        for place, name in self._places:
            account = run.account(name)
            fills, trades = int(account["fill_count"]), int(account["trade_count"])
            for number in range(self._fills[place], fills):
                batch.fills.append(self._fill(place, number, row))
            for number in range(self._trades[place], trades):
                batch.trades.append(self._trade(place, number, row))
            self._fills[place], self._trades[place] = fills, trades
        for number, (strategy, name) in enumerate(self._fields):
            counts = self._refusals(name)
            if not np.array_equal(counts, self._refused[number]):
                for lane, cause in np.argwhere(counts != self._refused[number]).tolist():
                    refused = int(counts[lane, cause] - self._refused[number][lane, cause])
                    asset = run.plan.assets[lane]
                    batch.refusals.append(RefusalRow(row, strategy, asset, Refusal(cause).name.lower(), refused))
                self._refused[number] = counts.copy()
        return len(batch.fills) > before

    def _refusals(self, name: str) -> np.ndarray:
        counts: np.ndarray = self._run.state.lanes[name]["refusals"]
        return counts

    def _fill(self, place: int, number: int, row: int) -> FillRow:
        fill, plan = self._run.all_fills[place, number], self._run.plan
        asset, strategy = plan.assets[int(fill["lane"])], plan.chains[int(fill["strategy"])].strategy
        time, side, price, quantity = (
            int(fill["time"]),
            int(fill["side"]),
            float(fill["price"]),
            float(fill["quantity"]),
        )
        return FillRow(place, number, row, time, asset, strategy, side, price, quantity, fill.tobytes())

    def _trade(self, place: int, number: int, row: int) -> TradeRow:
        trade, plan = self._run.all_trades[place, number], self._run.plan
        asset, strategy = plan.assets[int(trade["lane"])], plan.chains[int(trade["strategy"])].strategy
        time, side, net = int(trade["exit_time"]), int(trade["side"]), float(trade["net"])
        return TradeRow(place, number, row, time, asset, strategy, side, net, trade.tobytes())


def event_row(sequence: int, judged: Judged) -> EventRow:
    """An event as it was judged, as the ``sequence``-th of a run."""
    event = judged.event
    return EventRow(
        sequence,
        event.time,
        event.kind,
        event.lane,
        event.clock,
        event.sequence,
        event.received,
        judged.verdict.value,
        judged.effective,
        judged.reason,
        event.payload,
    )


def judged_of(row: EventRow, ledger: Ledger) -> Judged:
    """An event of a ledger, as it was judged when it came.

    Raises:
        DataError: The row is not one that was written.
    """
    try:
        event = read_event(row.kind, row.time, row.lane, row.delivery, row.received, row.clock, row.payload)
        return Judged(event, Verdict(row.verdict), row.effective, row.reason)
    except ValueError as error:
        raise ledger.damaged(f"event {row.sequence}: {error}") from None
