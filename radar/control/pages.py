"""Lists in pages. A token says where the next page begins and which list it belongs to; only its maker reads it."""

from __future__ import annotations

import base64
import binascii
import hashlib
import struct
from collections.abc import Sequence
from typing import Protocol, TypeVar

import grpc
from google.protobuf.message import Message

from radar.control.failure import CallError

__all__ = ["DEFAULT_SIZE", "LARGEST_SIZE", "cursor_of", "cursor_token", "page_of"]

DEFAULT_SIZE = 50
LARGEST_SIZE = 1000
_TOKEN = struct.Struct(">Q8s")

Item = TypeVar("Item")


class PageRequest(Protocol):
    """A request for a list."""

    page_size: int
    page_token: str

    def SerializeToString(self, *, deterministic: bool = ...) -> bytes:  # noqa: N802 - protobuf's own name
        """Its bytes."""


def page_of(items: Sequence[Item], request: PageRequest) -> tuple[Sequence[Item], str]:
    """The part of ``items`` that ``request`` asks for, and the token of the next part, empty on the last.

    Raises:
        CallError: The size is negative, or the token is none of this list.
    """
    size = _size(request)
    mark = _list_of(request)
    start = _start(request.page_token, mark, len(items))
    end = start + size
    return items[start:end], _token(end, mark) if end < len(items) else ""


def cursor_of(request: PageRequest, first: int) -> tuple[int, int]:
    """Where a list that is read part by part goes on, and how many are wanted: ``first`` without a token.

    Raises:
        CallError: The size is negative, or the token is none of this list.
    """
    return _start(request.page_token, _list_of(request), first) if request.page_token else first, _size(request)


def cursor_token(request: PageRequest, place: int) -> str:
    """The token of a next page that goes on at ``place``."""
    return _token(place, _list_of(request))


def _size(request: PageRequest) -> int:
    if request.page_size < 0:
        raise CallError(
            grpc.StatusCode.INVALID_ARGUMENT,
            "PAGE_SIZE_INVALID",
            f"page_size is {request.page_size}",
            expected=f"0 for {DEFAULT_SIZE}, or 1 to {LARGEST_SIZE}",
        )
    return min(request.page_size or DEFAULT_SIZE, LARGEST_SIZE)


def _token(place: int, mark: bytes) -> str:
    return base64.urlsafe_b64encode(_TOKEN.pack(place, mark)).decode("ascii")


def _list_of(request: PageRequest) -> bytes:
    """Names the list: the kind of request and its filters."""
    assert isinstance(request, Message)
    same = type(request)()
    same.CopyFrom(request)
    for field in ("page_size", "page_token"):
        same.ClearField(field)
    content = type(request).__name__.encode() + b"\0" + same.SerializeToString(deterministic=True)
    return hashlib.sha256(content).digest()[:8]


def _start(token: str, mark: bytes, count: int) -> int:
    if not token:
        return 0
    try:
        start, of = _TOKEN.unpack(base64.b64decode(token, altchars=b"-_", validate=True))
    except (binascii.Error, struct.error, ValueError):
        start, of = 0, b""
    if of != mark or not 0 < start < count:
        raise CallError(
            grpc.StatusCode.INVALID_ARGUMENT,
            "PAGE_TOKEN_INVALID",
            "page_token is none that this list gave",
            expected="next_page_token of the page before, asked for with the same filters",
            next_step="begin again without page_token",
        )
    return int(start)
