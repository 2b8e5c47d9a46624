"""Which server is spoken to, and with which token."""

from __future__ import annotations

import os
from dataclasses import dataclass
from pathlib import Path

from radar.errors import RadarError

__all__ = ["DEFAULT_ADDRESS", "Where", "find_server"]

DEFAULT_ADDRESS = "127.0.0.1:7733"
_CERTIFICATE = "certificate:"


@dataclass(frozen=True)
class Where:
    """``address`` HOST:PORT; ``token`` empty where there is none; ``authority`` for TLS: a file in PEM with what the
    server's certificate must come from."""

    address: str
    token: str
    authority: Path | None = None


def find_server(address: str | None = None, token_file: Path | None = None, authority: Path | None = None) -> Where:
    """The server that is named, else that of ``RADAR_SERVER``, else the one of this machine.

    The token is that of ``token_file``, else ``RADAR_TOKEN``, else the first of the user's own file of tokens.

    Raises:
        RadarError: The file that was named cannot be read, or has no token.
    """
    chosen = address or os.environ.get("RADAR_SERVER") or DEFAULT_ADDRESS
    named = authority or (
        Path(os.environ["RADAR_SERVER_AUTHORITY"]) if "RADAR_SERVER_AUTHORITY" in os.environ else None
    )
    if token_file is not None:
        return Where(chosen, _first_token(token_file, needed=True), named)
    return Where(chosen, os.environ.get("RADAR_TOKEN") or _first_token(own_tokens(), needed=False), named)


def own_tokens() -> Path:
    """The user's own file of tokens, which the first `radarctl serve` makes."""
    import platformdirs

    return Path(platformdirs.user_config_path("radar", appauthor=False)) / "tokens"


def _first_token(path: Path, *, needed: bool) -> str:
    """A token of a file: of lines NAME ROLE TOKEN the first, or a line that is a token alone."""
    try:
        text = path.read_text(encoding="utf-8")
    except (OSError, UnicodeDecodeError) as error:
        if not needed:
            return ""
        reason = error.strerror if isinstance(error, OSError) else "it is not UTF-8 text"
        raise RadarError(f"the file of tokens {path} cannot be read: {reason}") from None
    for line in text.splitlines():
        words = line.split()
        if words and not words[0].startswith("#") and not words[-1].startswith(_CERTIFICATE):
            return words[-1]
    if needed:
        raise RadarError(f"the file of tokens {path} has no token", expected="a line NAME ROLE TOKEN")
    return ""
