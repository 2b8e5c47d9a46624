"""One call, as everything that answers it may look it up."""

from __future__ import annotations

import re
import uuid
from contextvars import ContextVar
from dataclasses import dataclass, field

from radar.control.callers import Caller

__all__ = ["CURRENT", "Call", "current_call", "request_id_of"]

_IDENTIFIER = re.compile(r"[A-Za-z0-9._:-]{1,64}")


@dataclass
class Call:
    """A call: its full method name, where it came from, its id, and the caller once it is known.

    ``wish`` is the id that the request itself carries, where it asks for a change, and ``asked`` a digest of all else
    that it says.
    """

    method: str
    peer: str
    request_id: str
    caller: Caller | None = None
    wish: str = field(default="")
    asked: bytes = field(default=b"")


CURRENT: ContextVar[Call] = ContextVar("radar_call")


def current_call() -> Call:
    """The call that is being answered."""
    return CURRENT.get()


def request_id_of(given: str) -> str:
    """The id that a client gave its call, or a new one where it gave none that can be used."""
    return given if is_identifier(given) else uuid.uuid4().hex


def is_identifier(text: str) -> bool:
    """Whether a text may stand as an id in logs and records."""
    return _IDENTIFIER.fullmatch(text) is not None
