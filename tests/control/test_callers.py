"""The file of callers: read strictly, followed when it changes, and never printed."""

from __future__ import annotations

import os
import stat
from pathlib import Path

import pytest

from radar.control.access import Role
from radar.control.callers import Caller, Callers, make_token_file
from radar.errors import RadarError

GOOD = "a" * 32
posix = pytest.mark.skipif(os.name == "nt", reason="Windows guards files by other means than modes")


def written(folder: Path, text: str) -> Path:
    """A file of callers that its owner alone may read."""
    path = folder / "tokens"
    path.write_text(text, encoding="utf-8")
    path.chmod(0o600)
    return path


def test_callers_are_known_by_token_and_by_certificate(tmp_path: Path) -> None:
    """A token is its caller's; a certificate counts by any of its names; comments and empty lines are no callers."""
    path = written(tmp_path, f"# people\n\nana viewer {GOOD}\npanel operator certificate:panel.local\n")
    callers = Callers(path)
    assert callers.by_token(GOOD) == Caller("ana", Role.VIEWER)
    assert callers.by_token(GOOD + "a") is None
    assert callers.by_token("") is None
    assert callers.by_token("certificate:panel.local") is None
    assert callers.by_certificate(["other", "panel.local"]) == Caller("panel", Role.OPERATOR)
    assert callers.by_certificate([]) is None


@pytest.mark.parametrize(
    ("line", "said"),
    [
        (f"ana admin {GOOD}", "has the role admin"),
        ("ana viewer", "needs three words, and there are 2"),
        ("ana viewer " + "b" * 31, "is too short"),
        (f"ana viewer {GOOD} {GOOD}", "cannot be read"),
        ("ana viewer certificate:", "cannot be read"),
        (f"bob viewer {GOOD}\neve trader {GOOD}", "another caller's too"),
        ("# nobody", "names no caller"),
    ],
)
def test_a_wrong_line_is_told_with_its_place_and_without_its_token(tmp_path: Path, line: str, said: str) -> None:
    """The error names file, line and what was expected, and does not repeat a secret."""
    with pytest.raises(RadarError, match=said) as caught:
        Callers(written(tmp_path, line))
    assert str(tmp_path / "tokens") in caught.value.message
    assert GOOD not in str(caught.value)
    assert "b" * 31 not in str(caught.value)


def test_a_file_that_is_not_there_is_told(tmp_path: Path) -> None:
    """No file, no server."""
    with pytest.raises(RadarError, match="cannot be read"):
        Callers(tmp_path / "none")


@posix
@pytest.mark.parametrize("mode", [0o640, 0o604, 0o660])
def test_a_file_that_others_may_read_is_refused(tmp_path: Path, mode: int) -> None:
    """Tokens for everybody are none; the error says the command that closes the file."""
    path = written(tmp_path, f"ana viewer {GOOD}\n")
    path.chmod(mode)
    with pytest.raises(RadarError, match="others may read") as caught:
        Callers(path)
    assert caught.value.next_step == f"chmod 600 {path}"


def test_a_changed_file_counts_at_once_and_a_broken_one_does_not(tmp_path: Path) -> None:
    """A token that is taken back stops working without a restart; a file with a mistake leaves all as it was."""
    path = written(tmp_path, f"ana viewer {GOOD}\n")
    callers = Callers(path)
    written(tmp_path, "nonsense\n")
    assert callers.by_token(GOOD) is not None
    written(tmp_path, f"bob trader {'c' * 40}\n")
    assert callers.by_token(GOOD) is None
    assert callers.by_token("c" * 40) == Caller("bob", Role.TRADER)


def test_a_new_file_has_one_caller_and_its_owner_s_eyes_only(tmp_path: Path) -> None:
    """The made file is usable as it is, holds a token of enough length, and is never written over."""
    path = tmp_path / "new" / "tokens"
    make_token_file(path)
    name, role, token = path.read_text(encoding="utf-8").splitlines()[1].split()
    assert Callers(path).by_token(token) == Caller("local", Role.TRADER)
    assert (name, role) == ("local", "trader")
    if os.name != "nt":
        assert stat.S_IMODE(path.stat().st_mode) == 0o600
    with pytest.raises(RadarError, match="cannot be made"):
        make_token_file(path)
    make_token_file(tmp_path / "other")
    assert token not in (tmp_path / "other").read_text(encoding="utf-8")
