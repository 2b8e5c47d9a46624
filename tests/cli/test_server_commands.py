"""The commands that speak to a server, against a real one: what they show, what they change, how they fail."""

from __future__ import annotations

import json
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from radar.client.connection import Connection
from radar.client.where import Where, find_server
from radar.v1 import operation_service_pb2, research_service_pb2
from tests.cli.terminal import CONFIG, GRID, ROOT, radarctl
from tests.control.serving import TOKENS, Served

pytestmark = pytest.mark.usefixtures("named")


@pytest.fixture
def copy(tmp_path: Path, request: pytest.FixtureRequest) -> Path:
    """The shipped grid under a name of its own, so that no test meets another's pipeline."""
    name = f"grid_{abs(hash(request.node.name)) % 10**8}"
    path = tmp_path / f"{name}.yaml"
    path.write_text(GRID.read_text("utf-8").replace("pipeline: grid_atr", f"pipeline: {name}"), "utf-8")
    return path


def test_the_life_of_a_pipeline_by_commands(copy: Path) -> None:
    """Apply, look, plan against it, apply a change, compare, go back: each command shows what the server did."""
    name = copy.stem
    said = radarctl("pipeline", "apply", copy, "--yes", "-m", "begin").stdout
    assert f"{name} is new to the server" in said
    assert f"in force: {name}@r1" in said
    assert name in radarctl("pipeline", "list").stdout
    assert "nothing changes" in radarctl("plan", copy, "--against", name).stdout
    changed = ("--set", "grid.ma_period=30")
    planned = radarctl("plan", copy, "--against", name, *changed).stdout
    assert "rewarm" in planned
    assert "ma_period is 30 instead of" in planned
    said = radarctl("pipeline", "apply", copy, *changed, "--yes", "-m", "slower").stdout
    assert "rewarm" in said
    assert f"in force: {name}@r2" in said
    shown = radarctl("pipeline", "show", name).stdout
    assert "r2 in force" in shown
    assert "slower" in shown
    assert "operator-caller" in shown
    assert radarctl("pipeline", "show", name, "--revision", "r1").stdout.strip() == copy.read_text("utf-8").strip()
    compared = radarctl("pipeline", "diff", name, "r1", "r2").stdout
    assert "rewarm" in compared
    assert "+--set grid.ma_period=30" in compared
    said = radarctl("pipeline", "rollback", name, "r1", "--yes").stdout
    assert f"in force: {name}@r3, with the content of {name}@r1" in said
    assert "nothing changes" in radarctl("plan", copy, "--against", f"{name}@r1").stdout
    records = radarctl("audit", "--method", "PipelineService/RollbackPipeline").stdout
    assert "operator-caller" in records


def test_nothing_is_changed_without_a_yes(copy: Path) -> None:
    """Where nobody can be asked the command says so and changes nothing."""
    said = radarctl("pipeline", "apply", copy, code=2).output
    assert "nobody can be asked" in said
    assert "--yes" in said
    assert copy.stem not in radarctl("pipeline", "list").stdout
    found = json.loads(radarctl("pipeline", "apply", copy, "-o", "json", code=2).stdout)
    assert found["error"]["next_step"]


def test_a_pipeline_with_errors_is_shown_as_by_check(tmp_path: Path) -> None:
    """Every error with place, line and fix, the exit code of `radarctl check`, and nothing in force."""
    path = tmp_path / "wrong.yaml"
    path.write_text(
        GRID.read_text("utf-8").replace("grid_atr,", "grid_atrr,").replace("candles.close", "candels"), "utf-8"
    )
    theirs = radarctl("check", path, code=1).stdout
    mine = radarctl("pipeline", "apply", path, "--yes", code=1).stdout
    codes = {line.split("error ")[1][:5] for line in theirs.splitlines() if ": error R" in line}
    assert codes
    assert all(code in mine for code in codes)
    assert "did you mean" in mine
    answer = json.loads(radarctl("pipeline", "apply", path, "--yes", "-o", "json", code=1).stdout)
    assert {one["code"] for one in answer["diagnostics"]} >= codes


def test_the_server_may_take_its_own_values(copy: Path, tmp_path: Path) -> None:
    """With --server-values no configuration is sent, so that what is in force is the server's."""
    other = tmp_path / "config"
    shutil.copytree(CONFIG, other)
    risk = other / "strategies.yaml"
    risk.write_text(risk.read_text("utf-8").replace("ma_period: 14", "ma_period: 9"), "utf-8")
    radarctl("pipeline", "apply", copy, "--server-values", "--yes")
    assert "nothing changes" in radarctl("plan", copy, "--against", copy.stem, "--config", CONFIG).stdout
    assert "ma_period is 9 instead of 14" in radarctl("plan", copy, "--against", copy.stem, "--config", other).stdout
    said = radarctl("pipeline", "apply", copy, "--server-values", "--config", other, "--yes", code=2).output
    assert "contradict" in said


