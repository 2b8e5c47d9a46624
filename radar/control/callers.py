"""Who may call: a file with one caller a line, ``NAME ROLE TOKEN`` or ``NAME ROLE certificate:COMMON-NAME``.

A token is a secret of at least 32 characters. A certificate counts only where the server asks its clients for one and
has seen that it is good. The file is read again when it changes, so that a token can be taken back while runs go on.
"""

from __future__ import annotations

import hashlib
import hmac
import logging
import os
import secrets
import stat
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path

from radar.control.access import Role
from radar.errors import RadarError

__all__ = ["Caller", "Callers", "make_token_file"]

SHORTEST_TOKEN = 32
CERTIFICATE = "certificate:"
OWNER_ONLY = 0o600

_LOG = logging.getLogger(__name__)


@dataclass(frozen=True)
class Caller:
    """Somebody who is known: the name that records show, and what it may do."""

    name: str
    role: Role


class Callers:
    """The callers of a file."""

    def __init__(self, path: Path) -> None:
        """Read ``path``.

        Raises:
            RadarError: It cannot be read, others than its owner may read it, or a line of it is wrong.
        """
        self.path = path
        self._mark = _mark(path)
        self._tokens, self._certificates = _read(path)

    def by_token(self, token: str) -> Caller | None:
        """The caller whose token this is. Takes as long whether it is nearly right or not at all."""
        self._follow()
        digest = _digest(token)
        found = None
        for known, caller in self._tokens.items():
            if hmac.compare_digest(known, digest):
                found = caller
        return found

    def by_certificate(self, names: Iterable[str]) -> Caller | None:
        """The caller of a certificate that the connection has proved, by any of its names."""
        self._follow()
        return next((self._certificates[name] for name in names if name in self._certificates), None)

    def _follow(self) -> None:
        """Take a changed file over; one that cannot be used is told of, and the old one counts."""
        mark = _mark(self.path)
        if mark == self._mark:
            return
        self._mark = mark
        try:
            self._tokens, self._certificates = _read(self.path)
        except RadarError as error:
            _LOG.error("the callers stay as they were: %s", error)
        else:
            _LOG.info("the callers are read again: %s", self.path)


def make_token_file(path: Path) -> None:
    """Write a file with one caller, ``local``, a trader with a new token, that its owner alone may read.

    Raises:
        RadarError: It cannot be written, or it is there already.
    """
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        handle = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, OWNER_ONLY)
        with os.fdopen(handle, "w", encoding="utf-8", newline="\n") as file:
            file.write(f"# NAME ROLE TOKEN; roles: {_roles()}\nlocal trader {secrets.token_urlsafe(SHORTEST_TOKEN)}\n")
    except OSError as error:
        raise RadarError(
            f"the file of tokens {path} cannot be made: {error.strerror or error}",
            expected="a folder that can be written to, and no such file in it",
        ) from None


def _roles() -> str:
    return ", ".join(role.name.lower() for role in Role)


def _mark(path: Path) -> tuple[int, int]:
    try:
        found = path.stat()
    except OSError:
        return (0, 0)
    return (found.st_mtime_ns, found.st_size)


def _digest(token: str) -> bytes:
    return hashlib.sha256(token.encode("utf-8")).digest()


def _read(path: Path) -> tuple[dict[bytes, Caller], dict[str, Caller]]:
    try:
        text = path.read_text(encoding="utf-8")
        mode = path.stat().st_mode
    except (OSError, UnicodeDecodeError) as error:
        reason = error.strerror if isinstance(error, OSError) else "it is not UTF-8 text"
        raise RadarError(f"the file of tokens {path} cannot be read: {reason}") from None
    # Windows answers 0o666 for every file that may be written; its own rights guard a user's folder.
    if os.name != "nt" and mode & (stat.S_IRWXG | stat.S_IRWXO):
        raise RadarError(
            f"others may read or write the file of tokens {path}",
            expected="a file for its owner alone",
            next_step=f"chmod 600 {path}",
        )
    tokens: dict[bytes, Caller] = {}
    certificates: dict[str, Caller] = {}
    for number, line in enumerate(text.splitlines(), 1):
        parts = line.split(maxsplit=2)
        if not parts or parts[0].startswith("#"):
            continue
        caller, proof = _caller(parts, f"{path}:{number}")
        known = certificates if proof.startswith(CERTIFICATE) else tokens
        key = proof.removeprefix(CERTIFICATE) if proof.startswith(CERTIFICATE) else _digest(proof)
        if key in known:
            raise RadarError(f"{path}:{number}: the token or certificate of {caller.name} is another caller's too")
        known[key] = caller  # type: ignore[index]
    if not tokens and not certificates:
        raise RadarError(f"the file of tokens {path} names no caller", expected="a line NAME ROLE TOKEN")
    return tokens, certificates


def _caller(parts: list[str], place: str) -> tuple[Caller, str]:
    """A line as a caller and what proves it. What is said of a wrong line never repeats its token."""
    expected = f"NAME ROLE TOKEN or NAME ROLE {CERTIFICATE}COMMON-NAME, with a role of {_roles()}"
    if len(parts) != len(("name", "role", "proof")):
        raise RadarError(f"{place}: a caller needs three words, and there are {len(parts)}", expected=expected)
    name, role, proof = parts
    if role.upper() not in Role.__members__:
        raise RadarError(f"{place}: {name} has the role {role}", expected=expected)
    proof = proof.strip()
    if not proof.startswith(CERTIFICATE) and len(proof) < SHORTEST_TOKEN:
        raise RadarError(
            f"{place}: the token of {name} is too short",
            expected=f"at least {SHORTEST_TOKEN} characters",
            next_step="python -c 'import secrets; print(secrets.token_urlsafe(32))' makes one",
        )
    if proof == CERTIFICATE or (not proof.startswith(CERTIFICATE) and any(sign.isspace() for sign in proof)):
        raise RadarError(f"{place}: what proves {name} cannot be read", expected=expected)
    return Caller(name, Role[role.upper()]), proof
