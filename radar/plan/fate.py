"""Which parameters of a node differ, and what that does: the kind has declared it (``on_change``)."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from radar.spec.model import Node

__all__ = ["ParameterDifference", "changed_parameters", "fate_of_parameter", "written"]


@dataclass(frozen=True)
class ParameterDifference:
    """One value that differs: ``asset`` for which, empty for all; the values as they are written in a pipeline."""

    parameter: str
    asset: str
    before: str
    after: str
    on_change: str


_FATES = {
    "hot": ("hot", "takes effect at the next bar"),
    "rewarm": ("rewarm", "makes it anew from history"),
    "restart": ("hot", "opens it anew"),
    "locked": ("refused", "takes a new run"),
}
"""By what a parameter declares: the fate, and what the change does in words."""


def fate_of_parameter(one: ParameterDifference) -> tuple[str, str]:
    """The fate that a kind has declared for a change of this parameter, and a sentence about it."""
    fate, does = _FATES[one.on_change]
    of = f" of {one.asset}" if one.asset else ""
    return fate, f"{one.parameter}{of} is {one.after} instead of {one.before}, which {does}"


def changed_parameters(old: Node, new: Node, assets: Sequence[str]) -> tuple[ParameterDifference, ...]:
    """The parameters in effect that differ between two nodes of one kind, for the ``assets`` that both have."""
    found = []
    before = {asset: old.params_for(asset).model_dump(mode="json") for asset in assets}
    after = {asset: new.params_for(asset).model_dump(mode="json") for asset in assets}
    for name, field in new.kind.params.model_fields.items():
        extra = field.json_schema_extra
        on_change = str(extra.get("on_change", "rewarm")) if isinstance(extra, dict) else "rewarm"
        changes = {asset: (written(before[asset][name]), written(after[asset][name])) for asset in assets}
        differing = {asset: change for asset, change in changes.items() if change[0] != change[1]}
        if len(differing) == len(assets) and len(set(differing.values())) == 1:
            differing = {"": next(iter(differing.values()))}
        found += [ParameterDifference(name, asset, *change, on_change) for asset, change in differing.items()]
    return tuple(found)


def written(value: Any) -> str:
    """A value as it is written in a pipeline."""
    if isinstance(value, str):
        return value
    if isinstance(value, list | tuple):
        return f"[{', '.join(written(one) for one in value)}]"
    return json.dumps(value, ensure_ascii=False)
