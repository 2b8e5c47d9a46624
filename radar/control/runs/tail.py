"""The newest events of a run, read once for everybody who watches it.

The process of a run says that it has committed something; one thread then reads it from the ledger, and every watcher
takes it from here at a pace of its own. Whoever falls behind what is kept has missed something and is told so. Nothing
of this reaches the run: it does not know how many watch it.
"""

from __future__ import annotations

import asyncio
import itertools
from collections import OrderedDict, deque
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from typing import Final

from radar.control.runs.sequence import Numbered
from radar.control.work import Work
from radar.v1 import event_pb2

__all__ = ["KEPT", "PAGE", "Tail", "Tails"]

KEPT: Final = 2048
"""Events that are kept for watchers who are behind."""
PAGE: Final = 256
"""Events that are read in one go."""
STAGGERED: Final = 32
"""Milliseconds over which watchers who are woken at once are spread."""
MOST_TAILS: Final = 64
"""Runs that nobody watches whose ledgers stay open."""


class Tail:
    """The newest events of one run. Belongs to the server's loop."""

    def __init__(self, work: Work, numbered: Numbered) -> None:
        self.numbered = numbered
        self.watchers = 0
        self._work = work
        self._kept: deque[event_pb2.RunEvent] = deque(maxlen=KEPT)
        self._last = 0
        self._changed = asyncio.Event()
        self._pulling = asyncio.Lock()
        self._again = False

    @property
    def first(self) -> int:
        """The number of the first event that is kept; one behind the last where none is."""
        return self._kept[0].sequence if self._kept else self._last + 1

    @property
    def last(self) -> int:
        """The number of the last event that was taken in; others may have looked further into the ledger."""
        return self._last

    @contextmanager
    def watching(self) -> Iterator[float]:
        """Inside, news are taken in as they come. Given are the seconds to wait after each: of many who are woken at
        once, all have their turn, and none of the server's loop is a long one."""
        if not self.watchers:
            self._kept.clear()
            self._last = self.numbered.last
        self.watchers += 1
        try:
            yield self.watchers % STAGGERED / 1000.0
        finally:
            self.watchers -= 1
            if not self.watchers:
                self._kept.clear()

    async def pull(self) -> None:
        """Take in what was committed since, and wake the watchers."""
        if self._pulling.locked():
            self._again = True
            return
        async with self._pulling:
            while True:
                self._again = False
                newest = await self._work.run(self.numbered.advance)
                # Of a leap, only what would be kept is read.
                if newest - KEPT > self._last:
                    self._kept.clear()
                    self._last = newest - KEPT
                while self.watchers and self._last < newest:
                    some = await self._work.run(self.numbered.read, self._last, PAGE)
                    if not some or some[0].sequence != self._last + 1:
                        # The last watcher has left meanwhile, and perhaps another one has come.
                        break
                    self._kept.extend(some)
                    self._last = some[-1].sequence
                self.wake()
                if not self._again:
                    return

    def kept(self, after: int) -> Sequence[event_pb2.RunEvent]:
        """Events behind number ``after`` that are kept."""
        skip = max(0, after + 1 - self.first)
        return list(itertools.islice(self._kept, skip, skip + PAGE // 4))

    def wake(self) -> None:
        """Let everybody who watches look again."""
        self._changed.set()
        self._changed = asyncio.Event()

    @property
    def changed(self) -> asyncio.Event:
        """Is set at the next news; taken before a look, so that none is missed."""
        return self._changed


class Tails:
    """The tails of a server's runs, opened as they are asked for."""

    def __init__(self, work: Work) -> None:
        self._work = work
        self._tails: OrderedDict[str, Tail] = OrderedDict()
        self._tasks: set[asyncio.Task[None]] = set()

    def of(self, name: str, numbered: Numbered) -> Tail:
        """The tail of a run; ``numbered`` is used where there is none yet."""
        tail = self._tails.get(name)
        if tail is None:
            tail = self._tails[name] = Tail(self._work, numbered)
            idle = [one for one, found in self._tails.items() if not found.watchers and one != name]
            for one in idle[: max(0, len(self._tails) - MOST_TAILS)]:
                self.forget(one)
        self._tails.move_to_end(name)
        return tail

    def news(self, name: str) -> None:
        """Something of a run has changed."""
        tail = self._tails.get(name)
        if tail is not None and tail.watchers:
            task = asyncio.get_running_loop().create_task(tail.pull())
            self._tasks.add(task)
            task.add_done_callback(self._tasks.discard)

    def wake(self) -> None:
        """Let everybody who watches anything look again."""
        for tail in self._tails.values():
            tail.wake()

    def forget(self, name: str) -> None:
        """Let go of a run's ledger."""
        tail = self._tails.pop(name, None)
        if tail is not None:
            tail.numbered.close()

    def close(self) -> None:
        """Let go of every ledger."""
        for name in list(self._tails):
            self.forget(name)
