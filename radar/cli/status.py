"""``radarctl status``: what the server is, and whether it is ready."""

from __future__ import annotations

import typer

from radar.cli import screen
from radar.cli.failures import FAILED
from radar.cli.options import Format, Output, examples
from radar.cli.server_options import Authority, ServerAddress, TokenFile, connect, plain, when

EXAMPLES = examples(
    "radarctl status",
    "radarctl status --server trading.example.com:7733 --authority ca.pem",
)


def status(
    server: ServerAddress = None,
    token_file: TokenFile = None,
    authority: Authority = None,
    output: Output = Format.TABLE,
) -> None:
    """Say what the server is and whether it is ready.

    Exit code 1 when a part of it is not ready, 3 when no server answers."""
    from radar.v1 import system_service_pb2 as pb

    with connect(server, token_file, authority) as connection:
        info = connection.call("SystemService/GetSystemInfo", pb.GetSystemInfoRequest(), pb.GetSystemInfoResponse)
        ready = connection.call("SystemService/GetReadiness", pb.GetReadinessRequest(), pb.GetReadinessResponse)
        address = connection.where.address
    if output == Format.JSON:
        content = plain(info)
        content.pop("methods")
        screen.write_json({"address": address, **content, **plain(ready)})
    else:
        role = pb.Role.Name(info.role).removeprefix("ROLE_").lower()
        screen.say(f"radar {info.version} on {address}, since {when(info, 'start_time')} UTC")
        screen.say(f"you are {info.caller}, {role}")
        width = max(len(check.name) for check in ready.checks)
        for check in ready.checks:
            screen.say(f"{'ready    ' if check.ready else 'not ready'}  {check.name.ljust(width)}  {check.detail}")
    if not ready.ready:
        raise typer.Exit(FAILED)
