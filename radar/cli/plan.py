"""``radarctl plan``: how a pipeline is laid out for its kernel."""

from __future__ import annotations

from typing import Annotated, Any

import typer

from radar.cli import screen
from radar.cli.options import (
    Assets,
    Begin,
    ConfigFolder,
    DataFolder,
    End,
    Format,
    Output,
    PipelineFile,
    Settings,
    examples,
)
from radar.cli.server_options import Authority, ServerAddress, TokenFile
from radar.cli.sweep_options import EachAsset, Grids, Memory
from radar.errors import RadarError

EXAMPLES = examples(
    "radarctl plan pipelines/grid_atr.yaml",
    "radarctl plan pipelines/grid_atr.yaml --source   (the code that the kernel is compiled from)",
    "radarctl plan pipelines/grid_atr.yaml --set grid.ma_period=30",
    "radarctl plan pipelines/grid_atr.yaml --against my_grid   (what it would change on the server)",
    "radarctl plan pipelines/grid_atr.yaml --sweep --set grid.ma_period=7,14 --set grid.leverage=2,4,6",
)


def plan(
    pipeline: PipelineFile,
    source: Annotated[bool, typer.Option("--source", help="Print the generated code instead.")] = False,
    settings: Settings = None,
    assets: Assets = None,
    sweep: Annotated[
        bool, typer.Option("--sweep", help="Show what a sweep of --grid and --set computes once, and what each time.")
    ] = False,
    grids: Grids = None,
    each_asset: EachAsset = False,
    begin: Begin = None,
    end: End = None,
    memory: Memory = "1GiB",
    against: Annotated[
        str | None,
        typer.Option(
            "--against",
            metavar="NAME[@REVISION]",
            help="Show what it would change of a pipeline that the server keeps.",
            show_default=False,
        ),
    ] = None,
    config: ConfigFolder = None,
    data: DataFolder = None,
    server: ServerAddress = None,
    token_file: TokenFile = None,
    authority: Authority = None,
    output: Output = Format.TABLE,
) -> None:
    """Show how a pipeline runs.

    Nodes in order with clock, look-back and state, the chains of intents, warm-up and digests.

    The generated code follows from the wiring alone: values are data, and another value never compiles again.

    With --sweep, --set takes several values, and --grid, --each-asset, --from, --to, --data and --memory are those of
    radarctl sweep. With --against the server is asked, and says of every node what becomes of it.
    """
    if sweep:
        from radar.cli.plan_sweep import show_sweep_plan

        show_sweep_plan(
            pipeline,
            output,
            grids=grids or (),
            options=settings or (),
            config=config,
            data=data,
            start=begin,
            end=end,
            assets=assets or None,
            each_asset=each_asset,
            memory=memory,
        )
        return
    if against is not None:
        from radar.cli.plan_against import show_against

        show_against(
            pipeline,
            against,
            output,
            config=config,
            settings=settings,
            assets=assets,
            server=server,
            token_file=token_file,
            authority=authority,
        )
        return
    if grids or each_asset:
        raise RadarError("--grid and --each-asset are of a sweep", expected="--sweep beside them")
    from radar.engine.load import load
    from radar.kernel.build import digest_of, source_of
    from radar.plan.outline import plan_data
    from radar.plan.plan import make_plan

    made = make_plan(load(pipeline, config=config, overrides=settings or (), assets=assets or None).require())
    if source and output == Format.TABLE:
        screen.say(source_of(made).rstrip("\n"))
        return
    content = plan_data(made, digest_of(made))
    if source:
        content["source"] = source_of(made)
    if output == Format.JSON:
        screen.write_json(content)
    else:
        _show(content)


def _show(content: dict[str, Any]) -> None:
    decide, base = content["decide"], content["clock"]
    clock = base if decide == base else f"{decide}, orders on {base}"
    screen.say(f"{content['pipeline']}: clock {clock}, {', '.join(content['assets'])}")
    screen.show_table(
        ("node", "kind", "clock", "look-back (bars)", "state (bytes)", "window (floats)"),
        [
            (
                node["node"],
                node["kind"],
                node["clock"],
                f"{node['look_back_bars']:,}",
                f"{node['state_bytes']:,}" + (" shared" if node["shared"] else ""),
                f"{node['window_floats']:,}",
            )
            for node in content["nodes"]
        ],
        right=("look-back (bars)", "state (bytes)", "window (floats)"),
    )
    facts = [
        ("warm-up", f"{content['warm_up_bars']:,} bars of {content['clock']} before the first that may trade"),
        ("state", _amounts(content)),
        *(("chain", " → ".join(chain)) for chain in content["chains"]),
        ("columns", " ".join(content["columns"])),
        *((f"{name} digest", digest) for name, digest in content["digests"].items()),
    ]
    screen.say()
    width = max(len(name) for name, _ in facts)
    for name, text in facts:
        screen.say(f"{name.ljust(width)}  {text}")


def _amounts(content: dict[str, Any]) -> str:
    return (
        f"{content['state_bytes_per_asset']:,} bytes and {content['window_floats_per_asset']:,} floats an asset, "
        f"{content['state_bytes_shared']:,} bytes shared"
    )
