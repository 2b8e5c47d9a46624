"""Find the node kinds: every ``radar/nodes/ROLE/NAME.py`` that defines ``KIND``. Nothing else lists them."""

from __future__ import annotations

import dataclasses
import importlib
import pkgutil
from collections.abc import Mapping
from functools import cache

from radar.nodes.kind import ROLES, Kind, Role


@cache
def kinds() -> Mapping[tuple[Role, str], Kind]:
    """All kinds by (role, name), roles in the order in which data flows and names sorted."""
    found: dict[tuple[Role, str], Kind] = {}
    for role in ROLES:
        package = importlib.import_module(f"radar.nodes.{role}")
        for name in sorted(module.name for module in pkgutil.iter_modules(package.__path__)):
            module = importlib.import_module(f"radar.nodes.{role}.{name}")
            kind = getattr(module, "KIND", None)
            if isinstance(kind, Kind):
                found[role, name] = dataclasses.replace(kind, role=role, name=name, module=module)
    return found


def find(role: Role, name: str) -> Kind | None:
    """The kind called ``name`` in ``role``, or None."""
    return kinds().get((role, name))


def names(role: Role) -> list[str]:
    """Names of all kinds of ``role``, sorted."""
    return [name for kind_role, name in kinds() if kind_role == role]
