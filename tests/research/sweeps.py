"""Sweeps that several tests look at."""

from __future__ import annotations

from pathlib import Path
from typing import Any

ROOT = Path(__file__).resolve().parents[2]
PIPELINES = ROOT / "pipelines"
GRID = PIPELINES / "grid_atr.yaml"
SAMPLE = ROOT / "tests" / "data" / "sample"
QUIRKS = ROOT / "tests" / "data" / "quirks"
SHORT: dict[str, Any] = {"data": SAMPLE, "assets": ["BTC"], "start": "2025-02-01", "end": "2025-03-01"}
"""One asset, one month."""
