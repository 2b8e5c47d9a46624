"""A run that a process executes: what is known of it now, and who waits for news of it."""

from __future__ import annotations

import asyncio
import dataclasses
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from radar.control.jobs.process import Process
from radar.store.registry.runs import KeptRun

__all__ = ["Live"]


@dataclass
class Live:
    """Belongs to the loop of the server. ``ended`` is set when its process is gone and the registry knows."""

    kept: KeptRun
    process: Process | None = None
    last: Mapping[str, Any] = field(default_factory=dict)
    stops: bool = False
    begun: int = 0
    ended: asyncio.Event = field(default_factory=asyncio.Event)
    asked: dict[str, asyncio.Future[int]] = field(default_factory=dict)

    def become(self, state: str, **changes: Any) -> None:
        """Take on another state; what alters the run by its etag sees that it has changed."""
        if state != self.kept.state or changes:
            self.kept = dataclasses.replace(self.kept, state=state, version=self.kept.version + 1, **changes)

    def see(self, seen: Mapping[str, Any]) -> None:
        """Take over what the process says of its accounts; this changes no etag."""
        self.kept = dataclasses.replace(self.kept, seen=seen)

    def give_up(self) -> None:
        """Nobody will answer what was asked any more."""
        for future in self.asked.values():
            if not future.done():
                future.cancel()
        self.asked.clear()
