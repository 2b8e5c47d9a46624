"""A process that is followed for one call and ends with it."""

from __future__ import annotations

import asyncio
import logging
import shutil
import tempfile
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

from radar.control.jobs.jobs import Jobs
from radar.control.jobs.process import LOG, Process
from radar.control.work import Work
from radar.errors import DefectError, RadarError

__all__ = ["followed"]

_END = "end"

_LOGGER = logging.getLogger(__name__)


@asynccontextmanager
async def followed(
    work: Work, jobs: Jobs, prepare: Callable[[Path], None]
) -> AsyncIterator[AsyncIterator[dict[str, Any]]]:
    """What a job says, as it says it. ``prepare`` fills its folder, which is made among those of ``jobs`` and removed
    again. Few run at a time; others wait for their turn.

    Raises:
        RadarError: From the iterator, when the job failed.
    """
    async with jobs.calls, _running(work, jobs.folder, prepare) as heard:
        yield heard


@asynccontextmanager
async def _running(
    work: Work, folder: Path, prepare: Callable[[Path], None]
) -> AsyncIterator[AsyncIterator[dict[str, Any]]]:
    loop = asyncio.get_running_loop()
    heard: asyncio.Queue[dict[str, Any]] = asyncio.Queue()

    def tell(content: dict[str, Any]) -> None:
        if not loop.is_closed():
            loop.call_soon_threadsafe(heard.put_nowait, content)

    # What a thread has begun goes on when the caller goes away; it is ended as soon as it is there.
    begun = asyncio.ensure_future(work.run(_begin, folder, prepare, tell))
    try:
        await asyncio.shield(begun)
        yield _each(heard)
    except DefectError:
        if begun.done() and not begun.cancelled() and begun.exception() is None:
            words = await work.run(_last_words, begun.result()[0] / LOG)
            _LOGGER.error("a process of a call failed:\n%s", words)
        raise
    finally:
        ending = asyncio.ensure_future(_end(work, begun))
        _ENDING.add(ending)
        ending.add_done_callback(_ENDING.discard)
        await asyncio.shield(ending)


_ENDING: set[asyncio.Future[None]] = set()
"""Ends under way: an event loop holds its tasks weakly."""


def _begin(
    folder: Path, prepare: Callable[[Path], None], tell: Callable[[dict[str, Any]], None]
) -> tuple[Path, Process]:
    """Make the folder of a call, fill it and start its process."""
    own = Path(tempfile.mkdtemp(dir=folder, prefix="call-"))
    try:
        prepare(own)
        return own, Process(own, tell, lambda code: tell({"code": code}))
    except BaseException:
        shutil.rmtree(own, ignore_errors=True)
        raise


async def _end(work: Work, begun: asyncio.Future[tuple[Path, Process]]) -> None:
    """Kill the process of a call, if it came to one, and remove its folder."""
    (found,) = await asyncio.gather(begun, return_exceptions=True)
    if not isinstance(found, BaseException):
        own, process = found
        await work.run(process.kill)
        # A process that was killed may hold its files a moment longer.
        await work.run(shutil.rmtree, own, ignore_errors=True)


def _last_words(log: Path) -> str:
    try:
        return log.read_text(encoding="utf-8", errors="replace")[-4000:]
    except OSError:
        return ""


async def _each(heard: asyncio.Queue[dict[str, Any]]) -> AsyncIterator[dict[str, Any]]:
    end: dict[str, Any] = {}
    while True:
        content = await heard.get()
        if _END in content:
            end = content
        elif "code" not in content:
            yield content
        elif end.get(_END) == "SUCCEEDED":
            return
        elif problem := end.get("problem"):
            kind = DefectError if problem.get("defect") else RadarError
            texts = {name: problem.get(name, "") for name in ("expected", "next_step", "code")}
            raise kind(problem["message"], **texts)
        else:
            raise DefectError(f"the process of the call ended with code {content['code']}")
