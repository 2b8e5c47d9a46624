"""A kept result made again from what is written in it, and compared byte for byte."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from radar.engine.backtest import market_data, prepare, run_prepared
from radar.engine.result import FORMAT, Result
from radar.engine.source import MarketData
from radar.errors import RadarError
from radar.kernel.build import Mode
from radar.spec.config import Config

__all__ = ["Difference", "Reproduction", "read_result", "reproduce"]

MEANINGS = {
    "pipeline": "the wiring is read otherwise than it was",
    "config": "the values in effect are others: a default, or a variable of the environment that the values take",
    "data": "the store holds other candles, funding or open interest than the result was made from",
    "kernel": "the code that decides is another: another version of Radar, or a changed node kind",
    "plan": "the plan is another, which follows from pipeline and config",
}
"""What it means when a digest differs."""


@dataclass(frozen=True)
class Difference:
    """One part that is not what it was: a digest, or a part of the result with the first ``place`` in it."""

    part: str
    meaning: str
    kept: str
    now: str
    place: str = ""

    def to_json(self) -> dict[str, str]:
        """Plain data."""
        return {
            "part": self.part,
            "meaning": self.meaning,
            "place": self.place,
            "kept": self.kept,
            "now": self.now,
        }


@dataclass(frozen=True)
class Reproduction:
    """What came of running a kept result again: the result now, and every difference, causes first."""

    result: Result
    differences: tuple[Difference, ...]

    @property
    def same(self) -> bool:
        """Whether the bytes are the same."""
        return not self.differences

    def to_json(self) -> dict[str, Any]:
        """Plain data."""
        return {
            "same": self.same,
            "differences": [one.to_json() for one in self.differences],
            "digests": dict(self.result.digests),
        }


def reproduce(
    content: bytes,
    *,
    data: Path | str | MarketData | None = None,
    mode: Mode = "compiled",
    progress: Callable[[str], None] | None = None,
    name: str = "the result",
) -> Reproduction:
    """Run the request that a result carries again, and compare.

    Args:
        content: The bytes of a result.
        data: As for a back-test. Market data are not in a result; their digest is.
        mode: As for a back-test.
        progress: As for a back-test.
        name: What to call the result in an error.

    Raises:
        RadarError: ``content`` is not a result.
        SpecError: The pipeline in it does not pass the checks of today.
        DataError: The store does not have what it needs.
    """
    kept = read_result(content, name)
    request = kept["request"]
    prepared = prepare(
        request["pipeline"],
        config=Config.from_texts(request["config"]),
        overrides=request["overrides"],
        assets=request["assets"],
        start=request["from"],
        end=request["to"],
        file_name=request["pipeline_file"],
        environment={},
    )
    result = run_prepared(prepared, market_data(prepared.plan, data), mode=mode, progress=progress)
    now = result.to_bytes()
    return Reproduction(result, () if now == content else tuple(_differences(kept, json.loads(now))))


def read_result(content: bytes, name: str) -> dict[str, Any]:
    """A result from its bytes, checked as far as running it again needs.

    Raises:
        RadarError: It is none.
    """
    try:
        kept = json.loads(content.decode("utf-8"))
    except ValueError as error:
        raise _not_a_result(f"{name} is not JSON: {error}") from None
    except RecursionError:
        raise _not_a_result(f"{name} is nested too deeply to be a result") from None
    if not isinstance(kept, dict) or kept.get("format") != FORMAT:
        raise _not_a_result(f"{name} is no result of a back-test in the form {FORMAT}")
    wrong = _wrong_field(kept.get("request"))
    if wrong:
        raise _not_a_result(f"{name} cannot be run again: its request has no usable {wrong}")
    return kept


def _wrong_field(request: Any) -> str:
    """The first field of a request that is not what a result writes there; empty when all are."""
    if not isinstance(request, dict):
        return "content"
    config, assets = request.get("config"), request.get("assets")
    tests = {
        # A text of one line would be taken as the name of a file.
        "pipeline": isinstance(request.get("pipeline"), str) and "\n" in request["pipeline"],
        "pipeline_file": isinstance(request.get("pipeline_file"), str),
        "config": isinstance(config, dict) and all(isinstance(text, str) for text in config.values()),
        "overrides": _are_texts(request.get("overrides")),
        "assets": assets is None or _are_texts(assets),
        "from": "from" in request and isinstance(request["from"], str | None),
        "to": "to" in request and isinstance(request["to"], str | None),
    }
    return next((name for name, passed in tests.items() if not passed), "")


def _are_texts(value: Any) -> bool:
    return isinstance(value, list) and all(isinstance(one, str) for one in value)


def _not_a_result(message: str) -> RadarError:
    return RadarError(
        message,
        expected="a file as `radarctl backtest --out FILE.json` writes it, unchanged",
        next_step="name that file, or run the back-test again",
        code="R5009",
    )


def _differences(kept: Mapping[str, Any], now: Mapping[str, Any]) -> Iterator[Difference]:
    kept_digests = kept.get("digests")
    digests = kept_digests if isinstance(kept_digests, dict) else {}
    for name, digest in now["digests"].items():
        if digests.get(name) != digest:
            yield Difference(f"digest of {name}", MEANINGS[name], str(digests.get(name)), digest)
    parts = [part for part in dict.fromkeys((*now, *kept)) if part != "digests" and kept.get(part) != now.get(part)]
    for part in parts:
        place, was, is_now = _first_difference(kept.get(part), now.get(part), part)
        yield Difference(part, "this part of the result is another", _short(was), _short(is_now), place)
    if not parts and digests == now["digests"]:
        meaning = "the values are the same, but the file is laid out otherwise: it was written by another program"
        yield Difference("layout", meaning, "other bytes", "as Radar writes them")


def _first_difference(kept: Any, now: Any, place: str) -> tuple[str, Any, Any]:
    """Where two values differ first, and the two there."""
    if isinstance(kept, dict) and isinstance(now, dict):
        for key in dict.fromkeys((*now, *kept)):
            if key not in kept or key not in now or kept[key] != now[key]:
                return _first_difference(kept.get(key), now.get(key), f"{place}.{key}")
    if isinstance(kept, list) and isinstance(now, list):
        for index, (one, other) in enumerate(zip(kept, now, strict=False)):
            if one != other:
                return _first_difference(one, other, f"{place}[{index}]")
        return f"{place} (length)", len(kept), len(now)
    return place, kept, now


def _short(value: Any) -> str:
    text = json.dumps(value, ensure_ascii=False)
    return text if len(text) <= 80 else f"{text[:77]}..."
