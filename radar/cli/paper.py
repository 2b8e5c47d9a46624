"""``radarctl paper``: a pipeline that follows the market with simulated money."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from radar.cli import screen
from radar.cli.failures import FAILED
from radar.cli.options import Assets, Begin, ConfigFolder, DataFolder, End, Format, Output, Settings, examples
from radar.cli.progress import Progress
from radar.errors import RadarError

if TYPE_CHECKING:
    from radar.engine.stream.paper import PaperRun, Status

EXAMPLES = examples(
    "radarctl paper pipelines/grid_atr.yaml --replay --data tests/data/sample --from 2025-10-01",
    "radarctl paper pipelines/grid_atr.yaml --replay --speed 3600 --run october --data tests/data/sample",
    "radarctl paper --verify october",
)


def paper(
    pipeline: Annotated[
        Path | None, typer.Argument(metavar="[PIPELINE]", help="A pipeline file; none with --verify.")
    ] = None,
    replay: Annotated[
        bool, typer.Option("--replay", help="Follow the candles, funding and open interest of the store.")
    ] = False,
    speed: Annotated[
        str, typer.Option("--speed", metavar="N|max", help="How fast to replay: 1 is real time, 3600 an hour a second.")
    ] = "max",
    begin: Begin = None,
    end: End = None,
    run: Annotated[
        str | None, typer.Option("--run", metavar="NAME", help="Name of the run; without it, that of the pipeline.")
    ] = None,
    store: Annotated[
        Path | None,
        typer.Option(
            "--store",
            metavar="DIR",
            help="Folder of the ledgers of runs. Without it: RADAR_STORE, else the folder runs.",
            show_default=False,
        ),
    ] = None,
    verify: Annotated[
        str | None,
        typer.Option("--verify", metavar="RUN", help="Back-test what a run was told, and compare every byte."),
    ] = None,
    assets: Assets = None,
    settings: Settings = None,
    config: ConfigFolder = None,
    data: DataFolder = None,
    output: Output = Format.TABLE,
) -> None:
    """Trade a pipeline on paper as the market goes on.

    All history before --from warms it up. Whatever comes is kept in the ledger of the run: stop it with Ctrl+C, or let
    it die in any way; the same command goes on where it was, and the ledger is that of a run that never stopped. At the
    end it tells what a back-test tells.
    """
    if verify is not None:
        _verify(verify, store, output)
        return
    if pipeline is None:
        raise RadarError(
            "there is nothing to run",
            expected="a pipeline file, or --verify RUN",
            next_step="radarctl paper PIPELINE --replay; radarctl paper --help shows examples",
        )
    if not replay:
        raise RadarError(
            "a paper run needs a source of events",
            expected="--replay: the series of the store, played back",
            next_step=f"radarctl paper {pipeline} --replay --data DIR",
        )
    pace = speed_of(speed)
    from radar.engine.backtest import instant, market_data, prepare
    from radar.engine.places import run_file
    from radar.engine.stream.replay import Replay
    from radar.store.ledger import Ledger

    prepared = prepare(pipeline, config=config, overrides=settings or (), assets=assets or None, start=begin, end=end)
    stored = market_data(prepared.plan, data)
    name = run or prepared.plan.pipeline.name
    with Progress() as progress, Ledger(run_file(store, name), writing=True) as ledger:
        from radar.engine.stream.outcome import result_of
        from radar.engine.stream.recovery import open_run

        followed = open_run(prepared, stored, ledger, instant(begin), name=name, who=_user(), progress=progress.tell)
        for warning in followed.warnings:
            screen.note(f"warning: {warning}")
        base, last = prepared.plan.base.milliseconds, instant(end)
        source = Replay(stored, end=None if last is None else -(-last // base) * base, speed=pace)
        _follow(followed, source, progress)
        result = result_of(followed)
        _note_events(followed.status())
    if output == Format.JSON:
        screen.write_bytes(result.to_bytes())
        return
    from radar.cli.backtest_tables import show

    show(result)
    screen.say(f"ledger: {ledger.path}")


def _follow(followed: PaperRun, source: Any, progress: Progress) -> None:
    """Follow to the end; a wish to stop is heard between two events, and leaves a checkpoint."""
    import asyncio
    import signal

    # What a system sends to end a program is taken as Ctrl+C is.
    before = signal.signal(signal.SIGTERM, lambda number, frame: signal.raise_signal(signal.SIGINT))
    try:
        asyncio.run(followed.follow(source, lambda status: progress.tell(_line(status)), who=_user()))
    except KeyboardInterrupt:
        screen.note(f"stopped at {_line(followed.status())}; the same command goes on from there")
        raise
    finally:
        signal.signal(signal.SIGTERM, before)


def _line(status: Status) -> str:
    from radar.market.instant import format_instant

    when = "the start" if status.time is None else format_instant(status.time)
    late = f", {status.counts.get('late', 0)} late" if status.counts.get("late") else ""
    lost = "" if status.connected else ", connection lost"
    return (
        f"{when}: row {status.rows:,}, equity {screen.number(status.equity, 2)}, {status.positions} positions, "
        f"{sum(status.counts.values()):,} events{late}{lost}"
    )


def _note_events(status: Status) -> None:
    odd = [f"{status.counts[name]:,} {name}" for name in ("late", "duplicate", "invalid") if status.counts.get(name)]
    if odd:
        screen.note(f"events that did not count as told: {', '.join(odd)}")


def speed_of(text: str) -> float | None:
    """The factor of a replay; None for as fast as possible."""
    if text == "max":
        return None
    try:
        found = float(text)
    except ValueError:
        found = 0.0
    if not 0.0 < found < float("inf"):
        raise RadarError(
            f"'{text}' is no speed of a replay",
            expected="a positive number, 1 for real time, or max",
            next_step="--speed 3600 plays an hour a second",
        )
    return found


def _user() -> str:
    import getpass

    try:
        return f"radarctl of {getpass.getuser()}"
    except (KeyError, OSError, ImportError):
        return "radarctl"


def _verify(run: str, store: Path | None, output: Format) -> None:
    from radar.engine.places import run_file
    from radar.engine.stream.outcome import verify
    from radar.store.ledger import Ledger

    with Progress() as progress, Ledger(run_file(store, run)) as ledger:
        found = verify(ledger, progress=progress.tell)
    if output == Format.JSON:
        screen.write_json(found.to_json())
    else:
        counted = f"{found.rows:,} rows, {found.fills:,} fills, {found.trades:,} trades"
        screen.say(f"{run}: {'the same bytes' if found.same else 'not the same'} ({counted})")
        for difference in found.differences:
            screen.say(f"  {difference}")
    if not found.same:
        raise typer.Exit(FAILED)
