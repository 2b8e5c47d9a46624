"""A checkpoint of every released form is restored for ever.

``golden/checkpoint-1.bin`` was written by the version that made the form, from a run of ``golden/plan.yaml``. Until the
first release a changed state of a node kind makes it anew (``python -m tests.engine.stream.test_golden``); from then on
it needs a migration, and another file beside this one.
"""

from __future__ import annotations

import asyncio
import struct
import tempfile
from pathlib import Path

import pytest

from radar.engine.backtest import prepare
from radar.engine.stream.checkpoint import FORMAT, CheckpointError, checksum_of, pack, unpack
from radar.engine.stream.event import CandleClosed
from radar.engine.stream.paper import PaperRun
from radar.engine.stream.recovery import open_run
from radar.engine.stream.replay import Replay
from radar.store.ledger import Ledger
from tests.engine.stream.following import new_ledger
from tests.engine.stream.markets import CONFIG, FIRST, market
from tests.nodes.markets import HOUR

GOLDEN = Path(__file__).parent / "golden"
DATA = market(8)
END = FIRST + 30 * HOUR


def run_of(folder: Path, end: int) -> tuple[PaperRun, Ledger]:
    """The run whose checkpoint is kept: up to ``end``, with one bar that waits for the others."""
    prepared = prepare(GOLDEN / "plan.yaml", config=CONFIG)
    ledger = new_ledger(folder)
    run = open_run(prepared, DATA, ledger, FIRST, name="golden", mode="interpreted")
    asyncio.run(run.follow(Replay(DATA, end=end)))
    bar = CandleClosed(end + HOUR, 1, 999, end + HOUR, HOUR, 10.0, 12.0, 8.0, 11.0, 1.0)
    run.take(run.gather.judge(bar))
    return run, ledger


@pytest.mark.parametrize("form", range(1, FORMAT + 1))
def test_a_released_checkpoint_is_restored(form: int, tmp_path: Path) -> None:
    """It gives the state of the run that wrote it, and is written as it was read."""
    content = (GOLDEN / f"checkpoint-{form}.bin").read_bytes()
    (tmp_path / "fresh").mkdir()
    fresh, one = run_of(tmp_path / "fresh", FIRST)
    unpack(content, checksum_of(content), fresh.run, fresh.feed, fresh.gather)
    run, other = run_of(tmp_path, END)
    assert fresh.run.row == run.run.row
    assert fresh.run.state.snapshot() == run.run.state.snapshot()
    assert fresh.feed.save() == run.feed.save()
    assert fresh.gather.save() == run.gather.save()
    assert fresh.gather.waiting() == run.gather.waiting() != []
    assert run.status().positions > 0
    if form == FORMAT:
        assert pack(fresh.run, fresh.feed, fresh.gather) == content
    one.close()
    other.close()


def test_another_form_is_told(tmp_path: Path) -> None:
    """A checkpoint of a newer Radar, of another plan, or of cut bytes is refused, each with a reason."""
    content = (GOLDEN / f"checkpoint-{FORMAT}.bin").read_bytes()
    fresh, ledger = run_of(tmp_path, FIRST)
    newer = content[:4] + struct.pack("<I", FORMAT + 1) + content[8:]
    for wrong, words in ((newer, "form"), (content[:-8], "another plan"), (b"RADAR" * 9, "form"), (b"", "cut off")):
        with pytest.raises(CheckpointError, match=words):
            unpack(wrong, checksum_of(wrong), fresh.run, fresh.feed, fresh.gather)
    with pytest.raises(CheckpointError, match="not those"):
        unpack(content, checksum_of(newer), fresh.run, fresh.feed, fresh.gather)
    ledger.close()


if __name__ == "__main__":
    with tempfile.TemporaryDirectory() as folder:
        written, kept = run_of(Path(folder), END)
        (GOLDEN / f"checkpoint-{FORMAT}.bin").write_bytes(written.checkpoint().state)
        kept.close()
