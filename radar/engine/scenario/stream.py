"""The candles of one asset as a test file writes them: rows, generators and tokens, in order."""

from __future__ import annotations

import itertools
import math
import re
from dataclasses import dataclass, field

from radar.engine.scenario.reading import Reader
from radar.engine.scenario.walk import Row, walk
from radar.spec.source import Place
from radar.spec.suggest import nearest
from radar.spec.tree import ListValue, MapValue, Scalar, Value, describe

__all__ = ["MARK", "Stream", "Token", "read_stream"]

MOST_BARS = 200_000
VOLUME = 100.0
REPLAYED = 24
"""Bars that lie between the last checkpoint and a crash, unless the token says otherwise."""

MARK = re.compile(r"[a-z][a-z0-9_]*")
GENERATORS = {
    "flat": ("flat", "price", "range", "volume"),
    "ramp": ("ramp", "from", "to", "range", "volume"),
    "zigzag": ("zigzag", "price", "by", "volume"),
    "spike": ("spike", "low", "high", "close", "volume"),
    "walk": ("walk", "seed", "start", "volatility", "drift", "volume"),
}
TOKENS = ("gap", "mark", "crash", "restart")
_CANDLE = "[open, high, low, close] or [open, high, low, close, volume]"


@dataclass(frozen=True)
class Token:
    """The process ends here and another takes over.

    ``slot`` counts periods of the clock before it, ``replayed`` bars since the last checkpoint (0: an orderly restart).
    """

    slot: int
    replayed: int
    place: Place


@dataclass
class Stream:
    """Bars of one asset: ``slots[bar]`` periods of the clock since the start, ``rows[bar]`` open to volume."""

    slots: list[int] = field(default_factory=list)
    rows: list[Row] = field(default_factory=list)
    marks: dict[str, tuple[int, Place]] = field(default_factory=dict)
    tokens: list[Token] = field(default_factory=list)
    next_slot: int = 0
    faulty: bool = False

    @property
    def close(self) -> float | None:
        """The last close, or None before the first bar."""
        return self.rows[-1][3] if self.rows else None

    def add(self, row: Row) -> None:
        """The next bar."""
        self.slots.append(self.next_slot)
        self.rows.append(row)
        self.next_slot += 1


def read_stream(value: Value, reader: Reader, *, may_begin_late: bool) -> Stream:
    """Read the entries. ``may_begin_late``: a gap may come first, since another asset has bars there."""
    stream = Stream()
    items = reader.items(value, "candles", "a list of candles, generators and tokens")
    gap: Place | None = None
    for item in items or ():
        before = len(stream.rows)
        gap = _read_entry(item, stream, reader, may_begin_late) or gap
        if len(stream.rows) > before:
            gap = None
        if len(stream.rows) > MOST_BARS:
            reader.findings.add("R9010", f"the case has more than {MOST_BARS:,} bars", item.place)
            break
    if gap is not None:
        reader.findings.add("R9020", "no bar follows this gap", gap, fix="put bars behind it, or remove it")
    stream.faulty = items is None or stream.faulty
    return stream


def _read_entry(item: Value, stream: Stream, reader: Reader, may_begin_late: bool) -> Place | None:
    """Add one entry; the place of a gap, else None."""
    if isinstance(item, ListValue):
        _read_candle(item, stream, reader)
    elif isinstance(item, MapValue):
        names = [entry.name for entry in item if entry.name in (*GENERATORS, *TOKENS)]
        if len(names) != 1:
            _unknown(item, item.entries[0].name if item.entries and not names else "", stream, reader)
        elif names[0] in GENERATORS:
            _generate(names[0], item, stream, reader)
        else:
            return _read_token(names[0], item, stream, reader, may_begin_late)
    elif item.text in ("crash", "restart") and item.style == "plain":
        _end_process(item.place, item.text, REPLAYED if item.text == "crash" else 0, stream, reader)
    elif not item.faulty:
        _unknown(item, item.text, stream, reader)
    return None


