"""Delimited text to columns of strings: finds the delimiter and the header, and knows the line of every row."""

from __future__ import annotations

import csv
from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass
from io import BytesIO
from typing import Any, Final

import pyarrow as pa
import pyarrow.csv as arrow_csv

from radar.errors import DataError

__all__ = ["DelimitedText", "parse_delimited"]

_DELIMITERS: Final = ",;\t|"
_LINES_SEEN: Final = 50


@dataclass(frozen=True, slots=True)
class DelimitedText:
    """The cells of a text file: header names (empty without one), string columns, and the place of each row."""

    names: tuple[str, ...]
    columns: tuple[pa.Array, ...]
    place: Callable[[int], str]


def parse_delimited(name: str, content: bytes) -> DelimitedText:
    """Split text into cells. Leading lines that start with ``#`` or have one field before a table are skipped.

    Args:
        name: The file's name, for messages.
        content: The bytes; UTF-8, or UTF-16 with its mark.

    Raises:
        DataError: The bytes are not text, there is no delimiter, or a line has another number of fields.
    """
    text = _decode(name, content)
    lines = text.replace("\r\n", "\n").replace("\r", "\n").split("\n")
    filled = [number for number, line in enumerate(lines) if line.strip()]
    shown = [number for number in filled if not lines[number].startswith("#")][:_LINES_SEEN]
    if not shown:
        raise DataError(f"{name} has no line of data", expected="at least one row of data", code="data-empty")
    try:
        delimiter = _delimiter(name, [lines[number] for number in shown])
        cells = [next(csv.reader([lines[number]], delimiter=delimiter)) for number in shown]
    except csv.Error as error:
        raise DataError(
            f"{name} is not a table: {error}", expected="one row of cells a line", code="data-fields"
        ) from error
    skipped = 0
    while skipped < len(cells) - 1 and len(cells[skipped]) == 1:
        skipped += 1
    header = tuple(cell.strip() for cell in cells[skipped]) if _is_header(cells[skipped]) else ()
    first = shown[skipped] + (1 if header else 0)
    data_lines = [number for number in filled if number >= first]

    def place(row: int) -> str:
        return f"{name} line {data_lines[row] + 1}" if row < len(data_lines) else f"{name} row {row + 1}"

    width = len(cells[skipped])
    if not data_lines:
        return DelimitedText(header, tuple(pa.array([], pa.string()) for _ in range(width)), place)
    body = "\n".join(lines[number] for number in data_lines).encode("utf-8")
    return DelimitedText(header, _split(body, delimiter, width, place), place)


def _split(body: bytes, delimiter: str, width: int, place: Callable[[int], str]) -> tuple[pa.Array, ...]:
    names = [str(column) for column in range(width)]
    bad: list[Any] = []

    def remember(row: Any) -> str:
        bad.append(row)
        return "error"

    try:
        table = arrow_csv.read_csv(
            BytesIO(body),
            read_options=arrow_csv.ReadOptions(use_threads=False, column_names=names, block_size=max(len(body), 1) + 1),
            parse_options=arrow_csv.ParseOptions(delimiter=delimiter, invalid_row_handler=remember),
            convert_options=arrow_csv.ConvertOptions(
                column_types=dict.fromkeys(names, pa.string()), strings_can_be_null=False, check_utf8=False
            ),
        )
    except pa.ArrowInvalid as error:
        if not bad:
            raise DataError(f"{place(0)}: {str(error).splitlines()[0]}", code="data-fields") from error
        row = bad[0]
        raise DataError(
            f"{place(row.number - 1)} has {row.actual_columns} fields where the first line has {row.expected_columns}",
            expected=f"{row.expected_columns} fields, separated by {delimiter!r}",
            next_step="complete or remove the line; a file cut off in a download ends like this",
            code="data-fields",
        ) from error
    return tuple(column.combine_chunks() for column in table.columns)


def _decode(name: str, content: bytes) -> str:
    encoding = "utf-16" if content[:2] in (b"\xff\xfe", b"\xfe\xff") else "utf-8-sig"
    try:
        text = content.decode(encoding)
    except UnicodeDecodeError as error:
        line = content.count(b"\n", 0, error.start) + 1
        raise _not_text(
            name, f"byte {error.start} (line {line}) is not {encoding.removesuffix('-sig').upper()}"
        ) from error
    if "\0" in text:
        raise _not_text(name, "it holds zero bytes")
    return text


def _not_text(name: str, why: str) -> DataError:
    return DataError(
        f"{name} is not a text file: {why}",
        expected="CSV in UTF-8, Parquet, Feather or Arrow",
        next_step="save the table as CSV (UTF-8) and import that",
        code="data-not-text",
    )


def _delimiter(name: str, lines: list[str]) -> str:
    best, best_width, best_count = "", 1, 0
    for delimiter in _DELIMITERS:
        widths = Counter(len(row) for row in csv.reader(lines, delimiter=delimiter))
        width, count = max(widths.items(), key=lambda item: (item[1], item[0]))
        if width > 1 and (count, width) > (best_count, best_width):
            best, best_width, best_count = delimiter, width, count
    if not best:
        raise DataError(
            f"{name} is not a table: no line splits into columns",
            expected="columns separated by a comma, semicolon, tab or |",
            code="data-fields",
        )
    return best


def _is_header(cells: list[str]) -> bool:
    return not any(_is_number(cell) for cell in cells) and any(cell.strip() for cell in cells)


def _is_number(cell: str) -> bool:
    try:
        float(cell)
    except ValueError:
        return False
    return True
