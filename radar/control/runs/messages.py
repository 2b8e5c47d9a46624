"""Runs as messages of the API, and the names of what belongs to one."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any

import grpc

from radar.control import said
from radar.control.failure import CallError
from radar.control.figures import period
from radar.control.names import pipeline_resource
from radar.control.runs.trading import account_message, moment, position_message
from radar.store.registry.runs import KeptRun
from radar.v1 import market_pb2, run_pb2
from radar.v1 import run_service_pb2 as pb

__all__ = ["ANY", "etag_of", "named", "require_etag", "run_message", "snapshot_message", "state_name", "unknown_run"]

ANY = "-"
"""Stands for all runs, where a request may ask for those of all."""
_STATE = "RUN_STATE_"
_OWNED = r"runs/([a-z0-9]{{1,64}})/{collection}/([A-Za-z0-9_-]{{1,64}})"


def run_message(kept: KeptRun, sequence: int = 0) -> run_pb2.Run:
    """A run as it is told of; ``sequence`` is the number of its last event."""
    settings, seen = kept.settings, kept.seen
    message = run_pb2.Run(
        name=f"runs/{kept.name}",
        pipeline=pipeline_resource(kept.pipeline) if kept.revision else "",
        active_revision=kept.revision,
        mode=market_pb2.RunMode.Value(f"RUN_MODE_{kept.mode}"),
        state=run_pb2.RunState.Value(_STATE + kept.state),
        reconciling=kept.state in ("RECOVERING", "STOPPING"),
        etag=etag_of(kept),
        remark=_remark(kept),
        create_time=said.instant(kept.create_time),
        sequence=sequence,
        author=kept.author,
        label=kept.label,
        assets=settings["assets"],
        trading_modes=dict.fromkeys(settings["accounts"], market_pb2.TRADING_MODE_ENABLED),
    )
    if settings["start"] is not None or settings["end"] is not None:
        message.period.CopyFrom(period(settings["start"], settings["end"]))
    if kept.start_time is not None:
        message.start_time.CopyFrom(said.instant(kept.start_time))
    if kept.end_time is not None:
        message.end_time.CopyFrom(said.instant(kept.end_time))
    if kept.problem is not None:
        message.problem.CopyFrom(said.problem(kept.problem))
    if seen.get("time") is not None:
        message.event_time.CopyFrom(moment(seen["time"]))
    return message


def snapshot_message(kept: KeptRun, sequence: int) -> pb.RunSnapshot:
    """A run with what it holds."""
    seen = kept.seen
    return pb.RunSnapshot(
        run=run_message(kept, sequence),
        positions=[position_message(one) for one in seen.get("positions", ())],
        accounts=[account_message(kept.name, one, seen["time"]) for one in seen.get("accounts", ())],
    )


def etag_of(kept: KeptRun) -> str:
    """Changes with every change of the run."""
    return f"{kept.name}-{kept.version}"


def require_etag(kept: KeptRun, etag: str) -> None:
    """See that a caller looked at the run as it is.

    Raises:
        CallError: It did not.
    """
    if etag and etag != etag_of(kept):
        raise CallError(
            grpc.StatusCode.ABORTED,
            "ETAG_STALE",
            f"runs/{kept.name} is {kept.state} now, and not what was looked at",
            expected="the etag of the run as it is",
            next_step=f"look again: radarctl run show {kept.name}",
        )


def named(collection: str, name: str) -> tuple[str, str]:
    """Run and own name of a resource name ``runs/RUN/COLLECTION/OWN``.

    Raises:
        CallError: It is no such name.
    """
    found = re.fullmatch(_OWNED.format(collection=collection), name)
    if found is None:
        raise CallError(
            grpc.StatusCode.INVALID_ARGUMENT,
            "NAME_INVALID",
            f"{name!r} is no resource name of this kind" if name else "no resource name is given",
            expected=f"runs/RUN/{collection}/NAME",
            next_step="take the name from a list or from the answer that made it",
        )
    return found[1], found[2]


def state_name(state: run_pb2.RunState.ValueType) -> str:
    """The name of a state in a request.

    Raises:
        CallError: There is no such state.
    """
    if not state or state not in run_pb2.RunState.values():
        raise CallError(
            grpc.StatusCode.INVALID_ARGUMENT,
            "STATE_UNKNOWN",
            f"there is no state {state} of a run",
            expected=", ".join(run_pb2.RunState.keys()[1:]),
        )
    return run_pb2.RunState.Name(state).removeprefix(_STATE)


def unknown_run(name: str) -> CallError:
    """There is no such run."""
    return CallError(
        grpc.StatusCode.NOT_FOUND,
        "RUN_UNKNOWN",
        f"there is no {name}",
        expected="a run that was started and not deleted",
        next_step="radarctl run list shows them",
    )


def _remark(kept: KeptRun) -> str:
    seen: Mapping[str, Any] = kept.seen
    if kept.has_ended or not seen:
        return ""
    if not seen["connected"]:
        return "the connection to its source is lost"
    late = seen["counts"].get("late", 0)
    return f"{late:,} events came late" if late else ""
