"""`radarctl backtest`: the main job, on the shipped pipelines and the bundled sample."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from radar.engine.backtest import backtest
from radar.engine.load import load
from tests.cli.terminal import CONFIG, GRID, MONTH, PIPELINES, SAMPLE, SHIPPED, program, radarctl

DATA = ("--data", SAMPLE)


@pytest.fixture(scope="session")
def result(kept: Path) -> dict[str, Any]:
    """The kept result as data."""
    content: dict[str, Any] = json.loads(kept.read_bytes())
    return content


@pytest.fixture(scope="session")
def table() -> str:
    """The tables of the same back-test."""
    return radarctl("backtest", GRID, *DATA, *MONTH).stdout


@pytest.mark.slow
def test_json_is_the_result_byte_for_byte(kept: Path) -> None:
    """-o json, --out and the Python function give the same bytes, however the program is started."""
    done = program("backtest", GRID.relative_to(GRID.parent.parent), *DATA, *MONTH, "-o", "json")
    assert done.returncode == 0, done.stderr.decode()
    assert done.stdout == kept.read_bytes()
    assert backtest(GRID, data=SAMPLE, start=MONTH[1], end=MONTH[3]).to_bytes() == kept.read_bytes()


def lacks_open_interest(path: Path) -> bool:
    """Whether a pipeline needs open interest; the sample holds none."""
    return any(
        node.kind.series == "open_interest" and node.params.model_dump()["missing"] == "refuse"
        for node in load(path).require().nodes
    )


@pytest.mark.parametrize("path", SHIPPED, ids=lambda path: path.stem)
def test_shipped_pipelines_run(path: Path) -> None:
    """Each shipped pipeline runs on the sample as it is, or says which series the sample lacks and what to do."""
    if lacks_open_interest(path):
        assert not list(SAMPLE.glob("open_interest/*")), "the sample has open interest: let the pipeline run on it"
        error = radarctl("backtest", path, *DATA, *MONTH, code=2).stderr
        assert "R5004" in error
        assert "radarctl data import" in error
        return
    text = radarctl("backtest", path, *DATA, *MONTH).stdout
    assert text.startswith(f"{path.stem}: ")
    assert "By asset" in text


def test_the_table_says_the_metrics(table: str, result: dict[str, Any]) -> None:
    """Figures of the account stand beside buying and holding."""
    metrics, held = result["metrics"], result["buy_and_hold"]["all"]
    lines = {line.split("  ")[0].strip(): line for line in table.splitlines()}
    assert f"{metrics['final_equity']:,.2f}" in lines["final equity"]
    assert f"{held['final_equity']:,.2f}" in lines["final equity"]
    assert f"{metrics['max_drawdown']:,.2f} %" in lines["max drawdown"]
    assert f"{metrics['trades']:,}" in lines["trades"]


def test_the_table_says_each_asset(table: str, result: dict[str, Any]) -> None:
    """One line an asset: its net, and what holding it would have returned."""
    rows = table.partition("By asset")[2].splitlines()
    for asset, metrics in result["per_asset"].items():
        row = next(line for line in rows if line.split(" ")[0] == asset)
        assert f"{metrics['net']:,.2f}" in row
        assert f"{result['buy_and_hold'][asset]['equity_return']:,.2f} %" in row


def test_the_table_says_why_it_closed_and_did_not_trade(table: str, result: dict[str, Any]) -> None:
    """Exit reasons and refusals are counted, in words."""
    assert result["refusals"], "the period must hold refusals for this test to say anything"
    exits = table.partition("Why positions closed")[2]
    assert all(trade["reason"] in exits for trade in result["trades"])
    refused = table.partition("Why it did not trade")[2]
    totals: dict[str, int] = {}
    for one in result["refusals"]:
        totals[one["cause"]] = totals.get(one["cause"], 0) + one["count"]
        assert one["meaning"][:20] in refused
    for cause, count in totals.items():
        assert any(cause in line and f"{count:,}" in line for line in refused.splitlines())


def test_the_table_says_data_and_digests(table: str, result: dict[str, Any]) -> None:
    """What the reader must know of the data, warnings and the digests are there."""
    assert "funding until" in table
    assert all(warning in table for warning in result["warnings"])
    for name in ("pipeline", "config", "data", "kernel"):
        assert f"{name} {result['digests'][name][:12]}" in table


def test_options_reach_the_run() -> None:
    """Assets, values, capital and fill model are in the request and in the parameters in effect."""
    options = ("--asset", "BTC", "--asset", "ETH", "--set", "grid.leverage=2", "--capital", "5000")
    text = radarctl("backtest", GRID, *DATA, *MONTH, *options, "--fill-model", "through", "-o", "json").stdout
    found = json.loads(text)
    assert found["assets"] == ["BTC", "ETH"]
    assert found["parameters"]["grid"]["params"]["leverage"] == 2
    assert found["parameters"]["broker"]["params"]["initial_capital"] == 5000
    assert found["parameters"]["broker"]["params"]["fill_model"] == "through"
    assert found["request"]["from"] == "2025-10-01T00:00:00Z"
    assert found["period"]["to"] == "2025-10-31T23:00:00Z"


def test_a_group_may_stand_for_assets() -> None:
    """--asset takes groups of the configuration."""
    found = json.loads(radarctl("backtest", GRID, *DATA, *MONTH, "--asset", "majors", "-o", "json").stdout)
    assert found["assets"] == ["BTC", "ETH"]


def test_places_may_be_named_by_the_environment(kept: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """RADAR_DATA and RADAR_CONFIG stand for --data and --config."""
    monkeypatch.setenv("RADAR_DATA", str(SAMPLE))
    monkeypatch.setenv("RADAR_CONFIG", str(CONFIG))
    assert radarctl("backtest", GRID, *MONTH, "-o", "json").stdout_bytes == kept.read_bytes()


def test_a_report_is_written(tmp_path: Path) -> None:
    """--report leaves one HTML page of the run, and its place is said."""
    path = tmp_path / "report.html"
    assert f"report: {path}" in radarctl("backtest", GRID, *DATA, *MONTH, "--report", path).stdout
    page = path.read_text(encoding="utf-8")
    assert page.lstrip().lower().startswith("<!doctype html")
    assert "grid_atr" in page
    assert list(tmp_path.iterdir()) == [path]


def test_no_trade_is_explained(tmp_path: Path) -> None:
    """Where nothing happened the table says that, and how to look further."""
    options = ("--set", "grid.atr_multiplier_start=1000", "--from", "2025-06-01", "--to", "2025-06-10")
    text = radarctl("backtest", GRID, *DATA, *options).stdout
    assert "It did not trade" in text
    assert "radarctl evaluate grid_atr.yaml" in text


@pytest.mark.parametrize(
    ("options", "said"),
    [
        (("--from", "2025-13-01"), "'2025-13-01' is not a date"),
        (("--to", "soon"), "'soon' is not a date"),
        (("--from", "2030-01-01"), "R5003"),
        (("--from", "2025-02-01", "--to", "2025-01-01"), "R5003"),
        (("--asset", "NOPE"), "unknown asset NOPE"),
        (("--asset", "DOGE"), "data-missing"),
        (("--set", "grid"), "grid sets nothing"),
        (("--set", "grid.levrage=3"), "did you mean: leverage"),
        (("--set", "nothing.leverage=3"), "no node and no block called nothing"),
        (("--set", "grid.leverage=much"), "leverage"),
        (("--capital", "0"), "initial_capital"),
        (("--capital", "lots"), "--capital"),
        (("--fill-model", "hope"), "fill_model"),
        (("--config", "nowhere"), "R5006"),
        (("--data", "nowhere"), "R5006"),
        (("--report", "nowhere/report.html"), "there is no folder"),
        (("--report", "report.pdf"), ".html"),
        (("--out", "nowhere/result.json"), "there is no folder"),
        (("--out", PIPELINES), "is a folder"),
        (("--unknown",), "--unknown"),
    ],
)
def test_bad_input_is_said_before_the_run(options: tuple[object, ...], said: str) -> None:
    """Each mistake ends with exit code 2 and words that name it; nothing is on standard output."""
    result = radarctl("backtest", GRID, *DATA, *options, code=2)
    assert said in result.stderr
    assert result.stdout == ""


def test_a_missing_pipeline_is_said() -> None:
    """A name that leads nowhere is a diagnostic."""
    assert "cannot read nowhere.yaml" in radarctl("backtest", "nowhere.yaml", *DATA, code=2).stderr


def test_a_pipeline_without_an_executor_cannot_be_back_tested(tmp_path: Path) -> None:
    """R5007: nothing would be filled; evaluate is named."""
    lines = GRID.read_text(encoding="utf-8").split("\n")
    start = next(index for index, line in enumerate(lines) if line.startswith("  regime:"))
    path = tmp_path / "quiet.yaml"
    path.write_text("\n".join([*lines[:start], "  journal: {sink: journal, in: guard.refused}", ""]), encoding="utf-8")
    error = radarctl("backtest", path, *DATA, "--config", CONFIG, code=2).stderr
    assert "R5007" in error
    assert "evaluate" in error


def test_several_accounts_are_ranked(tmp_path: Path) -> None:
    """Each account against its own capital, the best first; the JSON carries the metrics of each."""
    text = GRID.read_text(encoding="utf-8")
    second = (
        "  other: {strategy: grid_atr, in: {bar: candles, mean: mean, width: width}, with: strategies.grid_atr,\n"
        "          atr_multiplier_start: 4, ma_period: 14, atr_period: 14}\n"
        "  other_sized: {risk: equal_allocation, in: other, with: risk.sizing}\n"
        "  other_guard: {risk: margin_guard, in: other_sized, with: risk.margin_guard}\n"
        "  patient: {executor: account, in: {in: other_guard, regime: regime},\n"
        "            with: [risk.account, exchanges.bitget]}\n"
    )
    path = tmp_path / "two.yaml"
    path.write_text(text + second, encoding="utf-8")
    options = (path, "--config", CONFIG, "--data", SAMPLE, "--asset", "BTC", *MONTH)
    accounts = json.loads(radarctl("backtest", *options, "-o", "json").stdout)["accounts"]
    assert set(accounts) == {"broker", "patient"}
    assert accounts["patient"]["trades"] < accounts["broker"]["trades"]
    shown = radarctl("backtest", *options).stdout
    assert "By account" in shown
    best = max(accounts, key=lambda name: accounts[name]["net_return"])
    (line,) = [line for line in shown.splitlines() if line.split()[:1] == ["1"]]
    assert line.split()[1] == best
