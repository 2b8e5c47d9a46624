"""Records as plain Python sees them: attribute access under the same names that compiled code uses."""

from __future__ import annotations

from typing import Any

import numpy as np

from radar.plan.records import param_dtype, state_dtype, write_params

__all__ = ["RecordArray", "RecordView", "param_dtype", "state_dtype", "write_params"]


class RecordView:
    """Attribute access to a numpy record (``np.void``), nested records included. Writes go to the array."""

    __slots__ = ("_void",)

    def __init__(self, void: Any) -> None:
        object.__setattr__(self, "_void", void)

    def __getattr__(self, name: str) -> Any:
        value = self._void[name]
        return RecordView(value) if isinstance(value, np.void) else value

    def __setattr__(self, name: str, value: Any) -> None:
        self._void[name] = value


class RecordArray:
    """An array of records whose items are :class:`RecordView`, or arrays of them."""

    __slots__ = ("array", "shape")

    def __init__(self, array: np.ndarray) -> None:
        self.array = array
        self.shape = array.shape

    def __getitem__(self, index: int) -> Any:
        item = self.array[index]
        return RecordArray(item) if isinstance(item, np.ndarray) else RecordView(item)
