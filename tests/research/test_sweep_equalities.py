"""A row of a sweep is the back-test of its combination, and nothing of how a sweep is run can be seen in it."""

from __future__ import annotations

from collections.abc import Mapping
from functools import cache
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa
import pytest
from pyarrow import parquet

from radar.engine.load import find_config
from radar.market.metrics import METRICS
from radar.market.timeframe import Timeframe
from radar.research.sweep.grid import GRIDS
from radar.research.sweep.laid_out import Sweep
from radar.research.sweep.sweep import lay_out_sweep
from radar.spec.load import load_pipeline
from radar.spec.tree import MapValue
from radar.store import SeriesKey, Store
from tests.acceptance.subjects import alone
from tests.research.sweeps import GRID, SAMPLE, beside_candles

SHIPPED = alone()
OPTIONS = ("grid.ma_period=7,14,21", "grid.atr_period=10,14", "grid.num_levels=2,3", "grid.sl_percent=2,20")
PERIOD: dict[str, Any] = {"data": SAMPLE, "assets": ["BTC"], "start": "2025-02-01", "end": "2025-04-01"}


def swept(**changes: Any) -> Sweep:
    """Twenty-four combinations of the grid on two months of one asset, laid out."""
    return lay_out_sweep(GRID, **{"options": OPTIONS, **PERIOD, **changes})


def content(table: pa.Table) -> bytes:
    """A table as bytes, its schema and metadata included."""
    sink = pa.BufferOutputStream()
    with pa.ipc.new_stream(sink, table.schema) as writer:
        writer.write_table(table.combine_chunks())
    return bytes(sink.getvalue().to_pybytes())


@cache
def expected() -> bytes:
    """The table of one thread, everything in one portion."""
    sweep = swept()
    assert sweep.run(1)
    return content(sweep.table())


def equal_to_back_test(sweep: Sweep, number: int, asset: str = "") -> None:
    """Every metric to the last bit, and all that a row says besides."""
    (row,) = (
        one for one in sweep.table().to_pylist() if one["combination"] == number and one.get("asset", "") == asset
    )
    result = sweep.backtest(number, asset)
    for name in METRICS.names or ():
        found = row[name] if row[name] is None or np.isfinite(row[name]) else None
        assert found == result.metrics[name], (number, name)
    assert (row["profit_factor"] == np.inf) == bool(result.metrics["no_losses"])
    assert row["rows"] == len(result.times)
    assert int(row["start"].timestamp() * 1000) == result.times[0]
    assert row["open_positions"] == len(result.open_positions)
    assert row["refusals"] == sum(one["count"] for one in result.refusals)
    assert row["liquidated"] == result.was_liquidated


@cache
def holed(asset: str, timeframe: str) -> pa.Table:
    """Real candles of the sample, with holes of one bar to two days in them."""
    candles = Store(SAMPLE).candles(asset, timeframe)
    random = np.random.default_rng(11)
    keep = np.ones(len(candles), bool)
    for begin in random.choice(len(candles), 12, replace=False):
        keep[begin : begin + int(random.choice([1, 3, 48]))] = False
    names = ("time", "open", "high", "low", "close", "volume")
    return pa.table({name: getattr(candles, name)[keep] for name in names})


def grid_of(pipeline: Path) -> str | None:
    """The grid that is shipped for a pipeline's strategy, if there is one."""
    grids = find_config(pipeline, None).blocks.get(GRIDS)
    return f"strategies.{pipeline.stem}" if isinstance(grids, MapValue) and grids.get(pipeline.stem) else None


@pytest.mark.parametrize("pipeline", SHIPPED, ids=lambda path: path.stem)
def test_every_shipped_strategy_has_a_grid(pipeline: Path) -> None:
    """A strategy that is shipped can be swept without writing values."""
    assert grid_of(pipeline) is not None


@pytest.mark.parametrize("count", [10, pytest.param(200, marks=pytest.mark.slow)])
@pytest.mark.parametrize(
    "pipeline",
    [SHIPPED[0], *(pytest.param(path, marks=pytest.mark.slow) for path in SHIPPED[1:])],
    ids=lambda path: path.stem,
)
def test_rows_of_a_shipped_strategy_are_back_tests(pipeline: Path, count: int) -> None:
    """Combinations drawn from its shipped grid, on real candles with holes: as many back-tests, bit for bit."""
    config = find_config(pipeline, None)
    loaded = load_pipeline(pipeline, config=config).require()
    clock, asset = str(loaded.clock.fill), loaded.assets[0].name
    sweep = lay_out_sweep(
        pipeline,
        grids=[grid_of(pipeline) or ""],
        candles={asset: holed(asset, clock)},
        data=beside_candles(asset, clock),
        assets=[asset],
        sample=count,
        seed=5,
    )
    assert sweep.run()
    assert all(int(group.series[1].max()) > 5 for group in sweep.groups), "candles without holes would prove less"
    for number in sweep.table()["combination"].to_pylist():
        equal_to_back_test(sweep, number)


