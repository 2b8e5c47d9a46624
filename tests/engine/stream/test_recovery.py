"""A run is taken up where it was: from the last whole checkpoint, or not at all and with a reason."""

from __future__ import annotations

import asyncio
import hashlib
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

import radar.engine.stream.paper as paper_module
from radar.engine.backtest import prepare
from radar.engine.stream.deliveries import Faults
from radar.engine.stream.event import Event
from radar.engine.stream.outcome import verify
from radar.engine.stream.paper import PaperRun
from radar.engine.stream.recovery import open_run, resume
from radar.engine.stream.replay import Replay
from radar.errors import DataError, DefectError, RadarError
from radar.store.ledger import Ledger
from tests.engine.memory import Memory
from tests.engine.stream.following import follow, kept, new_ledger
from tests.engine.stream.markets import CONFIG, FIRST, TEXT, everything, market
from tests.nodes.markets import HOUR

FAULTS = Faults(seed=34, gaps=0.005, late=0.02, duplicates=0.03, outages=0.5)
DATA = market(8)


class Ending(Replay):
    """A replay that is cut off after so many events of this process, as by Ctrl+C."""

    left = 0

    async def receive(self, until: int | None) -> Event | None:
        """The next event, or the end of the task."""
        if self.left <= 0:
            raise asyncio.CancelledError
        self.left -= 1
        return await super().receive(until)


def follow_for(ledger: Ledger, events: int, *, faults: Faults = FAULTS, data: Memory = DATA) -> PaperRun:
    """Follow for so many events, and stop."""
    run = open_run(everything(), data, ledger, FIRST, name="test", mode="interpreted")
    source = Ending(data, faults=faults)
    source.left = events
    with pytest.raises(asyncio.CancelledError):
        asyncio.run(run.follow(source, who="test"))
    return run


def content(ledger: Ledger) -> dict[str, str]:
    """What a ledger holds, and its last checkpoint, as digests: what differs is told in a line."""
    whole = {**kept(ledger), "state": ledger.checkpoints()[0].state}
    return {name: hashlib.sha256(repr(part).encode()).hexdigest() for name, part in whole.items()}


@pytest.fixture(scope="module")
def uncut(tmp_path_factory: pytest.TempPathFactory) -> dict[str, str]:
    """What a run holds that never stopped."""
    with new_ledger(tmp_path_factory.mktemp("uncut")) as ledger:
        follow(everything(), DATA, ledger, FIRST, faults=FAULTS)
        return content(ledger)


