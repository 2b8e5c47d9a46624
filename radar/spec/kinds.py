"""A node kind by the name that a person types."""

from __future__ import annotations

from radar.errors import RadarError
from radar.nodes.kind import Kind
from radar.nodes.registry import kinds
from radar.spec.suggest import nearest

__all__ = ["find_kind"]


def find_kind(text: str) -> Kind:
    """The kind called ``text``: NAME, ROLE.NAME or ROLE NAME.

    Raises:
        RadarError: There is none, or several roles have one of that name.
    """
    wanted = text.strip().lower().replace(" ", ".")
    found = [kind for (role, name), kind in kinds().items() if wanted in (name, f"{role}.{name}")]
    if len(found) == 1:
        return found[0]
    if found:
        full = [f"{kind.role}.{kind.name}" for kind in found]
        raise RadarError(f"{len(found)} kinds are called {text}", expected=" or ".join(full))
    close = nearest(wanted.rpartition(".")[2], [name for _, name in kinds()])
    raise RadarError(
        f"there is no node kind {text}",
        expected="NAME or ROLE.NAME",
        next_step=f"radarctl node show {close[0]}" if close else "radarctl node list shows them all",
    )
