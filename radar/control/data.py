"""DataService: files into the server's store, what it holds, and what is wrong with it."""

from __future__ import annotations

import hashlib
import json
import time
from collections.abc import AsyncIterator, Mapping
from functools import partial
from pathlib import Path
from typing import Any

import grpc

from radar.control.call import current_call
from radar.control.failure import CallError
from radar.control.jobs.jobs import Jobs
from radar.control.names import part_of
from radar.control.operations import operation_message, unknown_operation
from radar.control.pages import page_of
from radar.control.registry import Registry
from radar.control.said import instant, problem
from radar.control.work import Work
from radar.control.worker.importing import REPORTS
from radar.engine.places import named_data_folder
from radar.store.registry.operations import KeptOperation
from radar.v1 import data_service_pb2 as pb
from radar.v1 import diagnostic_pb2

__all__ = ["Data"]

MOST_FILES = 1000
MOST_BYTES = 2 * 1024**3
_NANOSECONDS = 1_000_000
_KIND, _MARKET = "SERIES_KIND_", "MARKET_TYPE_"


class Data:
    """Answers for the server's store of market data."""

    def __init__(self, work: Work, registry: Registry, jobs: Jobs, state: Path, data: Path | None) -> None:
        self._work = work
        self._registry = registry
        self._jobs = jobs
        self._imports = state / "imports"
        self._data = data

    async def import_data(self, requests: AsyncIterator[pb.ImportDataRequest]) -> pb.ImportDataResponse:
        """Take files over, and let their import have its turn."""
        name = self._jobs.new_name()
        received = _Received(self._jobs.place(name) / "files")
        try:
            async for request in requests:
                await self._work.run(received.take, request)
            await self._work.run(received.finish)
            current_call().asked = received.digest()
            job = {
                "kind": "importing",
                "data": str(named_data_folder(self._data).resolve()),
                "out": str(self._imports / name),
                "files": received.files,
                "options": received.options,
            }
            await self._jobs.lay(name, job, b"")
        except BaseException:
            await self._jobs.discard(name)
            raise
        call = current_call()
        count = len(received.files)
        operation = KeptOperation(
            name=name,
            method=call.method,
            title=f"import of {count} {'file' if count == 1 else 'files'}",
            author=call.caller.name if call.caller else "",
            result="",
            state="PENDING",
            create_time=time.time_ns(),
        )
        kept: list[KeptOperation] = []

        def keep() -> pb.ImportDataResponse:
            self._registry.operations.add(operation)
            kept.append(operation)
            return pb.ImportDataResponse(operation=operation_message(operation))

        try:
            return await self._registry.change(pb.ImportDataResponse, keep)
        finally:
            if not kept:
                await self._jobs.discard(name)
            self._jobs.begin()

    async def list_import_reports(self, request: pb.ListImportReportsRequest) -> pb.ListImportReportsResponse:
        """What came of the files of an import."""
        name = part_of("operations", request.operation)
        path = self._imports / name / REPORTS

        def read() -> list[dict[str, Any]]:
            return json.loads(path.read_text(encoding="utf-8")) if path.is_file() else []

        found = await self._work.run(read)
        if not found and await self._jobs.get(name) is None:
            raise unknown_operation(request.operation)
        some, token = page_of(found, request)
        return pb.ListImportReportsResponse(reports=[_report(one) for one in some], next_page_token=token)

    async def list_series(self, request: pb.ListSeriesRequest) -> pb.ListSeriesResponse:
        """What is stored."""
        found = await self._work.run(self._coverage, request.filter)
        some, token = page_of(found, request)
        return pb.ListSeriesResponse(series=[_series(one) for one in some], next_page_token=token)

    async def verify_series(self, request: pb.VerifySeriesRequest) -> AsyncIterator[pb.VerifySeriesResponse]:
        """Every fault, series by series."""
        from radar.store.verifying import verify

        store = self._store()
        now = request.time.ToMilliseconds() if request.HasField("time") else None
        keys = [one["key"] for one in await self._work.run(self._coverage, request.filter)]
        for number, key in enumerate(keys, 1):
            findings = await self._work.run(
                partial(
                    verify,
                    store,
                    kind=key.kind,
                    venue=key.venue,
                    market=key.market,
                    asset=key.asset,
                    timeframe=key.timeframe,
                    now=now,
                )
            )
            yield pb.VerifySeriesResponse(
                sequence=number,
                series=_key(key),
                findings=[_finding(one, key) for one in findings if one.series == str(key)],
                total=len(keys),
            )

    def _store(self) -> Any:
        from radar.store import Store

        return Store(named_data_folder(self._data))

    def _coverage(self, wanted: pb.SeriesKey) -> list[dict[str, Any]]:
        store = self._store()
        if not store.path.is_dir():
            return []
        return [{"key": one.key, "coverage": one} for one in store.coverage() if _matches(_key(one.key), wanted)]


