"""Work that takes longer than an event loop may wait, in threads of its own."""

from __future__ import annotations

import asyncio
import contextvars
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from typing import ParamSpec, TypeVar

__all__ = ["Work"]

Arguments = ParamSpec("Arguments")
Answer = TypeVar("Answer")


class Work:
    """A few threads for checking, planning and reading. Nothing that trades waits behind it."""

    def __init__(self, threads: int) -> None:
        self._threads = ThreadPoolExecutor(threads, thread_name_prefix="radar-control")

    async def run(
        self, function: Callable[Arguments, Answer], *arguments: Arguments.args, **named: Arguments.kwargs
    ) -> Answer:
        """What ``function`` returns or raises."""
        context = contextvars.copy_context()
        call = lambda: context.run(function, *arguments, **named)  # noqa: E731 - one expression for the executor
        return await asyncio.get_running_loop().run_in_executor(self._threads, call)

    def close(self) -> None:
        """End the threads when what they do is done; what has not begun is dropped."""
        self._threads.shutdown(wait=True, cancel_futures=True)
