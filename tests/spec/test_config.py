"""The folder of values: blocks, overrides for one asset, assets and their groups."""

from __future__ import annotations

from pathlib import Path

import pytest

from radar.nodes.kind import Kind
from radar.nodes.params import NodeParams
from radar.nodes.registry import kinds
from radar.spec.config import Config
from radar.spec.diagnostic import render_all
from radar.spec.load import Loaded, load_pipeline
from radar.spec.parameters import clock_parameter
from tests.spec.frame import codes, frame, loaded, marked

GRID = "strategy: grid_atr, in: {bar: candles, mean: mean, width: width}"
ASSETS = """\
assets:
  BTC: {tick: 0.1, lot: 0.001, minimum_notional: 5, venue_symbols: {bitget: BTC/USDT:USDT}, correlation: major}
  ETH: {tick: 0.01, correlation: major}
  SOL: {}
groups:
  majors: [BTC, ETH]
  all: [SOL, BTC, ETH]
  none: []
correlation:
  major: {max_concurrent_same_direction: 2, max_exposure_percent: 60}
"""


def folder(tmp_path: Path, **files: str) -> Path:
    """A configuration folder with these files beside its assets."""
    for name, text in {"assets": ASSETS, **files}.items():
        (tmp_path / f"{name}.yaml").write_text(text, encoding="utf-8")
    return tmp_path


def grid(result: Loaded, asset: str = "") -> dict[str, object]:
    """The grid's parameters in effect."""
    node = result.require().node("grid")
    return (node.params_for(asset) if asset else node.params).model_dump()


def test_a_block_gives_its_values(tmp_path: Path) -> None:
    """`with` takes the values of a block; what it does not name is the default."""
    config = folder(tmp_path, strategies="fast: {ma_period: 7, leverage: 2}\n")
    values = grid(loaded(frame(grid=f"{{{GRID}, with: strategies.fast}}"), config=config))
    assert (values["ma_period"], values["leverage"], values["atr_period"]) == (7, 2.0, 14)


def test_the_order_of_precedence(tmp_path: Path) -> None:
    """Block, its per_asset, the node's key, its per_asset, the command line: each wins over those before it."""
    config = folder(tmp_path, strategies="fast: {ma_period: 7, atr_period: 7, per_asset: {BTC: {ma_period: 8}}}\n")
    text = frame(grid=f"{{{GRID}, leverage: 3, with: strategies.fast}}")
    assert [grid(loaded(text, config=config), one)["ma_period"] for one in ("", "BTC", "ETH")] == [7, 8, 7]
    text = frame(grid=f"{{{GRID}, leverage: 3, with: strategies.fast, ma_period: 9}}")
    assert [grid(loaded(text, config=config), one)["ma_period"] for one in ("", "BTC", "ETH")] == [9, 9, 9]
    text = frame(
        grid=f"{{{GRID}, leverage: 3, with: strategies.fast, ma_period: 9, per_asset: {{ETH: {{ma_period: 10}}}}}}"
    )
    assert [grid(loaded(text, config=config), one)["ma_period"] for one in ("", "BTC", "ETH")] == [9, 9, 10]
    result = loaded(text, config=config, overrides=["grid.ma_period=11"])
    assert [grid(result, one)["ma_period"] for one in ("", "BTC", "ETH")] == [11, 11, 11]
    result = loaded(text, config=config, overrides=["grid.ma_period=11", "grid.per_asset.BTC.ma_period=12"])
    assert [grid(result, one)["ma_period"] for one in ("", "BTC", "ETH")] == [11, 12, 11]


def test_of_several_blocks_the_later_wins(tmp_path: Path) -> None:
    """A list of blocks is merged in its order."""
    config = folder(tmp_path, strategies="a: {ma_period: 7, atr_period: 7}\nb: {ma_period: 8}\n")
    values = grid(loaded(frame(grid=f"{{{GRID}, leverage: 3, with: [strategies.a, strategies.b]}}"), config=config))
    assert (values["ma_period"], values["atr_period"]) == (8, 7)


