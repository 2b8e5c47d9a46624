"""A sweep in a Parquet file: its rows, and in the schema's metadata everything that they follow from.

What follows from the same content is taken over when the sweep is asked for again; what follows from another is refused
with a word on what differs. The file has no clock, user or path in it: equal sweeps are equal bytes.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

from radar import __version__
from radar.kernel.build import digest_of
from radar.kernel.sweep import sweep_digest
from radar.market.instant import format_instant
from radar.research.files import write_file
from radar.research.sweep.explore import CLOCK, Exploration, Parameter
from radar.research.sweep.grid import SweepError
from radar.research.sweep.group import Group
from radar.spec.model import Pipeline

if TYPE_CHECKING:
    import pyarrow as pa

FORMAT = "radar.sweep/1"
KEY = b"radar.sweep"
"""Where the metadata of the schema hold what the rows follow from, as JSON."""

MEANINGS = {
    "radar": "another version of Radar made it",
    "pipeline": "the wiring is another",
    "config": "values that are not swept are others",
    "assets": "it is of other assets, or they share an account there and not here",
    "axes": "it sweeps other parameters",
    "from": "it begins at another time",
    "to": "it ends at another time",
    "common_start": "one of the two begins all combinations at the same bar",
    "start": "the common first bar is another one",
    "data": "the store holds other candles, funding or open interest",
    "kernel": "the code that decides is another",
}
"""What it means when a part differs."""


def identity(
    explorations: Sequence[Exploration],
    groups: Sequence[Group],
    *,
    assets: Sequence[str],
    each_asset: bool,
    start: int | None,
    end: int | None,
    common_start: int | None,
) -> dict[str, Any]:
    """What the rows of a sweep follow from, beside the values that are swept.

    ``groups`` says of each plan (by asset and by the values of the axes that make it another) the digests of its data
    and of its kernel.
    """
    swept = frozenset().union(*(one.swept for one in explorations))
    bases = [one.spaces[0].base for one in explorations]
    return {
        "format": FORMAT,
        "radar": __version__,
        "name": bases[0].name,
        "pipeline": _digest(_wiring(bases[0], swept)),
        "config": _digest([_values(base, swept) for base in bases]),
        "assets": {"names": list(assets), "each": each_asset},
        "axes": [axis.target for axis in explorations[0].grid.axes],
        "from": format_instant(start) if start is not None else None,
        "to": format_instant(end) if end is not None else None,
        "common_start": common_start is not None,
        "start": format_instant(common_start) if common_start is not None else None,
        "groups": {
            " ".join(filter(None, (group.asset, group.space.label))): {
                "data": group.feed.digest,
                "kernel": _digest([digest_of(group.plan), sweep_digest(group.plan)]),
            }
            for group in groups
        },
    }


def _wiring(pipeline: Pipeline, swept: frozenset[Parameter]) -> dict[str, Any]:
    wiring = pipeline.wiring()
    if CLOCK in swept:
        wiring.pop("clock")
    return wiring


def _values(pipeline: Pipeline, swept: frozenset[Parameter]) -> dict[str, Any]:
    """Every value in effect that no axis sets, by asset and node."""
    found: dict[str, Any] = {"assets": [asset.to_json() for asset in pipeline.assets]}
    for asset in pipeline.assets:
        for node in pipeline.nodes:
            values = node.params_for(asset.name).model_dump(mode="json")
            kept = {name: value for name, value in values.items() if (node.id, asset.name, name) not in swept}
            found[f"{asset.name}.{node.id}"] = kept
    return found


def _digest(content: Any) -> str:
    return hashlib.sha256(json.dumps(content, sort_keys=True, allow_nan=False).encode("utf-8")).hexdigest()


def with_metadata(table: pa.Table, content: Mapping[str, Any]) -> pa.Table:
    """The table with ``content`` in its schema."""
    return table.replace_schema_metadata({KEY: json.dumps(content, sort_keys=True, allow_nan=False)})


def metadata_of(table: pa.Table) -> dict[str, Any] | None:
    """What :func:`with_metadata` wrote, or None."""
    text = (table.schema.metadata or {}).get(KEY)
    try:
        content = json.loads(text) if text is not None else None
    except ValueError:
        return None
    return content if isinstance(content, dict) and content.get("format") == FORMAT else None


def write_sweep(table: pa.Table, path: Path) -> None:
    """Write a sweep's table as Parquet; a reader sees the old file or the new one, never a part."""
    import pyarrow as pa
    from pyarrow import parquet

    sink = pa.BufferOutputStream()
    parquet.write_table(table, sink, compression="zstd", version="2.6", store_schema=True)
    write_file(path, memoryview(sink.getvalue()), "the sweep", "--out FILE.parquet")


def read_sweep(path: Path, expected: Mapping[str, Any]) -> pa.Table | None:
    """The rows of an earlier sweep that ``expected`` (:func:`identity`) goes on with; None when there is no file.

    Raises:
        SweepError: It is no sweep, or one that follows from something else.
    """
    import pyarrow as pa
    from pyarrow import parquet

    if not path.exists():
        return None
    try:
        table = parquet.read_table(path)
    except (pa.ArrowException, OSError) as error:
        raise unusable(path, [f"it cannot be read: {str(error).splitlines()[0]}"]) from None
    found = metadata_of(table)
    if found is None:
        raise unusable(path, ["it was not written by a sweep"])
    different = list(_differences(found, expected))
    if different:
        raise unusable(path, different)
    return table


def _differences(found: Mapping[str, Any], expected: Mapping[str, Any]) -> list[str]:
    different = [
        f"{meaning}{_shown(found.get(name), expected[name])}"
        for name, meaning in MEANINGS.items()
        if name in expected and found.get(name) != expected[name]
    ]
    theirs, ours = found.get("groups", {}), expected["groups"]
    for label in ours:
        for part, digest in ours[label].items():
            if label in theirs and theirs[label].get(part) != digest:
                different.append(f"{MEANINGS[part]}{f' for {label}' if label else ''}")
    return different


def _shown(found: Any, expected: Any) -> str:
    """Both values, unless they are digests, which say nothing to a reader."""
    texts = [json.dumps(one, ensure_ascii=False) for one in (found, expected)]
    return "" if any(len(text) == 66 for text in texts) else f" ({texts[0]} there, {texts[1]} here)"


def unusable(path: Path, reasons: Sequence[str]) -> SweepError:
    """The error of a file that a sweep cannot go on with."""
    return SweepError(
        f"the sweep cannot go on from {path}: {'; '.join(reasons)}",
        expected="a file that the same sweep wrote with --out: same pipeline, values, assets, period, data and kernel",
        next_step="name another file, or leave --resume out to write this one anew",
        code="R6006",
    )
