"""``radarctl pipeline``: pipelines that the server keeps, and their revisions."""

from __future__ import annotations

import re
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from radar.cli import screen
from radar.cli.failures import FAILED
from radar.cli.options import Assets, ConfigFolder, Format, Output, PipelineFile, Settings, examples, group
from radar.cli.server_options import Authority, ServerAddress, TokenFile, connect, plain, show_list, when
from radar.errors import RadarError

if TYPE_CHECKING:
    from radar.client.connection import Connection
    from radar.v1 import pipeline_pb2, plan_pb2
    from radar.v1 import pipeline_service_pb2 as pb_types

app = group("Put pipelines in force on the server, look at their revisions, go back.")

Name = Annotated[str, typer.Argument(metavar="NAME", help="A pipeline that the server keeps.", show_default=False)]
Yes = Annotated[bool, typer.Option("--yes", help="Do not ask.")]
Why = Annotated[str, typer.Option("--message", "-m", metavar="TEXT", help="Why, for the history.")]
ServerValues = Annotated[bool, typer.Option("--server-values", help="Take the server's configuration, and send none.")]
_REVISION = re.compile(r"r?([1-9][0-9]*)")


@app.command(
    "apply",
    epilog=examples(
        'radarctl pipeline apply pipelines/grid_atr.yaml --message "wider stops"',
        "radarctl pipeline apply pipelines/grid_atr.yaml --yes -o json",
    ),
)
def apply(
    pipeline: PipelineFile,
    message: Why = "",
    yes: Yes = False,
    settings: Settings = None,
    assets: Assets = None,
    config: ConfigFolder = None,
    server_values: ServerValues = False,
    server: ServerAddress = None,
    token_file: TokenFile = None,
    authority: Authority = None,
    output: Output = Format.TABLE,
) -> None:
    """Put a pipeline in force.

    Shows what it would change and asks; what is put in force is what was shown, or nothing. Exit code 1 when the
    pipeline has errors or the answer is no.
    """
    from radar.client.connection import new_request_id
    from radar.v1 import pipeline_service_pb2 as pb

    source = read(pipeline, config, settings, assets, server_values=server_values)
    with connect(server, token_file, authority) as connection:
        first = planned(connection, source, "", output)
        now = _find(connection, first.plan.pipeline)
        shown = planned(connection, source, now.active_revision, output) if now is not None else first
        if not _agreed(shown.comparison if now is not None else None, first.plan.pipeline, output, yes=yes):
            raise typer.Exit(FAILED)
        answer = connection.call(
            "PipelineService/ApplyPipeline",
            pb.ApplyPipelineRequest(
                request_id=new_request_id(),
                source=source,
                etag=now.etag if now is not None else "",
                plan_digest=shown.plan_digest,
                message=message,
            ),
            pb.ApplyPipelineResponse,
        )
    if output == Format.JSON:
        screen.write_json(plain(answer))
        return
    if answer.diagnostics:
        from radar.cli.findings import show_findings

        show_findings(answer.diagnostics)
    screen.say(f"in force: {_short(answer.revision.name)}")


@app.command("list", epilog=examples("radarctl pipeline list", "radarctl pipeline list -o json"))
def list_pipelines(
    server: ServerAddress = None,
    token_file: TokenFile = None,
    authority: Authority = None,
    output: Output = Format.TABLE,
) -> None:
    """List the pipelines that the server keeps."""
    from radar.v1 import pipeline_service_pb2 as pb

    with connect(server, token_file, authority) as connection:
        pages = connection.pages("PipelineService/ListPipelines", pb.ListPipelinesRequest(), pb.ListPipelinesResponse)
        found = [one for page in pages for one in page.pipelines]
    show_list(
        output,
        found,
        ("pipeline", "revision", "changed (UTC)", "about"),
        lambda one: (
            one.name.rpartition("/")[2],
            one.active_revision.rpartition("/")[2],
            when(one, "update_time"),
            one.about,
        ),
        nothing="the server keeps no pipeline\n  next: radarctl pipeline apply FILE",
    )