@pytest.mark.parametrize(
    ("file", "code"),
    [
        ("fast: {«ma_perod»: 7}\n", "R2008"),
        ("fast: {ma_period: «700»}\n", "R2010"),
        ("fast:\n  ma_period: «seven»\n", "R2009"),
        ("fast: {per_asset: {«BTX»: {ma_period: 7}}}\n", "R4001"),
        ("fast: {per_asset: {BTC: {«ma_perod»: 7}}}\n", "R2008"),
        ("fast: {per_asset: {BTC: {ma_period: «700»}}}\n", "R2010"),
        ("fast: {per_asset: {SOL: {ma_period: «700»}}}\n", "R2010"),
        ("fast: {per_asset: «[BTC]»}\n", "R2003"),
        ("fast: {per_asset: {BTC: «7»}}\n", "R2003"),
        ("fast: {per_asset: {BTC: {«timeframe»: 4h}}}\n", "R2028"),
        ('fast: {ma_period: "«${env:RADAR_ABSENT}»"}\n', "R2016"),
        ("fast: {ma_period: 7}\n«fast»: {ma_period: 8}\n", "R1005"),
        ("«[fast]»\n", "R2003"),
    ],
)
def test_a_fault_of_a_block_is_shown_in_its_file(tmp_path: Path, file: str, code: str) -> None:
    """The place of a bad value is where it is written, also for assets that the pipeline does not trade."""
    text, (line, column, _) = marked(file)
    config = folder(tmp_path, strategies=text)
    result = loaded(frame(grid=f"{{{GRID}, leverage: 3, with: strategies.fast}}"), config=config, environment={})
    found = [one for one in result.diagnostics if one.code == code]
    assert found, render_all(result.diagnostics)
    assert found[0].file.endswith("strategies.yaml")
    assert (found[0].span.line, found[0].span.column) == (line, column)


@pytest.mark.parametrize(
    ("file", "code"),
    [
        ("asets: {}\n", "R2001"),
        ("assets: [BTC]\n", "R2003"),
        ("assets: {BTC: 1}\n", "R2003"),
        ("assets: {btc: {}}\n", "R2005"),
        ("assets: {BTC: {tik: 0.1}}\n", "R2008"),
        ("assets: {BTC: {tick: 0}}\n", "R2010"),
        ("assets: {BTC: {tick: fine}}\n", "R2009"),
        ("assets: {BTC: {correlation: majr}}\ncorrelation: {major: {}}\n", "R2030"),
        ("assets: {BTC: {venue_symbols: BTCUSDT}}\n", "R2003"),
        ("assets: {BTC: {venue_symbols: {bitget: 1}}}\n", "R2009"),
        ("assets: {BTC: {}}\ngroups: {a: [BTX]}\n", "R4001"),
        ("assets: {BTC: {}}\ngroups: {a: [BTC, BTC]}\n", "R2024"),
        ("assets: {BTC: {}}\ngroups: {a: BTC}\n", "R2003"),
        ("assets: {BTC: {}}\ngroups: {a: [1]}\n", "R2003"),
        ("correlation: {major: 2}\n", "R2003"),
        ("correlation: {major: {max_exposure_percent: 160}}\n", "R2010"),
    ],
)
def test_a_fault_of_the_assets_file(tmp_path: Path, file: str, code: str) -> None:
    """Every part of the file of assets is judged, whether a pipeline uses it or not."""
    config = Config.load(folder(tmp_path, assets=file))
    assert code in codes(config.diagnostics), render_all(config.diagnostics)
    assert all(one.file.endswith("assets.yaml") for one in config.diagnostics)


def test_assets_carry_what_orders_need(tmp_path: Path) -> None:
    """Tick, lot, symbols, groups and correlation group of an asset are those of the file; absent ones are None."""
    table = Config.load(folder(tmp_path)).assets
    btc, sol = table.assets["BTC"], table.assets["SOL"]
    assert (btc.tick, btc.lot, btc.minimum_notional, btc.quote) == (0.1, 0.001, 5.0, "USDT")
    assert dict(btc.venue_symbols) == {"bitget": "BTC/USDT:USDT"}
    assert (btc.groups, btc.correlation) == (("majors", "all"), "major")
    assert (sol.tick, sol.lot, sol.correlation) == (None, None, "")
    assert table.correlation["major"].max_concurrent_same_direction == 2


@pytest.mark.parametrize(
    ("assets", "names"),
    [
        ("majors", ["BTC", "ETH"]),
        ("all", ["BTC", "ETH", "SOL"]),
        ("[SOL, BTC]", ["BTC", "SOL"]),
        ("[majors, SOL]", ["BTC", "ETH", "SOL"]),
        ("SOL", ["SOL"]),
    ],
)
def test_groups_and_lists(tmp_path: Path, assets: str, names: list[str]) -> None:
    """A group, a list, a list with groups, one asset: always sorted by name."""
    pipeline = loaded(frame(assets=assets), config=folder(tmp_path)).require()
    assert [asset.name for asset in pipeline.assets] == names


def test_an_empty_group_is_refused(tmp_path: Path) -> None:
    """A group without assets would run on nothing."""
    assert "R4002" in codes(loaded(frame(assets="none"), config=folder(tmp_path)).diagnostics)


