"""Tests of a pipeline in YAML: ``NAME.test.yaml`` beside ``NAME.yaml``, run on the engine itself.

A case gives a market (candles written out or generated, a file, or stored history), runs the pipeline over it and says
what must come of it: values of any node, trades, fills, refusals, silence, or a golden file. What every pipeline
promises (same data same bytes, one bar a call, no look at the future, restored = uncut) is tried on each case for free.

``report``       what came of it, as data
``runner``       a test file, from the file to the report
``document``     the file and its cases; ``given``, ``stream``, ``walk`` the market of a case; ``expectation``,
                 ``condition`` what must come of it; ``reading`` typed values or diagnostics
``bind``         a case joined to its plan; ``vocabulary`` the names and words of a plan
``market``       the market of a case as a source of data
``play``         rows through the kernel, with processes that end and take over; ``compare`` two runs
``outcome``      what a run left behind; ``tables`` as rows; ``judge``, ``judge_rows``, ``golden`` hold it to account
``properties``   the free properties
"""

from __future__ import annotations

from radar.engine.scenario.report import CaseResult, Failure, FileReport
from radar.engine.scenario.runner import find_test_files, run_file

__all__ = ["CaseResult", "Failure", "FileReport", "find_test_files", "run_file"]
