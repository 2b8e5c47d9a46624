"""Blocks of combinations through threads: progress, Ctrl-C, and a word from time to time to those who keep rows."""

from __future__ import annotations

import os
import threading
import time
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import FIRST_COMPLETED, Executor, Future, ThreadPoolExecutor, wait
from dataclasses import dataclass, field

from radar.engine.backtest import Report
from radar.research.sweep.group import Group

SHARES = 16
"""Blocks that a thread gets at least of what fits into memory together, so that none waits long for another's last."""

AHEAD = 64
"""Blocks that are handed to the threads before one of them is done."""

LOOK = 0.2
"""Seconds between looks at the clock: on some systems Ctrl-C waits for the end of a wait."""

CHECKPOINT = 60.0
"""Seconds between two checkpoints."""


def processors() -> int:
    """Processors that this process may use."""
    if hasattr(os, "sched_getaffinity"):
        return len(os.sched_getaffinity(0))
    return os.cpu_count() or 1


@dataclass
class Progress:
    """Counts combinations and tells of them: how many, how fast, how long still."""

    total: int
    tell: Report | None
    finished: int = 0
    began: float = field(default_factory=time.monotonic)

    def add(self, count: int) -> None:
        """So many more are done."""
        self.finished += count
        if self.tell is None or not self.finished:
            return
        passed = max(time.monotonic() - self.began, 1e-9)
        left = passed / self.finished * (self.total - self.finished)
        self.tell(
            f"{self.finished:,} of {self.total:,} combinations, {self.finished / passed:,.0f} a second, "
            f"{time_left(left)} left"
        )


def time_left(seconds: float) -> str:
    """``40 s``, ``3 min 5 s``, ``2 h 10 min``."""
    whole = round(seconds)
    if whole < 60:
        return f"{whole} s"
    if whole < 3600:
        return f"{whole // 60} min {whole % 60} s"
    return f"{whole // 3600} h {whole % 3600 // 60} min"


def run_groups(
    groups: Sequence[Group],
    *,
    threads: int | None,
    executor: Executor | None,
    progress: Report | None,
    checkpoint: Callable[[], None] | None,
    every: float,
    block: int | None,
) -> bool:
    """Run what is not done yet; return whether all of it was (False after Ctrl-C)."""
    counted = Progress(sum(int((~group.done).sum()) for group in groups), progress)
    workers = threads or processors()
    pool = executor or ThreadPoolExecutor(max_workers=workers)
    stop = threading.Event()
    saved = time.monotonic()
    try:
        for group in groups:
            if group.done.all():
                continue
            group.build(progress)
            scratch = threading.local()
            for first, last in group.portions:
                left = int((~group.done[first:last]).sum())
                if not left:
                    continue
                group.compute(first, last)
                size = block or min(group.block, -(-left // (workers * SHARES)))
                for count in _blocks(group, group.blocks(first, last, size), pool, scratch, stop):
                    counted.add(count)
                    if checkpoint is not None and time.monotonic() - saved >= every:
                        began = time.monotonic()
                        checkpoint()
                        saved = time.monotonic()
                        # Of a very large sweep, at most a tenth of the time goes into checkpoints.
                        every = max(every, 10.0 * (saved - began))
            if len(groups) > 1:
                group.release()
    except KeyboardInterrupt:
        return False
    finally:
        stop.set()
        if executor is None:
            pool.shutdown(wait=True, cancel_futures=True)
    return True


def _blocks(
    group: Group,
    blocks: Iterator[tuple[int, int]],
    pool: Executor,
    scratch: threading.local,
    stop: threading.Event,
) -> Iterator[int]:
    """The sizes of blocks as they are done; no block of this portion is being run when it ends, however it ends."""
    waiting: set[Future[int]] = set()
    try:
        for first, last in blocks:
            waiting.add(pool.submit(group._block, first, last, scratch, stop))
            while len(waiting) >= AHEAD:
                done, waiting = wait(waiting, LOOK, FIRST_COMPLETED)
                yield sum(future.result() for future in done)
        while waiting:
            done, waiting = wait(waiting, LOOK, FIRST_COMPLETED)
            yield sum(future.result() for future in done)
    except BaseException:
        stop.set()
        for future in waiting:
            future.cancel()
        wait(waiting)
        raise
