"""A ledger holds what was committed, whatever the disk, another program or an older version does to it."""

from __future__ import annotations

import json
import sqlite3
from pathlib import Path

import apsw
import pytest

from radar.errors import DataError
from radar.store.ledger import Batch, CheckpointRow, EventRow, HistoryRow, Ledger, RevisionRow, RunRow, StepRow
from radar.store.ledger.ledger import KEPT_CHECKPOINTS
from radar.store.ledger.schema import APPLICATION, VERSION

RUN = RunRow("run", "paper", 1, 2, "{}")
REVISION = RevisionRow(1, 1, "{}", "a", "b", "c", "d")
HISTORY = [HistoryRow("candles", "BTC", 3_600_000, "candles/x/perp/BTC/1h.parquet", 2, bytes(range(96)))]


def checkpoint(row: int) -> CheckpointRow:
    """A checkpoint of some bytes."""
    return CheckpointRow(row, row, 1, 0, "plan", "kernel", "sum", bytes([row % 256]) * 100)


def batch(number: int, size: int = 16) -> Batch:
    """One event and one row."""
    event = EventRow(number, number, 5, 0, 60_000, number, number, "accepted", number, "", bytes(size))
    return Batch([event], [StepRow(number, number, number, bytes(8))], cursor=json.dumps({"position": number}))


@pytest.fixture
def path(tmp_path: Path) -> Path:
    """A ledger in which a run was begun."""
    path = tmp_path / "run.sqlite"
    with Ledger(path, writing=True) as ledger:
        assert not ledger.has_run
        ledger.begin(RUN, REVISION, HISTORY, checkpoint(0))
    return path


def test_what_is_written_is_read(path: Path) -> None:
    """Rows come back as they went in, and the place of the source is that of the last batch."""
    with Ledger(path, writing=True) as ledger:
        for number in (1, 2):
            ledger.append(batch(number))
    with Ledger(path) as ledger:
        assert ledger.run == RUN
        assert ledger.revision == REVISION
        assert ledger.history() == HISTORY
        assert ledger.events() == batch(1).events + batch(2).events
        assert ledger.events(1) == batch(2).events
        assert ledger.steps(2) == batch(2).steps
        assert json.loads(ledger.cursor) == {"position": 2}


def test_only_the_last_checkpoints_are_kept(path: Path) -> None:
    """The file does not grow by states that nobody goes back to."""
    with Ledger(path, writing=True) as ledger:
        for row in range(1, 9):
            ledger.append(Batch(checkpoint=checkpoint(row)))
        assert [one.row for one in ledger.checkpoints()] == [8, 7, 6][:KEPT_CHECKPOINTS]


def test_a_batch_is_there_whole_or_not_at_all(path: Path) -> None:
    """An event that is there already ends the transaction; neither its row nor its cursor stays."""
    with Ledger(path, writing=True) as ledger:
        ledger.append(batch(1))
        wrong = Batch(batch(2).events + batch(1).events, batch(2).steps, cursor="{}")
        with pytest.raises(apsw.ConstraintError):
            ledger.append(wrong)
        assert ledger.steps() == batch(1).steps
        assert json.loads(ledger.cursor) == {"position": 1}


def test_a_full_disk(path: Path) -> None:
    """It is told with what to do; what was committed before stays, and more goes in when there is room."""
    with Ledger(path, writing=True) as ledger:
        ledger.append(batch(1))
        ledger.file.rows("PRAGMA max_page_count = 30")
        with pytest.raises(DataError, match="disk is full") as caught:
            ledger.append(batch(2, size=400_000))
        assert caught.value.code == "ledger-full"
        assert "same command again" in caught.value.next_step
        assert ledger.events() == batch(1).events
        ledger.file.rows("PRAGMA max_page_count = 100000")
        ledger.append(batch(2))
    with Ledger(path) as ledger:
        assert len(ledger.steps()) == 2


def test_a_locked_file(path: Path) -> None:
    """Another program with an open transaction is waited for, and then named."""
    other = apsw.Connection(str(path))
    with Ledger(path, writing=True, busy_timeout=50) as ledger:
        other.execute("BEGIN IMMEDIATE")
        with pytest.raises(DataError, match="held by another program") as caught:
            ledger.append(batch(1))
        assert caught.value.code == "ledger-locked"
        other.execute("ROLLBACK")
        ledger.append(batch(1))
    other.close()


