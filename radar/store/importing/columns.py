"""Which column of a table plays which role: time, prices, volume, rate, open interest."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from difflib import get_close_matches
from typing import Final

import numpy as np

from radar.errors import DataError
from radar.store.importing.numbers import read_numbers
from radar.store.importing.source_file import SourceTable
from radar.store.importing.times import read_times
from radar.store.layout import Kind
from radar.store.series import Floats, Times

__all__ = ["PERCENT", "ROLES", "Rows", "candidates", "possible_kinds", "read_rows", "snake_case"]

PERCENT: Final = re.compile(r"(^|_)(percent|percentage|pct)(_|$)")
ROLES: Final[dict[str, tuple[str, ...]]] = {
    "time": (
        "open_time",
        "time_open",
        "opentime",
        "timestamp",
        "time",
        "ts",
        "t",
        "datetime",
        "date_time",
        "date",
        "unix",
        "unix_timestamp",
        "unix_time",
        "unixtime",
        "epoch",
        "start",
        "start_time",
        "period_start",
        "funding_time",
        "fundingtime",
        "funding_rate_timestamp",
        "calc_time",
        "settlement_time",
        "settle_time",
        "create_time",
        "dt",
        "index_level_0",
        "index",
    ),
    "open": ("open", "o", "open_price", "price_open", "openprice"),
    "high": ("high", "h", "high_price", "price_high", "highprice", "max"),
    "low": ("low", "l", "low_price", "price_low", "lowprice", "min"),
    "close": ("close", "c", "close_price", "price_close", "closeprice", "last"),
    "volume": ("volume", "vol", "v", "base_volume", "volume_base", "base_asset_volume", "basevolume", "base_vol"),
    "rate": ("rate", "funding_rate", "fundingrate", "last_funding_rate", "funding", "realized_rate", "r"),
    "open_interest": ("open_interest", "openinterest", "oi", "sum_open_interest", "open_interest_amount"),
    "open_interest_value": (
        "open_interest_value",
        "openinterestvalue",
        "oi_value",
        "sum_open_interest_value",
        "open_interest_usd",
        "open_interest_usdt",
    ),
}
_NEEDED: Final[dict[Kind, tuple[str, ...]]] = {
    "candles": ("time", "open", "high", "low", "close", "volume"),
    "funding": ("time", "rate"),
    "open_interest": ("time", "open_interest"),
}
_QUOTES: Final = frozenset({"usd", "usdt", "usdc", "busd", "fdusd", "tusd", "eur", "quote"})


@dataclass(frozen=True, slots=True)
class Rows:
    """The values of a series as a file holds them, in the file's order.

    Attributes:
        time: Milliseconds UTC.
        values: One array a value column of the kind.
        used: The file's column behind each role, as its name or ``number N``.
        time_unit: How the times were written.
        notes: What was concluded rather than read.
    """

    time: Times
    values: dict[str, Floats]
    used: dict[str, str]
    time_unit: str
    notes: list[str]


def snake_case(name: str) -> str:
    """A column's name for comparison: ``openTime``, ``Open Time`` and ``<open_time>`` are ``open_time``."""
    name = re.sub(r"(?<=[a-z0-9])(?=[A-Z])", "_", name.strip())
    return re.sub(r"[^a-z0-9%]+", "_", name.lower()).strip("_").replace("%", "percent")


def candidates(source: SourceTable, role: str, given: Mapping[str, str]) -> list[int]:
    """The columns that may play a role; the one that `given` names when it names one.

    Raises:
        DataError: `given` names a column that is not there.
    """
    if role in given:
        return [_named_column(source, role, given[role])]
    names = [snake_case(name) for name in source.names]
    plain = [re.sub(r"_?" + PERCENT.pattern, "", name) if role == "rate" else name for name in names]
    found = [column for known in ROLES[role] for column, name in enumerate(plain) if name == known]
    if role == "volume" and not found:
        # "Volume BTC" beside "Volume USDT": the one in the base coin.
        tails = {
            column: name.removeprefix("volume_") for column, name in enumerate(names) if name.startswith("volume_")
        }
        found = [column for column, tail in tails.items() if tail not in _QUOTES and "_" not in tail]
    return found


