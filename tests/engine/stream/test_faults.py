"""A run that cannot write ends with a reason and no harm; the same command goes on from what was committed."""

from __future__ import annotations

import asyncio
import time
from pathlib import Path

import apsw
import pytest

import radar.engine.stream.paper as paper_module
from radar.engine.stream.recovery import open_run
from radar.engine.stream.replay import Replay
from radar.errors import DataError
from radar.store.ledger import Ledger
from tests.engine.stream.following import follow, kept, new_ledger
from tests.engine.stream.markets import FIRST, everything, market
from tests.nodes.markets import HOUR

DATA = market(8)


@pytest.fixture(scope="module")
def uncut(tmp_path_factory: pytest.TempPathFactory) -> dict[str, object]:
    """What a run holds that nothing happened to."""
    with new_ledger(tmp_path_factory.mktemp("uncut")) as ledger:
        follow(everything(), DATA, ledger, FIRST)
        return kept(ledger)


def failing(path: Path, code: str, *, pages: int = 0, busy_timeout: int = 5000) -> None:
    """Follow until the ledger fails with ``code``."""
    with Ledger(path, writing=True, busy_timeout=busy_timeout) as ledger:
        if pages:
            used = int(ledger.file.rows("PRAGMA page_count")[0][0])
            ledger.file.rows(f"PRAGMA max_page_count = {used + pages}")
        with pytest.raises(DataError) as caught:
            follow(everything(), DATA, ledger, FIRST)
        assert caught.value.code == code


def test_a_full_disk_ends_a_run_and_room_lets_it_go_on(
    tmp_path: Path, uncut: dict[str, object], monkeypatch: pytest.MonkeyPatch
) -> None:
    """Whatever page is the last that fits: no half of a batch, no checkpoint of rows that are not there."""
    monkeypatch.setattr(paper_module, "BATCH_ROWS", 2)
    path = tmp_path / "run.sqlite"
    failing(path, "ledger-full", pages=2)
    with Ledger(path, writing=True) as ledger:
        assert not ledger.has_run
        open_run(everything(), DATA, ledger, FIRST, name="test", mode="interpreted")
    for pages in (1, 2, 5, 3):
        failing(path, "ledger-full", pages=pages)
        with Ledger(path) as ledger:
            steps, checkpoint = ledger.steps(), ledger.checkpoints()[0]
            assert checkpoint.row <= (steps[-1].row + 1 if steps else checkpoint.row)
            assert steps == uncut["steps"][: len(steps)]  # type: ignore[index]
    with new_ledger(tmp_path) as ledger:
        follow(everything(), DATA, ledger, FIRST)
        assert kept(ledger) == uncut


def test_a_locked_ledger_ends_a_run(tmp_path: Path, uncut: dict[str, object]) -> None:
    """Another program that never lets go is named; the run goes on when it has."""
    path = tmp_path / "run.sqlite"
    with Ledger(path, writing=True) as ledger:
        open_run(everything(), DATA, ledger, FIRST, name="test", mode="interpreted")
    other = apsw.Connection(str(path))
    other.execute("BEGIN IMMEDIATE")
    failing(path, "ledger-locked", busy_timeout=20)
    other.close()
    with new_ledger(tmp_path) as ledger:
        follow(everything(), DATA, ledger, FIRST)
        assert kept(ledger) == uncut


def test_a_paced_replay_leaves_the_same_ledger(tmp_path: Path, uncut: dict[str, object]) -> None:
    """How fast a replay goes changes nothing of what it leaves, and it is as slow as it was asked to be."""
    end = FIRST + 20 * HOUR
    with new_ledger(tmp_path, "fast") as ledger:
        follow(everything(), DATA, ledger, FIRST, end=end)
        fast = kept(ledger)
    with new_ledger(tmp_path, "paced") as ledger:
        run = open_run(everything(), DATA, ledger, FIRST, name="test", mode="interpreted")
        began = time.monotonic()
        asyncio.run(run.follow(Replay(DATA, end=end, speed=20 * 3600 / 0.5)))
        took = time.monotonic() - began
        assert kept(ledger) == fast
    assert took >= 0.45
    assert fast["steps"] == uncut["steps"][:20]  # type: ignore[index]
