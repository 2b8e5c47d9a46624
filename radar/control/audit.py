"""What was asked for, by whom, and what came of it: every change, and every call that was turned away."""

from __future__ import annotations

import logging
from dataclasses import dataclass
from typing import Protocol

__all__ = ["Audit", "AuditRecord", "LogAudit"]


@dataclass(frozen=True)
class AuditRecord:
    """One call. ``time`` in milliseconds UTC; ``caller`` empty where it was not known; ``outcome`` the name of the gRPC
    code and ``reason`` that of a failure, else empty."""

    time: int
    caller: str
    peer: str
    method: str
    request_id: str
    outcome: str
    reason: str = ""


class Audit(Protocol):
    """Where records go. Called on the server's loop, so it must not wait; a store takes them over in its own thread."""

    def __call__(self, record: AuditRecord) -> None:
        """Keep ``record``."""


class LogAudit:
    """Records as lines of the log."""

    def __call__(self, record: AuditRecord) -> None:
        """Write one line."""
        logging.getLogger("radar.control.audit").info(
            "%s by %s from %s: %s%s",
            record.method,
            record.caller or "nobody known",
            record.peer,
            record.outcome,
            f" ({record.reason})" if record.reason else "",
            extra={"request_id": record.request_id},
        )
