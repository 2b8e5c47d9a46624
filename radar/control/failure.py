"""Errors as gRPC statuses: what is wrong, in one word for programs and in sentences for people, and what to do next.

Every status carries a ``google.rpc.ErrorInfo`` of the domain ``radar``. Nothing of the server's inside leaves it: an
error that nobody expected becomes an incident number, and the log has the rest under that number.
"""

from __future__ import annotations

import logging
import re
import uuid
from collections.abc import Mapping

import grpc
from google.protobuf import any_pb2, duration_pb2
from google.rpc import error_details_pb2, status_pb2

from radar.errors import DataError, DefectError, InvalidValueError, RadarError
from radar.spec.diagnostic import SpecError, summary

__all__ = ["DOMAIN", "CallError", "details_of", "status_of"]

DOMAIN = "radar"
LONGEST_TEXT = 600
"""Characters of one text of a status. A status travels in headers, of which a client takes 8 KiB; the whole truth about
a pipeline stands in the bodies of answers."""
MOST_BYTES = 4096
MOST_VIOLATIONS = 20

_LOG = logging.getLogger(__name__)


class CallError(RadarError):
    """A call that cannot be answered. ``status`` is its gRPC code, ``reason`` its word for programs."""

    def __init__(
        self,
        status: grpc.StatusCode,
        reason: str,
        message: str,
        *,
        expected: str = "",
        next_step: str = "",
        retry_seconds: int = 0,
    ) -> None:
        super().__init__(message, expected=expected, next_step=next_step)
        self.status = status
        self.reason = reason
        self.retry_seconds = retry_seconds


def status_of(error: Exception, request_id: str) -> status_pb2.Status:
    """The status that answers ``error``. An error that nobody expected is logged, in full, as an incident."""
    code, known, reason = _classified(error, request_id)
    metadata = {"request_id": request_id, "expected": known.expected, "next_step": known.next_step}
    details: list[any_pb2.Any] = []
    message = known.message
    if isinstance(known, SpecError):
        message = f"the pipeline cannot be used: {summary(known.diagnostics)}"
        details.append(_packed(_violations(known)))
    elif isinstance(known, CallError) and known.retry_seconds:
        details.append(_packed(_retry(known.retry_seconds)))
    info = error_details_pb2.ErrorInfo(reason=reason, domain=DOMAIN)
    info.metadata.update({name: _short(text) for name, text in metadata.items() if text})
    status = status_pb2.Status(code=code.value[0], message=_short(message), details=[_packed(info), *details])
    if status.ByteSize() > MOST_BYTES:
        del status.details[1:]
    return status


def details_of(status: status_pb2.Status) -> Mapping[str, str]:
    """Reason and metadata of a status made here, in one mapping."""
    info = error_details_pb2.ErrorInfo()
    status.details[0].Unpack(info)
    return {"reason": info.reason, **info.metadata}


def _classified(error: Exception, request_id: str) -> tuple[grpc.StatusCode, RadarError, str]:
    """Code, the error to tell of, and reason."""
    code = grpc.StatusCode
    if isinstance(error, CallError):
        return error.status, error, error.reason
    if isinstance(error, DefectError):
        return code.INTERNAL, _incident(error, request_id), _reason(error.code, "DEFECT")
    if isinstance(error, SpecError):
        return code.INVALID_ARGUMENT, error, "SPEC_INVALID"
    if isinstance(error, InvalidValueError):
        return code.INVALID_ARGUMENT, error, _reason(error.code, "VALUE_INVALID")
    if isinstance(error, DataError):
        return code.FAILED_PRECONDITION, error, _reason(error.code, "DATA_UNUSABLE")
    if isinstance(error, RadarError):
        return code.INVALID_ARGUMENT, error, _reason(error.code, "REQUEST_UNUSABLE")
    if isinstance(error, MemoryError):
        out = RadarError("the server has no memory left for this", next_step="ask for less at once, or later")
        return code.RESOURCE_EXHAUSTED, out, "MEMORY_EXHAUSTED"
    if isinstance(error, OSError):
        _LOG.error("request %s: %s", request_id, error)
        shut = RadarError(
            f"the server's system refused a file or a connection: {error.strerror or type(error).__name__}",
            next_step="see the server's log; its disk may be full, or a folder not readable to it",
        )
        return code.UNAVAILABLE, shut, "SYSTEM_REFUSED"
    return code.INTERNAL, _incident(error, request_id), "DEFECT"


def _incident(error: Exception, request_id: str) -> RadarError:
    number = uuid.uuid4().hex[:12]
    _LOG.error("incident %s, request %s", number, request_id, exc_info=error)
    message = error.message if isinstance(error, DefectError) else "the server failed, whatever the request was"
    return DefectError(message, next_step=f"report it: incident {number} in the server's log says where")


def _reason(code: str, otherwise: str) -> str:
    """A code as a reason, which is UPPER_SNAKE."""
    return re.sub(r"[^A-Z0-9]+", "_", code.upper()).strip("_") or otherwise


def _violations(error: SpecError) -> error_details_pb2.BadRequest:
    found = [one for one in error.diagnostics if one.severity == "error"][:MOST_VIOLATIONS]
    return error_details_pb2.BadRequest(
        field_violations=[
            error_details_pb2.BadRequest.FieldViolation(
                field=f"{one.file}:{one.span.line}:{one.span.column}", description=_short(one.message), reason=one.code
            )
            for one in found
        ]
    )


def _retry(seconds: int) -> error_details_pb2.RetryInfo:
    return error_details_pb2.RetryInfo(retry_delay=duration_pb2.Duration(seconds=seconds))


def _packed(
    message: error_details_pb2.ErrorInfo | error_details_pb2.BadRequest | error_details_pb2.RetryInfo,
) -> any_pb2.Any:
    found = any_pb2.Any()
    found.Pack(message)
    return found


def _short(text: str) -> str:
    """A text that fits into a header: one line, not too long."""
    line = " ".join(text.split())
    return line if len(line) <= LONGEST_TEXT else line[: LONGEST_TEXT - 1] + "…"
