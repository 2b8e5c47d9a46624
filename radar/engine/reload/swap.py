"""A reload from request to in force, step by step, without input or output of its own.

::

    VALIDATING -> BUILDING -> WARMING -> (AWAITING_APPROVAL ->) SWITCHING -> ACTIVE
         \\------------\\----------\\-------------\\-----------------\\-----> REJECTED

Whoever drives a run calls the steps: the slow ones beside the run, :meth:`Reload.switch` between two of its rows. A
step that fails leaves the run as it is, and the reload REJECTED with the stage and the reason; it is what the run keeps
as ``last_rejected``.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from enum import StrEnum

from radar.engine.feed import Feed
from radar.engine.reload.books import row_after
from radar.engine.reload.carry import carry
from radar.engine.reload.pairing import Pairing, pair
from radar.engine.reload.possible import ReloadError, require_possible
from radar.engine.reload.preview import Preview, preview, shown_digest
from radar.engine.reload.warm import Warming
from radar.engine.run import Run
from radar.errors import RadarError
from radar.kernel.build import Kernel, build
from radar.plan.plan import Plan

__all__ = ["Rejected", "Reload", "Stage"]


class Stage(StrEnum):
    """How far a reload has come."""

    VALIDATING = "validating"
    BUILDING = "building"
    WARMING = "warming"
    AWAITING_APPROVAL = "awaiting_approval"
    SWITCHING = "switching"
    ACTIVE = "active"
    REJECTED = "rejected"


@dataclass(frozen=True)
class Rejected:
    """A plan that did not take over: its digest, at which stage, why, and who had asked for it."""

    plan: str
    stage: Stage
    problem: RadarError
    author: str = ""


@dataclass
class Reload:
    """One attempt to let ``plan`` take over from a run.

    Args:
        plan: The plan that is to take over.
        shown: The digest of what was shown before it was asked for (:func:`shown_digest`); empty where nothing was.
        approvals: Keys of :attr:`Preview.approvals` that are agreed to.
        ask: Whether what needs approval waits for it; a back-test and tests need not ask.
        author: Who asks.

    ``stage`` is the next thing to do. A step that is called out of turn raises ``RuntimeError``: that is a defect of
    the caller, and changes nothing.
    """

    plan: Plan
    shown: str = ""
    approvals: frozenset[str] = frozenset()
    ask: bool = True
    author: str = ""
    stage: Stage = Stage.VALIDATING
    pairing: Pairing | None = None
    kernel: Kernel | None = None
    warming: Warming | None = None
    preview: Preview | None = None
    rejected: Rejected | None = None
    decided_by: str = ""
    run: Run | None = field(default=None, repr=False)

    @property
    def ended(self) -> bool:
        """Whether there is nothing left to do."""
        return self.stage in (Stage.ACTIVE, Stage.REJECTED)

    def validate(self, run: Run) -> None:
        """See that the plan can take over as things stand, and that they are as they were shown."""
        with self._step(Stage.VALIDATING):
            self._require_shown(run)
            self.pairing = pair(run.plan, self.plan)
            require_possible(run, self.pairing)
            self.stage = Stage.BUILDING

    def build(self, builder: Callable[[Plan], Kernel] = build) -> None:
        """Make the kernel; what is missing is compiled in a process of its own."""
        with self._step(Stage.BUILDING):
            self.kernel = builder(self.plan)
            self.stage = Stage.WARMING

    def read(self, reader: Callable[[Plan], Feed]) -> Feed | None:
        """The market that the plan reads, for :meth:`warm`; None, and the end, where it is not there."""
        with self._step(Stage.WARMING):
            return reader(self.plan)
        return None

    def warm(self, run: Run, feed: Feed) -> None:
        """Make nodes anew from the history in ``feed``, and look at what the change would do.

        It may be called again as rows come, so that little is left for the switch. ``run`` is only read; a thread reads
        a copy of it (:func:`radar.engine.reload.still.still`), since the run itself goes on.
        """
        with self._step(Stage.WARMING, Stage.AWAITING_APPROVAL):
            assert self.pairing is not None
            assert self.kernel is not None
            if self.warming is None:
                self.warming = Warming(self.pairing, self.kernel, feed)
            if self.pairing.reads_history:
                self.warming.reach(run, feed, row_after(run, feed.times))
            tried = carry(run, self.plan, self.kernel, feed, self.warming)
            self.preview = preview(run, tried)
            self._ask()

    def approve(self, keys: Iterable[str], who: str) -> None:
        """Agree to ``keys``. What then still waits for approval keeps the reload waiting."""
        with self._step(Stage.AWAITING_APPROVAL):
            self.approvals |= frozenset(keys)
            self.decided_by = who
            self._ask()

    def reject(self, why: str, who: str) -> None:
        """End it: somebody says no, or a deadline has passed."""
        with self._step(*(stage for stage in Stage if stage not in (Stage.ACTIVE, Stage.REJECTED))):
            self.decided_by = who
            raise ReloadError(why, next_step="change the plan and ask again, or leave it", code="R5035")

    def switch(self, run: Run, feed: Feed) -> Run:
        """Between two rows: the run that goes on from here.

        That is ``run`` itself where the plan cannot take over, or where rows that came in the meantime have made
        something of it that nobody has approved: then it waits again.
        """
        with self._step(Stage.SWITCHING):
            assert self.kernel is not None
            assert self.warming is not None
            assert self.preview is not None
            self._require_shown(run)
            if self.ask and self.preview.approvals and shown_digest(run, self.plan) != self.preview.digest:
                raise self._moved("positions have changed since it was approved")
            taken = carry(run, self.plan, self.kernel, feed, self.warming)
            self.preview = preview(run, taken)
            self._ask()
            if self.stage is Stage.SWITCHING:
                self.run, self.stage = taken, Stage.ACTIVE
                return taken
        return run

    def missing(self) -> tuple[str, ...]:
        """Keys that nobody has agreed to yet."""
        if self.preview is None or not self.ask:
            return ()
        return tuple(key for key in self.preview.approvals if key not in self.approvals)

    def _ask(self) -> None:
        self.stage = Stage.AWAITING_APPROVAL if self.missing() else Stage.SWITCHING

    def _require_shown(self, run: Run) -> None:
        if self.shown and self.shown != shown_digest(run, self.plan):
            raise self._moved("what runs, the new plan or the open positions are not those that were shown")

    def _moved(self, why: str) -> ReloadError:
        return ReloadError(
            why,
            expected="a run as it was when the change was looked at",
            next_step="look at the plan again and apply what it shows then",
            code="R5032",
        )

    @contextmanager
    def _step(self, *stages: Stage) -> Iterator[None]:
        """One step: allowed in ``stages`` only, and whatever it raises rejects the reload."""
        if self.stage not in stages:
            raise RuntimeError(f"a reload that is {self.stage} cannot take this step")
        stage = self.stage
        try:
            yield
        except RadarError as error:
            self._reject(stage, error)
        except Exception as error:
            # The run must go on whatever a new plan does to us.
            self._reject(stage, RadarError(f"the new plan failed: {type(error).__name__}: {error}"))

    def _reject(self, stage: Stage, problem: RadarError) -> None:
        self.rejected = Rejected(self.plan.digest, stage, problem, self.author)
        self.stage = Stage.REJECTED
        self.warming = None
