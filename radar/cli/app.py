"""The program ``radarctl``: its commands and its start."""

from __future__ import annotations

import sys
from typing import Annotated

import typer

from radar import __version__
from radar.cli import (
    audit,
    backtest,
    check,
    compare,
    data,
    evaluate,
    explain,
    graph,
    node,
    operation,
    paper,
    pipeline,
    plan,
    reproduce,
    run,
    scan,
    scenario,
    schema,
    screen,
    serve,
    status,
    streams,
    sweep,
)
from radar.cli.failures import INTERRUPTED, OK, WRONG_INPUT, Program
from radar.cli.options import examples

__all__ = ["app", "main"]

EXIT_CODES = """
\b
Exit codes:
  0    it went well
  1    it ran, and what it looked at is not right (errors found, a test failed, other bytes)
  2    it could not run: a wrong option, a file or data that cannot be used, or a server that refused
  3    no server answers
  70   a defect of Radar or a failure of the machine; RADAR_DEBUG=1 shows where
  130  stopped by Ctrl+C
"""

app = typer.Typer(
    cls=Program,
    # Plain help and plain errors: drawing them costs more than everything else that --help does.
    rich_markup_mode=None,
    pretty_exceptions_enable=False,
    no_args_is_help=True,
    context_settings={"help_option_names": ["-h", "--help"]},
    epilog=examples(
        "radarctl check pipelines/grid_atr.yaml",
        "radarctl backtest pipelines/grid_atr.yaml --data tests/data/sample --report report.html",
        "radarctl backtest --help",
    )
    + "\n"
    + EXIT_CODES,
)


def _version(wanted: bool) -> None:
    if wanted:
        screen.say(f"radarctl {__version__}")
        raise typer.Exit


@app.callback()
def program(
    version: Annotated[
        bool, typer.Option("--version", help="Show the version and exit.", callback=_version, is_eager=True)
    ] = False,
) -> None:
    """Radar: declarative strategies for crypto perpetual futures. What you back-test is what you trade."""


COMMANDS = (
    (check.check, check.EXAMPLES),
    (explain.explain, explain.EXAMPLES),
    (schema.schema, schema.EXAMPLES),
    (graph.graph, graph.EXAMPLES),
    (plan.plan, plan.EXAMPLES),
    (backtest.backtest, backtest.EXAMPLES),
    (reproduce.reproduce, reproduce.EXAMPLES),
    (paper.paper, paper.EXAMPLES),
    (sweep.sweep, sweep.EXAMPLES),
    (evaluate.evaluate, evaluate.EXAMPLES),
    (scan.scan, scan.EXAMPLES),
    (compare.compare, compare.EXAMPLES),
    (serve.serve, serve.EXAMPLES),
    (status.status, status.EXAMPLES),
    (audit.audit, audit.EXAMPLES),
)
for function, epilog in COMMANDS:
    app.command(epilog=epilog)(function)
app.command("up", epilog=serve.UP_EXAMPLES)(serve.serve)
app.command("test", epilog=scenario.EXAMPLES)(scenario.run_tests)
app.add_typer(node.app, name="node")
app.add_typer(data.app, name="data")
app.add_typer(pipeline.app, name="pipeline")
app.add_typer(operation.app, name="operation")
app.add_typer(run.app, name="run")


def main() -> None:
    """Run ``radarctl`` and exit with its code."""
    streams.prepare()
    try:
        typer.main.get_command(app)(prog_name="radarctl")
    except SystemExit as end:
        code = end.code
    except KeyboardInterrupt:
        code = INTERRUPTED
    else:
        code = OK
    try:
        streams.finish()
    except OSError as error:
        screen.note(f"error: the output could not be written: {error.strerror or error}")
        code = WRONG_INPUT
    sys.exit(code)
