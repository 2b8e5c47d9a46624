"""DataService over a real connection: what `radarctl data` does, for files that come in pieces."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import grpc
import pytest

from radar.store import Store
from radar.store.verifying import verify
from radar.v1 import data_service_pb2 as pb
from radar.v1 import diagnostic_pb2, operation_pb2
from radar.v1.data_service_pb2_grpc import DataServiceStub
from tests.control.serving import ROOT, SECONDS, Served, failure, serving
from tests.control.test_operations import ended, wish

SAMPLE = ROOT / "tests" / "data" / "sample"
CSV = b"time,open,high,low,close,volume\n1699999200000,1,2,1,2,5\n1700002800000,2,3,2,3,5\n"
HEADER = pb.ImportDataHeader(
    series=pb.SeriesKey(asset="BTC", timeframe="1h", market=pb.MARKET_TYPE_PERP, venue="binance")
)


@pytest.fixture
def own(tmp_path: Path) -> Iterator[Served]:
    """A server with a store that is not there yet."""
    with serving(tmp_path, data=tmp_path / "store") as found:
        yield found


def messages(
    request_id: str, *files: tuple[str, bytes], header: pb.ImportDataHeader = HEADER
) -> Iterator[pb.ImportDataRequest]:
    """An import in pieces of a few bytes."""
    yield pb.ImportDataRequest(request_id=request_id, header=header)
    for name, content in files:
        for start in range(0, max(len(content), 1), 37):
            piece = pb.ImportDataPiece(file=name if start == 0 else "", content=content[start : start + 37])
            yield pb.ImportDataRequest(piece=piece)


def test_files_that_come_in_pieces_are_stored(own: Served, tmp_path: Path) -> None:
    """What was sent is in the store, a file that fails is told of and does not stop the other, a repeat changes
    nothing, and a name is only a name."""
    with own.channel("operator") as channel:
        stub = DataServiceStub(channel)
        request = wish()
        files = (("BTC.csv", CSV), ("../../evil.csv", b"nothing,of,use\n"), ("again.csv", CSV))
        started = stub.ImportData(messages(request, *files), timeout=SECONDS)
        assert started.operation.title == "import of 3 files"
        assert stub.ImportData(messages(request, *files), timeout=SECONDS) == started
        with pytest.raises(grpc.RpcError) as caught:
            stub.ImportData(messages(request, ("BTC.csv", CSV + CSV)), timeout=SECONDS)
        assert failure(caught.value).reason == "REQUEST_ID_REUSED"
        found = ended(channel, started.operation.name)
        assert found.state == operation_pb2.OPERATION_STATE_SUCCEEDED, found
        assert list(found.warnings) == ["1 of 3 files were not imported; their reports say why"]
        reports = stub.ListImportReports(pb.ListImportReportsRequest(operation=found.name), timeout=SECONDS).reports
        assert [one.file for one in reports] == [name for name, _ in files]
        first, evil, again = reports
        assert (first.rows, first.added, first.series.asset, first.series.venue) == (2, 2, "BTC", "binance")
        assert first.first_time.ToMilliseconds() == 1699999200000
        assert evil.problem.message
        assert evil.problem.code.startswith("data-")
        assert (again.unchanged, again.added) == (2, 0)
        candles = Store(tmp_path / "store").candles("BTC", "1h")
        assert candles.close.tolist() == [2.0, 3.0]
        (series,) = stub.ListSeries(pb.ListSeriesRequest(), timeout=SECONDS).series
        assert (series.rows, series.key.asset) == (2, "BTC")
        assert sorted(path.name for path in tmp_path.iterdir()) == ["state", "store", "tokens"]
        assert not list((tmp_path / "state" / "jobs").iterdir())


def test_the_list_is_that_of_the_store(viewer: grpc.Channel) -> None:
    """Every series with its rows, times and size, by pages, and filtered by any part of its key."""
    stub = DataServiceStub(viewer)
    coverage = Store(SAMPLE).coverage()
    found, token = [], ""
    while True:
        page = stub.ListSeries(pb.ListSeriesRequest(page_size=2, page_token=token), timeout=SECONDS)
        found += page.series
        token = page.next_page_token
        if not token:
            break
    assert [(one.rows, one.size_bytes, list(one.origins)) for one in found] == [
        (one.rows, one.size_bytes, list(one.origins)) for one in coverage
    ]
    assert [one.first_time.ToMilliseconds() for one in found] == [one.first for one in coverage]
    for part in (pb.SeriesKey(kind=pb.SERIES_KIND_FUNDING), pb.SeriesKey(asset="BTC"), pb.SeriesKey(timeframe="1h")):
        (name, value) = next((field.name, value) for field, value in part.ListFields())
        some = stub.ListSeries(pb.ListSeriesRequest(filter=part, page_size=1000), timeout=SECONDS).series
        assert [one.key for one in some] == [one.key for one in found if getattr(one.key, name) == value]
        assert some


def test_every_fault_of_the_store_is_told(viewer: grpc.Channel) -> None:
    """The findings are those of `radarctl data verify` for the same instant, series by series."""
    stub = DataServiceStub(viewer)
    request = pb.VerifySeriesRequest()
    request.time.FromJsonString("2026-01-02T00:00:00Z")
    answers = list(stub.VerifySeries(request, timeout=SECONDS))
    assert [one.sequence for one in answers] == list(range(1, len(Store(SAMPLE).keys()) + 1))
    assert {one.total for one in answers} == {len(answers)}
    said = [(one.code, one.count, one.message) for answer in answers for one in answer.findings]
    theirs = verify(Store(SAMPLE), now=request.time.ToMilliseconds())
    assert sorted(said) == sorted((one.code, one.count, one.message) for one in theirs)
    severities = {one.severity for answer in answers for one in answer.findings}
    assert severities <= set(diagnostic_pb2.Severity.values()) - {0}


PIECE = pb.ImportDataRequest(piece=pb.ImportDataPiece(file="a.csv", content=CSV))


@pytest.mark.parametrize(
    "sent",
    [
        [pb.ImportDataRequest(request_id="a", header=HEADER)],
        [pb.ImportDataRequest(request_id="a", piece=PIECE.piece)],
        [pb.ImportDataRequest(request_id="a", header=HEADER), pb.ImportDataRequest(header=HEADER)],
        [
            pb.ImportDataRequest(request_id="a", header=HEADER),
            pb.ImportDataRequest(piece=pb.ImportDataPiece(content=b"1")),
        ],
        [
            pb.ImportDataRequest(request_id="a", header=HEADER),
            pb.ImportDataRequest(piece=pb.ImportDataPiece(file="..", content=b"1")),
        ],
        [pb.ImportDataRequest(request_id="a", header=pb.ImportDataHeader(series=pb.SeriesKey(kind=77))), PIECE],
    ],
)
def test_an_import_that_is_none_leaves_nothing(own: Served, tmp_path: Path, sent: list[pb.ImportDataRequest]) -> None:
    """No file, no header, two headers, a piece of no file, no name: told, and nothing of it stays on the disk."""
    with own.channel("operator") as channel:
        with pytest.raises(grpc.RpcError) as caught:
            DataServiceStub(channel).ImportData(iter(sent), timeout=SECONDS)
        assert (caught.value.code(), failure(caught.value).reason) == (
            grpc.StatusCode.INVALID_ARGUMENT,
            "IMPORT_UNUSABLE",
        )
    assert not list((tmp_path / "state" / "jobs").iterdir())


def test_reports_of_no_import_are_not_found(viewer: grpc.Channel) -> None:
    """An unknown job has no reports."""
    with pytest.raises(grpc.RpcError) as caught:
        DataServiceStub(viewer).ListImportReports(
            pb.ListImportReportsRequest(operation="operations/0"), timeout=SECONDS
        )
    assert failure(caught.value).reason == "OPERATION_UNKNOWN"
