"""``radarctl operation``: long jobs of the server."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated

import typer

from radar.cli import screen
from radar.cli.failures import FAILED
from radar.cli.options import Format, Output, examples, group
from radar.cli.server_options import Authority, ServerAddress, TokenFile, connect, plain, show_list, unended, when

if TYPE_CHECKING:
    from radar.v1 import operation_pb2

app = group("Look after long jobs of the server: back-tests, sweeps, imports.")

Name = Annotated[str, typer.Argument(metavar="NAME", help="operations/OPERATION, or OPERATION.", show_default=False)]
_WAIT_SECONDS = 600
_ENDED = ("SUCCEEDED", "FAILED", "CANCELLED")


@app.command("list", epilog=examples("radarctl operation list", "radarctl operation list --running -o json"))
def list_operations(
    running: Annotated[bool, typer.Option("--running", help="Only those that have not ended.")] = False,
    most: Annotated[int, typer.Option("-n", metavar="N", min=1, help="The most to show.")] = 50,
    server: ServerAddress = None,
    token_file: TokenFile = None,
    authority: Authority = None,
    output: Output = Format.TABLE,
) -> None:
    """List jobs, the newest first."""
    from radar.v1 import operation_pb2
    from radar.v1 import operation_service_pb2 as pb

    request = pb.ListOperationsRequest()
    if running:
        request.states.extend(unended(operation_pb2.OperationState, _ENDED))
    with connect(server, token_file, authority) as connection:
        pages = connection.pages("OperationService/ListOperations", request, pb.ListOperationsResponse, most)
        found = [one for page in pages for one in page.operations]
    show_list(
        output,
        found,
        ("operation", "state", "progress", "asked for (UTC)", "by", "what"),
        lambda one: (
            one.name.rpartition("/")[2],
            _state(one),
            _progress(one),
            when(one, "create_time"),
            one.author,
            one.title,
        ),
        nothing="there are no jobs" + (" that have not ended" if running else ""),
        right=("progress",),
    )


@app.command("show", epilog=examples("radarctl operation show NAME", "radarctl operation show NAME --wait"))
def show_operation(
    name: Name,
    wait: Annotated[bool, typer.Option("--wait", help="Wait until it has ended.")] = False,
    server: ServerAddress = None,
    token_file: TokenFile = None,
    authority: Authority = None,
    output: Output = Format.TABLE,
) -> None:
    """Show a job. Exit code 1 when it has failed."""
    from radar.v1 import operation_service_pb2 as pb

    with connect(server, token_file, authority) as connection:
        full = _full(name)
        found = connection.call(
            "OperationService/GetOperation", pb.GetOperationRequest(name=full), pb.GetOperationResponse
        ).operation
        while wait and _state(found) not in {one.lower() for one in _ENDED}:
            request = pb.WaitOperationRequest(name=full)
            request.timeout.FromSeconds(_WAIT_SECONDS)
            found = connection.call(
                "OperationService/WaitOperation", request, pb.WaitOperationResponse, seconds=_WAIT_SECONDS + 10
            ).operation
    _answer(found, output)


@app.command("cancel", epilog=examples("radarctl operation cancel NAME"))
def cancel_operation(
    name: Name,
    server: ServerAddress = None,
    token_file: TokenFile = None,
    authority: Authority = None,
    output: Output = Format.TABLE,
) -> None:
    """Ask a job to end early. It ends at its next safe place; what it has finished stays."""
    from radar.client.connection import new_request_id
    from radar.v1 import operation_service_pb2 as pb

    request = pb.CancelOperationRequest(request_id=new_request_id(), name=_full(name))
    with connect(server, token_file, authority) as connection:
        found = connection.call("OperationService/CancelOperation", request, pb.CancelOperationResponse).operation
    _answer(found, output, failed=False)


def _answer(found: operation_pb2.Operation, output: Format, *, failed: bool = True) -> None:
    if output == Format.JSON:
        screen.write_json(plain(found))
    else:
        _show(found)
    if failed and _state(found) == "failed":
        raise typer.Exit(FAILED)


def _show(found: operation_pb2.Operation) -> None:
    facts = [
        ("operation", found.name),
        ("what", found.title),
        ("state", " ".join(filter(None, (_state(found), _progress(found), found.phase)))),
        ("asked for", f"{when(found, 'create_time')} UTC by {found.author}"),
        ("begun", when(found, "start_time")),
        ("ended", when(found, "end_time")),
        ("result", found.result),
        ("problem", found.problem.message),
        ("expected", found.problem.expected),
        ("next", found.problem.next_step),
        *(("warning", text) for text in found.warnings),
    ]
    width = max(len(name) for name, _ in facts)
    for name, text in facts:
        if text:
            screen.say(f"{name.ljust(width)}  {text}")
    if found.problem.diagnostics:
        from radar.cli.findings import show_findings

        show_findings(found.problem.diagnostics)


def _state(found: operation_pb2.Operation) -> str:
    from radar.v1 import operation_pb2

    return operation_pb2.OperationState.Name(found.state).removeprefix("OPERATION_STATE_").lower()


def _progress(found: operation_pb2.Operation) -> str:
    return f"{found.progress:.0%}" if found.HasField("progress") else ""


def _full(name: str) -> str:
    return name if "/" in name else f"operations/{name}"
