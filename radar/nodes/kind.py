"""What a node kind is: one file that declares parameters, ports, state, look-back and the step that the kernel runs.

A node file defines one module-level ``KIND``. Its module docstring is the catalogue page: what it is for, formula and
source, when not to use it, and one YAML example (an indented block after ``Example::``) that the checker runs.

Steps by role (all are compiled functions, see :mod:`radar.market.compiled`):

``indicator``  ``step(p, s, w, *inputs) -> value | NamedTuple`` at each close of its clock
``strategy``   ``step(p, s, w, position, intent, *inputs) -> None``, ``terms(p) -> Terms`` and, where it rests a ladder,
               ``levels(p, intent) -> None``, which puts the prices of its levels when a bar comes near;
               ``judge(p, s, w, position, intent, *inputs, side, found) -> float``: see below
``risk``       ``approve(p, s, approval, entry, *inputs) -> None`` before entries, with what the entry is about
               (:class:`radar.market.approval.Entry`) and the inputs other than the intent, as they were at the last
               close; optional ``learn(p, s, net) -> None`` when a position of its strategies has closed, and
               ``observe(p, s, w, account, time) -> None`` after each mark
``source``, ``executor`` and ``sink`` are bound by the mode and have no step of their own.

A strategy's ``judge`` answers for one ``side`` (1 long, -1 short) how near an entry is: it returns the score (0 to 1,
NaN where an input is missing) and tells each of the kind's ``conditions``, in their order, by
:func:`radar.market.condition.tell`. It is called after the step of the same bar, so ``s`` and ``intent`` are what the
step left, and only when somebody looks: it changes nothing, and nothing that trades depends on it.

``p`` is the parameter record: the kind's parameters (percentages as fractions, a choice as its index among the choices,
a set of sides as bits 1 long and 2 short, an absent number as NaN), ``p.interval`` (the node's clock in
milliseconds) and ``p.window``. ``s`` is the state record, ``w`` the lane's float arena, of which the node owns the
``window(params, interval)`` elements that begin at ``p.window``. Inputs are passed in the order in which ``inputs``
declares them: a ``bar`` as :class:`radar.market.bar.Bar`, a ``series`` as float (NaN: not known), a ``flag`` as bool, a
``regime`` as int. An optional input that is not wired is NaN (``series``), False or RANGING.

A bar of a slower clock than the run's comes as :class:`radar.market.bar.ClockedBar`. It has the fields of a ``Bar``
behind one more, ``closed``, which is True whenever a step is called with it, for the step runs only when that clock
closes. So a step reads a bar by its names, never by place.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from types import ModuleType
from typing import Any, Literal, TypeAlias

from radar.nodes.params import NodeParams
from radar.nodes.port import Input, Output, PortType

Role = Literal["source", "indicator", "strategy", "risk", "executor", "sink"]
ROLES: tuple[Role, ...] = ("source", "indicator", "strategy", "risk", "executor", "sink")
Stability = Literal["experimental", "beta", "stable"]

VALUE: Mapping[str, Output] = {"value": Output(PortType.SERIES, "The value of the indicator.")}
"""Outputs of an indicator whose step returns one number."""

StateType: TypeAlias = "str | tuple[str, int] | tuple[tuple[str, StateType], ...]"
StateFields: TypeAlias = tuple[tuple[str, StateType], ...]
"""Names and types of a state record: 'f8', 'i8', ('f8', n) for an array of n, or the fields of a nested record."""


@dataclass(frozen=True)
class Kind:
    """A node kind. ``role`` and ``name`` come from where its file stands (``radar/nodes/ROLE/NAME.py``).

    ``state``      fields of the state record, all zero at the start
    ``initial``    state fields that start at another value than zero
    ``window``     floats of the arena that the node needs, from its parameters and its clock in milliseconds
    ``lookback``   bars of its inputs that it needs before the output is valid (1: none but the current bar)
    ``history``    strategies only: bars of its clock before the first evaluation (the specification's History line)
    ``columns``    sources only: the data columns that it provides, in order
    ``clock``      given a slower clock, the parameter that names it (resampling kinds)
    ``check``      rules between parameters: returns (parameter name, message) pairs
    ``conditions`` strategies only: names of what ``judge`` tells, with what each means
    ``counts_group`` risk kinds only: they ask what the account holds of the asset's correlation group
    ``slots``      strategies only: every node is one of several independent positions of one rule; nodes of this kind
                   may hold an asset at the same time, on both sides. An exchange needs hedge mode or internal netting
    """

    params: type[NodeParams]
    inputs: Mapping[str, Input] = field(default_factory=dict)
    outputs: Mapping[str, Output] = field(default_factory=dict)
    state: StateFields = ()
    initial: Mapping[str, float] = field(default_factory=dict)
    window: Callable[[Any, int], int] = lambda params, interval: 0
    lookback: Callable[[Any, int], int] = lambda params, interval: 1
    history: Callable[[Any, int], int] = lambda params, interval: 1
    columns: tuple[str, ...] = ()
    series: str = ""
    clock: str = ""
    step: Callable[..., Any] | None = None
    terms: Callable[..., Any] | None = None
    levels: Callable[..., Any] | None = None
    judge: Callable[..., Any] | None = None
    conditions: Mapping[str, str] = field(default_factory=dict)
    approve: Callable[..., Any] | None = None
    learn: Callable[..., Any] | None = None
    observe: Callable[..., Any] | None = None
    counts_group: bool = False
    slots: bool = False
    gate: bool = False
    sizes: bool = False
    check: Callable[[Any], list[tuple[str, str]]] = lambda params: []
    stability: Stability = "beta"
    role: Role = "indicator"
    name: str = ""
    module: ModuleType | None = None

    @property
    def about(self) -> str:
        """The catalogue page: the module docstring of the node's file."""
        return (self.module.__doc__ or "").strip() if self.module else ""

    @property
    def summary(self) -> str:
        """The first sentence of the catalogue page."""
        return self.about.split("\n", 1)[0]

    @property
    def example(self) -> str:
        """The YAML example of the catalogue page: node entries, one a line."""
        _, _, rest = self.about.partition("Example::\n")
        lines = []
        for line in rest.split("\n"):
            if line.strip() and not line.startswith("    "):
                break
            lines.append(line[4:])
        return "\n".join(lines).strip("\n")
