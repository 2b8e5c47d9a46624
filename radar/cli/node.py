"""``radarctl node``: the catalogue of node kinds."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated, Any

import typer

from radar.cli import screen
from radar.cli.options import Format, Output, examples, group
from radar.errors import RadarError

if TYPE_CHECKING:
    from radar.nodes.kind import Kind

app = group("Look up node kinds.")


@app.command("list", epilog=examples("radarctl node list", "radarctl node list --role indicator"))
def list_kinds(
    role: Annotated[str | None, typer.Option("--role", metavar="ROLE", help="Only this role.")] = None,
    output: Output = Format.TABLE,
) -> None:
    """List the node kinds with a sentence on each."""
    from radar.nodes.kind import ROLES
    from radar.nodes.registry import kinds

    if role is not None and role not in ROLES:
        raise RadarError(f"{role!r} is not a role", expected=", ".join(ROLES))
    found = [kind for (of, _), kind in kinds().items() if role in (None, of)]
    if output == Format.JSON:
        screen.write_json(
            [
                {"role": kind.role, "name": kind.name, "summary": kind.summary, "stability": kind.stability}
                for kind in found
            ]
        )
        return
    rows = [(kind.role, kind.name, kind.stability, kind.summary) for kind in found]
    screen.show_table(("role", "kind", "stability", "what it is"), rows)


@app.command("show", epilog=examples("radarctl node show sma", "radarctl node show indicator.regime -o json"))
def show_kind(
    name: Annotated[str, typer.Argument(metavar="KIND", help="NAME or ROLE.NAME.", show_default=False)],
    output: Output = Format.TABLE,
) -> None:
    """Show the page of a node kind.

    Formula and source, ports, parameters with unit and bounds, an example."""
    from radar.spec.kinds import find_kind

    kind = find_kind(name)
    if output == Format.JSON:
        screen.write_json(_data(kind))
    else:
        _show(kind)


def _data(kind: Kind) -> dict[str, Any]:
    from radar.nodes.catalogue import parameters_of, ports_of

    return {
        "role": kind.role,
        "name": kind.name,
        "stability": kind.stability,
        "summary": kind.summary,
        "page": kind.about,
        "example": kind.example,
        "ports": [port.to_json() for port in ports_of(kind)],
        "parameters": [parameter.to_json() for parameter in parameters_of(kind)],
    }


def _show(kind: Kind) -> None:
    from radar.nodes.catalogue import parameters_of, ports_of, prose_of

    prose = prose_of(kind)
    screen.say(f"{kind.role} {kind.name} ({kind.stability})\n\n{prose.before}")
    if kind.example:
        indented = "\n".join(f"    {line}" for line in kind.example.split("\n"))
        screen.say(f"\nExample:\n\n{indented}")
    if prose.remark:
        screen.say(f"\n{prose.remark}")
    screen.show_table(
        ("port", "type", "meaning"),
        [(f"{port.direction} {port.name}", port.type, port.about) for port in ports_of(kind)],
    )
    screen.show_table(
        ("parameter", "default", "unit", "allowed", "on change", "meaning"),
        [(one.name, one.default, one.unit, one.allowed, one.on_change, one.about) for one in parameters_of(kind)],
    )
