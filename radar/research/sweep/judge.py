"""Which combinations pass the checks of a pipeline's meaning, without checking every one."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from functools import partial

import numpy as np

from radar.plan.safety import safety_checks
from radar.plan.safety_check import Check
from radar.research.sweep.space import Changes
from radar.research.sweep.watched import answer_each
from radar.spec.diagnostic import Diagnostic
from radar.spec.findings import Findings
from radar.spec.model import Node, Pipeline


def judge(
    base: Pipeline, changes: Sequence[Mapping[int, Changes]], index: np.ndarray, refused: Counter[str]
) -> np.ndarray:
    """Which combinations pass; the others are counted in ``refused`` by code and message.

    Each check is made once for every distinct choice of the values that it reads. A combination is counted under the
    first of its errors in the order in which a pipeline's are shown.
    """
    errors: list[Diagnostic] = []
    found: list[np.ndarray] = []
    for check in safety_checks(base) if len(index) else ():
        nodes = [base.node(one) for one in check.nodes]
        verdicts, place = answer_each(base, nodes, changes, index, partial(_error, check))
        if any(verdicts):
            numbers = [_kept(verdict, errors) for verdict in verdicts]
            found.append(np.array(numbers)[place])
    order = sorted(range(len(errors)), key=lambda one: errors[one].sort_key)
    rank = np.full(len(errors) + 1, len(errors))
    rank[order] = np.arange(len(errors))
    first = np.full(len(index), len(errors))
    for numbers_of in found:
        first = np.minimum(first, rank[numbers_of])
    for number, count in zip(*np.unique(first, return_counts=True), strict=True):
        if number < len(errors):
            refused[reason([errors[order[number]]])] += int(count)
    passed: np.ndarray = first == len(errors)
    return passed


def _error(check: Check, nodes: Sequence[Node]) -> Diagnostic | None:
    """What a check finds first that is an error."""
    findings = Findings()
    check.ask(nodes, findings)
    return next((one for one in findings.sorted() if one.severity == "error"), None)


def _kept(error: Diagnostic | None, errors: list[Diagnostic]) -> int:
    """The number of an error, which is added to the others; -1 for none."""
    if error is None:
        return -1
    errors.append(error)
    return len(errors) - 1


def reason(diagnostics: Iterable[Diagnostic]) -> str:
    """Code and message of the first error, and what was expected; empty when there is none."""
    error = next((one for one in diagnostics if one.severity == "error"), None)
    if error is None:
        return ""
    return f"{error.code} {error.message}" + (f", expected {error.expected}" if error.expected else "")
