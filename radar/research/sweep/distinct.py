"""Rows of a table that are equal."""

from __future__ import annotations

import numpy as np


def distinct_rows(rows: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """The distinct rows of a 2-d array, sorted, and for each row the number of its distinct one."""
    distinct, _, place = distinct_first(rows)
    return distinct, place


def distinct_first(rows: np.ndarray) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """As :func:`distinct_rows`, with the first index of each distinct row between the two."""
    if not rows.shape[1]:
        return rows[:1], np.zeros(min(len(rows), 1), np.int64), np.zeros(len(rows), np.int64)
    distinct, first, place = np.unique(rows, axis=0, return_index=True, return_inverse=True)
    return distinct, first, place.reshape(-1)
