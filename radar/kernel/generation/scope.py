"""What the parts of a generated module share: the plan, the text so far, the names that it imports."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

from radar.kernel.expressions import Expressions, HoistedExpressions, is_single
from radar.kernel.generation.borrowing import Borrowing
from radar.kernel.writer import Writer
from radar.plan.chain import Chain
from radar.plan.hoist import Hoisting
from radar.plan.layout import field_name
from radar.plan.plan import Plan
from radar.spec.model import Node


class Scope:
    """The module in the making.

    ``single``: the kernel is of one asset and few strategies (:func:`is_single`), so nothing loops over lanes.
    ``hoisting``: nodes that are read from columns, None in a kernel that computes everything itself. ``tuples``:
    parameters that are read once, as named tuples by kind. ``borrowing``: the records that are kept as local copies.
    ``stops``: the places so far at which the loop over quiet bars is left. ``parts``: functions that stand before the
    loop over rows.
    """

    def __init__(self, plan: Plan, hoisting: Hoisting | None) -> None:
        self.plan = plan
        self.hoisting = hoisting
        self.out = Writer()
        self.imports: dict[tuple[str, str, str], None] = {}
        self.expressions = Expressions(plan) if hoisting is None else HoistedExpressions(plan, hoisting)
        self.single = is_single(plan)
        self.tuples: dict[str, tuple[str, ...]] = {}
        self.borrowing = Borrowing(plan, hoisting.nodes if hoisting is not None else ())
        self.stops = 0
        self.parts: list[str] = []
        if hoisting is not None and any("closed" in hoisted.fields for hoisted in hoisting.nodes.values()):
            self.market("bar", "ClockedBar")
        self._stopped: list[str] = []

    def use(self, node: Node, function: str) -> str:
        """Import a function of a node's file and return its local name."""
        local = f"{self.kind_of(node)}_{function}"
        assert node.kind.module is not None
        self.imports[node.kind.module.__name__, function, local] = None
        return local

    def kind_of(self, node: Node) -> str:
        """What a node's kind is called: its name, behind its role where a kind of another role has the same name."""
        kind = node.kind
        same = any(one.kind.name == kind.name and one.kind.role != kind.role for one in self.plan.nodes)
        return f"{kind.role}_{kind.name}" if same else kind.name

    def market(self, module: str, name: str) -> str:
        self.imports[f"radar.market.{module}", name, name] = None
        return name

    def chains_of(self, executor: Node) -> list[Chain]:
        return [chain for chain in self.plan.chains if chain.executor == executor.id]

    def ledger(self, executor: str) -> str:
        """The ledger of an account."""
        return f"{field_name(executor)}_ledger"

    def trades_on(self, executor: str) -> str:
        """A condition to put before others: the account has not ended. Of the only account that is known."""
        if len(self.plan.executors) == 1:
            return ""
        return f"{self.borrowing.account(executor)}.ended == 0 and "

    def hot(self, node: Node) -> str:
        """The parameters of a node where every bar reads them."""
        return f"{field_name(node.id)}_p" if self.single else f"p.{field_name(node.id)}"

    def account_params(self, executor: Node) -> str:
        """The parameters of an account where the whole account is looked at, not one lane."""
        name = field_name(executor.id)
        return f"{name}_p" if self.single else f"params[0].{name}"

    def is_hoisted(self, node: Node) -> bool:
        """Whether a node's outputs are read from columns."""
        return self.hoisting is not None and node.id in self.hoisting.nodes

    @contextmanager
    def each_lane(self, *, present: bool) -> Iterator[None]:
        """Code for every lane; with ``present`` only where the lane has a bar in the row.

        A plan of one asset has no loop: its lane is 0, ``state``, ``p``, ``w`` and ``bar`` are set once, and every row
        has a bar.
        """
        out = self.out
        if self.single:
            yield
            return
        out.line("for lane in range(lanes.shape[0]):")
        with out.block():
            if not present:
                out.line("state = lanes[lane]")
                yield
                return
            out.line("if market[row, lane, 3] == market[row, lane, 3]:")
            with out.block():
                out.line("state = lanes[lane]")
                yield

    def load_lane(self) -> None:
        """Read parameters and bar of a lane inside a loop over lanes."""
        if not self.single:
            self.out.line("p = params[lane]")
            self.out.line(f"bar = {self.bar_expression()}")

    def bar_expression(self) -> str:
        """The bar of a lane, from the market array."""
        columns = ", ".join(f"market[row, lane, {column}]" for column in range(5))
        return f"{self.market('bar', 'Bar')}(time, {columns})"

    @contextmanager
    def segment(self) -> Iterator[None]:
        """Code of a bar up to the next :meth:`stop`; skipped when the bar goes on behind that stop."""
        if not self.single:
            yield
            return
        self.out.line(f"if stage < {self.stops + 1}:")
        with self.out.block():
            yield

    @contextmanager
    def stop(self, condition: str) -> Iterator[None]:
        """Code for what does not happen in a quiet bar, where ``condition`` holds.

        In a plan of one asset the loop over quiet bars is left for it, and entered again behind this place. A segment
        ends with its stop.
        """
        self.out.line(f"if {condition}:")
        if not self.single:
            with self.out.block():
                yield
            return
        self.stops += 1
        self.out.line(f"    stage = {self.stops}")
        self.out.line("    break")
        with self.out.aside(2, self._stopped), self.borrowing.whole():
            self.out.line(f"if stage == {self.stops}:")
            with self.out.block():
                yield

    def write_stops(self) -> None:
        """Write what happens at the stops, behind the loop over quiet bars."""
        for part in self._stopped:
            self.out.text += part