def _unknown(item: Value, word: str, stream: Stream, reader: Reader) -> None:
    stream.faulty = True
    shown = describe(item) if isinstance(item, Scalar) else word or "a mapping without exactly one generator or token"
    reader.findings.add(
        "R9009",
        f"an entry of candles is {shown}",
        item.place,
        expected=f"a candle {_CANDLE}, one of {', '.join(GENERATORS)}, or one of {', '.join(TOKENS)}",
        nearest=nearest(word, (*GENERATORS, *TOKENS)),
    )


def _read_candle(item: ListValue, stream: Stream, reader: Reader) -> None:
    if len(item.items) not in (4, 5):
        stream.faulty = True
        reader.findings.add("R9007", f"a candle of {len(item.items)} values", item.place, expected=_CANDLE)
        return
    names = ("open", "high", "low", "close", "volume")
    values = [reader.number(one, f"the {name}") for one, name in zip(item.items, names, strict=False)]
    if any(one is None for one in values):
        stream.faulty = True
        return
    numbers = [one for one in values if one is not None]
    _add(item.place, (numbers[0], numbers[1], numbers[2], numbers[3], (*numbers, VOLUME)[4]), stream, reader)


def _add(place: Place, row: Row, stream: Stream, reader: Reader) -> bool:
    opened, high, low, close, volume = row
    problem = ""
    if not all(math.isfinite(one) for one in row):
        problem = "its numbers grow beyond all bounds"
    elif min(row[:4]) <= 0.0:
        problem = "its prices are not all positive"
    elif volume < 0.0:
        problem = f"its volume is {volume:g}"
    elif low > min(opened, close):
        problem = f"its low {low:g} is above {min(opened, close):g}"
    elif high < max(opened, close):
        problem = f"its high {high:g} is below {max(opened, close):g}"
    if problem:
        stream.faulty = True
        reader.findings.add("R9007", f"this is no candle: {problem}", place, expected=_CANDLE)
        return False
    stream.add(row)
    return True


def _read_token(name: str, item: MapValue, stream: Stream, reader: Reader, may_begin_late: bool) -> Place | None:
    reader.mapping(item, name, (name,))
    value = item.get(name)
    assert value is not None
    if name == "gap":
        missing = reader.whole(value, "gap", least=1, most=MOST_BARS)
        if missing is None:
            stream.faulty = True
        elif not stream.rows and not may_begin_late and not stream.faulty:
            reader.findings.add("R9020", "no bar stands before this gap", item.place, fix="put bars before it")
        else:
            stream.next_slot += missing
            return item.place
    elif name == "mark":
        _read_mark(value, stream, reader)
    elif name == "crash":
        replayed = reader.whole(value, "crash", least=1, most=MOST_BARS)
        if replayed is not None:
            _end_process(item.place, name, replayed, stream, reader)
    else:
        reader.wrong(value, "restart", "the word restart alone")
    return None


def _read_mark(value: Value, stream: Stream, reader: Reader) -> None:
    name = reader.text(value, "mark", "a name of lower-case letters, digits and _")
    if name is None:
        return
    if not MARK.fullmatch(name):
        reader.wrong(value, "mark", "a name of lower-case letters, digits and _, beginning with a letter")
    elif not stream.rows and not stream.faulty:
        reader.findings.add("R9020", f"no bar stands before the mark {name}", value.place, fix="put it behind a bar")
    elif name in stream.marks:
        reader.findings.add("R9006", f"the mark {name} is set twice", value.place, expected="another name")
    elif stream.slots:
        stream.marks[name] = (stream.slots[-1], value.place)


def _end_process(place: Place, name: str, replayed: int, stream: Stream, reader: Reader) -> None:
    if not stream.rows and not stream.faulty:
        reader.findings.add("R9020", f"no bar stands before this {name}", place, fix="put it behind a bar")
    else:
        stream.tokens.append(Token(stream.next_slot, replayed, place))