def test_assets_from_the_command_line_replace_those_of_the_file(tmp_path: Path) -> None:
    """`--asset` takes names and groups; a wrong one is shown as it was typed."""
    config = folder(tmp_path)
    pipeline = loaded(frame(), config=config, assets=["SOL"]).require()
    assert [asset.name for asset in pipeline.assets] == ["SOL"]
    (found,) = loaded(frame(), config=config, assets=["BTC", "SOLL"]).diagnostics
    assert (found.code, found.file, found.span.column, found.nearest) == ("R4001", "command line", 13, ("SOL",))
    assert found.snippet == "--asset BTC SOLL"


def test_a_pipeline_needs_no_assets_when_they_are_given(tmp_path: Path) -> None:
    """A file without assets runs on those of the command line."""
    assert loaded(frame(assets=None), config=folder(tmp_path), assets=["all"]).diagnostics == ()


def test_without_a_configuration_any_asset_may_be_named() -> None:
    """A pipeline of its own takes assets without ticks; a block cannot be had then."""
    assert loaded(frame(assets="[ABC, X1]"), config=None).require().assets[0].tick is None
    (found,) = loaded(frame(grid=f"{{{GRID}, leverage: 3, with: risk.account}}"), config=None).diagnostics
    assert found.code == "R2014"
    assert "--config" in found.fix


def test_a_missing_folder(tmp_path: Path) -> None:
    """A configuration folder that is not there is one finding, and the pipeline is still checked."""
    found = loaded(frame(mean="sma"), config=tmp_path / "absent").diagnostics
    assert {"R1001", "R2003"} <= set(codes(found))


def test_an_unknown_block_is_answered_with_the_nearest(tmp_path: Path) -> None:
    """The path of the block that was probably meant is offered."""
    config = folder(tmp_path, strategies="fast: {ma_period: 7}\n")
    (found,) = loaded(frame(grid=f"{{{GRID}, leverage: 3, with: strategies.fats}}"), config=config).diagnostics
    assert (found.code, found.nearest) == ("R2014", ("strategies.fast",))


def other_value(params: type[NodeParams], name: str) -> str | None:
    """A valid value of a parameter that is not its default, as YAML; None when it cannot be told from its schema."""
    schema = params.model_json_schema()["properties"][name]
    default = params.model_fields[name].default
    choices = schema.get("enum") or schema.get("items", {}).get("enum")
    if choices:
        if schema.get("type") == "array":
            return f"[{next(one for one in choices if [one] != list(default))}]"
        return str(next(one for one in choices if one != default))
    if isinstance(default, bool):
        return str(not default).lower()
    if isinstance(default, int | float):
        for candidate in (default + 1, default - 1, default / 2 if isinstance(default, float) else default):
            try:
                params.model_validate({name: candidate})
            except ValueError:
                continue
            if candidate != default:
                return str(candidate)
    if default is None:
        return next((text for text in ("3", "text") if _takes(params, name, text)), None)
    return None


def _takes(params: type[NodeParams], name: str, text: str) -> bool:
    try:
        params.model_validate({name: text})
    except ValueError:
        return False
    return True


def overridable() -> list[tuple[str, str, str]]:
    """Every parameter that may differ between assets: role, kind, parameter."""
    return [
        (role, name, parameter)
        for (role, name), kind in kinds().items()
        if role in ("indicator", "strategy", "risk") and kind.observe is None
        for parameter in kind.params.model_fields
        if parameter != clock_parameter(kind) and not has_one_value(kind.params, parameter)
    ]


def has_one_value(params: type[NodeParams], name: str) -> bool:
    """Whether nothing but the default is valid, such as the side of a strategy that has one."""
    return "const" in params.model_json_schema()["properties"][name].get("items", {})


def node_text(kind: Kind, per_asset: str) -> str:
    """An entry of a kind without wires; the values of a node do not depend on them."""
    return f"{{{kind.role}: {kind.name}, per_asset: {{BTC: {per_asset}}}}}"


@pytest.mark.parametrize(("role", "name", "parameter"), overridable())
def test_per_asset_overrides_every_parameter(role: str, name: str, parameter: str) -> None:
    """There is no parameter whose override for one asset is read and then without effect."""
    kind = next(one for (own_role, own), one in kinds().items() if (own_role, own) == (role, name))
    value = other_value(kind.params, parameter)
    assert value is not None, f"teach other_value about {role} {name} {parameter}"
    text = frame(probe=node_text(kind, f"{{{parameter}: {value}}}"))
    result = load_pipeline(text)
    node = result.require().node("probe")
    changed, default = node.params_for("BTC").model_dump(), node.params_for("ETH").model_dump()
    assert changed[parameter] != default[parameter]
    assert {key: one for key, one in changed.items() if key != parameter} == {
        key: one for key, one in default.items() if key != parameter
    }
