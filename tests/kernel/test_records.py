"""Records as plain Python sees them: the same names as in compiled code, and the same memory."""

from __future__ import annotations

import numpy as np
import pytest

from radar.kernel.records import RecordArray, RecordView, param_dtype, write_params
from radar.nodes.registry import kinds

RECORD = np.dtype([("x", "f8"), ("n", "i8"), ("prices", "f8", (3,)), ("inner", [("y", "f8"), ("m", "i8")])], align=True)


def test_a_view_reads_and_writes_the_array() -> None:
    """There is no copy: what is written through a view stands in the array, and the other way round."""
    array = np.zeros(2, RECORD)
    view = RecordView(array[1])
    view.x, view.n = 1.5, 7
    view.n += 1
    view.prices[2] = 9.0
    assert (array[1]["x"], array[1]["n"], array[1]["prices"].tolist()) == (1.5, 8, [0.0, 0.0, 9.0])
    array["x"][1] = 2.5
    assert view.x == 2.5
    assert array[0] == np.zeros(1, RECORD)[0]


def test_a_nested_record_is_a_view_too() -> None:
    """At any depth."""
    array = np.zeros(1, RECORD)
    view = RecordView(array[0])
    view.inner.y = 3.0
    inner = view.inner
    inner.m = 4
    assert array[0]["inner"].tolist() == (3.0, 4)


def test_an_unknown_field_is_an_error() -> None:
    """A misspelt name neither reads nor writes."""
    view = RecordView(np.zeros(1, RECORD)[0])
    with pytest.raises(ValueError, match="pricez"):
        view.pricez = 1.0
    with pytest.raises(ValueError, match="pricez"):
        _ = view.pricez


def test_whole_numbers_stay_whole() -> None:
    """An integer field cuts a fraction off, as it does in compiled code."""
    array = np.zeros(1, RECORD)
    RecordView(array[0]).n = 7.9
    assert array[0]["n"] == 7


def test_an_array_gives_views() -> None:
    """Items are views on the records, the shape is that of the array."""
    array = np.zeros(3, RECORD)
    records = RecordArray(array)
    records[2].x = 5.0
    assert array["x"].tolist() == [0.0, 0.0, 5.0]
    assert records.shape == (3,)


def record(role: str, name: str, interval: int = 3_600_000, **values: object) -> np.void:
    """The parameter record of a kind."""
    kind = kinds()[role, name]  # type: ignore[index]
    array = np.zeros(1, param_dtype(kind))
    write_params(array[0], kind, kind.params(**values), interval=interval, window=11)
    found: np.void = array[0]
    return found


def test_how_parameters_are_written() -> None:
    """Percent as fractions, a choice as its number, sides as bits, timeframes in milliseconds, absent as NaN or 0."""
    grid = record("strategy", "grid_atr", sides=["short"], sl_percent=12.5, entry_order="limit")
    assert (grid["sl"], grid["sides"], grid["entry_order"], grid["timeframe"]) == (0.125, 2, 1, 0)
    assert record("strategy", "grid_atr", sides=["long", "short"], timeframe="4h")["sides"] == 3
    assert record("strategy", "grid_atr", timeframe="4h")["timeframe"] == 4 * 3_600_000
    assert np.isnan(record("risk", "equal_allocation")["assets"])
    assert record("risk", "equal_allocation", assets=5)["assets"] == 5.0
    assert record("risk", "risk_sizing", include=[])["include"] == 0
    assert record("risk", "risk_sizing", include=["entry_fee"])["include"] == 4
    assert record("executor", "account", liquidation=False)["liquidation"] == 0
    assert record("executor", "account", intrabar="lower_tf")["intrabar"] == 2


def test_every_record_knows_its_clock_and_its_window() -> None:
    """Whatever the kind."""
    for role, name in kinds():
        found = record(role, name, interval=60_000)
        assert (found["interval"], found["window"]) == (60_000, 11), name


def test_text_that_a_kernel_has_no_use_for_is_left_out() -> None:
    """The path of a journal is no number."""
    assert record("sink", "journal", path="somewhere.jsonl").dtype.names == ("window", "interval")
