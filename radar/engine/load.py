"""A pipeline file to a checked pipeline, with the configuration that belongs to it.

Apart from :mod:`radar.engine.backtest`, so that a command that only checks or draws a pipeline does not load what a
run needs.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path

from radar.engine.places import config_folder
from radar.plan.check import check
from radar.spec.config import Config
from radar.spec.load import Loaded, load_pipeline

__all__ = ["find_config", "load"]


def find_config(pipeline: Path | str, named: Path | str | None) -> Config:
    """The configuration of a pipeline, which is a file or a text; an empty one where there is none.

    Raises:
        RadarError: ``named``, or RADAR_CONFIG, is no folder.
    """
    is_text = isinstance(pipeline, str) and "\n" in pipeline
    folder = config_folder(named, None if is_text else Path(pipeline))
    return Config.load(folder) if folder is not None else Config()


def load(
    pipeline: Path | str,
    *,
    config: Path | str | Config | None = None,
    overrides: Sequence[str] = (),
    assets: Sequence[str] | None = None,
    used: Sequence[str] = (),
    file_name: str | None = None,
    environment: Mapping[str, str] | None = None,
) -> Loaded:
    """Read and check a pipeline file or text. Finds the configuration as every command does.

    ``used`` are nodes whose outputs are read from outside; ``file_name`` names a text in diagnostics and results;
    ``environment`` holds the variables of ``${env:...}`` in the pipeline, those of the process when None.

    Raises:
        RadarError: The configuration folder that is named does not exist.
    """
    if not isinstance(config, Config):
        config = find_config(pipeline, config)
    loaded = load_pipeline(
        pipeline, config=config, overrides=overrides, assets=assets, file_name=file_name, environment=environment
    )
    return check(loaded, used)
