"""Where configuration and market data lie when a command does not say."""

from __future__ import annotations

import os
from pathlib import Path

from radar.errors import RadarError


def config_folder(named: Path | str | None, pipeline: Path | None = None) -> Path | None:
    """The folder of configuration values.

    In this order: the one named, ``RADAR_CONFIG``, a folder ``config`` beside or above the pipeline file, ``config`` in
    the working folder; None when there is none (a pipeline without ``with`` needs none).
    """
    chosen = named or os.environ.get("RADAR_CONFIG")
    if chosen:
        folder = Path(chosen)
        if not folder.is_dir():
            raise RadarError(
                f"the configuration folder {folder} does not exist",
                expected="a folder with strategies.yaml, risk.yaml, assets.yaml",
                next_step="name another with --config DIR or RADAR_CONFIG",
                code="R5006",
            )
        return folder
    above = list(pipeline.resolve().parents) if pipeline is not None else []
    for parent in (*above[:3], Path.cwd()):
        if (parent / "config").is_dir():
            return parent / "config"
    return None


def data_folder(named: Path | str | None) -> Path:
    """The store of market data: the one named, ``RADAR_DATA``, or ``data`` in the working folder.

    Raises:
        RadarError: There is no such folder.
    """
    folder = Path(named or os.environ.get("RADAR_DATA") or "data")
    if not folder.is_dir():
        raise RadarError(
            f"the market data folder {folder} does not exist",
            expected="a store made by `radarctl data import`",
            next_step="name one with --data DIR or RADAR_DATA, or import files: radarctl data import FILE --data DIR",
            code="R5006",
        )
    return folder
