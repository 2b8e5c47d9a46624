"""A run begun, and a run taken up again: the last good checkpoint, and the recorded events behind it."""

from __future__ import annotations

import json
import time
from collections.abc import Callable
from typing import Any

import numpy as np

from radar.engine.backtest import Prepared, require_account
from radar.engine.feed import Feed
from radar.engine.market_rows import read_candles, read_rows
from radar.engine.run import FIRST_LEDGER, Run
from radar.engine.source import MarketData, Until
from radar.engine.stream.checkpoint import CheckpointError, unpack
from radar.engine.stream.event import FundingSettled, OpenInterestRead
from radar.engine.stream.gather import PATIENCE, Gather
from radar.engine.stream.growing import GrowingFeed
from radar.engine.stream.history import pack_history
from radar.engine.stream.paper import PaperRun
from radar.engine.stream.recorded import history_series
from radar.engine.stream.source import Wanted, wanted_by
from radar.engine.stream.written import judged_of
from radar.errors import DefectError, RadarError
from radar.kernel.build import Kernel, Mode, build
from radar.market.instant import format_instant
from radar.market.ledger import FILL, TRADE
from radar.store.ledger import Batch, Ledger, RevisionRow, RunRow

__all__ = ["begin", "first_open", "open_run", "resume"]

Progress = Callable[[str], None]


