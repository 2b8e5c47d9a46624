"""Errors as statuses: a code that a program can act on, words that a person can, and nothing of the server's inside."""

from __future__ import annotations

import importlib
import logging
import pkgutil
from collections.abc import Iterator

import grpc
import pytest
from google.rpc import error_details_pb2

import radar
from radar.control.failure import CallError, details_of, status_of
from radar.errors import DataError, DefectError, InvalidValueError, RadarError
from radar.spec.diagnostic import SpecError
from radar.spec.load import load_pipeline

CODE = grpc.StatusCode
HEADER_BYTES = 8192
BROKEN = "radar: 1\npipeline: many\nassets: [BTC]\nclock: 1h\nnodes:\n" + "".join(
    f"  n{number}: {{indicator: smaa{number}, in: nowhere{number}, with: no.block{number}}}\n" for number in range(200)
)


def many_errors() -> SpecError:
    """A pipeline with hundreds of errors."""
    return SpecError(load_pipeline(BROKEN).diagnostics)


@pytest.mark.parametrize(
    ("error", "code", "reason"),
    [
        (CallError(CODE.NOT_FOUND, "RUN_UNKNOWN", "no such run"), CODE.NOT_FOUND, "RUN_UNKNOWN"),
        (InvalidValueError("1x is no timeframe"), CODE.INVALID_ARGUMENT, "VALUE_INVALID"),
        (InvalidValueError("1x", code="timeframe-invalid"), CODE.INVALID_ARGUMENT, "TIMEFRAME_INVALID"),
        (DataError("no candles", code="data-missing"), CODE.FAILED_PRECONDITION, "DATA_MISSING"),
        (DataError("no candles"), CODE.FAILED_PRECONDITION, "DATA_UNUSABLE"),
        (RadarError("no", code="R5006"), CODE.INVALID_ARGUMENT, "R5006"),
        (DefectError("the books disagree"), CODE.INTERNAL, "DEFECT"),
        (MemoryError(), CODE.RESOURCE_EXHAUSTED, "MEMORY_EXHAUSTED"),
        (PermissionError(13, "Permission denied", "/secret/place"), CODE.UNAVAILABLE, "SYSTEM_REFUSED"),
        (many_errors(), CODE.INVALID_ARGUMENT, "SPEC_INVALID"),
        (KeyError("surprise"), CODE.INTERNAL, "DEFECT"),
    ],
)
def test_each_kind_of_error_has_its_code(error: Exception, code: grpc.StatusCode, reason: str) -> None:
    """The status names the code, the reason and the domain, and carries the request's id."""
    status = status_of(error, "call-1")
    info = error_details_pb2.ErrorInfo()
    assert status.details[0].Unpack(info)
    assert (status.code, info.reason, info.domain) == (code.value[0], reason, "radar")
    assert info.metadata["request_id"] == "call-1"
    assert details_of(status)["reason"] == reason


def subclasses(of: type[Exception]) -> Iterator[type[Exception]]:
    """Every class below one."""
    for one in of.__subclasses__():
        yield one
        yield from subclasses(one)


def test_every_error_of_the_domain_is_mapped() -> None:
    """Whatever class of error a part of Radar defines, only defects answer INTERNAL: the rest a caller can act on."""
    for module in pkgutil.walk_packages(radar.__path__, "radar."):
        if not module.name.endswith("__main__"):
            importlib.import_module(module.name)
    found = set(subclasses(RadarError))
    assert {SpecError, DataError, CallError} <= found
    for kind in found:
        error = kind.__new__(kind)
        RadarError.__init__(error, "wrong")
        if isinstance(error, CallError):
            continue
        error.diagnostics = ()  # type: ignore[attr-defined]
        status = status_of(error, "")
        assert (status.code == CODE.INTERNAL.value[0]) is issubclass(kind, DefectError), kind


def test_what_was_expected_and_what_helps_reach_the_client() -> None:
    """The metadata has the two sentences that the command line prints."""
    status = status_of(RadarError("wrong", expected="right", next_step="radarctl check"), "1")
    assert status.message == "wrong"
    assert details_of(status) == {
        "reason": "REQUEST_UNUSABLE",
        "request_id": "1",
        "expected": "right",
        "next_step": "radarctl check",
    }


def test_an_unexpected_error_shows_a_number_and_no_inside(caplog: pytest.LogCaptureFixture) -> None:
    """The client reads an incident; the log has the traceback under the same number."""
    with caplog.at_level(logging.ERROR, "radar.control"):
        try:
            raise ValueError("password=topsecret in /inner/file.py")
        except ValueError as error:
            status = status_of(error, "9")
    shown = f"{status.message} {details_of(status)}"
    assert "topsecret" not in shown
    assert "Traceback" not in shown
    assert "file.py" not in shown
    (record,) = caplog.records
    assert record.exc_info is not None
    number = record.getMessage().split()[1].rstrip(",")
    assert number in details_of(status)["next_step"]


def test_a_path_of_the_server_stays_there() -> None:
    """An error of the operating system is told without the path that it was about."""
    status = status_of(FileNotFoundError(2, "No such file or directory", "/secret/place"), "1")
    assert "secret" not in f"{status.message} {details_of(status)}"


def test_a_status_fits_into_headers_however_much_is_wrong() -> None:
    """Hundreds of errors, or a message of a megabyte, stay below what a client takes; the count is still told."""
    error = many_errors()
    assert len(error.diagnostics) >= 200
    status = status_of(error, "1")
    # In base64 beside the message in percent signs, which triple what is not ASCII.
    assert status.ByteSize() * 4 / 3 + 3 * len(status.message.encode()) < HEADER_BYTES
    assert f"{sum(one.severity == 'error' for one in error.diagnostics)} errors" in status.message
    long = status_of(RadarError("é" * 1_000_000, expected="x" * 1_000_000), "1")
    assert long.ByteSize() * 4 / 3 + 3 * len(long.message.encode()) < HEADER_BYTES


def test_a_pipeline_s_first_errors_have_their_places() -> None:
    """The violations name file, line and column, so that a client without the body can still point."""
    errors = SpecError(load_pipeline("radar: 1\npipeline: few\nassets: [BTC]\nclock: 1x\nnodes: 3\n").diagnostics)
    status = status_of(errors, "1")
    bad = error_details_pb2.BadRequest()
    assert status.details[1].Unpack(bad)
    found = {(one.field, one.reason) for one in bad.field_violations}
    assert ("pipeline.yaml:4:8", "R2013") in found
