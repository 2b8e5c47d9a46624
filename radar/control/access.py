"""What each role may call: one table, in which every method of the API stands once."""

from __future__ import annotations

from collections.abc import Mapping
from enum import IntEnum

__all__ = ["METHODS", "OPEN", "REFLECTION", "Role", "required_role"]


class Role(IntEnum):
    """What a caller may do; each role may also do what the ones before it may. The numbers are those of the API."""

    VIEWER = 1
    OPERATOR = 2
    TRADER = 3


_BY_ROLE: Mapping[Role, Mapping[str, str]] = {
    Role.VIEWER: {
        "PipelineService": "ValidatePipeline PlanPipeline GetPipeline ListPipelines GetRevision ListRevisions "
        "DiffRevisions RenderPipelineGraph",
        "RunService": "GetRun ListRuns GetRunManifest WatchRun GetRunReport DownloadRunReport ListRunTrades "
        "GetRunEquity CompareRuns",
        "CheckpointService": "GetCheckpoint ListCheckpoints InspectCheckpoint",
        "StateService": "ListNodes QueryNodeState StreamMetrics StreamTap ListRunEvents ExplainDecision",
        "TradingService": "GetAccount ListAccounts ListPositions ListOrders ListFills ListKillSwitches WatchPortfolio",
        "CatalogueService": "ListNodeKinds GetNodeKind GetSpecSchema ListDiagnosticCodes GetDiagnosticCode",
        "DataService": "ListSeries VerifySeries ListImportReports",
        "OperationService": "GetOperation ListOperations WaitOperation",
        "ResearchService": "GetReproduction GetSweep ListSweeps ListSweepRows ScanOpportunities",
        "SystemService": "GetSystemInfo GetReadiness",
    },
    # Changes that move no money, reads that cost much time, and the log.
    Role.OPERATOR: {
        "PipelineService": "ApplyPipeline DeletePipeline RollbackPipeline TestPipeline",
        "RunService": "StartRun StopRun PauseRun ResumeRun DeleteRun RejectRunChange",
        "CheckpointService": "CreateCheckpoint CreateSavepoint DeleteSavepoint",
        "DataService": "ImportData",
        "OperationService": "CancelOperation DeleteOperation",
        "ResearchService": "StartBacktest StartSweep StartReproduction DeleteSweep EvaluateNodes",
        "SystemService": "StreamLogs ListAuditRecords",
    },
    # What places, moves or cancels an order, or lets one be placed. A live StartRun asks for this role as well.
    Role.TRADER: {
        "RunService": "ApproveRunChange",
        "TradingService": "SetTradingMode FlattenPositions CancelOrders TripKillSwitch ResetKillSwitch "
        "ReconcileAccount",
    },
}

METHODS: Mapping[str, Role] = {
    f"radar.v1.{service}/{method}": role
    for role, services in _BY_ROLE.items()
    for service, methods in services.items()
    for method in methods.split()
}
"""The least role that may call a method, by the method's full name."""

REFLECTION = ("grpc.reflection.v1.ServerReflection", "grpc.reflection.v1alpha.ServerReflection")
"""The services that describe the API to a client that knows nothing of it; a viewer may ask them."""

OPEN = frozenset({"grpc.health.v1.Health/Check", "grpc.health.v1.Health/Watch", "grpc.health.v1.Health/List"})
"""Methods that anybody may call: whoever watches the server's health has no token."""


def required_role(method: str) -> Role:
    """The least role for a method by its full name; a method that stands nowhere takes the highest."""
    if method.partition("/")[0] in REFLECTION:
        return Role.VIEWER
    return METHODS.get(method, Role.TRADER)
