"""Write the files that are made from the code: `docs/nodes.md`, the catalogue of node kinds.

With --check nothing is written; the exit code says whether each file is what it would be.
"""

from __future__ import annotations

import argparse
import os
import sys
import textwrap
from collections.abc import Callable, Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

from radar.nodes.kind import ROLES, Kind
from radar.nodes.port import Input, Output
from radar.nodes.registry import kinds

ROOT = Path(__file__).resolve().parent.parent
INTRODUCTION = (
    "Parameters in `%` are written as percentages. What a change of a value does to a run: `hot` takes effect at the "
    "next bar, `rewarm` feeds history again, `restart` replaces an adapter, `locked` needs a new run."
)
BOUNDS = {"minimum": "≥", "exclusiveMinimum": ">", "maximum": "≤", "exclusiveMaximum": "<"}


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
    before, _, after = kind.about.partition("Example::\n")
    yield before.strip()
    if kind.example:
        yield f"```yaml\n{kind.example}\n```"
    rest = textwrap.dedent(after)
    remark = rest.partition(textwrap.dedent(kind.example))[2].strip() if kind.example else rest.strip()
    if remark:
        yield remark
    ports = [*ports_of("in", kind.inputs), *ports_of("out", kind.outputs)]
    if ports:
        yield table(("port", "type", "meaning"), ports)
    parameters = [parameter(name, schema) for name, schema in fields_of(kind)]
    if parameters:
        yield table(("parameter", "default", "unit", "allowed", "on change", "meaning"), parameters)


def ports_of(direction: str, ports: Mapping[str, Input] | Mapping[str, Output]) -> Iterator[tuple[str, str, str]]:
    """Yield a row for each port."""
    for name, port in ports.items():
        types = port.types if isinstance(port, Input) else (port.type,)
        notes = [note for note in ("optional", "many") if getattr(port, note, False)]
        kind = " or ".join(types) + "".join(f", {note}" for note in notes)
        yield f"{direction}: `{name}`", kind, port.about


def fields_of(kind: Kind) -> Iterator[tuple[str, Mapping[str, Any]]]:
    """Yield the name and the JSON schema of each parameter, in the order of declaration."""
    schema = kind.params.model_json_schema()
    yield from schema.get("properties", {}).items()


def parameter(name: str, schema: Mapping[str, Any]) -> tuple[str, ...]:
    """Return the row of one parameter."""
    default = schema.get("default")
    shown = "" if default is None else ", ".join(map(str, default)) if isinstance(default, list) else str(default)
    allowed = list(dict.fromkeys(allowed_by(schema)))
    unit, on_change = str(schema.get("unit", "")), str(schema.get("on_change", ""))
    return f"`{name}`", shown, unit, ", ".join(allowed), on_change, str(schema.get("description", ""))


def allowed_by(schema: Mapping[str, Any]) -> Iterator[str]:
    """Yield the bounds and choices that a schema states, those of its alternatives and items included."""
    for key, sign in BOUNDS.items():
        if key in schema:
            yield f"{sign} {schema[key]:g}"
    yield from (str(choice) for choice in schema.get("enum", ()))
    inner = [*schema.get("anyOf", ()), *schema.get("prefixItems", ())]
    if isinstance(schema.get("items"), Mapping):
        inner.append(schema["items"])
    for part in inner:
        yield from allowed_by(part)


def table(head: Sequence[str], rows: Sequence[Sequence[str]]) -> str:
    """Return a Markdown table; a bar inside a cell does not end it."""
    lines = [head, ["---"] * len(head), *([cell.replace("|", "\\|") for cell in row] for row in rows)]
    return "\n".join(f"| {' | '.join(line)} |" for line in lines)


FILES: dict[str, Callable[[], str]] = {"docs/nodes.md": catalogue}


def main(arguments: Sequence[str] | None = None) -> int:
    """Write or compare every generated file; return the exit code."""
    parser = argparse.ArgumentParser(prog="dev.py gen", description=__doc__)
    parser.add_argument("--check", action="store_true", help="write nothing; fail when a file is out of date")
    check = parser.parse_args(arguments).check
    stale = []
    for name, make in FILES.items():
        path, text = ROOT / name, make()
        if path.is_file() and path.read_text(encoding="utf-8") == text:
            continue
        stale.append(name)
        if not check:
            path.parent.mkdir(parents=True, exist_ok=True)
            beside = path.with_name(path.name + ".new")
            beside.write_text(text, encoding="utf-8", newline="\n")
            os.replace(beside, path)
    for name in stale:
        print(f"out of date: {name}" if check else f"written: {name}")
    if stale and check:
        print("Next: python tools/dev.py gen", file=sys.stderr)
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main())
