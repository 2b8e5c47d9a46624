"""The registry as a file: one process, whole transactions, revisions that never change, and a kill at any instant."""

from __future__ import annotations

import subprocess
import sys
import textwrap
from pathlib import Path

import apsw
import pytest

from radar.errors import DataError
from radar.store.registry.audit import AuditRow, AuditTrail
from radar.store.registry.database import Database
from radar.store.registry.operations import KeptOperation, Operations
from radar.store.registry.pipelines import KeptPipeline, KeptRevision, Pipelines
from radar.store.registry.requests import KEPT_SECONDS, Requests, Wish

ROOT = Path(__file__).resolve().parents[3]


def put(
    pipelines: Pipelines, digest: str, name: str = "grid", again: bool = False
) -> tuple[KeptPipeline, KeptRevision]:
    """Put a content in force."""
    return pipelines.put(
        name,
        "about it",
        digest=digest,
        source=digest.encode(),
        digests={"plan": digest},
        author="me",
        message="why",
        time=1,
        again=again,
    )


def test_revisions_count_up_and_are_there_after_a_restart(tmp_path: Path) -> None:
    """Every content in force is a revision with its parent; equal content in force is the same one; all outlive a
    restart."""
    database = Database(tmp_path / "registry.sqlite")
    pipelines = Pipelines(database)
    first, one = put(pipelines, "a")
    assert (one.number, one.parent, one.source, one.digests) == (1, None, b"a", {"plan": "a"})
    assert put(pipelines, "a") == (first, one)
    second, two = put(pipelines, "b")
    assert (two.number, two.parent, second.active) == (2, 1, 2)
    assert first.etag != second.etag
    _, three = put(pipelines, "a")
    assert (three.number, three.parent, three.digest) == (3, 2, "a")
    _, four = put(pipelines, "a", again=True)
    assert four.number == 4
    database.close()
    database = Database(tmp_path / "registry.sqlite")
    assert [one.digest for one in Pipelines(database).revisions("grid")] == ["a", "a", "b", "a"]
    assert database.check() == []
    database.close()


def test_a_revision_never_changes(tmp_path: Path) -> None:
    """The file itself refuses to change a revision or a content, whatever the program asks for."""
    database = Database(tmp_path / "registry.sqlite")
    put(Pipelines(database), "a")
    for statement in ("UPDATE revisions SET message = 'other'", "UPDATE contents SET source = x'00'"):
        with pytest.raises(apsw.ConstraintError, match="never changes"):
            database.run(statement)
    database.close()


def test_a_forgotten_pipeline_comes_back_as_another(tmp_path: Path) -> None:
    """It is listed no more; its revisions can be looked up; when it comes back no old etag fits and numbers go on."""
    database = Database(tmp_path / "registry.sqlite")
    pipelines = Pipelines(database)
    before, _ = put(pipelines, "a")
    pipelines.forget("grid")
    assert pipelines.find("grid") is None
    assert pipelines.all() == []
    assert pipelines.revision("grid", 1) is not None
    after, revision = put(pipelines, "a")
    assert (revision.number, revision.parent) == (2, None)
    assert after.etag != before.etag
    database.close()


def test_a_transaction_is_whole_or_not_there(tmp_path: Path) -> None:
    """An error inside takes back everything that was written before it."""
    database = Database(tmp_path / "registry.sqlite")

    def fail_in_the_middle() -> None:
        with database.change():
            put(Pipelines(database), "a")
            raise ZeroDivisionError

    with pytest.raises(ZeroDivisionError):
        fail_in_the_middle()
    assert Pipelines(database).all() == []
    put(Pipelines(database), "b")
    assert [one.name for one in Pipelines(database).all()] == ["grid"]
    database.close()


def test_a_wish_is_remembered_for_a_day(tmp_path: Path) -> None:
    """Found by caller, method and id together until a day has passed; old ones are let go."""
    database = Database(tmp_path / "registry.sqlite")
    requests = Requests(database)
    wish = Wish("me", "a/B", "1", b"digest")
    requests.keep(wish, b"answer", time=10)
    day = KEPT_SECONDS * 1_000_000_000
    assert requests.find(wish, 10 + day - 1) == (b"digest", b"answer")
    assert requests.find(Wish("you", "a/B", "1", b"digest"), 11) is None
    assert requests.find(Wish("me", "a/C", "1", b"digest"), 11) is None
    assert requests.find(wish, 10 + day) is None
    requests.keep(Wish("me", "a/B", "2", b""), b"", time=10 + day)
    assert database.row("SELECT count(*) FROM requests") == (1,)
    database.close()