@app.command("show", epilog=examples("radarctl pipeline show my_grid", "radarctl pipeline show my_grid --revision r2"))
def show(
    name: Name,
    revision: Annotated[
        str | None, typer.Option("--revision", metavar="REVISION", help="The text of this one, such as r2.")
    ] = None,
    server: ServerAddress = None,
    token_file: TokenFile = None,
    authority: Authority = None,
    output: Output = Format.TABLE,
) -> None:
    """Show a pipeline with its revisions, or the text and values of one revision."""
    from radar.v1 import pipeline_service_pb2 as pb

    with connect(server, token_file, authority) as connection:
        if revision is not None:
            found = connection.call(
                "PipelineService/GetRevision",
                pb.GetRevisionRequest(name=revision_name(name, revision)),
                pb.GetRevisionResponse,
            ).revision
            _show_revision(found, output)
            return
        full = f"pipelines/{name.removeprefix('pipelines/')}"
        pipeline = connection.call(
            "PipelineService/GetPipeline", pb.GetPipelineRequest(name=full), pb.GetPipelineResponse
        ).pipeline
        pages = connection.pages(
            "PipelineService/ListRevisions", pb.ListRevisionsRequest(pipeline=full), pb.ListRevisionsResponse
        )
        revisions = [one for page in pages for one in page.revisions]
    if output == Format.JSON:
        screen.write_json({**plain(pipeline), "revisions": [plain(one) for one in revisions]})
        return
    screen.say(f"{name}: {pipeline.about}" if pipeline.about else name)
    rows = [
        (
            one.name.rpartition("/")[2] + (" in force" if one.name == pipeline.active_revision else ""),
            when(one, "create_time"),
            one.author,
            one.digest[:12],
            one.message,
        )
        for one in revisions
    ]
    screen.show_table(("revision", "made (UTC)", "by", "digest", "why"), rows)


@app.command("diff", epilog=examples("radarctl pipeline diff my_grid r1 r2"))
def diff(
    name: Name,
    before: Annotated[str, typer.Argument(metavar="BEFORE", help="The earlier revision.", show_default=False)],
    after: Annotated[str, typer.Argument(metavar="AFTER", help="The later one.", show_default=False)],
    server: ServerAddress = None,
    token_file: TokenFile = None,
    authority: Authority = None,
    output: Output = Format.TABLE,
) -> None:
    """Show what differs between two revisions, node by node and line by line."""
    from radar.cli.comparison import show_comparison
    from radar.v1 import pipeline_service_pb2 as pb

    request = pb.DiffRevisionsRequest(before=revision_name(name, before), after=revision_name(name, after))
    with connect(server, token_file, authority) as connection:
        answer = connection.call("PipelineService/DiffRevisions", request, pb.DiffRevisionsResponse)
    texts = {one.name: one.content.decode("utf-8") for one in answer.diffs}
    if output == Format.JSON:
        screen.write_json({"comparison": plain(answer.comparison), "diffs": texts})
        return
    show_comparison(answer.comparison)
    for text in texts.values():
        screen.say(f"\n{text}".rstrip("\n"))


@app.command(
    "rollback",
    epilog=examples("radarctl pipeline rollback my_grid r1", "radarctl pipeline rollback my_grid r1 --yes"),
)
def rollback(
    name: Name,
    revision: Annotated[str, typer.Argument(metavar="REVISION", help="Such as r1.", show_default=False)],
    message: Why = "",
    yes: Yes = False,
    server: ServerAddress = None,
    token_file: TokenFile = None,
    authority: Authority = None,
    output: Output = Format.TABLE,
) -> None:
    """Put the content of an earlier revision in force again, as a new revision. Shows what it changes and asks."""
    from radar.client.connection import new_request_id
    from radar.v1 import pipeline_service_pb2 as pb

    wanted = revision_name(name, revision)
    with connect(server, token_file, authority) as connection:
        now = connection.call(
            "PipelineService/GetPipeline",
            pb.GetPipelineRequest(name=wanted.partition("/revisions/")[0]),
            pb.GetPipelineResponse,
        ).pipeline
        shown = connection.call(
            "PipelineService/PlanPipeline",
            pb.PlanPipelineRequest(revision=wanted, compare_with=now.active_revision),
            pb.PlanPipelineResponse,
        )
        _require_plan(shown, output)
        if not _agreed(shown.comparison, name, output, yes=yes):
            raise typer.Exit(FAILED)
        answer = connection.call(
            "PipelineService/RollbackPipeline",
            pb.RollbackPipelineRequest(
                request_id=new_request_id(),
                revision=wanted,
                etag=now.etag,
                plan_digest=shown.plan_digest,
                message=message,
            ),
            pb.RollbackPipelineResponse,
        )
    if output == Format.JSON:
        screen.write_json(plain(answer))
    else:
        screen.say(f"in force: {_short(answer.revision.name)}, with the content of {_short(wanted)}")


