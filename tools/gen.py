"""Write the files that are made from others.

`docs/nodes.md`           the catalogue of node kinds, from the node files
`docs/api.md`             the reference of the API, from the comments in proto/
`radar/v1/`               the API's messages and services, from proto/
`proto/released.binpb`    the API that later changes are held against; only while they break nothing

With --check nothing is written; the exit code says whether each file is what it would be.
"""

from __future__ import annotations

import argparse
import os
import sys
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path

from radar.nodes.catalogue import parameters_of, ports_of, prose_of
from radar.nodes.kind import ROLES, Kind
from radar.nodes.registry import kinds
from tools import api
from tools.api_reference import reference

ROOT = Path(__file__).resolve().parent.parent
INTRODUCTION = (
    "Parameters in `%` are written as percentages. What a change of a value does to a run: `hot` takes effect at the "
    "next bar, `rewarm` feeds history again, `restart` replaces an adapter, `locked` needs a new run."
)


def catalogue() -> str:
    """Return the catalogue of every registered kind as Markdown."""
    text = [
        "<!-- Made from the node files by `python tools/dev.py gen`; change those instead. -->",
        "# Node kinds",
        INTRODUCTION,
    ]
    for role in ROLES:
        of_role = [kind for (of, _), kind in kinds().items() if of == role]
        if of_role:
            text.append(f"## {role}")
            text.append(
                table(
                    ("kind", "what it is"), [(f"[{kind.name}](#{role}-{kind.name})", kind.summary) for kind in of_role]
                )
            )
            for kind in of_role:
                text.extend(entry(kind))
    return "\n\n".join(text) + "\n"


def entry(kind: Kind) -> Iterator[str]:
    """Yield the paragraphs of one kind: its page, its ports and its parameters."""
    yield f"### {kind.role} {kind.name}"
    prose = prose_of(kind)
    yield prose.before
    if kind.example:
        yield f"```yaml\n{kind.example}\n```"
    if prose.remark:
        yield prose.remark
    ports = [(f"{port.direction}: `{port.name}`", port.type, port.about) for port in ports_of(kind)]
    if ports:
        yield table(("port", "type", "meaning"), ports)
    parameters = [
        (f"`{one.name}`", one.default, one.unit, one.allowed, one.on_change, one.about) for one in parameters_of(kind)
    ]
    if parameters:
        yield table(("parameter", "default", "unit", "allowed", "on change", "meaning"), parameters)


def table(head: Sequence[str], rows: Sequence[Sequence[str]]) -> str:
    """Return a Markdown table; a bar inside a cell does not end it."""
    lines = [head, ["---"] * len(head), *([cell.replace("|", "\\|") for cell in row] for row in rows)]
    return "\n".join(f"| {' | '.join(line)} |" for line in lines)


DOCUMENTS: dict[str, Callable[[], str]] = {"docs/nodes.md": catalogue, "docs/api.md": reference}


def contents() -> dict[str, bytes | None]:
    """Return what each generated file is to hold, by its path from the root; None where it is to go.

    Raises:
        ToolError: The .proto files are not right, or break what clients of the released API rely on.
    """
    found: dict[str, bytes | None] = {name: make().encode("utf-8") for name, make in DOCUMENTS.items()}
    made = api.generated()
    there = [path.relative_to(ROOT).as_posix() for path in api.GENERATED.glob("*.py*")]
    found.update({name: None for name in there if name not in made})
    found.update(made)
    if api.RELEASED.is_file():
        api.require_compatible()
    return {**found, api.RELEASED.relative_to(ROOT).as_posix(): api.image()}


def is_current(path: Path, content: bytes | None) -> bool:
    """Return whether a file is as it is to be; how a checkout ends lines does not count."""
    if content is None or not path.is_file():
        return content is None and not path.exists()
    held = path.read_bytes()
    return held == content or held.replace(b"\r\n", b"\n") == content


def put(path: Path, content: bytes | None) -> None:
    """Write a file as a whole, or take it away."""
    if content is None:
        path.unlink()
        return
    path.parent.mkdir(parents=True, exist_ok=True)
    beside = path.with_name(path.name + ".new")
    beside.write_bytes(content)
    os.replace(beside, path)


def main(arguments: Sequence[str] | None = None) -> int:
    """Write or compare every generated file; return the exit code."""
    parser = argparse.ArgumentParser(
        prog="dev.py gen", description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--check", action="store_true", help="write nothing; fail when a file is out of date")
    check = parser.parse_args(arguments).check
    try:
        wanted = contents()
    except api.ToolError as error:
        print(error, file=sys.stderr)
        return 1
    stale = [name for name, content in wanted.items() if not is_current(ROOT / name, content)]
    for name in stale:
        if not check:
            put(ROOT / name, wanted[name])
        print(f"out of date: {name}" if check else f"{'removed' if wanted[name] is None else 'written'}: {name}")
    if stale and check:
        print("Next: python tools/dev.py gen", file=sys.stderr)
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main())
