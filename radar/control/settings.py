"""Where the server listens, who may call it, and what it works on."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

__all__ = ["DEFAULT_ADDRESS", "Settings", "TransportSecurity"]

DEFAULT_ADDRESS = "127.0.0.1:7733"


@dataclass(frozen=True)
class TransportSecurity:
    """TLS, as files in PEM. With ``client_authority`` every client must have a certificate of it."""

    certificate: Path
    key: Path
    client_authority: Path | None = None


@dataclass(frozen=True)
class Settings:
    """``state`` is the folder of what the server keeps (:mod:`radar.store.registry`, results of jobs), for it alone;
    ``address`` is HOST:PORT, port 0 for any that is free; ``tokens`` the file of callers
    (:mod:`radar.control.callers`); ``config`` and ``data`` the server's own folders of values and market data;
    ``grace`` seconds that calls may take to end when the server stops; ``threads`` for checking and planning; ``jobs``
    that run at the same time, ``job_threads`` of a sweep (None: one less than there are processors)."""

    tokens: Path
    state: Path
    address: str = DEFAULT_ADDRESS
    security: TransportSecurity | None = None
    config: Path | None = None
    data: Path | None = None
    grace: float = 5.0
    threads: int = 2
    jobs: int = 1
    job_threads: int | None = None
