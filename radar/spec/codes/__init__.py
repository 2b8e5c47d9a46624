"""The table of codes. Each module here holds a ``CODES`` tuple; a new code is one more entry in one of them.

``R1xxx`` syntax, ``R2xxx`` shape and values, ``R3xxx`` graph, ``R4xxx`` meaning, ``R5xxx`` data and run,
``R9xxx`` tests.
"""

from __future__ import annotations

import importlib
import pkgutil
from collections.abc import Mapping

from radar.spec.codes.code import Code
from radar.spec.suggest import nearest

__all__ = ["CODES", "Code", "explain"]


def _table() -> Mapping[str, Code]:
    table: dict[str, Code] = {}
    for name in sorted(module.name for module in pkgutil.iter_modules(__path__) if module.name != "code"):
        for code in importlib.import_module(f"{__name__}.{name}").CODES:
            if code.code in table:
                raise ValueError(f"the code {code.code} is in the table twice")
            table[code.code] = code
    return dict(sorted(table.items()))


CODES: Mapping[str, Code] = _table()
"""Every code that a diagnostic may carry, sorted."""


def explain(code: str) -> str | None:
    """What ``code`` means: title, cause, a wrong and a corrected example; None when there is no such code."""
    found = CODES.get(code.strip().upper())
    return found.text if found else None


def similar(code: str) -> tuple[str, ...]:
    """Codes that were perhaps meant."""
    return nearest(code.strip().upper(), CODES)
