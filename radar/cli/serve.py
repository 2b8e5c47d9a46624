"""``radarctl serve``: the control plane, for panels, programs and other machines."""

from __future__ import annotations

import os
import sys
from pathlib import Path
from typing import Annotated

import typer

from radar.cli import screen
from radar.cli.options import ConfigFolder, DataFolder, Format, Output, examples
from radar.errors import RadarError

EXAMPLES = examples(
    "radarctl serve                               (for this machine, with a token that is made at the first start)",
    "radarctl serve --listen 0.0.0.0:7733 --tls-certificate server.pem --tls-key server.key --tokens tokens",
)

UP_EXAMPLES = examples(
    "radarctl up                                  (the same as radarctl serve)", "radarctl up --data data"
)


def serve(
    listen: Annotated[
        str, typer.Option("--listen", metavar="HOST:PORT", help="Where to listen; port 0 takes any that is free.")
    ] = "127.0.0.1:7733",
    tokens: Annotated[
        Path | None,
        typer.Option(
            "--tokens",
            metavar="FILE",
            help="Who may call: lines NAME ROLE TOKEN. Without it: the user's own file, made when it is not there.",
            show_default=False,
        ),
    ] = None,
    certificate: Annotated[
        Path | None, typer.Option("--tls-certificate", metavar="FILE", help="Certificate of the server, in PEM.")
    ] = None,
    key: Annotated[Path | None, typer.Option("--tls-key", metavar="FILE", help="Its key, in PEM.")] = None,
    client_authority: Annotated[
        Path | None,
        typer.Option("--client-authority", metavar="FILE", help="Ask clients for a certificate of this authority."),
    ] = None,
    state: Annotated[
        Path | None,
        typer.Option(
            "--state",
            metavar="DIR",
            help="What the server keeps: pipelines, jobs, results. Without it: RADAR_STATE, else the user's folder.",
            show_default=False,
        ),
    ] = None,
    config: ConfigFolder = None,
    data: DataFolder = None,
    output: Output = Format.TABLE,
) -> None:
    """Serve the API until Ctrl+C. Runs that were under way when a server ended go on by themselves.

    gRPC with reflection and health checks; docs/api.md describes it. Roles are viewer, operator and trader. From other
    machines it is reached with TLS only.
    """
    from radar.control.callers import make_token_file
    from radar.control.serve import serve as run
    from radar.control.settings import Settings, TransportSecurity
    from radar.engine.places import config_folder, named_data_folder

    if (certificate is None) != (key is None) or (client_authority is not None and certificate is None):
        raise RadarError(
            "TLS is named in part", expected="--tls-certificate and --tls-key together, --client-authority beside them"
        )
    chosen = tokens or _own_tokens()
    if tokens is None and not chosen.exists():
        make_token_file(chosen)
    security = TransportSecurity(certificate, key, client_authority) if certificate and key else None
    settings = Settings(
        tokens=chosen,
        state=state or _own_state(),
        address=listen,
        security=security,
        config=config_folder(config),
        data=named_data_folder(data),
    )

    def started(port: int) -> None:
        address = f"{listen.rpartition(':')[0]}:{port}"
        if output == Format.JSON:
            screen.write_json({"address": address, "tls": security is not None, "tokens": chosen.as_posix()})
        else:
            screen.say(f"serving radar.v1 on {address}{' with TLS' if security else ''}; tokens: {chosen}")
            screen.say("stop it with Ctrl+C")
            # Nothing more is printed until it stops.
            sys.stdout.flush()

    run(settings, started)


def _own_state() -> Path:
    import platformdirs

    named = os.environ.get("RADAR_STATE")
    return Path(named) if named else Path(platformdirs.user_state_path("radar", appauthor=False)) / "server"


def _own_tokens() -> Path:
    import platformdirs

    return Path(platformdirs.user_config_path("radar", appauthor=False)) / "tokens"
