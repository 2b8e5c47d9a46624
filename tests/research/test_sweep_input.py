"""What a sweep refuses to be asked, and in which words."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pyarrow as pa
import pytest
from pyarrow import parquet

import radar
from radar.errors import DataError
from radar.research.sweep.grid import SweepError, axis_of, make_grid
from radar.research.sweep.memory import parse_size, size_text
from radar.research.sweep.ranking import RANKED, ranked
from radar.research.sweep.sweep import lay_out_sweep
from radar.spec.config import Config
from radar.spec.diagnostic import SpecError
from tests.research.sweeps import GRID, SHORT


@pytest.mark.parametrize("option", ["grid.sl_percent", "=1,2", "grid.sl_percent="])
def test_an_option_that_sets_nothing(option: str) -> None:
    """R6001 says what an option looks like."""
    with pytest.raises(SweepError) as raised:
        axis_of(option)
    assert raised.value.code == "R6001"


def test_nothing_to_sweep() -> None:
    """R6001: one value each is a back-test, and a sample of nothing is nothing."""
    for options, more in ((["grid.sl_percent=10"], {}), (["grid.sl_percent=10,20"], {"sample": 0})):
        with pytest.raises(SweepError) as raised:
            lay_out_sweep(GRID, options=options, **SHORT, **more)
        assert raised.value.code == "R6001"


def test_a_grid_that_is_not_there() -> None:
    """R6002 names the file that would hold it."""
    with pytest.raises(SweepError) as raised:
        make_grid(Config(), ["strategies.nothing"], [])
    assert raised.value.code == "R6002"


@pytest.mark.parametrize(
    "options",
    [
        ("strategies.grid_atr.sl_percent=10,20", "grid.sl_percent=10,20"),
        ("grid.sl_percent=10,20,10.0",),
        ("strategies.grid_atr.sl_percent=10,20", "grid.sl_percent=15"),
    ],
    ids=["the block and the node", "a value twice", "a value on the node wins"],
)
def test_axes_that_do_not_go_together(options: tuple[str, ...]) -> None:
    """R6003: two axes of one parameter, a value that stands twice, an axis that changes nothing."""
    with pytest.raises(SweepError) as raised:
        lay_out_sweep(GRID, options=options, **SHORT)
    assert raised.value.code == "R6003"


def test_a_metric_that_there_is_not() -> None:
    """R6004 lists them, and offers the nearest."""
    with pytest.raises(SweepError, match="calmr") as raised:
        ranked(pa.table({"combination": [1]}), "calmr")
    assert raised.value.code == "R6004"
    assert "calmar" in raised.value.next_step
    assert all(name in raised.value.expected for name in RANKED)


@pytest.mark.parametrize("text", ["", "0", "many", "1 XB", "-1GiB", "0.0MiB"])
def test_memory_that_is_none(text: str) -> None:
    """R6005: no number, no unit that is known, or nothing."""
    with pytest.raises(SweepError) as raised:
        lay_out_sweep(GRID, options=["grid.sl_percent=10,20"], memory=text, **SHORT)
    assert raised.value.code == "R6005"


@pytest.mark.parametrize(("text", "size"), [("512MiB", 2**29), ("1.5 gb", 1_500_000_000), ("4096", 4096), (77, 77)])
def test_memory_is_read(text: str | int, size: int) -> None:
    """Decimal and binary units, in any case, with or without a blank; a bare number is bytes."""
    assert parse_size(text) == size


def test_memory_is_written_for_people() -> None:
    """The largest unit that leaves a number of at least one."""
    assert [size_text(size) for size in (10, 2**20, 3 * 2**29)] == ["10 B", "1.0 MiB", "1.5 GiB"]


def test_memory_for_less_than_one_combination() -> None:
    """R6005 says how much one combination takes: three columns of a period's hours."""
    with pytest.raises(SweepError) as raised:
        lay_out_sweep(GRID, options=["grid.ma_period=7,14"], memory="1KiB", **SHORT)
    assert raised.value.code == "R6005"
    assert "KiB" in raised.value.expected


