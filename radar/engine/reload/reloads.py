"""The reloads of one run: one at a time, and the last one that was refused."""

from __future__ import annotations

from dataclasses import dataclass

from radar.engine.reload.possible import ReloadError
from radar.engine.reload.swap import Rejected, Reload, Stage
from radar.plan.plan import Plan

__all__ = ["Reloads"]


@dataclass
class Reloads:
    """What a run knows of its changes. ``current`` is the one under way, or the last."""

    current: Reload | None = None
    _refused: Rejected | None = None

    @property
    def last_rejected(self) -> Rejected | None:
        """The last plan that did not take over, until another one has."""
        if self.current is None or not self.current.ended:
            return self._refused
        return self.current.rejected

    def ask(
        self,
        plan: Plan,
        *,
        shown: str = "",
        approvals: frozenset[str] = frozenset(),
        ask: bool = True,
        author: str = "",
    ) -> Reload:
        """Begin a reload, see :class:`radar.engine.reload.swap.Reload`.

        Raises:
            ReloadError: Another one is under way.
        """
        if self.current is not None and not self.current.ended:
            by = f" by {self.current.author}" if self.current.author else ""
            waits = self.current.stage is Stage.AWAITING_APPROVAL
            raise ReloadError(
                f"another change{by} is under way: it is {self.current.stage}",
                expected="one change of a run at a time",
                next_step="approve or reject it first" if waits else "ask again when it has ended",
                code="R5036",
            )
        self._refused = self.last_rejected
        self.current = Reload(plan, shown=shown, approvals=approvals, ask=ask, author=author)
        return self.current
