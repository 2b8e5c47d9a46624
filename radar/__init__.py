"""Radar: a declarative, multi-strategy engine for crypto perpetual futures.

What you back-test is what you trade. From Python::

    import radar

    result = radar.backtest("pipelines/grid_atr.yaml", data="tests/data/sample")
    values = radar.evaluate("pipelines/grid_atr.yaml", ["mean", "grid"], data="tests/data/sample")
    table = radar.sweep("pipelines/grid_atr.yaml", options=["grid.sl_percent=10,15,20"], data="tests/data/sample")

The names are imported when they are first used, so that the command line starts fast.
"""

from __future__ import annotations

import importlib
from typing import TYPE_CHECKING, Any

__version__ = "0.1.0"

if TYPE_CHECKING:
    from radar.engine.backtest import backtest
    from radar.engine.evaluate import evaluate
    from radar.engine.result import Result
    from radar.engine.scan import scan
    from radar.research.sweep.sweep import sweep

__all__ = ["Result", "__version__", "backtest", "evaluate", "scan", "sweep"]

_PLACES = {
    "Result": "radar.engine.result",
    "backtest": "radar.engine.backtest",
    "evaluate": "radar.engine.evaluate",
    "scan": "radar.engine.scan",
    "sweep": "radar.research.sweep.sweep",
}


def __getattr__(name: str) -> Any:
    if name not in _PLACES:
        raise AttributeError(f"module 'radar' has no attribute '{name}'")
    return getattr(importlib.import_module(_PLACES[name]), name)
