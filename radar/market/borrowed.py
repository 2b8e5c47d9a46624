"""Local copies of records that every bar reads and writes.

A kernel of one asset keeps the numbers of its hot records (position, intent, books, sums) in processor registers over
its whole loop, and puts them back where a function needs the record whole. That is said with these two functions.
The compiler gets a local record of the numbers of the original; its arrays and nested records stay behind, and reading
one from the copy does not compile. Interpreted, the copy is the record itself, so a kernel that reads the original too
early differs from its interpretation and fails the equality tests.
"""

from __future__ import annotations

from typing import Any

from radar.market.compiled import compiled


@compiled
def borrow(record: Any) -> Any:
    """A local copy of the numbers of ``record``."""
    return record


@compiled
def give_back(copy: Any, record: Any) -> None:
    """Write the copy's numbers to the record."""
