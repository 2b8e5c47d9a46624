"""Cut the bundled sample and the files of known quirks out of a folder of collected market data.

Usage: ``python tools/make_sample.py SOURCE [DESTINATION]``

SOURCE holds ``candles/VENUE/SYMBOL/TIMEFRAME.parquet``, ``funding/VENUE/SYMBOL.parquet`` and a ``manifest.csv`` with
the columns ``file``, ``origin`` and ``licence``. DESTINATION (default ``tests/data``) gets the stores ``sample`` and
``quirks``, each with a table of its contents in ``README.md`` between two markers. One source always gives the same
bytes.
"""

from __future__ import annotations

import csv
import shutil
import sys
import tempfile
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

import pyarrow.compute as pc
import pyarrow.parquet as pq

from radar.store import SeriesKey, Store
from radar.store.importing import import_files
from radar.store.instants import format_instant
from radar.store.lock import LOCK_NAME

_START, _END = "<!-- contents -->\n", "<!-- end of contents -->\n"


@dataclass(frozen=True)
class Cut:
    """The rows of one source file between two dates (UTC, the second one excluded)."""

    file: str
    start: str
    end: str


SAMPLE = [
    *(
        Cut(f"candles/binance/{asset}-USDT-PERP/1h.parquet", "2024-12-01", "2026-01-01")
        for asset in ("BTC", "ETH", "XRP", "SOL")
    ),
    *(
        Cut(f"funding/binance/{asset}-USDT-PERP.parquet", "2024-12-01", "2026-01-01")
        for asset in ("BTC", "ETH", "XRP", "SOL")
    ),
    Cut("candles/binance/SOL-USDT-PERP/5m.parquet", "2025-09-15", "2025-11-01"),
    *(
        Cut(f"candles/binance/{asset}-USDT-PERP/15m.parquet", "2025-09-15", "2025-11-02")
        for asset in ("BTC", "ETH", "XRP")
    ),
]
QUIRKS = [
    Cut("candles/binance/ETH-USDT-PERP/1h.parquet", "2020-03-01", "2020-03-20"),
    Cut("funding/binance/ETH-USDT-PERP.parquet", "2020-03-01", "2020-03-20"),
    *(Cut(f"candles/binance/{asset}-USDT-PERP/1h.parquet", "2025-09-27", "2025-10-14") for asset in ("DOT", "KAS")),
    *(Cut(f"funding/binance/{asset}-USDT-PERP.parquet", "2025-09-27", "2025-10-14") for asset in ("DOT", "KAS")),
    Cut("candles/binance/XTZ-USDT-PERP/1h.parquet", "2025-07-12", "2025-07-28"),
    Cut("funding/binance/XTZ-USDT-PERP.parquet", "2025-07-01", "2025-08-05"),
    Cut("candles/binance/BTC-USDT/1h.parquet", "2018-06-20", "2018-07-08"),
    Cut("candles/bittrex/XRP-BTC/1m.parquet", "2018-07-20", "2018-07-20 08:00"),
    Cut("candles/binance/BNB-USDT-PERP/1h.parquet", "2026-03-10", "2026-04-01"),
    Cut("candles/binance/LAYER-USDT-PERP/1h.parquet", "2026-03-10", "2026-04-01"),
    Cut("candles/binance/IOTX-USDT-PERP/1h.parquet", "2026-03-10", "2026-04-01"),
    Cut("candles/bitget/BTC-USDT-PERP/1h.parquet", "2025-10-31", "2025-11-09"),
    Cut("candles/bitget/BTC-USDT-PERP/5m.parquet", "2025-11-07", "2025-11-09"),
    Cut("funding/binance/SOL-USDT-PERP.parquet", "2025-02-01", "2025-05-01"),
    Cut("candles/binance/BTC-USDT-PERP/1h.parquet", "2024-10-20", "2024-11-01"),
    Cut("candles/binance/BTC-USDT-PERP/5m.parquet", "2024-10-28", "2024-10-29"),
]


def make_store(source: Path, target: Path, cuts: list[Cut]) -> str:
    """Import the cuts into a new store at `target`; returns the Markdown table of what it holds."""
    with (source / "manifest.csv").open(encoding="utf-8", newline="") as file:
        manifest = {row["file"]: row for row in csv.DictReader(file)}
    for kind in ("candles", "funding"):
        shutil.rmtree(target / kind, ignore_errors=True)
    store, lines = Store(target), []
    for cut in cuts:
        entry = manifest[cut.file]
        origin = f"{entry['origin']} ({entry['licence']})"
        key = _import(store, source, cut, origin)
        covered = next(one for one in store.coverage() if one.key == key)
        assert covered.first is not None
        assert covered.last is not None
        lines.append(
            f"| {key} | {covered.rows} | {format_instant(covered.first)} | {format_instant(covered.last)} "
            f"| `{entry['origin'].replace('; ', '`; `')}` | {entry['licence']} |"
        )
    (target / LOCK_NAME).unlink(missing_ok=True)
    head = "| series | rows | first (UTC) | last (UTC) | origin (repository:file) | its licence |\n"
    head += "|---|---:|---|---|---|---|\n"
    return head + "\n".join(sorted(lines)) + f"\n\nDigest of all series: `{store.digest()}`\n"


def _import(store: Store, source: Path, cut: Cut, origin: str) -> SeriesKey:
    table = pq.read_table(source / cut.file)
    start, end = (
        int(datetime.fromisoformat(day).replace(tzinfo=UTC).timestamp() * 1000) for day in (cut.start, cut.end)
    )
    rows = table.filter((pc.field("ts") >= start) & (pc.field("ts") < end))
    with tempfile.TemporaryDirectory() as folder:
        part = Path(folder) / cut.file
        part.parent.mkdir(parents=True)
        pq.write_table(rows, part)
        report = import_files(store, [part], origin=origin)[0]
    if report.error is not None:
        raise report.error
    assert report.key is not None
    return report.key


def _write_readme(path: Path, table: str) -> None:
    text = path.read_text(encoding="utf-8")
    before, _, rest = text.partition(_START)
    _, _, after = rest.partition(_END)
    path.write_text(f"{before}{_START}{table}{_END}{after}", encoding="utf-8", newline="\n")


def main(arguments: list[str]) -> int:
    """Make both stores; returns the exit status."""
    if len(arguments) not in (1, 2):
        print(__doc__)
        return 2
    source = Path(arguments[0])
    target = Path(arguments[1]) if len(arguments) == 2 else Path(__file__).parent.parent / "tests" / "data"
    for name, cuts in (("sample", SAMPLE), ("quirks", QUIRKS)):
        table = make_store(source, target / name, cuts)
        _write_readme(target / name / "README.md", table)
        print(f"{target / name}\n\n{table}")
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
