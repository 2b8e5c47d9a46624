"""What a run is asked to be, judged before anything begins."""

from __future__ import annotations

import math
import time
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import grpc

from radar.control.call import current_call
from radar.control.failure import CallError
from radar.control.freeze import judged, source_bytes
from radar.control.worker.source import milliseconds
from radar.engine.backtest import require_account
from radar.engine.places import data_folder
from radar.kernel.build import digest_of
from radar.spec.diagnostic import Diagnostic, SpecError
from radar.store.registry.runs import KeptRun
from radar.v1 import market_pb2, pipeline_pb2
from radar.v1 import run_service_pb2 as pb

__all__ = ["Judged", "judge_run", "require_paper"]


@dataclass(frozen=True)
class Judged:
    """A run that may begin, and what there is to warn of."""

    run: KeptRun
    warnings: tuple[Diagnostic, ...]


def require_paper(request: pb.StartRunRequest) -> None:
    """See that this server can execute what is asked for, before any text is read.

    Raises:
        CallError: It cannot; the text says what it can.
    """
    code = grpc.StatusCode
    if request.mode == market_pb2.RUN_MODE_LIVE:
        raise CallError(
            code.UNIMPLEMENTED,
            "LIVE_NOT_AVAILABLE",
            "this server reaches no exchange, so no run of it is live",
            expected="mode RUN_MODE_PAPER with a replay",
            next_step="follow the pipeline on paper first",
        )
    if request.mode == market_pb2.RUN_MODE_BACKTEST:
        raise CallError(
            code.UNIMPLEMENTED,
            "METHOD_NOT_AVAILABLE",
            "this server starts back-tests as jobs",
            expected="ResearchService.StartBacktest",
            next_step="RunService.GetRunReport tells what came of the run that it names",
        )
    if request.mode != market_pb2.RUN_MODE_PAPER:
        raise _invalid("MODE_INVALID", "no mode of a run is named", "mode RUN_MODE_PAPER with a replay")
    if not request.HasField("replay"):
        raise CallError(
            code.UNIMPLEMENTED,
            "SOURCE_NOT_AVAILABLE",
            "this server reaches no exchange, and the request names nothing else to follow",
            expected="a replay: the series of the server's store, played back",
            next_step="radarctl run start PIPELINE --replay",
        )
    speed = request.replay.speed
    if not math.isfinite(speed) or speed < 0.0:
        raise _invalid("SPEED_INVALID", f"the speed of the replay is {speed:g}", "0, or how many times as fast as real")
    if request.start_from not in (pb.START_FROM_UNSPECIFIED, pb.START_FROM_FRESH) or request.checkpoint:
        raise CallError(
            code.UNIMPLEMENTED,
            "METHOD_NOT_AVAILABLE",
            "this server begins every run afresh; one that it was executing goes on by itself when it is started again",
            expected="start_from START_FROM_FRESH",
        )
    if request.if_running not in pb.IfRunning.values():
        raise _invalid("POLICY_INVALID", f"if_running is {request.if_running}", ", ".join(pb.IfRunning.keys()))


def judge_run(
    name: str,
    source: pipeline_pb2.PipelineSource,
    request: pb.StartRunRequest,
    config: Path | None,
    data: Path | None,
) -> Judged:
    """Check and plan a run, its market data included. Belongs into a thread.

    Raises:
        SpecError: The pipeline has errors, or data that it needs are missing.
        RadarError: It has no account, or there is no store.
        CallError: The plan is another one than was looked at.
    """
    from radar.engine.coverage import check_data
    from radar.store import Store

    start, end = milliseconds(request.period)
    if start is not None and end is not None and end <= start:
        raise _invalid("PERIOD_INVALID", "the period ends before it begins", "an end behind the start, or none")
    kept, plan, warnings = judged(source, config)
    require_account(plan)
    if request.plan_digest and request.plan_digest != plan.digest:
        raise CallError(
            grpc.StatusCode.ABORTED,
            "PLAN_STALE",
            "the plan is not the one that was looked at",
            expected="digests.plan of the plan as it is now",
            next_step="plan it again, look, and start it with that digest",
        )
    folder = data_folder(data).resolve()
    missing = check_data(plan, Store(folder))
    if any(one.severity == "error" for one in missing):
        raise SpecError(missing)
    caller = current_call().caller
    pipeline = plan.pipeline
    settings: dict[str, Any] = {
        "start": start,
        "end": end,
        "speed": request.replay.speed,
        "data": str(folder),
        "assets": list(plan.assets),
        "accounts": [node.id for node in plan.executors],
        "bar": plan.base.milliseconds,
        "digests": {
            "pipeline": pipeline.digest(),
            "config": pipeline.config_digest(),
            "plan": plan.digest,
            "kernel": digest_of(plan),
        },
    }
    run = KeptRun(
        name=name,
        pipeline=pipeline.name,
        revision=request.revision if request.HasField("revision") else "",
        mode="PAPER",
        state="PENDING",
        label=request.label,
        author=caller.name if caller else "",
        source=source_bytes(kept),
        settings=settings,
        create_time=time.time_ns(),
    )
    return Judged(run, tuple(one for one in [*warnings, *missing] if one.severity != "error"))


def _invalid(reason: str, message: str, expected: str) -> CallError:
    return CallError(grpc.StatusCode.INVALID_ARGUMENT, reason, message, expected=expected)
