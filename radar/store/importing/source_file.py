"""A file of another program as a table that can name the place of each of its rows."""

from __future__ import annotations

import gzip
import zipfile
import zlib
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from io import BytesIO
from pathlib import Path
from typing import Final

import pyarrow as pa
import pyarrow.feather as feather
import pyarrow.ipc as ipc
import pyarrow.parquet as pq

from radar.errors import DataError
from radar.store.importing.delimited_text import parse_delimited

__all__ = ["READABLE", "SourceTable", "read_source", "series_name"]

READABLE: Final = (".csv", ".tsv", ".txt", ".parquet", ".feather", ".arrow", ".ipc")
_PACKED: Final = (".gz", ".zip")


@dataclass(frozen=True, slots=True)
class SourceTable:
    """The cells of a file.

    Attributes:
        path: The file.
        names: The columns' names as written; empty when a text file has no header.
        columns: One array a column; of strings when the file is text.
        place: The place of a row (by its index) in the file: ``prices.csv line 12``.
        metadata: What a Parquet or Arrow file says of itself.
    """

    path: Path
    names: tuple[str, ...]
    columns: tuple[pa.Array, ...]
    place: Callable[[int], str]
    metadata: Mapping[str, str] = field(default_factory=dict)

    @property
    def rows(self) -> int:
        """The number of data rows."""
        return len(self.columns[0]) if self.columns else 0

    def name_of(self, column: int) -> str:
        """The name of a column for messages: its header, or its number when there is none."""
        return repr(self.names[column]) if self.names else f"number {column + 1}"


def series_name(path: Path) -> str:
    """The file's name without the extensions of its format: ``BTCUSDT-1m.csv.gz`` is ``BTCUSDT-1m``."""
    name = path.name
    for endings in (_PACKED, READABLE):
        for ending in endings:
            if name.lower().endswith(ending):
                name = name[: -len(ending)]
                break
    return name


def read_source(path: Path) -> SourceTable:
    """Read a CSV (also packed by gzip or zip), Parquet, Feather or Arrow file, told apart by its content.

    Raises:
        DataError: The file is not there, empty, damaged, or of another format.
    """
    if not path.is_file():
        raise DataError(
            f"{path}: no such file",
            expected="a file or folder with " + ", ".join(READABLE),
            code="data-no-file",
        )
    try:
        content = _unpacked(path, path.read_bytes())
    except (OSError, EOFError, zlib.error, zipfile.BadZipFile) as error:
        raise DataError(
            f"{path} cannot be unpacked: {error or type(error).__name__}",
            expected="a complete gzip or zip file",
            next_step="fetch the file again",
            code="data-damaged",
        ) from error
    if not content.strip():
        raise DataError(f"{path} is empty", expected="at least one row of data", code="data-empty")
    table = _columnar(path, content)
    if table is not None:
        source = SourceTable(
            path,
            tuple(table.column_names),
            tuple(column.combine_chunks() for column in table.columns),
            lambda row: f"{path} row {row + 1}",
            {
                k.decode("utf-8", "replace"): v.decode("utf-8", "replace")
                for k, v in (table.schema.metadata or {}).items()
            },
        )
    else:
        text = parse_delimited(str(path), content)
        source = SourceTable(path, text.names, text.columns, text.place)
    if source.rows == 0:
        raise DataError(f"{path} has columns but no rows", expected="at least one row of data", code="data-empty")
    return source


def _columnar(path: Path, content: bytes) -> pa.Table | None:
    try:
        if content[:4] == b"PAR1" or path.suffix.lower() == ".parquet":
            return pq.ParquetFile(BytesIO(content)).read()
        if content[:4] == b"FEA1" or content[:6] == b"ARROW1" or path.suffix.lower() == ".feather":
            return feather.read_table(BytesIO(content))
        if path.suffix.lower() in (".arrow", ".ipc"):
            return ipc.open_stream(BytesIO(content)).read_all()
    except (pa.ArrowException, OSError) as error:
        first = (str(error).splitlines() or [type(error).__name__])[0]
        raise DataError(
            f"{path} cannot be read: {first}",
            expected="a complete Parquet, Feather or Arrow file",
            next_step="fetch the file again, or give a text file the ending .csv",
            code="data-damaged",
        ) from error
    return None


def _unpacked(path: Path, content: bytes) -> bytes:
    if content[:2] == b"\x1f\x8b":
        return gzip.decompress(content)
    if content[:4] == b"PK\x03\x04":
        with zipfile.ZipFile(BytesIO(content)) as archive:
            names = [entry for entry in archive.namelist() if not entry.endswith("/")]
            if len(names) != 1:
                raise DataError(
                    f"{path} holds {len(names)} files",
                    expected="a zip file with one CSV file",
                    next_step="unpack it and import the files or their folder",
                    code="data-damaged",
                )
            return archive.read(names[0])
    return content
