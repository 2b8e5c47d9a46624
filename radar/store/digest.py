"""A name for the numbers that a run used, whatever file or encoding they came from."""

from __future__ import annotations

import hashlib

import numpy as np

from radar.store.series import Series

__all__ = ["digest_series"]


def digest_series(*series: Series) -> str:
    """SHA-256 (hex) over the names and numbers of some series, as they were read for use.

    The order of the arguments does not count. Each series goes in as the line ``NAME ROWS``, the times as little-endian
    int64 and each value column as little-endian float64, in the order of the file's columns.
    """
    whole = hashlib.sha256()
    for one in sorted(series, key=lambda s: (str(s.key), len(s), int(s.time[0]) if len(s) else 0)):
        whole.update(f"{one.key} {len(one)}\n".encode())
        whole.update(np.ascontiguousarray(one.time, dtype="<i8").data)
        for name in one.key.columns:
            whole.update(np.ascontiguousarray(getattr(one, name), dtype="<f8").data)
    return whole.hexdigest()
