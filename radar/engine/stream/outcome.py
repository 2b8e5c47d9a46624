"""What a run has come to: its result as a back-test would tell it, and the proof that a back-test does."""

from __future__ import annotations

import copy
import json
from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import Any

import numpy as np

from radar.engine.backtest import Prepared, prepare, summarise
from radar.engine.end import close_open_positions, open_positions
from radar.engine.feed import load_feed
from radar.engine.result import Result
from radar.engine.run import Run
from radar.engine.state import fresh_state
from radar.engine.stream.checkpoint import unpack
from radar.engine.stream.gather import Gather
from radar.engine.stream.growing import GrowingFeed
from radar.engine.stream.history import unpack_history
from radar.engine.stream.paper import PaperRun
from radar.engine.stream.recorded import Recorded
from radar.engine.stream.source import Wanted
from radar.engine.stream.written import judged_of
from radar.kernel.build import Mode, build
from radar.market.ledger import FILL, TRADE
from radar.spec.config import Config
from radar.store.ledger import Ledger

__all__ = ["Verification", "prepared_from", "recorded_market", "result_of", "verify"]


def recorded_market(ledger: Ledger) -> Recorded:
    """What a run was told and took into account, as market data.

    Raises:
        DataError: The file is damaged.
    """
    wanted = Wanted.from_json(json.loads(ledger.run.settings)["wanted"])
    taken = [(judged_of(row, ledger).event, row.effective) for row in ledger.events() if row.effective is not None]
    try:
        history = unpack_history(ledger.history())
    except ValueError as error:
        raise ledger.damaged(f"its history: {error}") from None
    return Recorded(wanted.assets, history, taken)


def prepared_from(ledger: Ledger) -> Prepared:
    """The pipeline of a run, checked and planned from the texts that its ledger holds.

    Raises:
        SpecError: It does not pass the checks of today.
    """
    request = json.loads(ledger.revision.request)
    return prepare(
        request["pipeline"],
        config=Config.from_texts(request["config"]),
        overrides=request["overrides"],
        assets=request["assets"],
        start=ledger.run.start,
        file_name=request["pipeline_file"],
        environment={},
    )


def result_of(paper: PaperRun) -> Result:
    """The result of a run so far, as the back-test of the recorded events would tell it.

    What is open is closed only in the result, where the account says so: the run itself goes on holding it.

    Raises:
        DataError: No bar could be traded yet.
    """
    ledger, prepared, run = paper.ledger, paper.prepared, paper.run
    start, end = ledger.run.start, paper.gather.decided
    feed = load_feed(run.plan, recorded_market(ledger), start=start, end=end)
    whole = Run.begin(run.plan, run.kernel, feed)
    whole.state, whole.row = copy.deepcopy(run.state), run.row
    for place, _ in enumerate(run.plan.executors):
        for name, rows, kind in (
            ("all_fills", ledger.fills(place), FILL),
            ("all_trades", ledger.trades(place), TRADE),
        ):
            while len(rows) > getattr(whole, name).shape[1]:
                whole.grow()
            getattr(whole, name)[place, : len(rows)] = np.frombuffer(b"".join(row.record for row in rows), kind)
    for step in ledger.steps():
        whole.all_equity[:, step.row] = np.frombuffer(step.equity)
    still_open = open_positions(whole)
    close_open_positions(whole)
    asked = replace(prepared, request=replace(prepared.request, start=start, end=end))
    return summarise(whole, asked, ledger.revision.kernel, still_open)


@dataclass(frozen=True)
class Verification:
    """What came of a run's recorded events in a back-test: rows, fills and trades, and each ``difference``."""

    rows: int
    fills: int
    trades: int
    differences: tuple[str, ...]

    @property
    def same(self) -> bool:
        """Whether every byte is the same."""
        return not self.differences

    def to_json(self) -> dict[str, Any]:
        """Plain data."""
        return {
            "same": self.same,
            "rows": self.rows,
            "fills": self.fills,
            "trades": self.trades,
            "differences": list(self.differences),
        }


def verify(
    ledger: Ledger,
    prepared: Prepared | None = None,
    *,
    mode: Mode = "compiled",
    progress: Callable[[str], None] | None = None,
) -> Verification:
    """Back-test what a run was told, in one call over all rows, and compare it with the ledger byte for byte.

    Fills, trades and equity of every row, and the state of the kernel at the last checkpoint. ``prepared`` takes the
    place of the pipeline in the ledger.

    Raises:
        DataError: Nothing was decided yet.
        SpecError: The pipeline in the ledger does not pass the checks of today.
    """
    prepared = prepared or prepared_from(ledger)
    plan, steps, settings = prepared.plan, ledger.steps(), json.loads(ledger.run.settings)
    first = settings["first"]
    end = steps[-1].time + plan.base.milliseconds if steps else ledger.run.start
    feed = load_feed(plan, recorded_market(ledger), start=ledger.run.start, end=end)
    kernel = build(plan, mode, progress)
    run = Run.begin(plan, kernel, feed)
    differences: list[str] = []
    if kernel.digest != ledger.revision.kernel:
        differences.append("the code that decides is another than that of the run")
    checkpoint = ledger.checkpoints()[0]
    run.advance(min(checkpoint.row, feed.rows))
    wanted = Wanted.from_json(settings["wanted"])
    kept = Run(plan, kernel, feed, fresh_state(plan))
    unpack(checkpoint.state, checkpoint.checksum, kept, GrowingFeed(plan, wanted), Gather(wanted, ledger.run.start))
    if kept.state.snapshot() != run.state.snapshot():
        differences.append(f"state at row {checkpoint.row}")
    run.finish()
    if run.row != first + len(steps):
        differences.append(f"rows: {run.row - first} in the back-test, {len(steps)} in the ledger")
    recorded = b"".join(step.equity for step in steps)
    if run.all_equity[:, first : first + len(steps)].T.tobytes() != recorded:
        differences.append("equity")
    for place, node in enumerate(plan.executors):
        fills, trades, _ = run.ledger(node.id)
        for what, made, kept_rows in (("fills", fills, ledger.fills(place)), ("trades", trades, ledger.trades(place))):
            if made.tobytes() != b"".join(row.record for row in kept_rows):
                differences.append(f"{what} of {node.id}: {len(made)} in the back-test, {len(kept_rows)} in the ledger")
    accounts = [run.account(node.id) for node in plan.executors]
    fill_count, trade_count = (sum(int(one[name]) for one in accounts) for name in ("fill_count", "trade_count"))
    return Verification(len(steps), fill_count, trade_count, tuple(differences))
