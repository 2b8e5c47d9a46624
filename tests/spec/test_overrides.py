"""Values from the command line."""

from __future__ import annotations

import pytest

from tests.spec.frame import CONFIG, PIPELINES, codes, frame, loaded

GRID = (PIPELINES / "grid_atr.yaml").read_text(encoding="utf-8")


def grid(*overrides: str, asset: str = "") -> dict[str, object]:
    """The grid's parameters of the shipped pipeline under some overrides."""
    node = loaded(GRID, overrides=overrides).require().node("grid")
    return (node.params_for(asset) if asset else node.params).model_dump()


def test_a_node_parameter() -> None:
    """--set NODE.PARAM=VALUE wins over everything, and a later one over an earlier one."""
    assert grid("grid.ma_period=9")["ma_period"] == 9
    assert grid("grid.ma_period=9", "grid.ma_period=10")["ma_period"] == 10


def test_values_are_yaml() -> None:
    """A value may be a list, a number with its unit, or null."""
    values = grid("grid.sides=[long, short]", "grid.sl_percent=12%", "grid.timeframe=null")
    assert (values["sides"], values["sl_percent"], values["timeframe"]) == (("long", "short"), 12.0, None)


def test_a_block() -> None:
    """--set FILE.BLOCK.PARAM=VALUE is as if the file said so: its per_asset stays stronger."""
    assert grid("strategies.grid_atr.ma_period=9")["ma_period"] == 9
    both = ("strategies.grid_atr.per_asset.BTC.ma_period=8", "strategies.grid_atr.ma_period=9")
    assert (grid(*both, asset="BTC")["ma_period"], grid(*both, asset="ETH")["ma_period"]) == (8, 9)


def test_one_asset() -> None:
    """--set NODE.per_asset.ASSET.PARAM=VALUE changes one asset."""
    option = "grid.per_asset.BTC.ma_period=8"
    assert (grid(option, asset="BTC")["ma_period"], grid(option)["ma_period"]) == (8, 14)


def test_the_clock() -> None:
    """--set clock=VALUE is as if the file said so, in either of its forms."""
    free = ["grid.timeframe=null"]
    file = loaded(GRID.replace("clock: 1h", "clock: {decide: 4h, fill: 15m}"), overrides=free).require()
    assert loaded(GRID, overrides=[*free, "clock={decide: 4h, fill: 15m}"]).require().digest() == file.digest()
    assert str(loaded(GRID, overrides=[*free, "clock=1d"]).require().clock.fill) == "1d"


@pytest.mark.parametrize(
    ("option", "code", "column"),
    [
        ("clock=7 days", "R2013", 13),
        ("clock={decide: 1h, fill: 4h}", "R2029", 32),
        ("grid", "R2021", 7),
        ("", "R2021", 7),
        ("=1", "R2021", 7),
        ("grid.=1", "R2021", 7),
        ("grid.ma_period", "R2021", 7),
        ("grid.ma_period=", "R2021", 7),
        ("gird.ma_period=1", "R2021", 7),
        ("grid.a.b=1", "R2021", 7),
        ("grid.foo=1", "R2008", 12),
        ("grid.ma_period=many", "R2009", 22),
        ("grid.ma_period=0", "R2010", 22),
        ("grid.ma_period=[1", "R1003", 22),
        ("grid.sides=[long, shrt]", "R2011", 25),
        ("strategies.gird_atr.ma_period=1", "R2014", 7),
        ("strategies.boltrend.bol_std=1", "R2021", 7),
        ("strategies.grid_atr.foo=1", "R2008", 27),
        ("broker.margin_mode=crossed", "R2011", 26),
    ],
)
def test_a_fault_is_shown_on_the_command_line(option: str, code: str, column: int) -> None:
    """The finding shows the option as typed, with the column of the fault in it."""
    found = [one for one in loaded(GRID, overrides=[option]).diagnostics if one.severity == "error"]
    assert codes(tuple(found)) == [code]
    assert (found[0].file, found[0].span.line, found[0].span.column) == ("command line", 1, column)
    assert found[0].snippet == f"--set {option}"


def test_a_wrong_node_is_answered_with_the_nearest() -> None:
    """Nodes and blocks are the candidates."""
    found = loaded(GRID, overrides=["gird.ma_period=1"]).diagnostics
    assert next(one for one in found if one.code == "R2021").nearest[0] == "grid"


def test_overrides_enter_the_digest_of_values_only() -> None:
    """Another value is another configuration of the same pipeline."""
    plain, changed = (loaded(GRID, overrides=options).require() for options in ((), ("grid.ma_period=9",)))
    assert plain.digest() == changed.digest()
    assert plain.config_digest() != changed.config_digest()
    assert CONFIG.is_dir()


def test_an_override_may_refer_to_the_environment() -> None:
    """${env:NAME} works in an override as in a file."""
    result = loaded(frame(), overrides=["mean.period=${env:BARS:-5}"], environment={})
    assert result.require().node("mean").params.model_dump()["period"] == 5
