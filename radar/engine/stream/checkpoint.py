"""A run between two rows as bytes, with a checksum, and the run again from them."""

from __future__ import annotations

import hashlib
import json
import struct
from typing import Any, Final

from radar.engine.run import Run
from radar.engine.stream.event import CandleClosed, read_event
from radar.engine.stream.gather import Gather
from radar.engine.stream.growing import GrowingFeed

__all__ = ["FORMAT", "CheckpointError", "checksum_of", "pack", "unpack"]

FORMAT: Final = 1
"""Version of the bytes. A form that was released is read for ever (``tests/engine/stream/golden``)."""

_HEAD = struct.Struct("<4sII")
_MARK = b"RCKP"


class CheckpointError(ValueError):
    """The bytes are no checkpoint that can be restored; the text says why."""


def checksum_of(content: bytes) -> str:
    """SHA-256 of the bytes of a checkpoint."""
    return hashlib.sha256(content).hexdigest()


def pack(run: Run, feed: GrowingFeed, gather: Gather) -> bytes:
    """Mark, format and length of the header; the header as JSON; the state of the kernel."""
    waiting = [
        [bar.time, bar.lane, bar.sequence, bar.received, bar.length, bar.payload.hex()] for bar in gather.waiting()
    ]
    header = {"row": run.row, "feed": feed.save(), "gather": gather.save(), "waiting": waiting}
    text = json.dumps(header, separators=(",", ":"), allow_nan=False).encode("ascii")
    return _HEAD.pack(_MARK, FORMAT, len(text)) + text + run.state.snapshot()


def unpack(content: bytes, checksum: str, run: Run, feed: GrowingFeed, gather: Gather) -> None:
    """Take over what :func:`pack` gave, into a run of the same plan that has seen nothing.

    Raises:
        CheckpointError: The bytes are not those that were written, of another plan, or of a newer form.
    """
    if checksum_of(content) != checksum:
        raise CheckpointError("its bytes are not those that were written")
    if len(content) < _HEAD.size:
        raise CheckpointError("its bytes are cut off")
    mark, form, length = _HEAD.unpack_from(content)
    if mark != _MARK or form != FORMAT:
        raise CheckpointError(f"it has the form {form}, and {FORMAT} is known here")
    header: dict[str, Any] = json.loads(content[_HEAD.size : _HEAD.size + length])
    try:
        run.state.restore(content[_HEAD.size + length :])
    except ValueError as error:
        raise CheckpointError(str(error)) from None
    bars = []
    for time, lane, sequence, received, clock, payload in header["waiting"]:
        bar = read_event(CandleClosed.kind, time, lane, sequence, received, clock, bytes.fromhex(payload))
        assert isinstance(bar, CandleClosed)
        bars.append(bar)
    feed.restore(header["feed"])
    gather.restore(header["gather"], bars)
    run.row = header["row"]
