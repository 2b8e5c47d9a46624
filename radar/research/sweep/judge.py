"""Which combinations pass the checks of a pipeline's meaning, without checking every one."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence

import numpy as np

from radar.plan.safety import check_safety
from radar.research.sweep.distinct import distinct_rows
from radar.research.sweep.space import Changes, combined
from radar.research.sweep.watched import axes_reading, parameters_read
from radar.spec.diagnostic import Diagnostic
from radar.spec.model import Pipeline


def judge(
    base: Pipeline,
    variants: Sequence[Mapping[int, Pipeline]],
    changes: Sequence[Mapping[int, Changes]],
    index: np.ndarray,
    refused: Counter[str],
) -> np.ndarray:
    """Which combinations pass; the others are counted in ``refused`` by code and message.

    The checks are run once for every distinct choice of the values that they read, over all values of all axes.
    """
    relevant = axes_reading(changes, parameters_read(variants, check_safety))
    keep = np.ones(len(index), dtype=bool)
    if not len(index):
        return keep
    choices, place = distinct_rows(index[:, relevant])
    verdicts = []
    for choice in choices:
        chosen = [changes[axis][int(value)] for axis, value in zip(relevant, choice, strict=True)]
        verdicts.append(reason(check_safety(combined(base, chosen))))
    for number, verdict in enumerate(verdicts):
        if verdict:
            found = place == number
            keep &= ~found
            refused[verdict] += int(found.sum())
    return keep


def reason(diagnostics: Iterable[Diagnostic]) -> str:
    """Code and message of the first error, and what was expected; empty when there is none."""
    error = next((one for one in diagnostics if one.severity == "error"), None)
    if error is None:
        return ""
    return f"{error.code} {error.message}" + (f", expected {error.expected}" if error.expected else "")
