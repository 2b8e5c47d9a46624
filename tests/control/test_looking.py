"""Scans and evaluations over a real connection: the numbers are those of the functions."""

from __future__ import annotations

import math
import uuid

import grpc
import pytest

from radar.engine.evaluate import evaluate
from radar.engine.scan import scan
from radar.market.instant import parse_instant
from radar.v1 import market_pb2
from radar.v1 import research_service_pb2 as pb
from radar.v1.research_service_pb2_grpc import ResearchServiceStub
from tests.control.serving import ROOT, SECONDS, Served, failure
from tests.control.test_operations import GRID, LONG, MONTH, SAMPLE, grid
from tests.control.test_revisions import Operator


def test_a_scan_is_that_of_the_function(served: Served) -> None:
    """Every field of every opportunity; without sources, of what is in force on the server."""
    at = "2025-10-15T00:00"
    theirs = scan([GRID], data=SAMPLE, config=ROOT / "config", at=at)
    request = pb.ScanOpportunitiesRequest(sources=[grid()])
    request.time.FromJsonString(f"{at}:00Z")
    with served.channel("operator") as channel:
        stub = ResearchServiceStub(channel)
        mine = stub.ScanOpportunities(request, timeout=LONG).opportunities

        def key(one: pb.Opportunity) -> tuple[str, str, str]:
            return one.strategy, one.asset, market_pb2.Side.Name(one.side).removeprefix("SIDE_").lower()

        assert theirs
        assert {key(one) for one in mine} == {(one.strategy, one.asset, one.side) for one in theirs}
        by_key = {key(one): one for one in mine}
        for one in theirs:
            sent = by_key[one.strategy, one.asset, one.side]
            assert float(sent.close.value) == one.close
            assert (sent.score if sent.HasField("score") else None) == one.score
            assert (sent.distance if sent.HasField("distance") else None) == one.distance
            assert sent.time.ToMilliseconds() == parse_instant(one.time)
            assert [(each.name, each.met) for each in sent.conditions] == [
                (each.name, each.met) for each in one.conditions
            ]
            assert sent.why_not == one.why_not
            assert market_pb2.MarketRegime.Name(sent.regime) == f"MARKET_REGIME_{one.regime.upper()}"
        scores = [one.score if one.HasField("score") else -1.0 for one in mine]
        assert scores == sorted(scores, reverse=True)
        best = pb.ScanOpportunitiesRequest(sources=[grid()], time=request.time, min_score=0.5)
        some = stub.ScanOpportunities(best, timeout=LONG).opportunities
        assert [one.score for one in some] == [score for score in scores if score >= 0.5]
        Operator(channel).apply(grid(), "grid_atr", message=uuid.uuid4().hex)
        of_server = stub.ScanOpportunities(pb.ScanOpportunitiesRequest(time=request.time), timeout=LONG)
        assert list(of_server.opportunities) == list(mine)


def test_an_evaluation_is_that_of_the_function(served: Served) -> None:
    """Every value of every output at every bar, in parts that follow each other; NaN where it is not known."""
    outputs = ["mean", "grid", "broker"]
    table = evaluate(GRID, outputs, data=SAMPLE, config=ROOT / "config", start="2025-10-01", end="2025-11-01")
    with served.channel("operator") as channel:
        request = pb.EvaluateNodesRequest(source=grid(), outputs=outputs, period=MONTH)
        parts = list(ResearchServiceStub(channel).EvaluateNodes(request, timeout=LONG))
    assert len(parts) > 1
    assert [one.sequence for one in parts] == list(range(1, len(parts) + 1))
    assert [time.ToMilliseconds() for one in parts for time in one.times] == table["time"].cast("int64").to_pylist()
    assert [asset for one in parts for asset in one.assets] == table["asset"].to_pylist()
    for place, name in enumerate(table.column_names[2:]):
        mine = [value for one in parts for value in one.columns[place].values]
        assert {one.columns[place].name for one in parts} == {name}
        for sent, kept in zip(mine, table[name].to_pylist(), strict=True):
            assert sent == kept or (math.isnan(sent) and not math.isfinite(kept)), name


@pytest.mark.parametrize(
    ("method", "request_", "reason"),
    [
        ("ScanOpportunities", pb.ScanOpportunitiesRequest(sources=[grid()] * 101), "SOURCES_COUNT"),
        ("ScanOpportunities", pb.ScanOpportunitiesRequest(min_score=math.nan), "SCORE_INVALID"),
        ("ScanOpportunities", pb.ScanOpportunitiesRequest(sources=[grid(assets=["NONE"])]), "SPEC_INVALID"),
        ("EvaluateNodes", pb.EvaluateNodesRequest(source=grid()), "OUTPUTS_MISSING"),
        ("EvaluateNodes", pb.EvaluateNodesRequest(outputs=["mean"]), "SOURCE_MISSING"),
        ("EvaluateNodes", pb.EvaluateNodesRequest(source=grid(), outputs=["meen"]), "R5008"),
    ],
)
def test_what_cannot_be_looked_at_is_told(served: Served, method: str, request_: object, reason: str) -> None:
    """Too many sources, no number, errors of the text, no outputs, no such node."""
    with served.channel("operator") as channel:
        call = getattr(ResearchServiceStub(channel), method)
        with pytest.raises(grpc.RpcError) as caught:
            _ = list(call(request_, timeout=LONG)) if "Nodes" in method else call(request_, timeout=SECONDS)
    assert failure(caught.value).reason == reason
