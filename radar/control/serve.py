"""The server as a program: it runs until it is told to stop."""

from __future__ import annotations

import asyncio
import contextlib
import signal
from collections.abc import Callable

from radar.control.server import Server
from radar.control.settings import Settings

__all__ = ["serve"]


def serve(settings: Settings, started: Callable[[int], None]) -> None:
    """Serve until SIGINT or SIGTERM; ``started`` is told the port once calls are answered.

    Raises:
        RadarError: The settings cannot be used.
    """
    asyncio.run(_serve(settings, started))


async def _serve(settings: Settings, started: Callable[[int], None]) -> None:
    stop = asyncio.Event()
    loop = asyncio.get_running_loop()
    for name in (signal.SIGINT, signal.SIGTERM):
        # Windows has no such handlers: there Ctrl+C ends asyncio.run, which leaves the block below all the same.
        with contextlib.suppress(NotImplementedError):
            loop.add_signal_handler(name, stop.set)
    async with Server(settings) as server:
        started(server.port)
        await stop.wait()
