"""Copies of source modules under other names, with edits, as a developer's working tree would have them."""

from __future__ import annotations

import dataclasses
import importlib.util
import sys
from collections.abc import Iterator, Mapping
from pathlib import Path
from types import ModuleType

from radar.nodes.kind import Kind
from radar.plan.plan import Plan


class Copies:
    """Makes edited copies in a folder and forgets them again; see :func:`copies`."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.made: list[str] = []

    def module(self, original: ModuleType, name: str, edits: Mapping[str, str]) -> ModuleType:
        """A module with the original's text, each key of ``edits`` replaced by its value; the name never changes."""
        text = Path(str(original.__file__)).read_text(encoding="utf-8")
        for old, new in edits.items():
            assert old in text, f"{old!r} is not in {original.__name__}"
            text = text.replace(old, new)
        path = self.folder / f"{name}_{len(self.made)}.py"
        path.write_text(text, encoding="utf-8")
        sys.modules.pop(name, None)
        spec = importlib.util.spec_from_file_location(name, path)
        assert spec is not None
        assert spec.loader is not None
        module = importlib.util.module_from_spec(spec)
        sys.modules[name] = module
        self.made.append(name)
        spec.loader.exec_module(module)
        return module

    def forget(self) -> None:
        """Remove the copies from the interpreter."""
        for name in self.made:
            sys.modules.pop(name, None)


def copies(folder: Path) -> Iterator[Copies]:
    """The body of a fixture: copies in ``folder``, forgotten at the end."""
    made = Copies(folder)
    yield made
    made.forget()


def with_kind(plan: Plan, node_id: str, module: ModuleType) -> Plan:
    """The plan with a node whose kind comes from another module."""
    kind = module.KIND
    assert isinstance(kind, Kind)
    nodes = []
    for node in plan.nodes:
        own = dataclasses.replace(kind, role=node.kind.role, name=node.kind.name, module=module)
        nodes.append(dataclasses.replace(node, kind=own) if node.id == node_id else node)
    return dataclasses.replace(plan, nodes=tuple(nodes))
