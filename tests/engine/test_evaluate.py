"""Any node's output over history: the numbers that a run sees, and an error that knows the right name."""

from __future__ import annotations

from typing import Any

import numpy as np
import pyarrow as pa
import pytest

import radar
from radar.errors import RadarError
from radar.nodes.port import PortType
from radar.nodes.registry import names
from tests.engine.memory import Memory, table
from tests.nodes.harness import indicator, run_indicator
from tests.nodes.markets import HOUR, START, stored, walk
from tests.nodes.strategy.test_grid_atr import TEXT

HEAD = "radar: 1\npipeline: look\nassets: [BTC]\nclock: 1h\nnodes:\n  candles: {source: candles}\n"
GRID = TEXT.replace("SIDES", "[long, short]")
BARS = walk(4, 200, step=0.02)


def evaluate(text: str, nodes: list[str], **options: Any) -> pa.Table:
    """Values of nodes over a random walk of 200 hours."""
    return radar.evaluate(text, nodes, candles={"BTC": table(BARS)}, mode="interpreted", **options)


@pytest.mark.parametrize("name", [name for name in names("indicator") if name != "resample"])
def test_values_are_those_of_the_indicator_alone(name: str) -> None:
    """Through a pipeline and by itself over the same real candles: the same bytes on every port."""
    kind = indicator(name)
    (port,) = kind.inputs.values()
    wire = "candles" if PortType.BAR in port.types else "candles.close"
    bars = stored("quirks", "binance/perp/ETH/1h")
    text = f"{HEAD}  one: {{indicator: {name}, in: {wire}}}\n"
    found = radar.evaluate(text, ["one"], candles={"BTC": table(bars)}, mode="interpreted")
    for output, values in run_indicator(name, bars).items():
        assert found.column(f"one.{output}").to_numpy().tobytes() == values.astype(float).tobytes()


def test_shape_of_the_table() -> None:
    """Time and asset, then a float column for each output; one row a bar and asset, by time, then asset."""
    text = GRID.replace("[BTC]", "[BTC, ETH]")
    data = Memory({("BTC", "1h"): BARS.without(60), ("ETH", "1h"): walk(5, 190)})
    found = radar.evaluate(text, ["mean", "grid", "broker"], data=data, mode="interpreted")
    assert found.column_names[:3] == ["time", "asset", "mean.value"]
    assert {str(found.schema.field(name).type) for name in found.column_names[2:]} == {"double"}
    assert str(found.schema.field("time").type) == "timestamp[ms, tz=UTC]"
    assert found.num_rows == 199 + 190
    keys = list(zip(found.column("time").cast("int64").to_pylist(), found.column("asset").to_pylist(), strict=True))
    assert keys == sorted(keys)
    assert (START + 60 * HOUR, "BTC") not in keys


def test_a_node_means_all_its_outputs_and_a_port_means_one() -> None:
    """In the order in which they are asked for."""
    text = f"{HEAD}  bands: {{indicator: bollinger, in: candles.close, period: 5}}\n"
    whole = evaluate(text, ["bands"]).column_names[2:]
    assert set(whole) == {f"bands.{port}" for port in indicator("bollinger").outputs}
    assert evaluate(text, ["bands.lower", "candles.high", "bands.upper"]).column_names[2:] == [
        "bands.lower",
        "candles.high",
        "bands.upper",
    ]


def test_intent_and_position_can_be_looked_at() -> None:
    """Levels that rest, the target, the position that comes of them, and the account's equity."""
    found = evaluate(GRID, ["grid", "mean", "width", "broker.equity"])
    columns = {name: found.column(name).to_numpy() for name in found.column_names[2:]}
    flat = columns["grid.position.side"] == 0
    flat[:60] = False
    decided = flat & ~np.isnan(columns["mean.value"])
    for level in range(3):
        offset = columns["width.value"] * (2 + level)
        expected = (columns["mean.value"] - offset)[decided]
        assert columns[f"grid.intent.buy.{level}"][decided].tobytes() == expected.tobytes()
    assert np.isnan(columns["grid.intent.buy.3"]).all()
    assert columns["grid.intent.target"][decided].tobytes() == columns["mean.value"][decided].tobytes()
    assert {-1.0, 0.0, 1.0} <= set(columns["grid.position.side"].tolist())
    backtest = radar.backtest(GRID, candles={"BTC": table(BARS)}, mode="interpreted")
    assert columns["broker.equity"][49:].tobytes() == backtest.equity.tobytes()


def test_the_period_is_cut_behind_the_warm_up() -> None:
    """Rows of the period only, with the values of a run that has seen all that was before."""
    whole, part = evaluate(GRID, ["mean"]), evaluate(GRID, ["mean"], start=START + 100 * HOUR, end=START + 120 * HOUR)
    assert part.num_rows == 20
    assert part.equals(whole.slice(100, 20))


def test_without_an_account_values_are_known_from_the_first_bar() -> None:
    """Nothing waits for a history that no strategy asks for."""
    found = evaluate(f"{HEAD}  mean: {{indicator: sma, in: candles.close, period: 3}}\n", ["mean"])
    values = found.column("mean.value").to_numpy()
    assert np.isnan(values[:2]).all()
    assert not np.isnan(values[2:]).any()


@pytest.mark.parametrize(
    ("asked", "offered"), [("maen", "mean"), ("grid.intent.targt", "grid.intent.target"), ("candles.clse", "candles")]
)
def test_an_unknown_name_is_answered_with_the_nearest(asked: str, offered: str) -> None:
    """R5008, with what there is."""
    with pytest.raises(RadarError) as raised:
        evaluate(GRID, [asked])
    assert raised.value.code == "R5008"
    assert offered in str(raised.value.next_step)


def test_a_name_like_no_other_lists_what_there_is() -> None:
    """Every node of the pipeline is named."""
    with pytest.raises(RadarError, match="'qqqqqq' is no node") as raised:
        evaluate(GRID, ["qqqqqq"])
    for node in ("candles", "mean", "width", "grid", "broker"):
        assert node in str(raised.value.next_step)