def test_an_ended_job_stays_as_it_ended(tmp_path: Path) -> None:
    """News that come late change nothing; everything of a job is kept as it was said."""
    database = Database(tmp_path / "registry.sqlite")
    operations = Operations(database)
    one = KeptOperation("a", "m", "title", "me", "runs/a", "RUNNING", 5, 0.5, "bar 1", 6)
    operations.add(one)
    assert operations.find("a") == one
    done = KeptOperation("a", "m", "title", "me", "runs/a", "FAILED", 5, 0.5, "", 6, 7, {"message": "é"}, ("w",))
    operations.put(done)
    operations.put(one)
    assert operations.find("a") == done
    operations.add(KeptOperation("b", "n", "", "me", "", "PENDING", 8))
    assert [found.name for found in operations.all()] == ["b", "a"]
    assert [found.name for found in operations.all(["FAILED"], "m")] == ["a"]
    assert operations.all(["FAILED"], "n") == []
    database.close()


def test_the_audit_keeps_the_newest(tmp_path: Path) -> None:
    """Pages go back from the newest, filters hold, and whoever fills the table pushes out only what is oldest."""
    database = Database(tmp_path / "registry.sqlite")
    trail = AuditTrail(database, most=10)
    trail.add([AuditRow(n, f"c{n % 2}", "p", "m", str(n), "OK", "") for n in range(25)])
    page = trail.page(trail.last() + 1, 4)
    assert [row.time for _, row in page] == [24, 23, 22, 21]
    assert [row.time for _, row in trail.page(page[-1][0], 100)] == [20, 19, 18, 17, 16, 15]
    assert [row.time for _, row in trail.page(1000, 2, caller="c0")] == [24, 22]
    assert trail.page(1000, 2, method="other") == []
    database.close()


def test_one_process_uses_a_registry(tmp_path: Path) -> None:
    """Another process that opens the same file is told so at once, and can when the first is gone."""
    path = tmp_path / "registry.sqlite"
    script = (
        f"from pathlib import Path; from radar.store.registry.database import Database; Database(Path({str(path)!r}))"
    )
    database = Database(path)
    done = subprocess.run([sys.executable, "-c", script], cwd=ROOT, capture_output=True, text=True, check=False)
    assert "is in use by another process" in done.stderr
    database.close()
    done = subprocess.run([sys.executable, "-c", script], cwd=ROOT, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr


def test_what_is_no_registry_is_left_alone(tmp_path: Path) -> None:
    """A text, a database of another program and a file of a newer version are refused and stay as they were."""
    text, other, newer = (tmp_path / name for name in ("text", "other", "newer"))
    text.write_bytes(b"no database, but long enough to be looked at as one" * 40)
    connection = apsw.Connection(str(other))
    connection.execute("CREATE TABLE theirs (a)")
    connection.close()
    Database(newer).close()
    connection = apsw.Connection(str(newer))
    connection.pragma("user_version", 99)
    connection.close()
    for path, said in ((text, "not a database"), (other, "of another program"), (newer, "a newer Radar made it")):
        before = path.read_bytes()
        with pytest.raises(DataError, match=said):
            Database(path)
        assert path.read_bytes() == before or path is other
    connection = apsw.Connection(str(other))
    assert connection.execute("SELECT name FROM sqlite_schema").get == "theirs"
    connection.close()


@pytest.mark.slow
@pytest.mark.skipif(sys.platform == "win32", reason="a process cannot be killed by a signal")
def test_a_kill_leaves_whole_transactions(tmp_path: Path) -> None:
    """A writer that is killed at any instant leaves a whole file in which every answered change is there."""
    path = tmp_path / "registry.sqlite"
    script = textwrap.dedent(f"""
        from pathlib import Path
        from radar.store.registry.database import Database
        from radar.store.registry.pipelines import Pipelines
        database = Database(Path({str(path)!r}))
        pipelines = Pipelines(database)
        for number in range(100_000):
            with database.change():
                _, made = pipelines.put("grid", "", digest=str(number), source=b"x" * 5000, digests={{}}, author="",
                                        message="", time=number)
            print(made.number, flush=True)
    """)
    for round_ in range(3):
        # The next process counts digests from 0 again: its contents are there, its revisions are new.
        running = subprocess.Popen([sys.executable, "-c", script], cwd=ROOT, stdout=subprocess.PIPE, text=True)
        assert running.stdout is not None
        last = [int(running.stdout.readline()) for _ in range(20 + 13 * round_)][-1]
        running.kill()
        answered = [last, *(int(line) for line in running.communicate()[0].split("\n")[:-1] if line.strip())]
        database = Database(path)
        assert database.check() == []
        kept = Pipelines(database).revisions("grid")
        assert kept[0].number in (answered[-1], answered[-1] + 1)
        assert [one.number for one in kept] == list(range(kept[0].number, 0, -1))
        found = Pipelines(database).find("grid")
        assert found is not None
        assert found.active == kept[0].number
        database.close()
