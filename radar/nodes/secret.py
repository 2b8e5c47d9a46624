"""A secret by name: it prints as ``***``, and only its name reaches a digest, a log or a result."""

from __future__ import annotations

import os
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from pydantic import GetCoreSchemaHandler
from pydantic_core import core_schema

from radar.errors import RadarError

__all__ = ["Secret"]

PREFIX = "RADAR_SECRET_"
"""Prefix of the environment variable that holds a secret."""

FOLDER = "RADAR_SECRETS"
"""Environment variable that names a folder with one file a secret."""


class Secret:
    """The secret called ``name``. Its value is looked up by :meth:`reveal`, each time, and kept nowhere."""

    __slots__ = ("name",)

    def __init__(self, name: str) -> None:
        self.name = name

    def __repr__(self) -> str:
        return "***"

    __str__ = __repr__

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Secret) and other.name == self.name

    def __hash__(self) -> int:
        return hash((Secret, self.name))

    @property
    def reference(self) -> str:
        """How the YAML names it; what digests and results show."""
        return f"${{secret:{self.name}}}"

    def reveal(self, environment: Mapping[str, str] | None = None) -> str:
        """The value: of the variable ``RADAR_SECRET_NAME``, else of the file NAME in the folder ``RADAR_SECRETS``.

        Raises:
            RadarError: There is neither, or the file cannot be read.
        """
        variables = os.environ if environment is None else environment
        value = variables.get(f"{PREFIX}{self.name}")
        if value is not None:
            return value
        folder = variables.get(FOLDER)
        try:
            if folder:
                return (Path(folder) / self.name).read_text(encoding="utf-8").rstrip("\r\n")
        except (OSError, UnicodeDecodeError) as error:
            reason = error.strerror if isinstance(error, OSError) else "it is not UTF-8"
            raise self._missing(f"the file of the secret {self.name} cannot be read: {reason}") from None
        raise self._missing(f"the secret {self.name} is not set")

    def _missing(self, message: str) -> RadarError:
        return RadarError(
            message,
            expected=f"the variable {PREFIX}{self.name}, or a file {self.name} in the folder that {FOLDER} names",
            next_step=f"set {PREFIX}{self.name}",
            code="R5001",
        )

    @classmethod
    def __get_pydantic_core_schema__(cls, source: Any, handler: GetCoreSchemaHandler) -> core_schema.CoreSchema:
        return core_schema.is_instance_schema(
            cls, serialization=core_schema.plain_serializer_function_ser_schema(lambda secret: secret.reference)
        )

    @classmethod
    def __get_pydantic_json_schema__(cls, schema: Any, handler: Any) -> dict[str, Any]:
        return {"type": "string", "pattern": r"^\$\{secret:[A-Za-z_][A-Za-z0-9_]*\}$"}
