"""``radarctl plan --sweep``: what a sweep computes once, and what for every combination."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from radar.cli import screen
from radar.cli.options import Format
from radar.cli.sweep_tables import refusals, show_refused

__all__ = ["show_sweep_plan"]


def show_sweep_plan(
    pipeline: Path,
    output: Format,
    *,
    grids: Sequence[str],
    options: Sequence[str],
    config: Path | None,
    data: Path | None,
    start: str | None,
    end: str | None,
    assets: Sequence[str] | None,
    each_asset: bool,
    memory: str,
) -> None:
    """Show the sweep that these arguments ask for. Without a store of market data bytes are given for one bar."""
    from radar.engine.load import find_config
    from radar.engine.places import named_data_folder
    from radar.research.sweep.outline import outline_of, outline_without_data
    from radar.research.sweep.sweep import explore_assets, lay_out_sweep

    if data is not None or named_data_folder(None).is_dir():
        sweep = lay_out_sweep(
            pipeline,
            grids=grids,
            options=options,
            data=data,
            config=config,
            start=start,
            end=end,
            assets=assets,
            each_asset=each_asset,
            memory=memory,
        )
        grid, refused, groups = sweep.grid, Counter(sweep.refused), outline_of(sweep)
    else:
        grid, found = explore_assets(
            pipeline, grids, options, config=find_config(pipeline, config), assets=assets, each_asset=each_asset
        )
        refused = sum((Counter(one.refused) for _, one in found), Counter())
        groups = outline_without_data(found)
    content = {
        "size": grid.size,
        "grid": {axis.target: list(axis.values) for axis in grid.axes},
        "refused": refusals(refused),
        "combinations": sum(group["combinations"] for group in groups),
        "groups": groups,
    }
    if output == Format.JSON:
        screen.write_json(content)
        return
    _show(content)
    show_refused(refused)


def _show(content: dict[str, Any]) -> None:
    lengths = " x ".join(str(len(values)) for values in content["grid"].values())
    screen.say(f"{lengths} = {screen.count(content['size'], 'combination')}")
    for target, values in content["grid"].items():
        screen.say(f"  {target}: {', '.join(values)}")
    plans = screen.count(len(content["groups"]), "group")
    screen.say(f"to run: {content['combinations']:,} in {plans} of combinations that share a plan")
    for group in content["groups"]:
        _show_group(group)


def _show_group(group: dict[str, Any]) -> None:
    from radar.research.sweep.memory import size_text

    own = [group["asset"] or ", ".join(group["assets"])] + ([group["plan"]] if group["plan"] else [])
    bars = f", {screen.count(group['bars'], 'bar')}" if group["bars"] is not None else ""
    title = f"{', '.join(own)}: {screen.count(group['combinations'], 'combination')}{bars}; computed once:"
    amount = "bytes" if group["bytes"] is not None else "bytes_a_bar"
    head = "memory" if amount == "bytes" else "memory a bar"
    rows = [
        (one["node"], one["kind"], f"{one['distinct']:,}", f"{one['columns']:,}", size_text(one[amount]))
        for one in group["once"]
    ]
    rows.append(
        (
            "all",
            "",
            f"{sum(one['distinct'] for one in group['once']):,}",
            f"{group['columns']:,}",
            size_text(group[amount]),
        )
    )
    screen.show_table(
        ("node", "kind", "distinct", "columns", head), rows, title=title, right=("distinct", "columns", head)
    )
    if group["portions"] is not None and group["portions"] > 1:
        screen.say(f"the columns do not fit into memory together: {group['portions']:,} portions of combinations")
    screen.say(f"read as they are: {', '.join(group['market'])}")
    screen.say(f"for every combination: {', '.join(one['node'] for one in group['each'])}")
