"""Where configuration and market data lie when a command does not say."""

from __future__ import annotations

import os
import re
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
            return _shown(parent / "config")
    return None


def _shown(folder: Path) -> Path:
    """``folder`` as a person would write it: from the working folder when it lies below."""
    here = Path.cwd()
    return folder.relative_to(here) if folder.is_relative_to(here) else folder


def data_folder(named: Path | str | None) -> Path:
    """The store of market data: the one named, ``RADAR_DATA``, or ``data`` in the working folder.

    Raises:
        RadarError: There is no such folder.
    """
    folder = named_data_folder(named)
    if not folder.is_dir():
        raise RadarError(
            f"the market data folder {folder} does not exist",
            expected="a store made by `radarctl data import`",
            next_step="name one with --data DIR or RADAR_DATA, or import files: radarctl data import FILE --data DIR",
            code="R5006",
        )
    return folder


def named_data_folder(named: Path | str | None) -> Path:
    """The same folder for an import, which makes it: it need not exist."""
    return Path(named or os.environ.get("RADAR_DATA") or "data")


def run_file(named: Path | str | None, run: str) -> Path:
    """The ledger of a run: in the folder that is named, in ``RADAR_STORE``, or in ``runs`` in the working folder.

    Raises:
        RadarError: The name of the run cannot be that of a file.
    """
    if not re.fullmatch(r"[A-Za-z0-9][A-Za-z0-9_.-]{0,79}", run):
        raise RadarError(
            f"'{run}' cannot be the name of a run",
            expected="letters, digits, and . _ - between them; at most 80",
            next_step="choose another with --run NAME",
            code="R5018",
        )
    return Path(named or os.environ.get("RADAR_STORE") or "runs") / f"{run}.sqlite"