def read(
    path: Path,
    config: Path | None,
    settings: list[str] | None,
    assets: list[str] | None,
    *,
    server_values: bool = False,
) -> pipeline_pb2.PipelineSource:
    """A pipeline file with the values that every command takes for it, as it is sent."""
    from radar.client.sources import source_of
    from radar.engine.places import config_folder

    if server_values and config is not None:
        raise RadarError("--config and --server-values contradict each other", expected="one of them")
    folder = None if server_values else config_folder(config, path)
    return source_of(path, folder, overrides=settings or (), assets=assets or ())


def planned(
    connection: Connection, source: pipeline_pb2.PipelineSource, compare_with: str, output: Format
) -> pb_types.PlanPipelineResponse:
    """The plan of a source, compared with a revision; its errors are printed and end the command."""
    from radar.v1 import pipeline_service_pb2 as pb

    found = connection.call(
        "PipelineService/PlanPipeline",
        pb.PlanPipelineRequest(source=source, compare_with=compare_with),
        pb.PlanPipelineResponse,
    )
    _require_plan(found, output)
    return found


def revision_name(pipeline: str, revision: str) -> str:
    """The resource name of a revision as a person names it: r2, or 2.

    Raises:
        RadarError: It is none.
    """
    found = _REVISION.fullmatch(revision.rpartition("/")[2])
    if found is None:
        raise RadarError(
            f"{revision!r} is no revision",
            expected="r and a number, such as r2",
            next_step=f"radarctl pipeline show {pipeline} lists them",
        )
    return f"pipelines/{pipeline.removeprefix('pipelines/')}/revisions/r{found[1]}"


def _require_plan(found: pb_types.PlanPipelineResponse, output: Format) -> None:
    if found.HasField("plan"):
        return
    if output == Format.JSON:
        screen.write_json(plain(found))
    else:
        from radar.cli.findings import show_findings

        show_findings(found.diagnostics)
    raise typer.Exit(FAILED)


def _find(connection: Connection, name: str) -> Any:
    """The pipeline called ``name``, or None."""
    from radar.client.connection import ServerError
    from radar.v1 import pipeline_service_pb2 as pb

    try:
        request = pb.GetPipelineRequest(name=f"pipelines/{name}")
        return connection.call("PipelineService/GetPipeline", request, pb.GetPipelineResponse).pipeline
    except ServerError as error:
        if error.reason == "PIPELINE_UNKNOWN":
            return None
        raise


def _agreed(comparison: plan_pb2.PlanComparison | None, name: str, output: Format, *, yes: bool) -> bool:
    """Whether a change, which is shown, is wanted."""
    if output == Format.TABLE:
        from radar.cli.comparison import show_comparison

        if comparison is None:
            screen.say(f"{name} is new to the server")
        else:
            show_comparison(comparison)
    if yes:
        return True
    if output == Format.JSON or not sys.stdin.isatty():
        raise RadarError(
            "nobody can be asked whether this is wanted",
            expected="a terminal, or --yes",
            next_step=f"radarctl plan FILE --against {name} shows what it would change; --yes does it",
        )
    return typer.confirm("put it in force?")


def _show_revision(found: pipeline_pb2.Revision, output: Format) -> None:
    if output == Format.JSON:
        content = plain(found)
        source = found.source
        content["source"] = {
            "pipeline": source.pipeline.content.decode("utf-8"),
            "config": {one.name: one.content.decode("utf-8") for one in source.config},
            "overrides": list(source.overrides),
            "assets": list(source.assets),
        }
        screen.write_json(content)
        return
    screen.say(found.source.pipeline.content.decode("utf-8").rstrip("\n"))


def _short(name: str) -> str:
    """pipelines/my_grid/revisions/r2 as my_grid@r2."""
    return name.removeprefix("pipelines/").replace("/revisions/", "@")