def possible_kinds(source: SourceTable, given: Mapping[str, str]) -> list[Kind]:
    """The kinds of series for which the table has every column by name."""
    return [kind for kind, roles in _NEEDED.items() if all(candidates(source, role, given) for role in roles)]


def read_rows(source: SourceTable, kind: Kind, given: Mapping[str, str]) -> Rows:
    """The times and values of a table with a header.

    Where several columns may play one role they must hold the same values.

    Args:
        source: The table.
        kind: What it holds.
        given: Roles that the user assigned to columns by name.

    Raises:
        DataError: A column is missing, or ambiguous, or holds a cell that cannot be read.
    """
    missing = [role for role in _NEEDED[kind] if not candidates(source, role, given)]
    if missing:
        raise _missing_columns(source, kind, missing)
    time, unit, time_column = _read_time(source, candidates(source, "time", given))
    used, values, notes = {"time": time_column}, {}, []
    for role in _value_roles(kind):
        columns = candidates(source, role, given)
        if not columns:
            values[role] = np.full(len(time), np.nan)
            continue
        values[role] = _agreed(source, role, columns)
        used[role] = source.name_of(columns[0]).strip("'")
        if role == "rate" and source.names and PERCENT.search(snake_case(source.names[columns[0]])):
            values[role] = values[role] / 100
            notes.append(f"rates of column {used[role]!r} were in percent and are stored as fractions")
    return Rows(time, values, used, unit, notes)


def _value_roles(kind: Kind) -> tuple[str, ...]:
    return (*_NEEDED[kind][1:], "open_interest_value") if kind == "open_interest" else _NEEDED[kind][1:]


def _read_time(source: SourceTable, columns: list[int]) -> tuple[Times, str, str]:
    read: list[tuple[Times, str, str]] = []
    problem: DataError | None = None
    for column in columns:
        try:
            read.append((*read_times(source, column), source.name_of(column).strip("'")))
        except DataError as error:
            problem = problem or error
    if not read:
        assert problem is not None
        raise problem
    for other in read[1:]:
        if not np.array_equal(read[0][0], other[0]):
            row = int(np.flatnonzero(read[0][0] != other[0])[0])
            raise _ambiguous(source, "time", [read[0][2], other[2]], row)
    return read[0]


def _agreed(source: SourceTable, role: str, columns: list[int]) -> Floats:
    first = read_numbers(source, columns[0])
    for column in columns[1:]:
        other = read_numbers(source, column)
        if not np.array_equal(first, other, equal_nan=True):
            row = int(np.flatnonzero((first != other) & ~(np.isnan(first) & np.isnan(other)))[0])
            names = [source.name_of(columns[0]).strip("'"), source.name_of(column).strip("'")]
            raise _ambiguous(source, role, names, row)
    return first


def _named_column(source: SourceTable, role: str, name: str) -> int:
    if name in source.names:
        return source.names.index(name)
    if not source.names and name.isdecimal() and 1 <= int(name) <= len(source.columns):
        return int(name) - 1
    near = get_close_matches(name, source.names, n=1)
    has = ", ".join(source.names) if source.names else f"no header but {len(source.columns)} numbered columns"
    raise DataError(
        f"{source.path} has no column {name!r} for {role}",
        expected=f"one of its columns ({has})" + (f"; the nearest is {near[0]!r}" if near else ""),
        code="data-column",
    )


def _ambiguous(source: SourceTable, role: str, names: list[str], row: int) -> DataError:
    return DataError(
        f"{source.place(row)}: columns {names[0]!r} and {names[1]!r} may both be the {role} and differ",
        expected=f"one column for {role}",
        next_step=f"name it: --column {role}={names[0]}",
        code="data-column-ambiguous",
    )


def _missing_columns(source: SourceTable, kind: Kind, missing: list[str]) -> DataError:
    names = [snake_case(name) for name in source.names]
    quote_only = "volume" in missing and any("quote" in n or "turnover" in n or n.startswith("volume_") for n in names)
    hint = "; a volume in quote currency is not the volume" if quote_only else ""
    return DataError(
        f"{source.path} has no column for {', '.join(missing)}: its columns are {', '.join(source.names)}",
        expected=f"{kind.replace('_', ' ')} have {', '.join(_NEEDED[kind])}{hint}",
        next_step=f"name the column with --column {missing[0]}=NAME, or the kind of data with --kind",
        code="data-column",
    )