def test_jobs_are_followed_and_ended(served: Served) -> None:
    """A job is listed, shown, waited for and ended; one that failed ends `show` with code 1 and says why."""
    with Connection(Where(served.address, TOKENS["operator"])) as connection:
        request = research_service_pb2.StartSweepRequest(
            request_id="cli-sweep", axes=["grid.leverage=2,3", "grid.ma_period=" + ",".join(map(str, range(5, 60)))]
        )
        request.source.pipeline.name, request.source.pipeline.content = "grid_atr.yaml", GRID.read_bytes()
        started = connection.call(
            "ResearchService/StartSweep", request, research_service_pb2.StartSweepResponse
        ).operation
        name = started.name.rpartition("/")[2]
        assert name in radarctl("operation", "list", "--running").stdout
        said = radarctl("operation", "cancel", name).stdout
        assert "cancel" in said
        radarctl("operation", "show", name, "--wait")
        assert "cancelled" in radarctl("operation", "show", name).stdout
        assert "no jobs that have not ended" in radarctl("operation", "list", "--running").stdout
        kept = json.loads(radarctl("operation", "show", started.name, "-o", "json").stdout)
        assert kept["state"] == "OPERATION_STATE_CANCELLED"
        # A period without a bar: it is judged well, and fails when it runs.
        test = research_service_pb2.StartBacktestRequest(request_id="cli-test", source=request.source)
        test.period.start.FromJsonString("2031-01-01T00:00:00Z")
        failed = connection.call(
            "ResearchService/StartBacktest", test, research_service_pb2.StartBacktestResponse
        ).operation
        said = radarctl("operation", "show", failed.name, "--wait", code=1).stdout
        assert "failed" in said
        assert "problem" in said
        assert "next" in said
        one = connection.call(
            "OperationService/GetOperation",
            operation_service_pb2.GetOperationRequest(name=failed.name),
            operation_service_pb2.GetOperationResponse,
        ).operation
        assert one.problem.message in said


def test_what_the_server_refuses_is_told_with_the_next_step(served: Served, monkeypatch: pytest.MonkeyPatch) -> None:
    """An unknown pipeline, a revision that is none, a token that is none, a role that is too low: code 2, in words."""
    assert "keeps no pipeline nothing" in radarctl("pipeline", "show", "nothing", code=2).output
    assert "next: radarctl pipeline list" in radarctl("pipeline", "show", "nothing", code=2).output
    assert "'x' is no revision" in radarctl("pipeline", "rollback", "nothing", "x", code=2).output
    found = json.loads(radarctl("pipeline", "show", "nothing", "-o", "json", code=2).stdout)
    assert (found["error"]["reason"], found["error"]["status"]) == ("PIPELINE_UNKNOWN", "NOT_FOUND")
    monkeypatch.setenv("RADAR_TOKEN", TOKENS["viewer"])
    assert "is a viewer" in radarctl("audit", code=2).output
    monkeypatch.setenv("RADAR_TOKEN", "wrong" * 10)
    assert "the token is not one of this server" in radarctl("status", code=2).output


@pytest.mark.parametrize(
    "command",
    [
        ("status",),
        ("audit",),
        ("pipeline", "list"),
        ("pipeline", "show", "a"),
        ("pipeline", "apply", GRID),
        ("pipeline", "diff", "a", "r1", "r2"),
        ("pipeline", "rollback", "a", "r1"),
        ("operation", "list"),
        ("operation", "show", "a"),
        ("operation", "cancel", "a"),
        ("plan", GRID, "--against", "a"),
    ],
    ids=lambda words: " ".join(map(str, words[:2])),
)
def test_without_a_server_every_command_says_how_to_start_one(command: tuple[object, ...]) -> None:
    """Code 3, the address, and the command that starts a server; as JSON too."""
    said = radarctl(*command, "--server", "127.0.0.1:9", code=3).output
    assert "no server answers on 127.0.0.1:9" in said
    assert "radarctl serve" in said
    found = json.loads(radarctl(*command, "--server", "127.0.0.1:9", "-o", "json", code=3).stdout)
    assert "radarctl serve" in found["error"]["next_step"]


def test_status_is_one_look(served: Served) -> None:
    """Version, address, who asks, and each part of the server."""
    said = radarctl("status").stdout
    assert served.address in said
    assert "operator-caller, operator" in said
    assert "market data" in said
    found = json.loads(radarctl("status", "-o", "json").stdout)
    assert (found["ready"], found["caller"]) == (True, "operator-caller")


def test_status_loads_nothing_that_computes(served: Served) -> None:
    """A client knows the API and nothing else: no numpy, numba, pyarrow, and nothing of pipelines."""
    heavy = {"numpy", "numba", "pyarrow", "ccxt", "rich", "radar.spec", "radar.nodes"}
    script = (
        "import sys; sys.argv = ['radarctl', 'status']\n"
        "from radar.cli.app import main\n"
        "try:\n    main()\nexcept SystemExit:\n    pass\n"
        f"print(*sorted({heavy!r} & set(sys.modules)), file=sys.stderr)"
    )
    done = subprocess.run([sys.executable, "-c", script], cwd=ROOT, capture_output=True, text=True, check=True)
    assert "operator-caller" in done.stdout
    assert done.stderr.strip() == ""


def test_where_the_server_is(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """An option wins over the environment, which wins over the default; a token file is read by its lines."""
    assert find_server("a:1").address == "a:1"
    monkeypatch.setenv("RADAR_SERVER", "b:2")
    assert find_server().address == "b:2"
    monkeypatch.delenv("RADAR_SERVER")
    assert find_server().address == "127.0.0.1:7733"
    tokens = tmp_path / "tokens"
    tokens.write_text("# NAME ROLE TOKEN\nweb viewer certificate:web\nme trader secret-token\n", "utf-8")
    assert find_server(token_file=tokens).token == "secret-token"
    assert "cannot be read" in radarctl("status", "--token-file", tmp_path / "none", code=2).output
