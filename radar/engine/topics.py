"""Everything that can be explained: codes of pipelines and of data, refusals, exit reasons."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from radar.errors import RadarError
from radar.market.reason import REFUSAL_TEXT, ExitReason
from radar.spec.codes import CODES
from radar.spec.suggest import nearest
from radar.store.explanations import EXPLANATIONS

__all__ = ["GROUPS", "Topic", "find_topics", "topics"]

GROUPS = ("Pipelines, values and runs", "Market data", "Why an entry was refused", "Why a position closed")
"""Every group, in order."""

_REFUSAL = (
    "An entry that the market offered was not taken: {meaning}. A back-test counts refusals by strategy, asset and "
    "cause; they are the answer to why it did not trade."
)

_EXIT = {
    "TP": "The target was touched.",
    "SL": "The protective stop was touched; the fill is at the stop, or at the open of a bar that opened beyond it.",
    "TRAILING": "The trailing stop was touched after the price had come back from its best.",
    "SIGNAL": "The strategy's own exit condition was met at a close.",
    "INVERSE": "The condition that had opened the position turned into its opposite at a close.",
    "FLIP": "An entry of the other side closed it.",
    "TIME_STOP": "It was held for as long as its strategy allows.",
    "FUNDING_TP": "The funding that it collected reached the strategy's target.",
    "END_OF_DATA": (
        "The data ended while it was open. It is valued at the last close, stands in equity, and is left out of the "
        "statistics of trades, because nothing decided to close it."
    ),
    "LIQUIDATION": "The exchange closed it: margin no longer covered the loss.",
    "KILL_SWITCH": "A kill switch tripped and was set to close what is open.",
}
"""What each exit reason means, by its name in :class:`radar.market.reason.ExitReason`."""


@dataclass(frozen=True)
class Topic:
    """One thing that can be explained: its name, a title of a few words, the whole text, and the group it is in."""

    name: str
    title: str
    text: str
    group: str

    def to_json(self) -> dict[str, Any]:
        """Plain data."""
        return {"name": self.name, "group": self.group, "title": self.title, "text": self.text}


def topics() -> list[Topic]:
    """Every topic, group by group."""
    found = [Topic(code.code, code.title, code.text, GROUPS[0]) for code in CODES.values()]
    for name, text in EXPLANATIONS.items():
        found.append(Topic(name, _first_sentence(text), f"{name}\n\n{text}", GROUPS[1]))
    for cause, meaning in REFUSAL_TEXT.items():
        name = cause.name.lower()
        text = f"{name} (refusal)\n\n{_REFUSAL.format(meaning=meaning)}"
        found.append(Topic(name, meaning, text, GROUPS[2]))
    for reason in filter(None, ExitReason):
        name, meaning = reason.name.lower(), _EXIT[reason.name]
        text = f"{name} (exit reason)\n\n{meaning}"
        found.append(Topic(name, _first_sentence(meaning), text, GROUPS[3]))
    return found


def find_topics(code: str) -> list[Topic]:
    """The topics called ``code``, in any case and with blanks for ``_``; several where a refusal and an exit share it.

    Raises:
        RadarError: There is none.
    """
    known = topics()
    wanted = _name(code)
    found = [topic for topic in known if topic.name.lower() == wanted]
    if found:
        return found
    close = nearest(wanted, [topic.name for topic in known])
    raise RadarError(
        f"there is nothing called {code!r} to explain",
        expected="a code such as R3001 or data-gap, a refusal, or an exit reason",
        next_step=f"radarctl explain {close[0]}" + "".join(f", or {one}" for one in close[1:])
        if close
        else "radarctl explain lists them all",
    )


def _name(text: str) -> str:
    """A name as it is written in a table; people say it with blanks and in any case."""
    return text.strip().lower().replace(" ", "_")


def _first_sentence(text: str) -> str:
    return text.partition(". ")[0].rstrip(".")
