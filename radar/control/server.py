"""The server: services behind one boundary, health and reflection beside them, and an end without loose ends."""

from __future__ import annotations

import logging
from types import TracebackType
from typing import Self

import grpc
from grpc import aio
from grpc_health.v1 import health_pb2, health_pb2_grpc
from grpc_health.v1.health import aio as health
from grpc_reflection.v1alpha import reflection_pb2
from grpc_reflection.v1alpha.reflection import aio as reflection

from radar.control.access import OPEN, REFLECTION
from radar.control.applying import KeptPipelines
from radar.control.audit import Audit, AuditRecord, LogAudit
from radar.control.bind import SERVICES, Unbuilt, bound_methods, service_handler
from radar.control.boundary import Boundary
from radar.control.callers import Callers
from radar.control.catalogue import Catalogue
from radar.control.data import Data
from radar.control.jobs.jobs import Jobs
from radar.control.logs import LogBuffer
from radar.control.operations import OperationService
from radar.control.pipeline_tests import PipelineTests
from radar.control.registry import Registry
from radar.control.research import Research
from radar.control.runs.accounts import TradingService
from radar.control.runs.checkpoints import CheckpointService
from radar.control.runs.known import KnownRuns
from radar.control.runs.service import RunService
from radar.control.runs.states import StateService
from radar.control.runs.supervisor import Supervisor
from radar.control.settings import Settings
from radar.control.system import System
from radar.control.transport import OPTIONS, listen
from radar.control.work import Work

__all__ = ["Server"]

_HEALTH = next(iter(OPEN)).partition("/")[0]
_LOG = logging.getLogger(__name__)
_ROOT = logging.getLogger("radar")
_OWNER_ONLY = 0o700


class Server:
    """The control plane. It belongs to the event loop that enters it: ``async with Server(settings) as server``."""

    def __init__(self, settings: Settings, audit: Audit | None = None) -> None:
        """See that ``settings`` can be used; nothing listens yet.

        Raises:
            RadarError: The callers cannot be read.
        """
        self._settings = settings
        self._audit = audit or LogAudit()
        self._boundary = Boundary(Callers(settings.tokens), self._record)
        self._logs = LogBuffer()
        self.port = 0

    async def __aenter__(self) -> Self:
        """Listen and answer.

        Raises:
            RadarError: The address, the files of TLS or the folder of state cannot be used.
        """
        settings = self._settings
        settings.state.mkdir(parents=True, exist_ok=True, mode=_OWNER_ONLY)
        self._registry = Registry(settings.state)
        self._work = Work(settings.threads)
        try:
            self._jobs = Jobs(self._registry, self._work, settings.state / "jobs", settings.jobs)
            self._runs = Supervisor(self._registry, settings.state / "runs")
            self._server = aio.server(interceptors=[self._boundary], options=OPTIONS)
            self.port = listen(self._server, settings)
            self._add_services()
            await self._jobs.start()
            await self._runs.start()
            await self._server.start()
        except BaseException:
            self._work.close()
            self._registry.close()
            raise
        _ROOT.addHandler(self._logs)
        self._level = _ROOT.level
        _ROOT.setLevel(min(logging.INFO, _ROOT.getEffectiveLevel()))
        for name in ("", *self._names):
            await self._health.set(name, health_pb2.HealthCheckResponse.SERVING)
        _LOG.info("serving on port %s", self.port)
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        """Stop: health says so first, changes are turned away, streams end, and what is under way may end."""
        _LOG.info("stopping")
        await self._health.enter_graceful_shutdown()
        self._boundary.draining = True
        self._system.stopping.set()
        # Each step has a time of its own: runs first, for what they hold matters most.
        await self._runs.end()
        await self._server.stop(self._settings.grace)
        await self._jobs.close()
        await self._runs.close()
        self._work.close()
        self._registry.close()
        _ROOT.removeHandler(self._logs)
        _ROOT.setLevel(self._level)

    async def wait(self) -> None:
        """Wait until the server has stopped."""
        await self._server.wait_for_termination()

    def _record(self, record: AuditRecord) -> None:
        """Keep a record, and say it where the server's records are listened to."""
        self._registry.keep(record)
        self._audit(record)

    def _add_services(self) -> None:
        settings, work, registry, jobs = self._settings, self._work, self._registry, self._jobs
        available: set[str] = set()
        self._system = System(work, registry, self._logs, available, settings.config, settings.data)
        runs = KnownRuns(registry, self._runs, work, jobs)
        answers: dict[str, object] = {
            "radar.v1.CatalogueService": Catalogue(work),
            "radar.v1.CheckpointService": CheckpointService(runs, work),
            "radar.v1.DataService": Data(work, registry, jobs, settings.state, settings.data),
            "radar.v1.OperationService": OperationService(registry, jobs),
            "radar.v1.PipelineService": _Pipelines(work, registry, jobs, settings.config, settings.data),
            "radar.v1.ResearchService": Research(work, registry, jobs, settings),
            "radar.v1.RunService": RunService(runs, work, settings),
            "radar.v1.StateService": StateService(runs, work),
            "radar.v1.SystemService": self._system,
            "radar.v1.TradingService": TradingService(runs),
        }
        for service, object_ in answers.items():
            available.update(bound_methods(service, object_))
        self._names = [name for name in SERVICES if name in answers]
        handlers = [service_handler(service, object_, registry) for service, object_ in answers.items()]
        self._health = health.HealthServicer()
        health_pb2_grpc.add_HealthServicer_to_server(self._health, self._server)
        handlers += _reflection([*self._names, _HEALTH, *REFLECTION])
        # What nothing above answers comes last.
        self._server.add_generic_rpc_handlers((*handlers, Unbuilt()))


class _Pipelines(PipelineTests, KeptPipelines):
    """All of PipelineService."""


def _reflection(names: list[str]) -> list[grpc.GenericRpcHandler]:
    """Reflection under its name and under the one that it had before; the messages are the same."""
    servicer = reflection.ReflectionServicer(names)
    method = grpc.stream_stream_rpc_method_handler(
        servicer.ServerReflectionInfo,
        reflection_pb2.ServerReflectionRequest.FromString,
        reflection_pb2.ServerReflectionResponse.SerializeToString,
    )
    return [grpc.method_handlers_generic_handler(name, {"ServerReflectionInfo": method}) for name in REFLECTION]