def test_a_combination_that_there_is_not() -> None:
    """R6007: numbers begin at 0 and end below the size of the grid; assets are those that are swept by themselves."""
    sweep = lay_out_sweep(GRID, options=["grid.sl_percent=10,20"], **SHORT)
    for number, asset in ((2, ""), (-1, ""), (0, "ETH")):
        with pytest.raises(SweepError) as raised:
            sweep.backtest(number, asset)
        assert raised.value.code == "R6007"


def test_a_grid_that_is_too_large() -> None:
    """R6008 comes before any value is loaded, and says how a part of it can be run."""
    many = ",".join(map(str, range(1, 1001)))
    options = [f"broker.initial_capital={many}", f"grid.leverage={many}", "grid.ma_period=7,14,21,28,35,42"]
    with pytest.raises(SweepError, match="6,000,000") as raised:
        lay_out_sweep(GRID, options=options, **SHORT)
    assert raised.value.code == "R6008"
    assert "--sample" in raised.value.next_step


def test_a_pipeline_that_is_wrong_whatever_the_values() -> None:
    """The diagnostics are those of a check of the first combination."""
    with pytest.raises(SpecError) as raised:
        lay_out_sweep(GRID, options=["grid.sl_percnt=10,20"], **SHORT)
    assert {one.code for one in raised.value.diagnostics if one.severity == "error"} == {"R2008"}


def test_no_bar_to_trade_for_any_combination() -> None:
    """R5003, as a back-test: the period is before the data."""
    with pytest.raises(DataError) as raised:
        lay_out_sweep(GRID, options=["grid.sl_percent=10,20"], **{**SHORT, "start": None, "end": "2024-12-02"})
    assert raised.value.code == "R5003"


def resumed(path: Path, **changes: Any) -> SweepError:
    """The error of going on with the sweep in ``path`` under changed arguments."""
    arguments: dict[str, Any] = {"options": ["grid.sl_percent=10,20"], **SHORT, **changes}
    with pytest.raises(SweepError) as raised:
        lay_out_sweep(GRID, **arguments).resume(path)
    assert raised.value.code == "R6006"
    assert raised.value.next_step
    return raised.value


@pytest.fixture(scope="module")
def written(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A finished sweep of two combinations."""
    path = tmp_path_factory.mktemp("sweep") / "sweep.parquet"
    radar.sweep(GRID, options=["grid.sl_percent=10,20"], out=path, **SHORT)
    return path


@pytest.mark.parametrize(
    ("changes", "word"),
    [
        ({"options": ["grid.num_levels=2,3"]}, "other parameters"),
        ({"options": ["grid.sl_percent=10,20", "grid.leverage=3"]}, "values that are not swept"),
        ({"options": ["grid.sl_percent=10,15"]}, "1 of its 2 combinations"),
        ({"end": "2025-02-20"}, "ends at another time"),
        ({"assets": ["ETH"]}, "other assets"),
        ({"each_asset": True}, "share an account"),
        ({"common_start": True}, "begins all combinations"),
    ],
    ids=str,
)
def test_another_sweep(written: Path, changes: dict[str, Any], word: str) -> None:
    """R6006 says what differs: parameters, fixed values, the grid, the period, the assets, the start."""
    assert word in resumed(written, **changes).message


def test_a_file_of_something_else(tmp_path: Path) -> None:
    """R6006: text, and a table that no sweep wrote."""
    text = tmp_path / "text.parquet"
    text.write_text("not a table", encoding="utf-8")
    assert "cannot be read" in resumed(text).message
    other = tmp_path / "other.parquet"
    parquet.write_table(pa.table({"combination": [1]}), other)
    assert "was not written by a sweep" in resumed(other).message


def test_other_data(written: Path, tmp_path: Path) -> None:
    """R6006: one candle of the history is another."""
    candles = tmp_path / "candles.parquet"
    source = SHORT["data"] / "candles" / "binance" / "perp" / "BTC" / "1h.parquet"
    table = parquet.read_table(source)
    closes = table["close"].to_pylist()
    closes[50] *= 1.0001
    parquet.write_table(table.set_column(table.column_names.index("close"), "close", pa.array(closes)), candles)
    message = resumed(written, candles={"BTC": parquet.read_table(candles)}).message
    assert "other candles" in message
