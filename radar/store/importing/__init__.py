"""Files of other programs into a store.

- `importer`: the way of a file into the store, and its report.
- `source_file`, `delimited_text`: any readable file as a table that knows its rows' places.
- `columns`, `headerless`: which column is what; `numbers`, `times`: cells to values.
- `file_name`, `identity`: which series a table is.
- `in_memory`: a table of the calling program as candles.
"""

from __future__ import annotations

from radar.store.importing.importer import ImportReport, import_files
from radar.store.importing.in_memory import candles_from_table

__all__ = ["ImportReport", "candles_from_table", "import_files"]
