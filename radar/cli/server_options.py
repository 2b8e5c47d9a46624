"""Options of the commands that speak to a server, and the connection that they make."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from radar.cli import screen
from radar.cli.options import Format

if TYPE_CHECKING:
    from google.protobuf.message import Message

    from radar.client.connection import Connection

__all__ = ["Authority", "ServerAddress", "TokenFile", "connect", "plain", "show_list", "unended", "when"]

ServerAddress = Annotated[
    str | None,
    typer.Option(
        "--server",
        metavar="HOST:PORT",
        help="The server. Without it: RADAR_SERVER, else 127.0.0.1:7733.",
        show_default=False,
    ),
]
TokenFile = Annotated[
    Path | None,
    typer.Option(
        "--token-file",
        metavar="FILE",
        help="Whose first token proves who calls. Without it: RADAR_TOKEN, else the user's own file of tokens.",
        show_default=False,
    ),
]
Authority = Annotated[
    Path | None,
    typer.Option(
        "--authority",
        metavar="FILE",
        help="Speak TLS; the server's certificate comes from this one, in PEM. Without it: RADAR_SERVER_AUTHORITY.",
        show_default=False,
    ),
]


def connect(server: str | None, token_file: Path | None, authority: Path | None) -> Connection:
    """A connection to the server that the options name."""
    from radar.client.connection import Connection
    from radar.client.where import find_server

    return Connection(find_server(server, token_file, authority))


def plain(message: Message) -> dict[str, Any]:
    """A message of the API as plain data, by the names of its fields."""
    from google.protobuf.json_format import MessageToDict

    found: dict[str, Any] = MessageToDict(
        message, preserving_proto_field_name=True, always_print_fields_with_no_presence=True
    )
    return found


def when(message: Any, field: str) -> str:
    """An instant of a message to the second, UTC; empty where it is absent."""
    return getattr(message, field).ToDatetime().strftime("%Y-%m-%d %H:%M:%S") if message.HasField(field) else ""


def unended(states: Any, ended: tuple[str, ...]) -> list[Any]:
    """The values of an enumeration of states whose names end in none of ``ended``, but for the unspecified one."""
    return [states.Value(name) for name in states.keys()[1:] if not name.endswith(ended)]


def show_list(
    output: Format,
    found: Sequence[Any],
    headings: Sequence[str],
    row: Callable[[Any], Sequence[str]],
    *,
    nothing: str,
    right: Sequence[str] = (),
) -> None:
    """Show messages that a server listed: as JSON, or as a table with a ``row`` each; ``nothing`` is said of none."""
    if output == Format.JSON:
        screen.write_json([plain(one) for one in found])
        return
    screen.show_table(headings, [row(one) for one in found], right=right)
    if not found:
        screen.say(nothing)
