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
    own = Path(await work.run(tempfile.mkdtemp, dir=folder, prefix="call-"))
    process: Process | None = None
    try:
        await work.run(prepare, own)
        loop = asyncio.get_running_loop()
        heard: asyncio.Queue[dict[str, Any]] = asyncio.Queue()

        def tell(content: dict[str, Any]) -> None:
            if not loop.is_closed():
                loop.call_soon_threadsafe(heard.put_nowait, content)

        process = await work.run(Process, own, tell, lambda code: tell({"code": code}))
        yield _each(heard)
    except DefectError:
        _LOGGER.error("a process of a call failed:\n%s", await work.run(_last_words, own / LOG))
        raise
    finally:
        if process is not None:
            process.kill()
        # A process that was killed may hold its files a moment longer on some systems.
        shutil.rmtree(own, ignore_errors=True)


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
