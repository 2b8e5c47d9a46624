"""``radarctl audit``: what was asked of the server, by whom."""

from __future__ import annotations

from typing import Annotated

import typer

from radar.cli.options import Format, Output, examples
from radar.cli.server_options import Authority, ServerAddress, TokenFile, connect, show_list, when

EXAMPLES = examples(
    "radarctl audit",
    "radarctl audit --caller local --method PipelineService/ApplyPipeline -n 10",
)


def audit(
    caller: Annotated[str, typer.Option("--caller", metavar="NAME", help="Only what this caller asked for.")] = "",
    method: Annotated[
        str, typer.Option("--method", metavar="METHOD", help="Only calls of it, such as PipelineService/ApplyPipeline.")
    ] = "",
    most: Annotated[int, typer.Option("-n", metavar="N", min=1, help="The most to show.")] = 50,
    server: ServerAddress = None,
    token_file: TokenFile = None,
    authority: Authority = None,
    output: Output = Format.TABLE,
) -> None:
    """Show what was asked of the server, the newest first: every change, and every call that was turned away."""
    from radar.v1 import system_service_pb2 as pb

    full = method if not method or method.startswith("radar.") else f"radar.v1.{method}"
    request = pb.ListAuditRecordsRequest(caller=caller, method=full)
    with connect(server, token_file, authority) as connection:
        pages = connection.pages("SystemService/ListAuditRecords", request, pb.ListAuditRecordsResponse, most)
        records = [record for page in pages for record in page.records]
    show_list(
        output,
        records,
        ("time (UTC)", "caller", "from", "method", "outcome", "request"),
        lambda one: (
            when(one, "time"),
            one.caller or "nobody known",
            one.peer,
            one.method.removeprefix("radar.v1."),
            f"{one.outcome} {one.reason}".strip(),
            one.request_id,
        ),
        nothing="nothing was asked for",
    )