class _Received:
    """Files as they come in pieces. They are written under numbers: names are only names."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._state = hashlib.sha256()
        self._size = 0
        self._open: Any = None
        self.options: dict[str, Any] | None = None
        self.files: list[tuple[str, str]] = []

    def take(self, request: pb.ImportDataRequest) -> None:
        """One message: the header first, then pieces."""
        if self.options is None:
            if request.WhichOneof("part") != "header":
                raise _unusable("the first message is no header", "a header, then pieces")
            self.options = _options(request.header)
            self._state.update(request.header.SerializeToString(deterministic=True))
            return
        if request.WhichOneof("part") != "piece":
            raise _unusable("a message behind the first is no piece", "one header, then pieces")
        piece = request.piece
        if piece.file:
            self._begin(piece.file)
        elif self._open is None:
            raise _unusable("the first piece names no file", "a piece with the name of the file that begins")
        self._size += len(piece.content)
        if self._size > MOST_BYTES:
            raise CallError(
                grpc.StatusCode.RESOURCE_EXHAUSTED,
                "IMPORT_TOO_LARGE",
                f"the files are larger than {MOST_BYTES:,} bytes together",
                expected="several smaller imports",
            )
        self._state.update(piece.content)
        self._open.write(piece.content)

    def _begin(self, name: str) -> None:
        self.close()
        plain = name.replace("\\", "/").rpartition("/")[2]
        if not plain.strip(". ") or any(ord(sign) < 32 for sign in plain) or len(self.files) >= MOST_FILES:
            raise _unusable(f"{name!r} cannot be taken", f"at most {MOST_FILES} files, each with a name")
        # Import looks at the name for what the file holds, so it is kept, in a folder of the file's own.
        folder = self._folder / str(len(self.files))
        folder.mkdir(parents=True)
        path = folder / "".join(sign if sign.isalnum() or sign in "._-" else "_" for sign in plain)[-200:]
        self.files.append((name, str(path)))
        self._state.update(b"\0" + name.encode("utf-8") + b"\0")
        self._open = path.open("wb")

    def finish(self) -> None:
        """See that something came."""
        self.close()
        if not self.files:
            raise _unusable("no file came", "a header, then at least one piece that names a file")

    def close(self) -> None:
        """Close the file that is being written."""
        if self._open is not None:
            self._open.close()
            self._open = None

    def digest(self) -> bytes:
        """Names everything that came."""
        return self._state.digest()


def _options(header: pb.ImportDataHeader) -> dict[str, Any]:
    """A header as the arguments of an import."""
    key = header.series
    return {
        "kind": _word(pb.SeriesKind, key.kind, _KIND),
        "venue": key.venue or None,
        "asset": key.asset or None,
        "timeframe": key.timeframe or None,
        "market": _word(pb.MarketType, key.market, _MARKET),
        "quote": key.quote or None,
        "columns": dict(header.columns),
        "origin": header.origin or None,
        "replace": header.replace,
    }


def _word(kind: Any, value: int, prefix: str) -> str | None:
    if value not in kind.values():
        raise _unusable(f"there is no {prefix.lower()}{value}", ", ".join(kind.keys()[1:]))
    return kind.Name(value).removeprefix(prefix).lower() if value else None


def _key(key: Any) -> pb.SeriesKey:
    """A series of the store; an asset that is not quoted in USDT has its quote in its name."""
    return pb.SeriesKey(
        kind=pb.SeriesKind.Value(_KIND + key.kind.upper()),
        venue=key.venue,
        market=pb.MarketType.Value(_MARKET + key.market.upper()),
        asset=key.asset,
        quote=key.quote,
        timeframe="" if key.timeframe is None else str(key.timeframe),
    )


def _matches(key: pb.SeriesKey, wanted: pb.SeriesKey) -> bool:
    return all(getattr(key, field.name) == value for field, value in wanted.ListFields())


def _series(found: Mapping[str, Any]) -> pb.Series:
    coverage = found["coverage"]
    message = pb.Series(
        key=_key(coverage.key), rows=coverage.rows, origins=coverage.origins, size_bytes=coverage.size_bytes
    )
    if coverage.first is not None:
        message.first_time.CopyFrom(instant(coverage.first * _NANOSECONDS))
    if coverage.last is not None:
        message.last_time.CopyFrom(instant(coverage.last * _NANOSECONDS))
    return message


def _report(found: Mapping[str, Any]) -> pb.ImportReport:
    series = found["series"]
    counts = {name: found[name] for name in ("rows", "added", "unchanged", "replaced", "repeated")}
    message = pb.ImportReport(
        file=found["path"], columns=found["columns"], time_unit=found["time_unit"], notes=found["notes"], **counts
    )
    if series is not None:
        message.series.CopyFrom(
            pb.SeriesKey(
                kind=pb.SeriesKind.Value(_KIND + series["kind"].upper()),
                venue=series["venue"],
                market=pb.MarketType.Value(_MARKET + series["market"].upper()),
                asset=series["asset"],
                quote=series["quote"],
                timeframe=series["timeframe"],
            )
        )
    if found["first"] is not None:
        message.first_time.CopyFrom(instant(found["first"] * _NANOSECONDS))
        message.last_time.CopyFrom(instant(found["last"] * _NANOSECONDS))
    if found["error"] is not None:
        message.problem.CopyFrom(problem(found["error"]))
    return message


def _finding(found: Any, key: Any) -> pb.SeriesFinding:
    message = pb.SeriesFinding(
        code=found.code,
        severity=diagnostic_pb2.Severity.Value(f"SEVERITY_{found.severity.upper()}"),
        series=_key(key),
        count=found.count,
        message=found.message,
    )
    if found.time is not None:
        message.time.CopyFrom(instant(found.time * _NANOSECONDS))
    return message


def _unusable(message: str, expected: str) -> CallError:
    return CallError(grpc.StatusCode.INVALID_ARGUMENT, "IMPORT_UNUSABLE", message, expected=expected)
