"""All checks of a pipeline: its text and values, its wires, its meaning. One list of diagnostics."""

from __future__ import annotations

from collections.abc import Collection

from radar.plan.graph import check_graph
from radar.plan.safety import check_safety
from radar.spec.findings import Findings
from radar.spec.load import Loaded

__all__ = ["check"]


def check(loaded: Loaded, used: Collection[str] = ()) -> Loaded:
    """``loaded`` with the diagnostics of graph and meaning added; its pipeline is None when any of them is an error.

    Wires are checked even where values are wrong, so that one look at the list is enough. ``used`` are nodes whose
    outputs are read from outside the pipeline.
    """
    if loaded.draft is None:
        return loaded
    findings = Findings(loaded.diagnostics)
    for diagnostic in (*check_graph(loaded.draft, used), *check_safety(loaded.draft)):
        findings.keep(diagnostic)
    return Loaded(None if findings.any_errors else loaded.draft, findings.sorted(), loaded.draft)