@pytest.mark.slow
def test_several_assets_on_one_account() -> None:
    """A sweep of a portfolio is a back-test of the portfolio: one account, one guard over all of them."""
    sweep = swept(
        assets=["BTC", "ETH", "SOL", "XRP"], options=["grid.num_levels=2,4", "guard.max_margin_ratio=0.2,0.7"]
    )
    assert sweep.run()
    for number in range(4):
        equal_to_back_test(sweep, number)
    alone = [
        swept(assets=[asset], options=["grid.num_levels=2,4", "guard.max_margin_ratio=0.2,0.7"])
        for asset in ("BTC", "ETH")
    ]
    assert all(one.run() for one in alone)
    together = sweep.table()["net"].to_pylist()
    assert together[0] != sum(one.table()["net"].to_pylist()[0] for one in alone), "they share nothing: a weak test"


def test_an_asset_of_its_own_values() -> None:
    """Values of single assets, on the command line and in the configuration, are in the row as in the back-test."""
    sweep = swept(
        assets=["BTC", "ETH"], options=["grid.ma_period=7,14", "grid.per_asset.ETH.num_levels=1,4", "grid.leverage=4"]
    )
    assert sweep.run()
    for number in range(4):
        equal_to_back_test(sweep, number)


@pytest.mark.parametrize(("threads", "block"), [(2, None), (1, 1), (3, 5), (1, 1000)])
def test_threads_and_blocks_change_nothing(threads: int, block: int | None) -> None:
    """Threads and the number of combinations that a call of the kernel runs cannot be seen in the bytes."""
    sweep = swept()
    assert sweep.run(threads, block=block)
    assert content(sweep.table()) == expected()


