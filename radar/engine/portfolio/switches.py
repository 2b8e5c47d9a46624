"""What the kill switches of a run did: when one tripped, on what, and until when it refused entries.

The node's own rule is run once more over the account's equity, so that nothing here decides differently. An event of
the sliding window begins when its drawdown reaches the threshold; another one begins only after the drawdown fell below
half of it (research specification 4.4), and until then a renewed freeze belongs to the same event.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from types import SimpleNamespace
from typing import Any

from radar.engine.run import Run
from radar.market.instant import format_instant
from radar.plan.layout import field_name
from radar.spec.model import Node

KIND = "kill_switch"
REARMED = 0.5
"""Part of the threshold below which the drawdown must have fallen before another event begins."""


@dataclass
class SwitchEvent:
    """A switch that tripped at the mark of bar ``time`` (ms UTC).

    ``switch`` is session, daily or global; ``drawdown`` the loss in percent of ``reference`` (the initial capital, the
    equity at the day's start, or the peak of the window); ``equity`` what was left. ``frozen`` are the stretches in
    which entries were refused: from the mark of a bar to that of another, None where it lasted to the end.
    """

    account: str
    node: str
    switch: str
    time: int
    drawdown: float
    equity: float
    reference: float
    frozen: list[tuple[int, int | None]] = field(default_factory=list)

    def to_json(self) -> dict[str, Any]:
        """Plain data."""
        return {
            "account": self.account,
            "node": self.node,
            "switch": self.switch,
            "time": format_instant(self.time),
            "drawdown": self.drawdown,
            "equity": self.equity,
            "reference": self.reference,
            "frozen": [
                {"from": format_instant(begin), "to": None if end is None else format_instant(end)}
                for begin, end in self.frozen
            ],
        }


def switch_events(run: Run) -> list[SwitchEvent]:
    """Events of every kill switch of a finished run, by time."""
    found: list[SwitchEvent] = []
    for node, account in _switches(run):
        found += replay(run, node, account)[0]
    return sorted(found, key=lambda event: event.time)


def _switches(run: Run) -> list[tuple[Node, str]]:
    """Kill switches with the account whose equity they watch."""
    found = {risk: chain.executor for chain in run.plan.chains for risk in chain.risks}
    return [(run.plan.node(risk), account) for risk, account in found.items() if run.plan.node(risk).kind.name == KIND]


def replay(run: Run, node: Node, account: str) -> tuple[list[SwitchEvent], SimpleNamespace]:
    """The events of one switch, and the state that its rule ends in."""
    observe, sized = node.kind.observe, node.kind.window
    assert observe is not None
    assert sized is not None
    written = run.state.params[0][field_name(node.id)]
    params = SimpleNamespace(**{name: written[name].item() for name in written.dtype.names})
    # A window of its own, as a list: plain numbers are read faster than those of an array.
    params.window, window = 0, [0.0] * sized(node.params, run.plan.interval(node))
    state = SimpleNamespace(**{name: 0 for name, _ in node.kind.state})
    books = SimpleNamespace(initial=float(run.account(account)["initial"]), equity=0.0)
    rows = slice(run.feed.start, run.row)
    watch = _Watch(account, node.id, params, state)
    for time, equity in zip(run.feed.times[rows].tolist(), run.ledger(account)[2][rows].tolist(), strict=True):
        before = (state.session, state.daily, state.frozen, state.day_end)
        books.equity = equity
        observe(params, state, window, books, time)
        if before[:3] != (0, 0, 0) or state.session or state.daily or state.frozen or watch.since is not None:
            peak = window[2 * state.first + 1]
            watch.see(time, equity, before, books.initial, peak)
    return watch.events, state


class _Watch:
    """Turns the states of a switch, bar by bar, into events."""

    def __init__(self, account: str, node: str, params: Any, state: Any) -> None:
        self.events: list[SwitchEvent] = []
        self.since: SwitchEvent | None = None
        """The event of the sliding window whose drawdown has not fallen below half of the threshold yet."""
        self._names, self._params, self._state = (account, node), params, state
        self._latest: dict[str, SwitchEvent] = {}

    def see(self, time: int, equity: float, before: tuple[int, int, int, int], initial: float, peak: float) -> None:
        state, threshold = self._state, self._params.global_max_loss
        session, daily, frozen, day_end = before
        new_day = state.day_end != day_end
        if state.session and not session:
            self._open("session", time, equity, initial)
        if daily and (new_day or not state.daily):
            self._close("daily", time)
        if state.daily and (new_day or not daily):
            self._open("daily", time, equity, state.day_equity)
        if frozen and not state.frozen:
            self._close("global", time)
        if self.since is not None and peak - equity < REARMED * threshold * peak:
            self.since = None
        if peak - equity >= threshold * peak and self.since is None:
            if frozen and state.frozen:
                self._close("global", time)
            self.since = self._open("global", time, equity, peak)
        elif state.frozen and not frozen:
            self._latest["global"].frozen.append((time, None))

    def _open(self, switch: str, time: int, equity: float, reference: float) -> SwitchEvent:
        loss = (reference - equity) / reference * 100.0
        event = SwitchEvent(*self._names, switch, time, loss, equity, reference, [(time, None)])
        self.events.append(event)
        self._latest[switch] = event
        return event

    def _close(self, switch: str, time: int) -> None:
        frozen = self._latest[switch].frozen
        frozen[-1] = (frozen[-1][0], time)
