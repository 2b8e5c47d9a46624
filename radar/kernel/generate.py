"""Write the one function of a topology: the steps of its nodes, called in order, for every bar of every lane.

The text depends on the wiring and on the kinds only, never on a parameter: changing a number does not recompile. It is
meant to be read (``radarctl plan --source``).
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass

from radar.kernel.expressions import Expressions
from radar.kernel.writer import Writer
from radar.plan.chain import Chain
from radar.plan.layout import BAR_FIELDS, field_name, held_fields
from radar.plan.plan import Plan
from radar.plan.trace import trace_columns
from radar.spec.model import Node

ARGUMENTS = (
    "first, last, start, times, market, fine_times, fine_market, fine_interval, lanes, params, windows, shared, "
    "shared_windows, fills, trades, equity, trace"
)

DOCUMENTATION = '''"""Advance rows ``first`` to ``last``; return the row to go on with.

Entries and books begin at row ``start``. Returns early when the ledger is nearly full or the account has ended.
"""'''


@dataclass(frozen=True)
class Source:
    """Generated module text and the marked functions it calls, as (module, function, local name)."""

    text: str
    imports: tuple[tuple[str, str, str], ...]


def generate(plan: Plan) -> Source:
    """The kernel of ``plan``."""
    return _Generator(plan).source()


class _Generator:
    def __init__(self, plan: Plan) -> None:
        self.plan = plan
        self.out = Writer()
        self.imports: dict[tuple[str, str, str], None] = {}
        self.expressions = Expressions(plan)
        self.single = len(plan.assets) == 1

    def use(self, node: Node, function: str) -> str:
        """Import a function of a node's file and return its local name."""
        local = f"{node.kind.name}_{function}"
        assert node.kind.module is not None
        self.imports[node.kind.module.__name__, function, local] = None
        return local

    def market(self, module: str, name: str) -> str:
        self.imports[f"radar.market.{module}", name, name] = None
        return name

    def source(self) -> Source:
        for executor in self.plan.executors:
            self.valuation(executor)
        self.advance()
        head = Writer()
        head.line('"""Kernel of a pipeline, generated from its plan. Do not edit: it is rewritten when the wiring changes.')
        head.line()
        for chain in self.plan.chains:
            head.line(" -> ".join((chain.strategy, *chain.risks, chain.executor)))
        head.line('"""')
        head.line()
        head.line("from math import nan")
        head.line()
        for module, name, local in sorted(self.imports):
            head.line(f"from {module} import {name}" + ("" if name == local else f" as {local}"))
        return Source(head.text + "\n\n" + self.out.text, tuple(sorted(self.imports)))

    @contextmanager
    def each_lane(self, *, present: bool) -> Iterator[None]:
        """Code for every lane; with ``present`` only where the lane has a bar in the row.

        A plan of one asset has no loop: its lane is 0 and ``state``, ``p``, ``w`` and ``bar`` are set once.
        """
        out = self.out
        if self.single:
            if not present:
                yield
                return
            out.line("if here:")
            with out.block():
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

    def chains_of(self, executor: Node) -> list[Chain]:
        return [chain for chain in self.plan.chains if chain.executor == executor.id]

    # -- whole-account functions ---------------------------------------------------------------------------------

    def valuation(self, executor: Node) -> None:
        """Functions that look at every position of an account: its value, and its end."""
        out, name = self.out, field_name(executor.id)
        unrealised = self.market("position", "unrealised")
        worse = self.market("simulation.liquidation", "worse_price")
        value = self.market("simulation.liquidation", "Value")
        liquidate = self.market("simulation.liquidation", "liquidate")
        end_account = self.market("simulation.liquidation", "end_account")
        moment = self.market("account", "Moment")
        out.line(f"@{self.market('compiled', 'inlined')}")
        out.line(f"def {name}_value(row, adverse, market, lanes, account):")
        with out.block():
            out.line('"""Value the account at the last closes, or (adverse) at every asset\'s worse extreme."""')
            out.line("equity = account.cash")
            out.line("notional = 0.0")
            out.line("if account.positions > 0:")
            with out.block():
                if self.single:
                    out.line("lane = 0")
                    out.line("state = lanes[0]")
                with self.each_lane(present=False):
                    for chain in self.chains_of(executor):
                        out.line(f"position = state.{field_name(chain.strategy)}_position")
                        out.line("if position.side != 0:")
                        with out.block():
                            out.line(f"price = {worse}(position, adverse, market, lane, row, state.series.close)")
                            out.line(f"equity += {unrealised}(position, price)")
                            out.line("notional += position.quantity * price")
            out.line(f"return {value}(equity, notional)")
        out.gap()
        out.line(f"@{self.market('compiled', 'compiled')}")
        out.line(f"def {name}_end(row, time, adverse, market, lanes, p, account, ledger):")
        with out.block():
            out.line('"""The account is exhausted: close every position and end the run."""')
            if self.single:
                out.line("lane = 0")
                out.line("state = lanes[0]")
            with self.each_lane(present=False):
                for chain in self.chains_of(executor):
                    out.line(f"position = state.{field_name(chain.strategy)}_position")
                    out.line(f"moment = {moment}(row, time, lane, {chain.number}, not adverse)")
                    out.line(f"price = {worse}(position, adverse, market, lane, row, state.series.close)")
                    out.line(f"{liquidate}(ledger, p, account, position, moment, price, state.{name}_regime)")
            out.line(f"{end_account}(account)")
        out.gap()

    # -- the loop --------------------------------------------------------------------------------------------------

    def advance(self) -> None:
        out = self.out
        ledger = self.market("ledger", "Ledger")
        out.line(f"def advance({ARGUMENTS}):")
        with out.block():
            out.lines(DOCUMENTATION)
            out.line(f"ledger = {ledger}(fills, trades, equity)")
            out.line(f"fine = {self.market('simulation.resolve', 'FineBars')}(fine_times, fine_market, fine_interval)")
            out.line("common = shared[0]")
            for executor in self.plan.executors:
                name = field_name(executor.id)
                out.line(f"{name} = common.{name}")
                out.line(f"{name}_p = params[0].{name}")
            out.line("room = lanes.shape[0] * ROOM")
            out.line("if first < 0:")
            out.line("    return first")
            if self.single:
                out.line("lane = 0")
                out.line("state = lanes[0]")
                out.line("p = params[0]")
                out.line("w = windows[0]")
            out.line("for row in range(first, last):")
            with out.block():
                self.guards()
                out.line("time = times[row]")
                if self.single:
                    out.line(f"bar = {self.bar_expression()}")
                    out.line("here = bar.close == bar.close")
                self.open_phase()
                self.decision_phase()
                self.close_phase()
                out.line("if trace.shape[0] > 0:")
                with out.block():
                    self.trace_account()
                for executor in self.plan.executors:
                    out.line(f"if {field_name(executor.id)}.ended != 0:")
                    out.line("    return row + 1")
            out.line("return last")
        room = 8 * max(len(self.plan.chains), 1)
        self.out.text = f"ROOM = {room}\n" + '"""Ledger rows that one lane may write in one bar."""\n\n\n' + self.out.text

    def guards(self) -> None:
        for executor in self.plan.executors:
            name = field_name(executor.id)
            self.out.line(
                f"if {name}.recording != 0 and ({name}.fill_count + room > fills.shape[0] "
                f"or {name}.trade_count + room > trades.shape[0]):"
            )
            self.out.line("    return row")

    def open_phase(self) -> None:
        """Steps 1 to 5: funding, then the bar against what rested when it opened."""
        out = self.out
        arrive = self.market("series", "arrive")
        out.line("# The bar meets what was resting when it opened.")
        with self.each_lane(present=True):
            self.load_lane()
            out.line(f"{arrive}(state.series, time, {self.plan.base.milliseconds})")
            if self.plan.chains:
                out.line("if row >= start:")
                with out.block():
                    for chain in self.plan.chains:
                        self.meet(chain)
        for executor in self.plan.executors:
            name = field_name(executor.id)
            is_liquidated = self.market("simulation.liquidation", "is_liquidated")
            out.line(f"if {name}.positions > 0:")
            with out.block():
                out.line(f"if {is_liquidated}({name}_p, {name}_value(row, True, market, lanes, {name})):")
                out.line(f"    {name}_end(row, time, True, market, lanes, {name}_p, {name}, ledger)")

    def meet(self, chain: Chain) -> None:
        out, plan = self.out, self.plan
        strategy, executor = plan.node(chain.strategy), plan.node(chain.executor)
        name, account = field_name(strategy.id), field_name(executor.id)
        carry = self.market("simulation.close", "carry")
        touched = self.market("simulation.match", "touched")
        match = self.market("simulation.match", "match")
        excursion = self.market("simulation.close", "observe_excursion")
        moment = self.market("account", "Moment")
        settlement = plan.column(executor.id, "settlement")
        out.line(f"# {' -> '.join((chain.strategy, *chain.risks, chain.executor))}")
        out.line(f"position = state.{name}_position")
        out.line(f"intent = state.{name}_intent")
        out.line(f"terms = {self.use(strategy, 'terms')}(p.{name})")
        out.line("if position.side != 0:")
        out.line(f"    rate = market[row, lane, {settlement}] if p.{account}.funding != 0 else 0.0")
        out.line(f"    {carry}({account}, position, bar.open, rate)")
        out.line(f"if {touched}(p.{account}, terms, intent, position, bar):")
        with out.block():
            out.line(f"moment = {moment}(row, time, lane, {chain.number}, False)")
            self.approve(chain)
            out.line(
                f"{match}(ledger, p.{account}, terms, intent, approval, {account}, position, moment, bar, "
                f"p.run.tick, state.{account}_regime, fine)"
            )
        out.line("if position.side != 0:")
        out.line(f"    {excursion}(position, bar.low if position.side > 0 else bar.high)")

    def approve(self, chain: Chain) -> None:
        """The risk nodes speak, in order. Called only when an entry or an exit is near."""
        out = self.out
        clear = self.market("account", "clear_approval")
        history_refusal = self.market("series", "history_refusal")
        account = field_name(chain.executor)
        out.line("approval = state.approval")
        out.line(f"{clear}(approval)")
        history = f"p.run.history_{field_name(chain.strategy)}"
        out.line(f"approval.entry_refusal = {history_refusal}(state.series, {history})")
        for other in self.plan.chains:
            if other.executor == chain.executor and other.strategy != chain.strategy:
                owner = self.market("account", "respect_owner")
                out.line(f"{owner}(approval, state.{field_name(other.strategy)}_position)")
        for risk in chain.risks:
            node, field = self.plan.node(risk), field_name(risk)
            out.line(
                f"{self.use(node, 'approve')}(p.{field}, common.{field}, terms, approval, {account}, p.{account})"
            )

    def decision_phase(self) -> None:
        """Indicators and strategies at the close."""
        out = self.out
        complete = self.market("series", "complete")
        out.line("# The bar has closed: indicators, then what the strategies want.")
        with self.each_lane(present=True):
            self.load_lane()
            if not self.single:
                out.line("w = windows[lane]")
            out.line(f"{complete}(state.series, bar.close)")
            for node in self.plan.nodes:
                self.decide(node)
            for executor in self.plan.executors:
                regime = executor.inputs.get("regime")
                if regime:
                    name = field_name(executor.id)
                    out.line(f"state.{name}_regime = {self.expressions.value(regime[0])}")
            out.line("if trace.shape[0] > 0:")
            with out.block():
                self.trace_lane()

    def decide(self, node: Node) -> None:
        out, name = self.out, field_name(node.id)
        root = self.plan.tick[node.id].root
        if node.kind.role == "source":
            self.read_source(node)
        elif node.kind.role == "indicator" and node.id == root:
            out.line(f"{name} = {self.call(node)}")
        elif node.kind.role == "indicator" and root == "":
            out.line(f"{name} = {self.call(node)}")
        elif node.kind.role == "indicator":
            out.line(f"if {field_name(root)}.closed:")
            with out.block():
                out.line(f"{name} = {self.call(node)}")
                for field in held_fields(node):
                    whole = len(node.kind.outputs) == 1 and not next(iter(node.kind.outputs.values())).field
                    out.line(f"state.{name}_held.{field} = {name}" + ("" if whole else f".{field}"))
        elif node.kind.role == "strategy":
            if root:
                out.line(f"if {field_name(root)}.closed:")
                with out.block():
                    out.line(self.call(node))
            else:
                out.line(self.call(node))

    def read_source(self, node: Node) -> None:
        out, name = self.out, field_name(node.id)
        if node.kind.series != "candles":
            return
        if self.plan.tick[node.id].root == "":
            out.line(f"{name} = bar")
            return
        clocked = self.market("bar", "ClockedBar")
        columns = [self.plan.column(node.id, column) for column in node.kind.columns]
        out.line(f"held = state.{name}_held")
        out.line(f"closed = market[row, lane, {columns[3]}] == market[row, lane, {columns[3]}]")
        out.line("if closed:")
        with out.block():
            interval = self.plan.tick[node.id].clock.milliseconds
            out.line(f"held.time = time + {self.plan.base.milliseconds} - {interval}")
            for field, column in zip(BAR_FIELDS[1:], columns, strict=True):
                out.line(f"held.{field} = market[row, lane, {column}]")
        values = ", ".join(f"held.{field}" for field in BAR_FIELDS[1:])
        out.line(f"{name} = {clocked}(closed, int(held.time) if held.time == held.time else 0, {values})")

    def call(self, node: Node) -> str:
        name = field_name(node.id)
        state = f"state.{name}" if node.kind.state else "state.series"
        arguments = [f"p.{name}", state, "w"]
        if node.kind.role == "strategy":
            arguments += [f"state.{name}_position", f"state.{name}_intent"]
        arguments += self.expressions.arguments(node)
        return f"{self.use(node, 'step')}({', '.join(arguments)})"

    def close_phase(self) -> None:
        """Steps 6 to 8: exits at the close, entries at the close, the mark. Nothing of it without a strategy."""
        out = self.out
        if not self.plan.chains:
            return
        out.line("if row >= start:")
        with out.block():
            out.line("# Exits at the close, then entries, then the mark: each for all assets.")
            with self.each_lane(present=True):
                for chain in self.plan.chains:
                    self.leave(chain)
            with self.each_lane(present=True):
                for chain in self.plan.chains:
                    self.enter(chain)
            for executor in self.plan.executors:
                self.mark(executor)
        out.line("else:")
        with out.block(), self.each_lane(present=False):
            for chain in self.plan.chains:
                out.line(f"state.{field_name(chain.strategy)}_intent.enter = 0")
                out.line(f"state.{field_name(chain.strategy)}_intent.leave = 0")

    def leave(self, chain: Chain) -> None:
        out, name, account = self.out, field_name(chain.strategy), field_name(chain.executor)
        leave = self.market("simulation.close", "leave_at_close")
        moment = self.market("account", "Moment")
        out.line(f"intent = state.{name}_intent")
        out.line("if intent.leave != 0:")
        with out.block():
            out.line(f"position = state.{name}_position")
            out.line("if position.side != 0:")
            with out.block():
                if not self.single:
                    out.line("p = params[lane]")
                terms = self.use(self.plan.node(chain.strategy), "terms")
                out.line(f"moment = {moment}(row, time, lane, {chain.number}, True)")
                out.line(
                    f"{leave}(ledger, p.{account}, {terms}(p.{name}), intent, {account}, position, moment, "
                    f"market[row, lane, 3], state.{account}_regime)"
                )
            out.line("intent.leave = 0")

    def enter(self, chain: Chain) -> None:
        out, name, account = self.out, field_name(chain.strategy), field_name(chain.executor)
        enter = self.market("simulation.close", "enter_at_close")
        moment = self.market("account", "Moment")
        out.line(f"intent = state.{name}_intent")
        out.line(f"if intent.enter != 0 and {account}.ended == 0:")
        with out.block():
            self.load_lane()
            out.line(f"terms = {self.use(self.plan.node(chain.strategy), 'terms')}(p.{name})")
            out.line(f"moment = {moment}(row, time, lane, {chain.number}, True)")
            self.approve(chain)
            out.line(
                f"{enter}(ledger, p.{account}, terms, intent, approval, {account}, state.{name}_position, moment, bar, "
                f"{account}_value(row, False, market, lanes, {account}).equity, state.{account}_regime)"
            )

    def mark(self, executor: Node) -> None:
        out, name = self.out, field_name(executor.id)
        observe = self.market("statistics", "observe_equity")
        is_liquidated = self.market("simulation.liquidation", "is_liquidated")
        out.line(f"{name}_now = {name}_value(row, False, market, lanes, {name})")
        out.line(f"{name}.equity = {name}_now.equity")
        out.line(f"if {name}.equity <= 0.0 or {is_liquidated}({name}_p, {name}_now):")
        with out.block():
            out.line(f"{name}_end(row, time, False, market, lanes, {name}_p, {name}, ledger)")
            out.line(f"{name}.equity = {name}.cash")
        out.line(f"{observe}({name}.statistics, time, {name}.equity)")
        if executor.id == self.plan.executors[0].id:
            out.line(f"if {name}.recording != 0:")
            out.line(f"    equity[row] = {name}.equity")
        seen: set[str] = set()
        for chain in self.chains_of(executor):
            for risk in chain.risks:
                node, field = self.plan.node(risk), field_name(risk)
                if node.kind.observe is not None and risk not in seen:
                    seen.add(risk)
                    out.line(
                        f"{self.use(node, 'observe')}(params[0].{field}, common.{field}, shared_windows, {name}, time)"
                    )

    # -- traces ------------------------------------------------------------------------------------------------------

    def trace_lane(self) -> None:
        for index, column in enumerate(trace_columns(self.plan)):
            if column.when == "decision":
                self.out.line(f"trace[row, lane, {index}] = {self.expressions.traced(column)}")

    def trace_account(self) -> None:
        out = self.out
        columns = [(index, column) for index, column in enumerate(trace_columns(self.plan)) if column.when == "mark"]
        if not columns:
            out.line("pass")
            return
        with self.each_lane(present=False):
            for index, column in columns:
                out.line(f"trace[row, lane, {index}] = {self.expressions.traced(column)}")
