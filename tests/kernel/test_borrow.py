"""Local copies of records: what a kernel of one asset works on between events."""

from __future__ import annotations

import numba
import numpy as np

from radar.kernel.borrow import intrinsics, leaves, numbers
from radar.market import borrowed
from radar.market.account import ACCOUNT
from radar.market.intent import INTENT
from tests.conformance.cases import CASES, prepared

INNER = np.dtype([("flag", "i1"), ("sum", "f8")], align=True)
RECORD = np.dtype([("count", "i8"), ("many", "f8", (3,)), ("inner", INNER), ("price", "f8")], align=True)
BORROW, GIVE_BACK = intrinsics()["borrow"], intrinsics()["give_back"]


@numba.njit
def add_up(records: np.ndarray, rounds: int, late: bool) -> float:
    """Change a copy, and tell what the record holds before it is given back."""
    copy = BORROW(records[0])
    for _ in range(rounds):
        copy.count += 1
        copy.inner.sum += 0.5
        copy.inner.flag = 1
    before = records[0].inner.sum
    if late:
        GIVE_BACK(copy, records[0])
    return before


def test_numbers_leaves_arrays_behind() -> None:
    """A copy has every number of the record, nested ones too, and no array: reading one would not compile."""
    small = numbers(RECORD)
    assert small.names == ("count", "inner", "price")
    assert len(leaves(small, RECORD)) == 4
    assert {"buy", "sell"}.isdisjoint(numbers(INTENT).names or ())
    assert numbers(ACCOUNT).itemsize == ACCOUNT.itemsize


def test_a_copy_is_a_copy() -> None:
    """The record changes when it is given the copy back, not before, and its arrays do not."""
    records = np.zeros(1, RECORD)
    records["many"] = 7.0
    records["inner"]["sum"] = 2.0
    assert add_up(records, 4, False) == 2.0
    assert records[0]["count"] == 0
    assert add_up(records, 4, True) == 2.0
    assert records[0]["count"] == 4
    assert records[0]["inner"]["sum"] == 4.0
    assert records[0]["inner"]["flag"] == 1
    assert (records[0]["many"] == 7.0).all()


def test_interpreted_the_copy_is_the_record() -> None:
    """The other mode works on the record itself."""
    record = np.zeros(1, RECORD)[0]
    assert borrowed.borrow(record) is record
    assert borrowed.give_back(record, record) is None


def test_only_a_kernel_of_one_asset_borrows() -> None:
    """A plan of several assets works on the records where they lie."""
    from radar.kernel.build import source_of
    from radar.kernel.expressions import is_single

    for name in CASES:
        plan = prepared(name)[0].plan
        assert ("borrow(" in source_of(plan)) == is_single(plan)