@settings(max_examples=10, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(stops=st.lists(st.integers(1, 400), max_size=4))
def test_a_run_that_is_stopped_goes_on(
    stops: list[int], uncut: dict[str, str], tmp_path_factory: pytest.TempPathFactory
) -> None:
    """However often it is stopped, also in the middle of a close: the same ledger, and the same state."""
    folder = tmp_path_factory.mktemp("stopped")
    told = 0
    for stop in stops:
        told += stop
        if told < 850:
            with new_ledger(folder) as ledger:
                follow_for(ledger, stop)
    with new_ledger(folder) as ledger:
        follow(everything(), DATA, ledger, FIRST, faults=FAULTS)
        assert content(ledger) == uncut


def test_a_run_that_has_ended_stays_as_it_is(tmp_path: Path, uncut: dict[str, str]) -> None:
    """The same command once more changes nothing."""
    for _ in range(2):
        with new_ledger(tmp_path) as ledger:
            follow(everything(), DATA, ledger, FIRST, faults=FAULTS)
            assert content(ledger) == uncut


def test_longer_data_are_followed_further(tmp_path: Path) -> None:
    """A replay that was extended goes on: what it leaves is what the longer replay leaves at once."""
    with new_ledger(tmp_path, "both") as ledger:
        follow(everything(), DATA, ledger, FIRST, end=FIRST + 20 * HOUR)
        follow(everything(), DATA, ledger, FIRST)
        both = content(ledger)
    with new_ledger(tmp_path, "once") as ledger:
        follow(everything(), DATA, ledger, FIRST)
        assert content(ledger) == both


def damage(path: Path, statement: str) -> None:
    """Change a ledger behind Radar's back."""
    with Ledger(path, writing=True) as ledger:
        ledger.file.run(statement)


DAMAGES = (
    "UPDATE checkpoints SET state = zeroblob(length(state)) WHERE row = (SELECT max(row) FROM checkpoints)",
    "UPDATE checkpoints SET state = substr(state, 1, 40) WHERE row = (SELECT max(row) FROM checkpoints)",
    "UPDATE checkpoints SET state = x'' WHERE row = (SELECT max(row) FROM checkpoints)",
    "UPDATE checkpoints SET checksum = 'none' WHERE row = (SELECT max(row) FROM checkpoints)",
)


@pytest.mark.parametrize("statement", DAMAGES)
def test_a_damaged_checkpoint_is_passed_over(
    statement: str, tmp_path: Path, uncut: dict[str, str], monkeypatch: pytest.MonkeyPatch
) -> None:
    """The one before it is taken, the events behind it are repeated, and a warning says so."""
    monkeypatch.setattr(paper_module, "BATCH_ROWS", 2)
    with new_ledger(tmp_path) as ledger:
        whole = follow_for(ledger, 700)
        state = whole.run.state.snapshot()
        assert len(ledger.checkpoints()) > 1
    damage(tmp_path / "run.sqlite", statement)
    with new_ledger(tmp_path) as ledger:
        again = resume(everything(), ledger, mode="interpreted")
        assert again.repeated > 0
        assert "passed over" in again.warnings[0]
        assert again.run.state.snapshot() == state
        assert again.sequence == whole.sequence
        asyncio.run(again.follow(Replay(DATA, faults=FAULTS)))
        assert content(ledger) == uncut


def test_no_checkpoint_is_left(tmp_path: Path) -> None:
    """R5017: all of them are damaged; nothing is begun anew behind the user's back."""
    with new_ledger(tmp_path) as ledger:
        follow_for(ledger, 300)
    damage(tmp_path / "run.sqlite", "UPDATE checkpoints SET checksum = ''")
    with new_ledger(tmp_path) as ledger, pytest.raises(RadarError, match="no checkpoint") as caught:
        resume(everything(), ledger, mode="interpreted")
    assert caught.value.code == "R5017"
    assert "--run NAME" in caught.value.next_step


def test_events_that_were_changed_are_told(tmp_path: Path) -> None:
    """Recorded events that give another ledger are a defect or a forgery; the run does not go on."""
    with new_ledger(tmp_path) as ledger:
        run = open_run(everything(), DATA, ledger, FIRST, name="test", mode="interpreted")
        first = ledger.checkpoints()[0]
        asyncio.run(run.follow(Replay(DATA, faults=FAULTS)))
    with new_ledger(tmp_path) as ledger:
        ledger.file.run("DELETE FROM checkpoints")
        ledger.file.insert("checkpoints", [first], len(first))
        assert resume(everything(), ledger, mode="interpreted").repeated == run.sequence
        ledger.file.run("UPDATE equity SET equity = zeroblob(8) WHERE row = (SELECT max(row) FROM equity)")
        with pytest.raises(DefectError, match="other steps"):
            resume(everything(), ledger, mode="interpreted")


@pytest.mark.parametrize(
    ("old", "new", "words"),
    [
        ("num_levels: 2", "num_levels: 3", "other values"),
        ("{indicator: sma, in: paid, period: 2}", "{indicator: ema, in: paid, period: 2}", "another pipeline"),
    ],
)
def test_another_pipeline_does_not_go_on(old: str, new: str, words: str, tmp_path: Path) -> None:
    """R5015: a ledger is of one wiring and one set of values."""
    with new_ledger(tmp_path) as ledger:
        follow_for(ledger, 300)
    other = prepare(TEXT.replace(old, new), config=CONFIG, used=["calm", "rate", "grown"])
    with new_ledger(tmp_path) as ledger, pytest.raises(RadarError, match=words) as caught:
        open_run(other, DATA, ledger, FIRST, name="test", mode="interpreted")
    assert caught.value.code == "R5015"


def test_another_start_does_not_go_on(tmp_path: Path) -> None:
    """R5015 too: the run began at another bar."""
    with new_ledger(tmp_path) as ledger:
        follow_for(ledger, 300)
    with new_ledger(tmp_path) as ledger, pytest.raises(RadarError, match="another start"):
        open_run(everything(), DATA, ledger, FIRST + HOUR, name="test", mode="interpreted")


def test_other_data_are_not_replayed_further(tmp_path: Path) -> None:
    """R5016: the series before the cursor were replaced."""
    with new_ledger(tmp_path) as ledger:
        follow_for(ledger, 300)
    bars = dict(DATA.bars)
    bars["BTC", "15m"] = bars["BTC", "15m"].without(*range(170, 200))
    with new_ledger(tmp_path) as ledger, pytest.raises(DataError, match="no longer those") as caught:
        follow(everything(), Memory(bars, DATA.rates, DATA.interest), ledger, FIRST, faults=FAULTS)
    assert caught.value.code == "R5016"


def test_an_end_that_the_run_has_passed(tmp_path: Path) -> None:
    """R5016 too: there is nothing to replay up to an earlier instant."""
    with new_ledger(tmp_path) as ledger:
        follow(everything(), DATA, ledger, FIRST, end=FIRST + 20 * HOUR)
    with new_ledger(tmp_path) as ledger, pytest.raises(DataError, match="the replay ends at"):
        follow(everything(), DATA, ledger, FIRST, end=FIRST + 10 * HOUR)


@pytest.mark.parametrize(
    "statement",
    ["UPDATE events SET payload = x'00'", "UPDATE events SET kind = 99", "UPDATE history SET columns = x'00'"],
)
def test_rows_that_nobody_wrote(statement: str, tmp_path: Path) -> None:
    """A damaged event or history is named as that, when it is read."""
    with new_ledger(tmp_path) as ledger:
        follow_for(ledger, 300)
    damage(tmp_path / "run.sqlite", statement)
    with Ledger(tmp_path / "run.sqlite") as ledger, pytest.raises(DataError, match="damaged") as caught:
        verify(ledger, everything(), mode="interpreted")
    assert caught.value.code == "ledger-damaged"


def test_what_was_done_is_written_down(tmp_path: Path) -> None:
    """Who began, stopped and took up a run, in order, and what came of it."""
    with new_ledger(tmp_path) as ledger:
        follow_for(ledger, 300)
    with new_ledger(tmp_path) as ledger:
        follow(everything(), DATA, ledger, FIRST, faults=FAULTS)
        found = [(row.command, row.outcome) for row in ledger.audited()]
    assert [command for command, _ in found] == ["begin", "follow", "resume", "follow"]
    assert found[1][1] == "stopped"
    assert found[2][1].endswith("0 events repeated")
    assert found[3][1] == "the source has ended"
