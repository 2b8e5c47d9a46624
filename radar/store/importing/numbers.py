"""Cells to float64, or an error that names the first cell that is no number."""

from __future__ import annotations

import re
from typing import Final

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from radar.errors import DataError
from radar.store.importing.source_file import SourceTable
from radar.store.series import Floats

__all__ = ["NUMBER", "column_as_text", "read_numbers"]

NUMBER: Final = re.compile(r"[+-]?(\d+\.?\d*|\.\d+)([eE][+-]?\d+)?|[+-]?(nan|inf|infinity)", re.IGNORECASE)


def read_numbers(source: SourceTable, column: int) -> Floats:
    """A column's values. NaN and infinity that the file spells out stay, for `verify` to report.

    Raises:
        DataError: A cell is empty or not a number; it names the file, the line or row, and the column.
    """
    cells = source.columns[column]
    kind = cells.type
    if pa.types.is_dictionary(kind):
        cells = cells.dictionary_decode()
        kind = cells.type
    if pa.types.is_string(kind) or pa.types.is_large_string(kind):
        return _from_text(source, column, pc.utf8_trim_whitespace(cells.cast(pa.string())))
    if cells.null_count:
        raise _not_a_number(source, column, _first_null(cells), "the cell is empty")
    if pa.types.is_floating(kind) or pa.types.is_integer(kind) or pa.types.is_decimal(kind):
        return np.asarray(cells.cast(pa.float64(), safe=False).to_numpy(zero_copy_only=False), dtype=np.float64)
    raise DataError(
        f"{source.path}: column {source.name_of(column)} is of type {kind}",
        expected="numbers",
        next_step="name the right column with --column ROLE=NAME",
        code="data-not-a-number",
    )


def column_as_text(source: SourceTable, column: int) -> pa.Array | None:
    """A column of strings, trimmed; None when it is of another type.

    Raises:
        DataError: A cell is null.
    """
    cells = source.columns[column]
    if pa.types.is_dictionary(cells.type):
        cells = cells.dictionary_decode()
    if not (pa.types.is_string(cells.type) or pa.types.is_large_string(cells.type)):
        return None
    if cells.null_count:
        raise _not_a_number(source, column, _first_null(cells), "the cell is empty")
    return pc.utf8_trim_whitespace(cells.cast(pa.string()))


def _from_text(source: SourceTable, column: int, cells: pa.Array) -> Floats:
    try:
        values = cells.cast(pa.float64())
        if values.null_count == 0:
            return np.asarray(values.to_numpy(zero_copy_only=False), dtype=np.float64)
    except pa.ArrowInvalid:
        pass
    texts = cells.to_pylist()
    for row, text in enumerate(texts):
        if not text:
            raise _not_a_number(source, column, row, "the cell is empty")
        if not NUMBER.fullmatch(text):
            raise _not_a_number(source, column, row, f"{text!r} is not a number")
    return np.array([float(text) for text in texts], dtype=np.float64)


def _first_null(cells: pa.Array) -> int:
    return int(np.flatnonzero(cells.is_null().to_numpy(zero_copy_only=False))[0])


def _not_a_number(source: SourceTable, column: int, row: int, why: str) -> DataError:
    return DataError(
        f"{source.place(row)}, column {source.name_of(column)}: {why}",
        expected="a number with a decimal point, such as 58390.1",
        next_step="correct the file; nothing of it was imported",
        code="data-not-a-number",
    )
