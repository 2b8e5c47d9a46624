"""``radarctl plan --against``: what applying a pipeline would change of what the server keeps."""

from __future__ import annotations

from pathlib import Path

from radar.cli import screen
from radar.cli.options import Format
from radar.cli.pipeline import planned, read, revision_name
from radar.cli.server_options import connect, plain

__all__ = ["show_against"]


def show_against(
    path: Path,
    against: str,
    output: Format,
    *,
    config: Path | None,
    settings: list[str] | None,
    assets: list[str] | None,
    server: str | None,
    token_file: Path | None,
    authority: Path | None,
) -> None:
    """Show what becomes of every node when ``path`` replaces a revision: NAME, which is in force, or NAME@REVISION."""
    from radar.cli.comparison import show_comparison
    from radar.v1 import pipeline_service_pb2 as pb

    source = read(path, config, settings, assets)
    name, _, revision = against.removeprefix("pipelines/").replace("/revisions/", "@").partition("@")
    with connect(server, token_file, authority) as connection:
        if revision:
            base = revision_name(name, revision)
        else:
            request = pb.GetPipelineRequest(name=f"pipelines/{name}")
            now = connection.call("PipelineService/GetPipeline", request, pb.GetPipelineResponse)
            base = now.pipeline.active_revision
        found = planned(connection, source, base, output)
    if output == Format.JSON:
        screen.write_json(plain(found))
    else:
        show_comparison(found.comparison)
