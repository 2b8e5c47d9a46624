"""What happens around every call: who is it, may it, what came of it.

The order is always the same: the caller is known, its role suffices, the server still takes it, the method exists, and
only then is the request read. Whatever is raised on the way becomes a status (:mod:`radar.control.failure`).
"""

from __future__ import annotations

import asyncio
import contextlib
import inspect
import logging
import time
from collections.abc import Awaitable, Callable, Iterable, Mapping
from typing import Any

import grpc
from grpc import aio

from radar.control.access import OPEN, Role, required_role
from radar.control.audit import Audit, AuditRecord
from radar.control.bind import CHANGES
from radar.control.call import CURRENT, Call, request_id_of
from radar.control.callers import Caller, Callers
from radar.control.failure import CallError, details_of, status_of

__all__ = ["REQUEST_ID", "Boundary"]

REQUEST_ID = "x-request-id"
STATUS = "grpc-status-details-bin"
_MILLISECONDS = 1000

_LOG = logging.getLogger(__name__)

Context = Any
"""A servicer context; the stubs of grpc make it generic over messages that are not known here."""


class Boundary(aio.ServerInterceptor):
    """Wraps every handler of a server, whatever its kind. ``draining`` turns changes away while the server stops."""

    def __init__(self, callers: Callers, audit: Audit) -> None:
        self._callers = callers
        self._audit = audit
        self.draining = False

    async def intercept_service(
        self,
        continuation: Callable[[grpc.HandlerCallDetails], Awaitable[grpc.RpcMethodHandler[Any, Any] | None]],
        handler_call_details: grpc.HandlerCallDetails,
    ) -> grpc.RpcMethodHandler[Any, Any] | None:
        """The handler of a call, with everything around it; none where there is no such method."""
        handler: Any = await continuation(handler_call_details)
        return handler if handler is None else self._around(handler, handler_call_details.method.lstrip("/"))

    def _around(self, handler: Any, method: str) -> grpc.RpcMethodHandler[Any, Any]:
        inner = handler.unary_unary or handler.unary_stream or handler.stream_unary or handler.stream_stream
        make = {
            (False, False): grpc.unary_unary_rpc_method_handler,
            (False, True): grpc.unary_stream_rpc_method_handler,
            (True, False): grpc.stream_unary_rpc_method_handler,
            (True, True): grpc.stream_stream_rpc_method_handler,
        }[handler.request_streaming, handler.response_streaming]

        async def answer(request: Any, context: Context) -> Any:
            return await self._answer(inner, method, request, context, streams=handler.response_streaming)

        return make(answer, handler.request_deserializer, handler.response_serializer)

    async def _answer(
        self, inner: Callable[..., Any], method: str, request: Any, context: Context, *, streams: bool
    ) -> Any:
        headers = _headers(context)
        call = Call(method, context.peer(), request_id_of(headers.get(REQUEST_ID, "")))
        token = CURRENT.set(call)
        try:
            self._admit(call, headers, context)
            context.set_trailing_metadata(((REQUEST_ID, call.request_id),))
            answer = inner(request, context)
            if inspect.isawaitable(answer):
                answer = await answer
            if streams and hasattr(answer, "__aiter__"):
                # A caller that goes away ends the stream at once, with whatever it holds.
                async with contextlib.aclosing(answer):
                    async for message in answer:
                        await context.write(message)
                answer = None
        except asyncio.CancelledError:
            self._record(call, grpc.StatusCode.CANCELLED.name, "")
            raise
        except aio.AbortError:
            # A service of grpc itself has ended the call by its own means.
            self._record(call, grpc.StatusCode.UNKNOWN.name, "")
            raise
        except Exception as error:
            status = status_of(error, call.request_id)
            code = next(one for one in grpc.StatusCode if one.value[0] == status.code)
            # What a caller is told is on record by then.
            self._record(call, code.name, details_of(status)["reason"])
            trailing = ((REQUEST_ID, call.request_id), (STATUS, status.SerializeToString()))
            await context.abort(code, status.message, trailing_metadata=trailing)
        else:
            self._record(call, grpc.StatusCode.OK.name, "")
            return answer
        finally:
            CURRENT.reset(token)

    def _admit(self, call: Call, headers: Mapping[str, str], context: Context) -> None:
        """See that a call may go on.

        Raises:
            CallError: The caller is not known, may not call this, or the server is stopping.
        """
        if call.method in OPEN:
            return
        call.caller = self._identify(headers, context)
        needed = required_role(call.method)
        if call.caller.role < needed:
            raise CallError(
                grpc.StatusCode.PERMISSION_DENIED,
                "ROLE_TOO_LOW",
                f"{call.caller.name} is a {_word(call.caller.role)}, and {call.method} is for a {_word(needed)}",
                expected=f"the role {_word(needed)}",
                next_step="use the token of such a caller, or change the role in the server's file of tokens",
            )
        if self.draining and call.method in CHANGES:
            raise CallError(
                grpc.StatusCode.UNAVAILABLE,
                "SERVER_STOPPING",
                "the server is stopping and takes no change any more",
                next_step="ask again, with the same request_id, when it is back",
                retry_seconds=5,
            )

    def _identify(self, headers: Mapping[str, str], context: Context) -> Caller:
        """The caller, by its token, else by its certificate."""
        given = headers.get("authorization", "")
        scheme, _, token = given.partition(" ")
        found = None
        if given and scheme.lower() == "bearer":
            found = self._callers.by_token(token.strip())
        elif not given:
            found = self._callers.by_certificate(_certificate_names(context))
        if found is not None:
            return found
        raise CallError(
            grpc.StatusCode.UNAUTHENTICATED,
            "TOKEN_UNKNOWN" if given else "TOKEN_MISSING",
            "the token is not one of this server" if given else "the call carries no token",
            expected="metadata authorization: Bearer TOKEN, with a token of the server's file of tokens",
            next_step="take the token from the file that the server named when it started",
        )

    def _record(self, call: Call, outcome: str, reason: str) -> None:
        if call.method not in CHANGES and outcome not in ("UNAUTHENTICATED", "PERMISSION_DENIED"):
            return
        record = AuditRecord(
            time=time.time_ns() // (_MILLISECONDS * _MILLISECONDS),
            caller=call.caller.name if call.caller else "",
            peer=call.peer,
            method=call.method,
            request_id=call.wish or call.request_id,
            outcome=outcome,
            reason=reason,
        )
        try:
            self._audit(record)
        except Exception:
            _LOG.exception("a record of the audit was lost: %s", record)


def _word(role: Role) -> str:
    return role.name.lower()


def _headers(context: Context) -> dict[str, str]:
    """Metadata of a call as text; values in bytes have no meaning here."""
    found: Iterable[tuple[str, str | bytes]] = context.invocation_metadata() or ()
    return {key: value for key, value in found if isinstance(value, str)}


def _certificate_names(context: Context) -> list[str]:
    """Common name and alternative names of the certificate that the client has proved to own."""
    proved: Mapping[str, Iterable[bytes]] = context.auth_context() or {}
    keys = ("x509_common_name", "x509_subject_alternative_name")
    return [name.decode("utf-8", "replace") for key in keys for name in proved.get(key, ())]
