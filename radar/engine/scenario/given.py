"""``given``: the market of a case. Candles are written out, read from a file, or taken from a store."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path

from radar.engine.scenario.reading import Instant, Reader
from radar.engine.scenario.stream import Stream, Token, read_stream
from radar.market.instant import parse_instant
from radar.spec.source import Place
from radar.spec.tree import ListValue, MapValue, Value

__all__ = ["START", "Given", "History", "Stamp", "read_given"]

START = parse_instant("2025-01-01")
"""Open of the first bar of a case that does not say."""
LATEST = parse_instant("2100-01-01")
"""The latest first bar: behind it the longest case still has dates that every platform can print."""

_KEYS = ("candles", "file", "history", "start", "funding", "open_interest")
_SOURCES = ("candles", "file", "history")
ANY = ""
"""Stands for the one asset of a case that has one."""


@dataclass(frozen=True)
class Stamp:
    """A value of an external series at an instant, or from it on at every multiple of ``every`` (ms, 0: once)."""

    at: Instant
    value: float
    every: int = 0


@dataclass(frozen=True)
class History:
    """A period of a store: ``start <= time < end`` in milliseconds UTC; ``store`` None is that of the command."""

    start: int | None
    end: int | None
    store: Path | None
    place: Place


@dataclass(frozen=True)
class Given:
    """The market of a case: exactly one of ``streams``, ``files`` (both by asset) and ``history``."""

    place: Place
    start: Instant | None = None
    streams: Mapping[str, Stream] = field(default_factory=dict)
    files: Mapping[str, Path] = field(default_factory=dict)
    history: History | None = None
    funding: Mapping[str, tuple[Stamp, ...]] = field(default_factory=dict)
    open_interest: Mapping[str, tuple[Stamp, ...]] = field(default_factory=dict)
    places: Mapping[str, Place] = field(default_factory=dict)
    faulty: bool = False

    @property
    def slots(self) -> list[int]:
        """Periods of the clock in which some asset has a bar, in order."""
        return sorted({slot for stream in self.streams.values() for slot in stream.slots})

    @property
    def marks(self) -> dict[str, int]:
        """The slot of every mark."""
        return {name: slot for stream in self.streams.values() for name, (slot, _) in stream.marks.items()}

    @property
    def tokens(self) -> list[Token]:
        """Where processes end, in order."""
        found = [token for stream in self.streams.values() for token in stream.tokens]
        return sorted(found, key=lambda token: token.slot)


def read_given(value: Value, reader: Reader, folder: Path) -> Given:
    """Read ``given``; relative paths count from ``folder``."""
    body = reader.mapping(value, "given", _KEYS)
    if body is None:
        return Given(value.place, faulty=True)
    named = [key for key in _SOURCES if body.get(key) is not None]
    if len(named) != 1:
        what = " and ".join(named) if named else "no candles"
        reader.findings.add("R9011", f"given has {what}", body.place, expected=f"exactly one of {', '.join(_SOURCES)}")
    start = body.get("start")
    if start is not None and "candles" not in named:
        reader.findings.add(
            "R9001", "start has no effect here", start.place, expected="start beside candles", fix="remove it"
        )
    instant = reader.instant(start, "start") if start is not None else None
    if instant is not None and (instant.relative or not 0 <= instant.milliseconds <= LATEST):
        reader.findings.add(
            "R9019", "start is no date", instant.place, expected="a date such as 2025-03-01, before 2100"
        )
    streams, places = _by_asset(body.get("candles"))
    read = {asset: read_stream(one, reader, may_begin_late=len(streams) > 1) for asset, one in streams.items()}
    _check_marks(read, reader)
    files, file_places = _by_asset(body.get("file"))
    paths = {asset: _path(one, reader, folder) for asset, one in files.items()}
    history = body.get("history")
    funding, funding_places = _external(body.get("funding"), "funding", "rate", reader)
    interest, interest_places = _external(body.get("open_interest"), "open_interest", "value", reader)
    return Given(
        place=body.place,
        start=instant,
        streams=read,
        files={asset: path for asset, path in paths.items() if path is not None},
        history=_history(history, reader, folder) if history is not None else None,
        funding=funding,
        open_interest=interest,
        places={**interest_places, **funding_places, **file_places, **places},
        faulty=len(named) != 1 or any(stream.faulty for stream in read.values()) or None in paths.values(),
    )


def _by_asset(value: Value | None) -> tuple[dict[str, Value], dict[str, Place]]:
    """A value by asset, or one value for the only asset; and the places of the keys."""
    if value is None:
        return {}, {}
    if isinstance(value, MapValue):
        return {entry.name: entry.value for entry in value}, {entry.name: entry.key.place for entry in value}
    return {ANY: value}, {}


def _check_marks(streams: Mapping[str, Stream], reader: Reader) -> None:
    first: set[str] = set()
    for stream in streams.values():
        for name, (_, place) in stream.marks.items():
            if name in first:
                reader.findings.add("R9006", f"the mark {name} is set twice", place, expected="another name")
            first.add(name)


def _path(value: Value, reader: Reader, folder: Path) -> Path | None:
    name = reader.text(value, "file", "a file of candles")
    if name is None:
        return None
    path = folder / name
    if not path.is_file():
        reader.findings.add("R9005", f"there is no file {name}", value.place, expected="a path from the test file on")
        return None
    return path


def _history(value: Value, reader: Reader, folder: Path) -> History:
    body = reader.mapping(value, "history", ("from", "to", "store"))
    if body is None:
        return History(None, None, None, value.place)
    moments: list[int | None] = []
    for key in ("from", "to"):
        given = body.get(key)
        found = reader.instant(given, key) if given is not None else None
        if found is not None and found.relative:
            reader.findings.add("R9019", f"{key} is no date", found.place, expected="a date such as 2025-03-01")
        moments.append(found.milliseconds if found is not None else None)
    start, end = moments
    if start is not None and end is not None and start >= end:
        reader.findings.add("R9010", "from is not before to", body.place, expected="a period that is not empty")
    store = None
    named = body.get("store")
    if named is not None:
        text = reader.text(named, "store", "a folder of market data")
        store = folder / text if text else None
        if store is not None and not store.is_dir():
            reader.findings.add("R9005", f"there is no folder {text}", named.place, expected="a store of market data")
    return History(start, end, store, value.place)


def _external(
    value: Value | None, what: str, number: str, reader: Reader
) -> tuple[dict[str, tuple[Stamp, ...]], dict[str, Place]]:
    series, places = _by_asset(value)
    return {asset: _stamps(one, what, number, reader) for asset, one in series.items()}, places


def _stamps(value: Value, what: str, number: str, reader: Reader) -> tuple[Stamp, ...]:
    sample = f"[{{at: 8h, {number}: 0.0001}}]"
    if not isinstance(value, ListValue):
        reader.wrong(value, what, f"a list such as {sample}")
        return ()
    found = []
    for item in value.items:
        body = reader.mapping(item, what, ("at", "every", number))
        if body is None:
            continue
        given, moment, every = reader.need(body, number, what, sample), body.get("at"), body.get("every")
        if moment is None and every is None:
            reader.need(body, "at", what, sample)
        rate = reader.fraction(given, number) if given is not None else None
        at = reader.instant(moment, "at") if moment is not None else Instant(0, True, body.place)
        step = reader.duration(every, "every") if every is not None else 0
        if rate is not None and at is not None and step is not None:
            found.append(Stamp(at, rate, step))
    return tuple(found)
