"""``radarctl run``: runs that the server executes."""

from __future__ import annotations

import json
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from radar.cli import screen
from radar.cli.failures import FAILED
from radar.cli.options import Assets, Begin, ConfigFolder, End, Format, Output, Settings, examples, group
from radar.cli.paper import speed_of
from radar.cli.pipeline import ServerValues, read
from radar.cli.server_options import Authority, ServerAddress, TokenFile, connect, plain, show_list, unended, when
from radar.errors import RadarError

if TYPE_CHECKING:
    from radar.v1 import run_pb2
    from radar.v1 import run_service_pb2 as pb_types

app = group("Start, stop and watch runs on the server, and see what they have earned.")

Name = Annotated[str, typer.Argument(metavar="RUN", help="runs/RUN, or RUN.", show_default=False)]
Why = Annotated[str, typer.Option("--reason", "-m", metavar="TEXT", help="Why, for the history.")]


@app.command(
    "start",
    epilog=examples(
        "radarctl run start pipelines/grid_atr.yaml --replay --from 2025-10-01 --label october",
        "radarctl run start my_grid --replay --speed 3600 --replace",
    ),
)
def start_run(
    pipeline: Annotated[
        str, typer.Argument(metavar="PIPELINE", help="A pipeline file, or the name of one that the server keeps.")
    ],
    replay: Annotated[bool, typer.Option("--replay", help="Follow the series of the server's store.")] = False,
    speed: Annotated[
        str, typer.Option("--speed", metavar="N|max", help="How fast to replay: 1 is real time, 3600 an hour a second.")
    ] = "max",
    begin: Begin = None,
    end: End = None,
    label: Annotated[str, typer.Option("--label", metavar="TEXT", help="What people call it.")] = "",
    replace: Annotated[bool, typer.Option("--replace", help="Stop the run that the pipeline has first.")] = False,
    dry_run: Annotated[bool, typer.Option("--dry-run", help="Judge everything, start nothing.")] = False,
    settings: Settings = None,
    assets: Assets = None,
    config: ConfigFolder = None,
    server_values: ServerValues = False,
    server: ServerAddress = None,
    token_file: TokenFile = None,
    authority: Authority = None,
    output: Output = Format.TABLE,
) -> None:
    """Start a run on paper. It goes on until it is stopped or its data end, whoever is connected."""
    from radar.client.connection import new_request_id
    from radar.v1 import market_pb2
    from radar.v1 import run_service_pb2 as pb

    request = pb.StartRunRequest(
        request_id=new_request_id(), mode=market_pb2.RUN_MODE_PAPER, label=label, validate_only=dry_run
    )
    if Path(pipeline).suffix in (".yaml", ".yml"):
        request.source.CopyFrom(read(Path(pipeline), config, settings, assets, server_values=server_values))
    elif settings or assets or config:
        raise RadarError(
            f"{pipeline} is a pipeline of the server, and its values are those of its revision",
            expected="a pipeline file with --set, --asset or --config",
            next_step=f"put other values in force: radarctl pipeline apply {pipeline}.yaml",
        )
    else:
        request.revision = pipeline if pipeline.startswith("pipelines/") else f"pipelines/{pipeline}"
    if replay:
        request.replay.speed = speed_of(speed) or 0.0
    if replace:
        request.if_running = pb.IF_RUNNING_REPLACE
    _set_period(request, begin, end)
    with connect(server, token_file, authority) as connection:
        answer = connection.call("RunService/StartRun", request, pb.StartRunResponse, seconds=120.0)
    for one in answer.diagnostics:
        screen.note(f"warning: {one.code} {one.message}")
    if output == Format.JSON:
        screen.write_json(plain(answer.run))
    elif dry_run:
        screen.say(f"it could start: {', '.join(answer.run.assets)}")
    else:
        screen.say(f"started {answer.run.name}")
        screen.say(f"follow it: radarctl run watch {_short(answer.run.name)}")


@app.command("list", epilog=examples("radarctl run list", "radarctl run list --running -o json"))
def list_runs(
    running: Annotated[bool, typer.Option("--running", help="Only those that have not ended.")] = False,
    most: Annotated[int, typer.Option("-n", metavar="N", min=1, help="The most to show.")] = 50,
    server: ServerAddress = None,
    token_file: TokenFile = None,
    authority: Authority = None,
    output: Output = Format.TABLE,
) -> None:
    """List runs, the newest first."""
    from radar.v1 import run_pb2
    from radar.v1 import run_service_pb2 as pb

    request = pb.ListRunsRequest()
    if running:
        request.states.extend(unended(run_pb2.RunState, ("STOPPED", "FINISHED", "FAILED")))
    with connect(server, token_file, authority) as connection:
        pages = connection.pages("RunService/ListRuns", request, pb.ListRunsResponse, most)
        found = [one for page in pages for one in page.runs]
    show_list(
        output,
        found,
        ("run", "state", "decided up to (UTC)", "asked for (UTC)", "by", "label"),
        lambda one: (
            _short(one.name),
            _state(one),
            when(one, "event_time"),
            when(one, "create_time"),
            one.author,
            one.label,
        ),
        nothing="there are no runs" + (" that have not ended" if running else ""),
    )