def test_one_process_follows_a_run(path: Path) -> None:
    """A second writer is refused at once; a reader is not, and sees what is committed."""
    with Ledger(path, writing=True) as ledger:
        with pytest.raises(DataError, match="another process") as caught:
            Ledger(path, writing=True)
        assert caught.value.code == "ledger-in-use"
        ledger.append(batch(1))
        with Ledger(path) as reader:
            assert reader.steps() == batch(1).steps
    with Ledger(path, writing=True) as ledger:
        ledger.append(batch(2))


@pytest.mark.parametrize("writing", [True, False])
def test_a_damaged_file(writing: bool, path: Path) -> None:
    """Bytes in the middle of the file that nobody wrote: told, not believed."""
    with Ledger(path, writing=True) as ledger:
        for number in range(1, 200):
            ledger.append(batch(number, size=200))
    content = bytearray(path.read_bytes())
    content[4096:] = b"\xff" * (len(content) - 4096)
    path.write_bytes(content)
    with pytest.raises(DataError) as caught, Ledger(path, writing=writing) as ledger:
        ledger.events()
    assert caught.value.code == "ledger-damaged"


@pytest.mark.parametrize("content", [b"time,open\n1,2\n" * 100, b"SQLite format 3\0" + bytes(4000)])
def test_a_file_that_is_none(content: bytes, tmp_path: Path) -> None:
    """Any other file is refused and stays as it is."""
    path = tmp_path / "run.sqlite"
    path.write_bytes(content)
    with pytest.raises(DataError) as caught:
        Ledger(path, writing=True)
    assert caught.value.code in ("ledger-damaged", "ledger-unusable")
    assert path.read_bytes() == content


def test_a_database_of_another_program(tmp_path: Path) -> None:
    """Tables that are not a ledger's are not touched."""
    path = tmp_path / "run.sqlite"
    other = sqlite3.connect(path)
    other.execute("CREATE TABLE places (name)")
    other.commit()
    other.close()
    with pytest.raises(DataError, match="no ledger") as caught:
        Ledger(path, writing=True)
    assert caught.value.code == "ledger-unusable"


def test_a_missing_file(tmp_path: Path) -> None:
    """To read a run that was never begun is no success, and makes no file."""
    with pytest.raises(DataError, match="no such file"):
        Ledger(tmp_path / "run.sqlite")
    assert list(tmp_path.iterdir()) == []


def test_a_ledger_without_a_run(tmp_path: Path) -> None:
    """A process that died before its first commit leaves a file that holds nothing."""
    with Ledger(tmp_path / "run.sqlite", writing=True) as ledger, pytest.raises(DataError, match="no run was begun"):
        _ = ledger.run


def test_a_newer_version_is_refused(path: Path) -> None:
    """A file of a later Radar is not read as if it were of this one."""
    other = sqlite3.connect(path)
    other.execute(f"PRAGMA user_version = {VERSION + 1}")
    other.close()
    with pytest.raises(DataError, match="newer Radar"):
        Ledger(path, writing=True)


def test_versions_are_written_down(path: Path) -> None:
    """The file says what it is, and when it became so."""
    other = sqlite3.connect(path)
    assert other.execute("PRAGMA application_id").fetchone() == (APPLICATION,)
    assert other.execute("SELECT version FROM migrations").fetchall() == [(number + 1,) for number in range(VERSION)]
    other.close()


def test_an_older_version_is_copied_and_brought_up_to_date(path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A later step runs on the file of today; the file as it was lies beside it."""
    import radar.store.ledger.file as file_module

    monkeypatch.setattr(file_module, "STEPS", (*file_module.STEPS, "CREATE TABLE later (name TEXT)"))
    monkeypatch.setattr(file_module, "VERSION", VERSION + 1)
    with Ledger(path, writing=True) as ledger:
        assert ledger.run == RUN
        assert ledger.file.rows("SELECT count(*) FROM later") == [(0,)]
        assert ledger.file.rows("SELECT max(version) FROM migrations") == [(VERSION + 1,)]
    copy = sqlite3.connect(path.with_name(f"run.sqlite.version-{VERSION}"))
    assert copy.execute("SELECT name FROM runs").fetchall() == [("run",)]
    copy.close()
