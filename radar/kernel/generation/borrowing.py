"""Which records a kernel of one asset keeps as local copies between events.

Almost every bar of a run is quiet: nothing fills, nothing is decided. A kernel of one asset goes through quiet bars in
a loop of its own, on local copies of the records (:mod:`radar.market.borrowed`), and leaves it where something happens:
there the copies are put back and functions work on the records. A plan of several assets, or of many strategies, reads
and writes its records where they lie: each row goes through all lanes.
"""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any

import numpy as np

from radar.kernel.expressions import is_single
from radar.plan.layout import field_name
from radar.plan.plan import Plan
from radar.plan.records import state_dtype
from radar.spec.model import Node

if TYPE_CHECKING:
    from radar.kernel.generation.scope import Scope

MODULE = "borrowed"


def is_numbers(dtype: np.dtype) -> bool:
    """Whether a record holds no array, so that a copy of its numbers is all of it."""
    fields: Mapping[str, Any] = dtype.fields or {}
    parts = [fields[name][0] for name in dtype.names or ()]
    return all(part.shape == () and (part.names is None or is_numbers(part)) for part in parts)


class Borrowing:
    """The local copies of a kernel: by local name, the record that each is a copy of. None in a plan of several assets.

    The methods that name a record answer with the copy where there is one, and with the record itself inside
    :meth:`whole`.
    """

    def __init__(self, plan: Plan, hoisted: Collection[str]) -> None:
        self.copies: dict[str, str] = {}
        self._whole = False
        if not is_single(plan):
            return
        self.copies["series"] = "state.series"
        for node in plan.nodes:
            name = field_name(node.id)
            stepped = node.kind.role in ("indicator", "strategy") and node.id not in hoisted and node.kind.state
            if stepped and is_numbers(state_dtype(node.kind)):
                self.copies[f"{name}_state"] = f"state.{name}"
        for chain in plan.chains:
            name = field_name(chain.strategy)
            self.copies[f"{name}_position"] = f"state.{name}_position"
            self.copies[f"{name}_intent"] = f"state.{name}_intent"
        for executor in plan.executors:
            name = field_name(executor.id)
            self.copies[name] = f"common.{name}"

    def _record(self, copy: str, original: str) -> str:
        return copy if copy in self.copies and not self._whole else original

    @property
    def series(self) -> str:
        """What is known about the candles."""
        return self._record("series", "state.series")

    def state(self, node: Node) -> str:
        """The state of an indicator or strategy; of one without any, the series."""
        name = field_name(node.id)
        return self._record(f"{name}_state", f"state.{name}") if node.kind.state else self.series

    def position(self, strategy: str) -> str:
        """The position of a strategy."""
        name = field_name(strategy)
        return self._record(f"{name}_position", f"state.{name}_position")

    def intent(self, strategy: str) -> str:
        """The intent of a strategy."""
        name = field_name(strategy)
        return self._record(f"{name}_intent", f"state.{name}_intent")

    def account(self, executor: str) -> str:
        """The books of an account."""
        name = field_name(executor)
        return f"common.{name}" if self._whole and name in self.copies else name

    def take(self, scope: Scope) -> None:
        """Make the copies."""
        for copy, record in self.copies.items():
            scope.out.line(f"{copy} = {scope.market(MODULE, 'borrow')}({record})")

    def give_back(self, scope: Scope) -> None:
        """Put every copy back."""
        for copy, record in self.copies.items():
            scope.out.line(f"{scope.market(MODULE, 'give_back')}({copy}, {record})")

    @contextmanager
    def whole(self) -> Iterator[None]:
        """Code that is written inside reads and writes the records themselves."""
        self._whole = True
        yield
        self._whole = False