def _generate(name: str, item: MapValue, stream: Stream, reader: Reader) -> None:
    keys = GENERATORS[name]
    reader.mapping(item, name, keys)
    count = item.get(name)
    assert count is not None
    bars = reader.whole(count, name, least=1, most=MOST_BARS)
    options = _Options(item, reader)
    before = len(stream.rows)
    if bars is not None and stream.next_slot + bars <= 2 * MOST_BARS:
        for row in _rows(name, bars, options, stream, reader):
            if not _add(item.place, row, stream, reader):
                break
    stream.faulty = stream.faulty or options.faulty or len(stream.rows) == before


class _Options:
    """The numbers of a generator."""

    def __init__(self, item: MapValue, reader: Reader) -> None:
        self.item = item
        self.reader = reader
        self.faulty = False

    def number(self, name: str, default: float | None = None, *, unit: str = "", least: float = 0.0) -> float | None:
        value = self.item.get(name)
        if value is None:
            return default
        found = self.reader.number(value, name, unit=unit, least=least)
        self.faulty = self.faulty or found is None
        return found

    def need(self, name: str, sample: str, *, unit: str = "") -> float | None:
        if self.reader.need(self.item, name, self.item.entries[0].name, sample) is None:
            self.faulty = True
        return self.number(name, unit=unit)


def _rows(name: str, bars: int, options: _Options, stream: Stream, reader: Reader) -> list[Row]:
    volume = options.number("volume", VOLUME)
    key = {"flat": "price", "ramp": "from", "zigzag": "price", "walk": "start"}.get(name)
    price = options.number(key, stream.close) if key else stream.close
    wanted = {
        "ramp": lambda: options.need("to", f"{{ramp: {bars}, to: 110}}"),
        "zigzag": lambda: options.need("by", f"{{zigzag: {bars}, by: 1}}"),
        "walk": lambda: options.need("volatility", f"{{walk: {bars}, volatility: 0.5%}}", unit="%"),
    }
    special = wanted[name]() if name in wanted else None
    if price is None and not options.faulty and not stream.faulty:
        fix = f"write {key}: 100" if key else "put a flat or a candle before it"
        reader.findings.add("R9008", f"{name} comes first and has no price", options.item.place, fix=fix)
    spread = (options.number("range", 0.0) if name in ("flat", "ramp") else 0.0) or 0.0
    if name == "spike":
        return _spike(bars, price, volume, options)
    seed = options.item.get("seed")
    number = reader.whole(seed, "seed", most=2**53) if seed is not None and name == "walk" else 1
    drift = options.number("drift", 0.0, unit="%", least=-100.0) if name == "walk" else 0.0
    if price is None or volume is None or number is None or drift is None or options.faulty:
        return []
    if name == "flat":
        return [(price, price + spread / 2.0, price - spread / 2.0, price, volume)] * bars
    if special is None:
        return []
    if name == "zigzag":
        return _zigzag(bars, price, special, volume)
    if name == "ramp":
        path = [price + (special - price) * step / bars for step in range(bars)] + [special]
        half = spread / 2.0
        return [
            (opened, max(opened, close) + half, min(opened, close) - half, close, volume)
            for opened, close in itertools.pairwise(path)
        ]
    return list(walk(bars, number, price, special / 100.0, drift / 100.0, volume))


def _zigzag(bars: int, price: float, by: float, volume: float) -> list[Row]:
    """Closes ``by`` above and below ``price`` in turn, above first; each bar opens at the close before it."""
    rows: list[Row] = []
    opened = price - by
    for bar in range(bars):
        close = price + by if bar % 2 == 0 else price - by
        rows.append((opened, max(opened, close), min(opened, close), close, volume))
        opened = close
    return rows


def _spike(bars: int, price: float | None, volume: float | None, options: _Options) -> list[Row]:
    close = options.number("close", price)
    low, high = options.number("low"), options.number("high")
    if price is None or volume is None or close is None or options.faulty:
        return []
    rows: list[Row] = []
    for _ in range(bars):
        ends = (price, close)
        rows.append((price, max(*ends) if high is None else high, min(*ends) if low is None else low, close, volume))
        price = close
    return rows
