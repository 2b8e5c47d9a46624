"""TradingService, as far as it looks: accounts, positions, orders that rest, fills.

Trading modes, flattening and kill switches by hand are not here yet, and answer that they are not: the engine has no
such order that a back-test of the recorded events would repeat.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any

import grpc

from radar.control.failure import CallError
from radar.control.pages import page_of
from radar.control.runs.known import KnownRuns
from radar.control.runs.messages import named
from radar.control.runs.report import chosen
from radar.control.runs.trading import account_message, fill_message, order_message, position_message
from radar.control.worker.source import milliseconds
from radar.store.ledger import FillRow, Ledger
from radar.store.registry.runs import KeptRun
from radar.v1 import trading_pb2
from radar.v1 import trading_service_pb2 as pb

__all__ = ["TradingService"]


class TradingService:
    """Answers for what the runs of a server hold."""

    def __init__(self, runs: KnownRuns) -> None:
        self._runs = runs

    async def get_account(self, request: pb.GetAccountRequest) -> pb.GetAccountResponse:
        """One account."""
        run, account = named("accounts", request.name)
        for one in _accounts(await self._runs.get(f"runs/{run}")):
            if one.name == f"runs/{run}/accounts/{account}":
                return pb.GetAccountResponse(account=one)
        raise CallError(
            grpc.StatusCode.NOT_FOUND,
            "ACCOUNT_UNKNOWN",
            f"there is no {request.name}",
            expected="an account of a run that has begun, by the name of its executor node",
            next_step=f"radarctl run show {run} lists them",
        )

    async def list_accounts(self, request: pb.ListAccountsRequest) -> pb.ListAccountsResponse:
        """Accounts of a run or of all."""
        found = [one for kept in await self._runs.of(request.run) for one in _accounts(kept)]
        some, token = page_of(found, request)
        return pb.ListAccountsResponse(accounts=some, next_page_token=token)

    async def list_positions(self, request: pb.ListPositionsRequest) -> pb.ListPositionsResponse:
        """What is open in a run or in all."""
        every = [
            position_message(one) for kept in await self._runs.of(request.run) for one in kept.seen.get("positions", ())
        ]
        some, token = page_of(chosen(every, request.strategies, request.assets), request)
        return pb.ListPositionsResponse(positions=some, next_page_token=token)

    async def list_orders(self, request: pb.ListOrdersRequest) -> pb.ListOrdersResponse:
        """Entries that rest in the simulated book."""
        kept = await self._runs.get(request.run)
        every = [order_message(kept.name, one, kept.seen["time"]) for one in kept.seen.get("orders", ())]
        found = [one for one in every if not request.states or one.state in request.states]
        some, token = page_of(chosen(found, request.strategies, request.assets), request)
        return pb.ListOrdersResponse(orders=some, next_page_token=token)

    async def list_fills(self, request: pb.ListFillsRequest) -> pb.ListFillsResponse:
        """Fills in the order in which they came."""
        kept = await self._runs.get(request.run)
        names = kept.settings["accounts"]

        def read(ledger: Ledger) -> list[FillRow]:
            found = [row for account, _ in enumerate(names) for row in ledger.fills(account)]
            return sorted(found, key=lambda row: (row.row, row.account, row.number))

        every: list[FillRow] = await self._runs.supervisor.work.run(self._runs.tail(kept).numbered.ask, read) or []
        start, end = milliseconds(request.period)
        inside = [row for row in every if (start is None or row.time >= start) and (end is None or row.time < end)]
        some, token = page_of(chosen(inside, request.strategies, request.assets), request)
        return pb.ListFillsResponse(fills=list(_fills(some, names)), next_page_token=token)


def _accounts(kept: KeptRun) -> list[trading_pb2.Account]:
    return [account_message(kept.name, one, kept.seen["time"]) for one in kept.seen.get("accounts", ())]


def _fills(rows: Sequence[Any], names: Sequence[str]) -> Iterator[trading_pb2.Fill]:
    for row in rows:
        yield fill_message(row, names[row.account])