@app.command("show", epilog=examples("radarctl run show RUN", "radarctl run show RUN -o json"))
def show_run(
    name: Name,
    server: ServerAddress = None,
    token_file: TokenFile = None,
    authority: Authority = None,
    output: Output = Format.TABLE,
) -> None:
    """Show a run and what it holds. Exit code 1 when it has failed."""
    from radar.cli.run_tables import show_accounts, show_positions, show_run_facts
    from radar.v1 import run_service_pb2 as pb
    from radar.v1 import trading_service_pb2 as trading

    full = _full(name)
    with connect(server, token_file, authority) as connection:
        run = connection.call("RunService/GetRun", pb.GetRunRequest(name=full), pb.GetRunResponse).run
        accounts = connection.call(
            "TradingService/ListAccounts", trading.ListAccountsRequest(run=full), trading.ListAccountsResponse
        ).accounts
        positions = connection.call(
            "TradingService/ListPositions", trading.ListPositionsRequest(run=full), trading.ListPositionsResponse
        ).positions
    if output == Format.JSON:
        lists = {"accounts": [plain(one) for one in accounts], "positions": [plain(one) for one in positions]}
        screen.write_json({**plain(run), **lists})
    else:
        show_run_facts(run)
        show_accounts(accounts)
        show_positions(positions)
    _exit_when_failed(run)


@app.command("watch", epilog=examples("radarctl run watch RUN", "radarctl run watch RUN --after 1200 -o json"))
def watch_run(
    name: Name,
    after: Annotated[int, typer.Option("--after", metavar="N", min=0, help="Go on behind this event.")] = 0,
    marks: Annotated[bool, typer.Option("--marks", help="Also the mark of every account at every bar.")] = False,
    server: ServerAddress = None,
    token_file: TokenFile = None,
    authority: Authority = None,
    output: Output = Format.TABLE,
) -> None:
    """Follow a run until it ends or Ctrl+C; with -o json a line of JSON a message. Exit code 1 when it failed."""
    from radar.v1 import run_pb2
    from radar.v1 import run_service_pb2 as pb

    request = pb.WatchRunRequest(run=_full(name), after_sequence=after)
    if not marks:
        request.kinds.extend(
            one for one in run_pb2.RunEventKind.values() if one not in (0, run_pb2.RUN_EVENT_KIND_EQUITY)
        )
    last: run_pb2.Run | None = None
    with connect(server, token_file, authority) as connection:
        for message in connection.stream("RunService/WatchRun", request, pb.WatchRunResponse):
            if message.HasField("snapshot"):
                last = message.snapshot.run
            if output == Format.JSON:
                screen.say(json.dumps(plain(message), ensure_ascii=False))
            else:
                _say(message)
    if last is not None:
        _exit_when_failed(last)


@app.command("stop", epilog=examples("radarctl run stop RUN", 'radarctl run stop RUN -m "wider stops first"'))
def stop_run(
    name: Name,
    reason: Why = "",
    server: ServerAddress = None,
    token_file: TokenFile = None,
    authority: Authority = None,
    output: Output = Format.TABLE,
) -> None:
    """Stop a run between two events, after a checkpoint."""
    from radar.client.connection import new_request_id
    from radar.v1 import run_service_pb2 as pb

    request = pb.StopRunRequest(request_id=new_request_id(), name=_full(name), reason=reason)
    with connect(server, token_file, authority) as connection:
        run = connection.call("RunService/StopRun", request, pb.StopRunResponse).run
    if output == Format.JSON:
        screen.write_json(plain(run))
    else:
        screen.say(f"{run.name} is {_state(run)}")


@app.command("report", epilog=examples("radarctl run report RUN", "radarctl run report RUN -o json"))
def report_run(
    name: Name,
    server: ServerAddress = None,
    token_file: TokenFile = None,
    authority: Authority = None,
    output: Output = Format.TABLE,
) -> None:
    """Show what a run has earned so far, as a back-test of what it was told would."""
    from radar.cli.run_tables import show_report
    from radar.v1 import run_service_pb2 as pb

    with connect(server, token_file, authority) as connection:
        report = connection.call(
            "RunService/GetRunReport", pb.GetRunReportRequest(run=_full(name)), pb.GetRunReportResponse, seconds=300.0
        ).report
    if output == Format.JSON:
        screen.write_json(plain(report))
    else:
        show_report(report)


def _set_period(request: pb_types.StartRunRequest, begin: str | None, end: str | None) -> None:
    from radar.market.instant import parse_instant

    for field, text in (("start", begin), ("end", end)):
        if text is not None:
            getattr(request.period, field).FromMilliseconds(parse_instant(text))


def _say(message: pb_types.WatchRunResponse) -> None:
    """A message of a watched run as a line."""
    if message.HasField("snapshot"):
        run = message.snapshot.run
        worth = ", ".join(
            f"{one.name.rpartition('/')[2]} {_money(one.equity.value)}" for one in message.snapshot.accounts
        )
        screen.say(f"{when(run, 'event_time') or '-':<19}  {_state(run)}{f': {worth}' if worth else ''}")
    elif message.HasField("row"):
        screen.say(f"{when(message.row, 'event_time')}  {message.row.text}")
    elif message.HasField("gap"):
        screen.note(f"events {message.gap.first_sequence:,} to {message.gap.last_sequence:,} were missed")
    elif message.HasField("end"):
        screen.say(message.end.reason)


def _exit_when_failed(run: run_pb2.Run) -> None:
    if _state(run) == "failed":
        raise typer.Exit(FAILED)


def _money(text: str) -> str:
    return screen.number(float(text), 2) if text else ""


def _state(run: Any) -> str:
    from radar.v1 import run_pb2

    return run_pb2.RunState.Name(run.state).removeprefix("RUN_STATE_").lower()


def _short(name: str) -> str:
    return name.rpartition("/")[2]


def _full(name: str) -> str:
    return name if "/" in name else f"runs/{name}"
