"""A sweep laid out: its groups, the run, the table, and the back-test behind any row."""

from __future__ import annotations

from collections.abc import Mapping
from concurrent.futures import Executor
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING, Any

from radar.engine.backtest import Report, backtest
from radar.engine.result import Result
from radar.engine.run import BooksError
from radar.engine.source import MarketData
from radar.research.sweep.explore import Exploration
from radar.research.sweep.grid import Grid, SweepError
from radar.research.sweep.group import Group
from radar.research.sweep.rows import restore, table_of
from radar.research.sweep.run import CHECKPOINT, run_groups
from radar.research.sweep.saved import identity, read_sweep, unusable, with_metadata, write_sweep
from radar.spec.config import Config

if TYPE_CHECKING:
    import pyarrow as pa


@dataclass(frozen=True)
class SweepRequest:
    """What was asked for. ``start`` and ``end`` in milliseconds UTC, ``fixed`` overrides of every combination,
    ``assets`` as given, or None for those of the file; ``named_config`` the folder that was named, or empty."""

    pipeline: Path | str
    config: Config
    named_config: str
    data: Path | str | MarketData | None
    candles: Mapping[str, Any] | None
    fixed: tuple[str, ...]
    assets: tuple[str, ...] | None
    start: int | None
    end: int | None


@dataclass
class Sweep:
    """A sweep laid out.

    ``grid`` all combinations; ``explorations`` what came of them (one, or one an asset); ``groups`` the combinations
    that are run, by asset and plan; ``refused`` how many are not, by reason; ``assets`` those that are swept one by one
    (empty: the pipeline's share one account); ``common_start`` the first bar of every combination when that was asked
    for, ms UTC.
    """

    request: SweepRequest
    grid: Grid
    explorations: tuple[Exploration, ...]
    groups: tuple[Group, ...]
    refused: Mapping[str, int]
    assets: tuple[str, ...]
    common_start: int | None

    @property
    def count(self) -> int:
        """Combinations to run, over all assets."""
        return sum(group.space.count for group in self.groups)

    @property
    def chosen(self) -> int:
        """Combinations that were looked at, refused ones included, over all assets."""
        return sum(one.chosen for one in self.explorations)

    @property
    def finished(self) -> int:
        """Combinations that are run."""
        return sum(int(group.done.sum()) for group in self.groups)

    @cached_property
    def identity(self) -> dict[str, Any]:
        """What the rows follow from, beside the values that are swept."""
        request = self.request
        names = self.assets or tuple(self.groups[0].plan.assets)
        return identity(
            self.explorations,
            self.groups,
            assets=names,
            each_asset=bool(self.assets),
            start=request.start,
            end=request.end,
            common_start=self.common_start,
        )

    def run(
        self,
        threads: int | None = None,
        executor: Executor | None = None,
        progress: Report | None = None,
        *,
        out: Path | None = None,
        every: float = CHECKPOINT,
        block: int | None = None,
    ) -> bool:
        """Run what is not done yet; return whether all of it was (False after Ctrl-C).

        The results depend neither on the number of threads nor on ``block`` (combinations in one call of the kernel): a
        combination touches nothing of another. With ``out`` the finished rows are written there every so many seconds,
        and at the end, however it comes.

        Raises:
            BooksError: The books of a combination's account contradict themselves, a defect of Radar.
        """

        def save() -> None:
            if out is not None:
                write_sweep(self.table(), out)

        whole = run_groups(
            self.groups,
            threads=threads,
            executor=executor,
            progress=progress,
            checkpoint=save if out is not None else None,
            every=every,
            block=block,
        )
        self._check_books()
        save()
        return whole

    def _check_books(self) -> None:
        for group in self.groups:
            faults = group.outcomes["fault"].nonzero()[0]
            if len(faults):
                group.done[faults] = False
                raise BooksError(
                    f"the books of combination {group.space.numbers[faults[0]]} contradict its trades",
                    next_step="this is a defect of Radar: report it with the pipeline, the period and "
                    + " ".join(f"--set {one}" for one in group.space.overrides(int(faults[0]))),
                )

    def resume(self, path: Path) -> int:
        """Take over the rows that an earlier run of this sweep wrote to ``path``; return how many there were.

        The grid may have more values than it had then, of the same parameters.

        Raises:
            SweepError: The file is of something else, or has combinations that this sweep has not.
        """
        table = read_sweep(path, self.identity)
        if table is None:
            return 0
        strange = restore(self.groups, self.grid, table)
        if strange:
            words = f"{strange:,} of its {table.num_rows:,} combinations are not of this grid and would be lost"
            raise unusable(path, [words])
        return int(table.num_rows)

    def table(self) -> pa.Table:
        """One row a combination that was run, see :func:`radar.research.sweep.rows.table_of`; in the metadata of its
        schema what the rows follow from."""
        content = {
            **self.identity,
            "grid": {axis.target: list(axis.values) for axis in self.grid.axes},
            "size": self.grid.size,
            "chosen": self.chosen,
            "refused": dict(self.refused),
            "finished": self.finished,
            "complete": self.finished == self.count,
        }
        return with_metadata(table_of(self.groups, self.grid, self.assets), content)

    def overrides(self, number: int) -> list[str]:
        """The overrides that make combination ``number`` of the grid, as after ``--set``."""
        return [*self.request.fixed, *self.grid.overrides(number)]

    @property
    def begin(self) -> int | None:
        """Where the back-test of a combination begins, ms UTC: at the common start, or where the period does."""
        return self.common_start if self.common_start is not None else self.request.start

    def backtest(self, number: int, asset: str = "", progress: Report | None = None) -> Result:
        """The back-test that is combination ``number`` of the grid, every trade included.

        Raises:
            SweepError: There is no such combination, or no such asset.
            SpecError: The combination is one that the pipeline refuses.
        """
        overrides = self.overrides(number)
        if asset not in (self.assets or ("",)):
            raise SweepError(
                f"no sweep of {asset or 'all assets together'} was asked for",
                expected=f"one of {', '.join(self.assets)}" if self.assets else "no asset: they share one account",
                code="R6007",
            )
        request = self.request
        return backtest(
            request.pipeline,
            data=request.data,
            candles=request.candles,
            config=request.config,
            start=self.begin,
            end=request.end,
            assets=[asset] if asset else request.assets,
            overrides=overrides,
            environment={},
            progress=progress,
        )

    def trades(self, number: int, asset: str = "") -> pa.Table:
        """The trades of combination ``number``, from its back-test."""
        return self.backtest(number, asset).trades_table()