@pytest.mark.parametrize("portions", [2, 3, 6])
def test_memory_changes_nothing(portions: int) -> None:
    """Columns computed in portions give the same bytes; no portion holds more than the memory that was stated."""
    whole = swept()
    rows = whole.groups[0].feed.rows
    one = sum(len(hoisted.fields) for hoisted in whole.groups[0].needed.hoisting.nodes.values()) * rows * 8
    memory = max(one, whole.groups[0].needed.bar_bytes * rows // portions + 1)
    sweep = swept(memory=memory)
    (group,) = sweep.groups
    assert len(group.portions) > 1
    for first, last in group.portions:
        group.compute(first, last)
        assert group.columns.nbytes <= memory
    group.release()
    assert sweep.run(2)
    assert content(sweep.table()) == expected()


def test_the_order_of_a_grid_changes_nothing() -> None:
    """Axes and values in another order are the same rows with other numbers."""
    other = swept(options=[*OPTIONS[:0:-1], "grid.ma_period=21,7,14"])
    assert other.run()
    names = [option.partition("=")[0] for option in OPTIONS]
    tables = []
    for table in (pa.ipc.open_stream(expected()).read_all(), other.table()):
        left = [name for name in table.column_names if name not in ("combination", *names)]
        sorted_rows = table.sort_by([(name, "ascending") for name in names])
        tables.append(content(sorted_rows.select([*names, *left]).replace_schema_metadata(None)))
    assert tables[0] == tables[1]


def test_going_on_changes_nothing(tmp_path: Path) -> None:
    """A run that went on from a third of the rows gives the bytes of a run of all."""
    path = tmp_path / "part.parquet"
    part = swept(sample=8, seed=2)
    assert part.run(out=path)
    sweep = swept()
    assert sweep.resume(path) == 8
    assert sweep.finished == 8
    assert sweep.run()
    assert content(sweep.table()) == expected()
    assert swept().resume(tmp_path / "nothing.parquet") == 0


def test_going_on_runs_only_what_is_missing(tmp_path: Path) -> None:
    """Rows of the file are taken as they are: one that says something else is not run again."""
    path = tmp_path / "part.parquet"
    part = swept(sample=8, seed=2)
    assert part.run()
    part.groups[0].metrics["net"] = 12345.0
    assert part.run(out=path)
    sweep = swept()
    sweep.resume(path)
    assert sweep.run()
    nets = sweep.table()["net"].to_pylist()
    assert nets.count(12345.0) == 8


def test_rows_are_written_while_it_runs(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A checkpoint holds the rows that are finished, so that a kill loses little."""
    monkeypatch.setattr("radar.research.sweep.run.AHEAD", 1)
    path = tmp_path / "sweep.parquet"
    seen: list[int] = []

    def look(_: str) -> None:
        if path.exists():
            seen.append(parquet.read_table(path).num_rows)

    assert swept().run(1, progress=look, out=path, every=0.0, block=4)
    assert seen
    assert seen == sorted(seen)
    assert 0 < seen[0] < 24


def test_a_long_look_back_moves_no_other_start() -> None:
    """The first bar of a combination is that of its own back-test, whatever else is swept beside it."""
    period = {**PERIOD, "start": None, "end": "2025-01-15"}
    alone = lay_out_sweep(GRID, options=["grid.ma_period=10,11"], **period)
    beside = lay_out_sweep(GRID, options=["grid.ma_period=10,50"], **period)
    assert alone.run()
    assert beside.run()
    first = [sweep.table().to_pylist()[0] for sweep in (alone, beside)]
    assert first[0] == first[1]
    starts = beside.table()["start"].to_pylist()
    assert starts[0] < starts[1]


def test_a_common_start_is_a_choice_that_is_written_down() -> None:
    """All rows begin where the last combination is ready; the metadata says so; each is the back-test from there."""
    period = {**PERIOD, "start": None, "end": "2025-01-15"}
    sweep = lay_out_sweep(GRID, options=["grid.ma_period=10,50"], common_start=True, **period)
    assert sweep.run()
    assert len(set(sweep.table()["start"].to_pylist())) == 1
    assert sweep.identity["common_start"] is True
    assert sweep.identity["start"] is not None
    for number in range(2):
        equal_to_back_test(sweep, number)


def test_a_combination_without_a_bar_is_refused_as_its_back_test_is() -> None:
    """The look-back of one combination is longer than the data: it is counted, and the other one is run."""
    period = {**PERIOD, "start": None, "end": "2024-12-03T12:00"}
    sweep = lay_out_sweep(GRID, options=["grid.ma_period=50,10"], **period)
    assert sweep.count == 1
    assert [(reason[:5], count) for reason, count in sweep.refused.items()] == [("R5003", 1)]
    assert sweep.run()
    equal_to_back_test(sweep, 1)


@cache
def slower(folder: Path) -> Path:
    """A store with hours of an asset, and four-hour candles made of them."""
    store, hours = Store(folder), Store(SAMPLE).candles("BTC", "1h")
    first = int(np.argmax(hours.time % (4 * 3_600_000) == 0))
    count = (len(hours) - first) // 4
    part = slice(first, first + 4 * count)
    cut = {
        name: getattr(hours, name)[part].reshape(count, 4)
        for name in ("time", "open", "high", "low", "close", "volume")
    }
    slow = {
        "time": cut["time"][:, 0],
        "open": cut["open"][:, 0],
        "high": cut["high"].max(axis=1),
        "low": cut["low"].min(axis=1),
        "close": cut["close"][:, -1],
        "volume": cut["volume"].sum(axis=1),
    }
    plain: Mapping[str, Any] = {name: getattr(hours, name) for name in slow}
    for timeframe, columns in (("1h", plain), ("4h", slow)):
        key = SeriesKey("candles", "binance", "perp", "BTC", Timeframe.parse(timeframe))
        store.append(key, {name: np.ascontiguousarray(values) for name, values in columns.items()})
    return folder


@pytest.mark.slow
def test_clocks_are_plans_of_their_own(tmp_path: Path) -> None:
    """A swept clock is run as one plan for each, in the order of the grid, and every row is its back-test."""
    options = ["grid.num_levels=2,3", "clock=1h,4h", "grid.sl_percent=10,20", "grid.timeframe=null"]
    period = {**PERIOD, "data": slower(tmp_path)}
    sweep = lay_out_sweep(GRID, options=options, **period)
    assert [group.space.label for group in sweep.groups] == ["clock=1h", "clock=4h"]
    assert sweep.run()
    table = sweep.table()
    assert table["combination"].to_pylist() == list(range(8))
    assert table["clock"].to_pylist() == ["1h", "1h", "4h", "4h"] * 2
    for number in range(8):
        equal_to_back_test(sweep, number)
    path = tmp_path / "sweep.parquet"
    part = lay_out_sweep(GRID, options=[*options[:1], "clock=4h,1h", *options[2:]], **period)
    assert part.run(out=path)
    again = lay_out_sweep(GRID, options=options, **period)
    assert again.resume(path) == 8
    assert again.table().drop_columns(["combination"]) == table.drop_columns(["combination"])


def test_values_that_go_together_only_by_pairs(tmp_path: Path) -> None:
    """A combination is judged as a whole: two values that are refused with all others' first ones may go together."""
    period = {**PERIOD, "data": slower(tmp_path)}
    sweep = lay_out_sweep(GRID, options=["clock=1h,4h", "grid.timeframe=1h,4h"], **period)
    assert sweep.run()
    assert sweep.table()["combination"].to_pylist() == [0, 3]
    assert [(reason[:5], count) for reason, count in sweep.refused.items()] == [("R4011", 1), ("R4011", 1)]
    equal_to_back_test(sweep, 3)
