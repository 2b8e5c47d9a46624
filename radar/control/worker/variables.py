"""The variables of the environment that a text of a request may read: those that it brings, none of the server's."""

from __future__ import annotations

import os
from collections.abc import Iterator, Mapping
from contextlib import contextmanager

__all__ = ["SYSTEM", "only"]

SYSTEM = (
    "SYSTEMROOT",
    "SYSTEMDRIVE",
    "PATH",
    "TEMP",
    "TMP",
    "TMPDIR",
    "HOME",
    "USERPROFILE",
    "LOCALAPPDATA",
    "RADAR_CACHE",
)
"""What programs that are started meanwhile cannot do without."""


@contextmanager
def only(variables: Mapping[str, str], *, system: bool = False) -> Iterator[None]:
    """Inside, the environment is ``variables`` alone; with ``system`` also what the compiler needs."""
    before = dict(os.environ)
    os.environ.clear()
    if system:
        os.environ.update({name: before[name] for name in SYSTEM if name in before})
    os.environ.update(variables)
    try:
        yield
    finally:
        os.environ.clear()
        os.environ.update(before)
