"""Speed and size: ``python tools/dev.py bench [NAME ...] [--json] [--source STORE]``.

    bar       one bar of grid_atr against a loop written by hand and a copy of the data; a call that advances one bar
    history   a year of minutes of one asset, six years of hours of six assets, from Parquet to metrics
    arena     all strategies at once over a year of 5 m and 1 h candles of 5, 10 and 20 assets
    sweep     combinations of three strategies against loops written by hand over the same columns; few and many
    stream    from a candle to its intent in the ledger, checkpoints, and the way back of a run that died
    start     first compile and load of each shipped pipeline, and the help of the command line

Figures are the least of many runs, ratios come from runs in turns. What is measured against a loop is first held
against it, trade by trade. No test depends on a time.
"""

from __future__ import annotations

import argparse
import json
import sys
from collections.abc import Callable, Sequence
from pathlib import Path

from tools import bench_arena, bench_bar, bench_history, bench_start, bench_stream, bench_sweep
from tools.bench_measure import Entry, machine

ENTRIES: dict[str, Callable[[Path | None], list[Entry]]] = {
    "bar": lambda source: bench_bar.measure(source or bench_bar.SAMPLE),
    "history": bench_history.measure,
    "arena": lambda source: bench_arena.measure(),
    "sweep": bench_sweep.measure,
    "start": lambda source: bench_start.measure(),
    "stream": lambda source: bench_stream.measure(),
}


def main(arguments: Sequence[str] | None = None) -> int:
    """Measure the named entries, or all, and print them."""
    parser = argparse.ArgumentParser(
        prog="bench", description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("names", nargs="*", metavar="NAME", help=f"what to measure (all): {', '.join(ENTRIES)}")
    parser.add_argument("--json", action="store_true", help="print the figures as JSON")
    parser.add_argument("--source", type=Path, help="a store of market data to use in place of the bundled sample")
    chosen = parser.parse_args(arguments)
    unknown = [name for name in chosen.names if name not in ENTRIES]
    if unknown:
        parser.error(f"there is no {', '.join(unknown)}; there are {', '.join(ENTRIES)}")
    found: list[Entry] = []
    where = machine()
    if not chosen.json:
        print(", ".join(f"{name} {value}" for name, value in where.items()))
    for name in chosen.names or ENTRIES:
        for entry in ENTRIES[name](chosen.source):
            found.append(entry)
            if not chosen.json:
                print("\n".join(("", *entry.lines())), flush=True)
    if chosen.json:
        print(json.dumps({"machine": where, "entries": [entry.to_json() for entry in found]}, indent=2))
    return 0


if __name__ == "__main__":
    sys.exit(main())
