"""Everything that ``radarctl explain`` knows: codes of pipelines and of data, refusals, exit reasons."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

__all__ = ["Topic", "topics"]

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
        """Plain data for ``-o json``."""
        return {"name": self.name, "group": self.group, "title": self.title, "text": self.text}


def topics() -> list[Topic]:
    """Every topic, group by group."""
    from radar.market.reason import REFUSAL_TEXT, ExitReason
    from radar.spec.codes import CODES
    from radar.store.explanations import EXPLANATIONS

    found = [Topic(code.code, code.title, code.text, "Pipelines, values and runs") for code in CODES.values()]
    for name, text in EXPLANATIONS.items():
        found.append(Topic(name, _first_sentence(text), f"{name}\n\n{text}", "Market data"))
    for cause, meaning in REFUSAL_TEXT.items():
        name = cause.name.lower()
        text = f"{name} (refusal)\n\n{_REFUSAL.format(meaning=meaning)}"
        found.append(Topic(name, meaning, text, "Why an entry was refused"))
    for reason in filter(None, ExitReason):
        name, meaning = reason.name.lower(), _EXIT[reason.name]
        text = f"{name} (exit reason)\n\n{meaning}"
        found.append(Topic(name, _first_sentence(meaning), text, "Why a position closed"))
    return found


def _first_sentence(text: str) -> str:
    return text.partition(". ")[0].rstrip(".")