def first_open(prepared: Prepared, data: MarketData, start: int | None) -> int:
    """The open of the first bar of a stream: the first of the base clock at or after ``start``, or of the data."""
    base = prepared.plan.base.milliseconds
    if start is None:
        lanes = [data.candles(asset, prepared.plan.base) for asset in prepared.plan.assets]
        start = min((int(lane.time[0]) for lane in lanes if len(lane)), default=0)
    return -(-start // base) * base


def open_run(
    prepared: Prepared,
    data: MarketData,
    ledger: Ledger,
    start: int | None,
    *,
    name: str,
    who: str = "",
    mode: Mode = "compiled",
    progress: Progress | None = None,
) -> PaperRun:
    """The run of a ledger, taken up again or, in an empty one, begun at ``start`` (None: with the data).

    That it was is written down, with ``who`` did it.

    Raises:
        RadarError: As :func:`begin` and :func:`resume` do, or the run began at another instant.
    """
    if not ledger.has_run:
        first = first_open(prepared, data, start)
        run = begin(prepared, data, ledger, first, name=name, mode=mode, progress=progress)
        run.audit("begin", f"at {format_instant(first)}, {run.first} bars of history", who)
        return run
    if start is not None and first_open(prepared, data, start) != ledger.run.start:
        raise _other(ledger, f"another start: it began at {format_instant(ledger.run.start)}")
    run = resume(prepared, ledger, mode=mode, progress=progress)
    run.audit("resume", "; ".join([*run.warnings, f"at row {run.run.row}, {run.repeated} events repeated"]), who)
    return run


def begin(
    prepared: Prepared,
    data: MarketData,
    ledger: Ledger,
    start: int,
    *,
    name: str,
    patience: int = PATIENCE,
    mode: Mode = "compiled",
    progress: Progress | None = None,
) -> PaperRun:
    """Warm a run up on all of ``data`` that was known at ``start``, effects off, and write it into an empty ledger.

    Raises:
        RadarError: The pipeline has no account.
        DataError: A series is missing, or the ledger cannot be written.
    """
    plan = prepared.plan
    require_account(plan)
    known = Until(data, start)
    wanted = wanted_by(plan, known)
    rows = read_rows(plan, known, read_candles(plan, known))
    history = history_series(wanted, known)
    kernel = build(plan, mode, progress)
    feed, gather = GrowingFeed(plan, wanted), Gather(wanted, start, patience)
    interest = {}
    for lane, asset in enumerate(plan.assets):
        funding = rows.funding[lane]
        if funding is not None:
            gather.remember(lane, FundingSettled.kind, funding.time.tolist())
        series: Any = history.get(("open_interest", asset, 0))
        if series is not None:
            interest[lane] = (series.time, series.open_interest)
            gather.remember(lane, OpenInterestRead.kind, series.time.tolist())
    feed.warm(rows, interest)
    run = _run(prepared, kernel, feed.feed, feed.capacity)
    run.advance(feed.rows)
    paper = PaperRun(prepared, run, feed, gather, ledger, kernel.digest, feed.rows)
    settings = {"first": feed.rows, "patience": patience, "wanted": wanted.to_json()}
    created = int(time.time() * 1000)
    request = json.dumps(prepared.request.to_json(), ensure_ascii=False)
    pipeline = prepared.pipeline
    revision = RevisionRow(1, created, request, pipeline.digest(), pipeline.config_digest(), plan.digest, kernel.digest)
    ledger.begin(
        RunRow(name, "paper", created, start, json.dumps(settings)), revision, pack_history(history), paper.checkpoint()
    )
    return paper


def resume(
    prepared: Prepared, ledger: Ledger, *, mode: Mode = "compiled", progress: Progress | None = None
) -> PaperRun:
    """The run of a ledger as it was when the last event was committed.

    A checkpoint that is damaged is passed over for the one before it, and a warning says so.

    Raises:
        RadarError: The ledger is of another pipeline, of other values, or of other code that decides.
        DataError: The ledger cannot be read, or none of its checkpoints can be restored.
        DefectError: The recorded events give another ledger than they gave before.
    """
    plan, revision = prepared.plan, ledger.revision
    _require_same(prepared, ledger)
    kernel = build(plan, mode, progress)
    if kernel.digest != revision.kernel:
        raise _other(ledger, "other code: another version of Radar, or a changed node kind")
    settings = json.loads(ledger.run.settings)
    warnings: list[str] = []
    for checkpoint in ledger.checkpoints():
        wanted = Wanted.from_json(settings["wanted"])
        feed, gather = GrowingFeed(plan, wanted), Gather(wanted, ledger.run.start, settings["patience"])
        run = _run(prepared, kernel, feed.feed, 0)
        try:
            unpack(checkpoint.state, checkpoint.checksum, run, feed, gather)
        except CheckpointError as error:
            when = format_instant(checkpoint.taken)
            warnings.append(f"the checkpoint of {when} was passed over: {error}; the one before it is used")
            continue
        _make_room(run, feed)
        paper = PaperRun(prepared, run, feed, gather, ledger, kernel.digest, settings["first"])
        paper.sequence = checkpoint.sequence
        paper.warnings = warnings
        _repeat(paper, checkpoint.row)
        return paper
    raise _no_checkpoint(ledger, warnings)


def _require_same(prepared: Prepared, ledger: Ledger) -> None:
    revision, pipeline = ledger.revision, prepared.pipeline
    if pipeline.digest() != revision.pipeline:
        raise _other(ledger, "another pipeline: its wiring is not what it was")
    if pipeline.config_digest() != revision.config:
        raise _other(ledger, "other values: the configuration, an option or the environment is not what it was")
    if prepared.plan.digest != revision.plan:
        raise _other(ledger, "another plan: other assets or another clock")


def _other(ledger: Ledger, what: str) -> RadarError:
    return RadarError(
        f"the run of {ledger.path} cannot go on with {what}",
        expected="the pipeline, the values and the code that the run began with",
        next_step="put them back, or begin a new run with --run NAME",
        code="R5015",
    )


def _no_checkpoint(ledger: Ledger, warnings: list[str]) -> RadarError:
    return RadarError(
        f"no checkpoint of {ledger.path} can be restored: {'; '.join(warnings) or 'there is none'}",
        expected="at least one whole checkpoint",
        next_step="put a copy of the file back, or begin a new run with --run NAME",
        code="R5017",
    )


def _run(prepared: Prepared, kernel: Kernel, feed: Feed, room: int) -> Run:
    run = Run.begin(prepared.plan, kernel, feed)
    run.all_equity = np.full((len(run.all_equity), room), np.nan)
    return run


def _make_room(run: Run, feed: GrowingFeed) -> None:
    """Ledgers that hold what a restored state has written: what is in the file already stays empty here."""
    accounts = [run.account(node.id) for node in run.plan.executors]
    fills = max(int(account["fill_count"]) for account in accounts) + FIRST_LEDGER
    trades = max(int(account["trade_count"]) for account in accounts) + FIRST_LEDGER
    run.all_fills = np.zeros((len(accounts), fills), FILL)
    run.all_trades = np.zeros((len(accounts), trades), TRADE)
    run.all_equity = np.full((len(accounts), feed.capacity), np.nan)
    run.feed = feed.feed


def _repeat(paper: PaperRun, row: int) -> None:
    """Take the recorded events behind a checkpoint again, and see that the same comes of them."""
    ledger = paper.ledger
    events, steps = ledger.events(paper.sequence), ledger.steps(row)
    fills, trades = (list(counts) for counts in paper.counts)
    place = 0
    for step in steps:
        while place < len(events) and events[place].sequence <= step.events:
            paper.take(judged_of(events[place], ledger))
            place += 1
        close = paper.gather.decide(step.time + paper.wanted.base.milliseconds)
        paper.advance(paper.feed.append(close))
    for event in events[place:]:
        paper.take(judged_of(event, ledger))
    paper.repeated = len(events)
    again, recorded = paper.take_batch(), Batch(events=events, steps=steps, refusals=ledger.refusals(row))
    for account, _ in enumerate(paper.run.plan.executors):
        recorded.fills += ledger.fills(account, fills[account])
        recorded.trades += ledger.trades(account, trades[account])
    for part in ("events", "steps", "fills", "trades", "refusals"):
        now, then = sorted(getattr(again, part)), sorted(getattr(recorded, part))
        if now != then:
            raise DefectError(
                f"the recorded events of {ledger.path} give other {part} than they gave before",
                next_step="keep the file, and report it with the pipeline and its configuration",
            )
