"""Tests of a pipeline in YAML: ``NAME.test.yaml`` beside ``NAME.yaml``, run on the engine itself.

A case gives a market (candles written out or generated, a file, or stored history), runs the pipeline over it and says
what must come of it: values of any node, trades, fills, refusals, silence, or a golden file. What every pipeline
promises (same data same bytes, one bar a call, no look at the future, restored = uncut) is tried on each case for free.

::

    radar: 1
    tests: grid_atr.yaml                  # default: the file's own name without .test
    properties: none                      # leave the free properties out
    cases:
      - name: a dip is bought and sold at the mean
        assets: [BTC]                     # default: the pipeline's
        set: {grid.num_levels: 1}         # as behind --set
        given:                            # one of candles, file: bars.csv, history: {from, to, store}
          start: 2025-01-01               # the first bar opens here
          candles:                        # or by asset: {BTC: [...], ETH: [...]}
            - {flat: 60, price: 100, range: 1, volume: 100}
            - {walk: 100, seed: 7, volatility: 0.5%, drift: 0%}
            - {ramp: 20, to: 110}         # zigzag: 20, by: 1 - spike: 1, low: 80, high:, close:
            - [100, 101, 94, 100, 5]      # open, high, low, close, volume
            - mark: dip                   # names the bar before it
            - gap: 3                      # bars that are missing
            - restart                     # checkpoint, end of the process, another one goes on
            - crash: 10                   # the process is lost; its last checkpoint is 10 bars old (crash: 24)
          funding: [{every: 8h, rate: 0.01%}, {at: 12h, rate: 0.0003}]
        expect:
          - {at: mean, bar: dip+1, approx: 100, tolerance: 1e-6}  # equals, above, below; bars: [A, B]; time: 60h
          - {at: grid.position.side, never: short}                # always, ever, none; {above: 1, below: 2}
          - {at: broker.trades, count: 1, contains: {reason: tp, entry_bar: dip, net: {above: 0}}}
          - {refused: {cause: stale_data}}                        # or refused: none
          - {silence: true}
          - {golden: NAME.golden.json}

Tables are NODE.trades, .fills, .positions (open at the end) and .refusals, with equals (all rows in order), contains,
always, never, count and none. Every process that ends is held against the uncut run by itself.

``report``       what came of it, as data
``runner``       a test file, from the file to the report
``document``     the file and its cases; ``given``, ``stream``, ``walk`` the market of a case; ``expectation``,
                 ``condition`` what must come of it; ``reading`` typed values or diagnostics
``bind``         a case joined to its plan; ``vocabulary`` the names and words of a plan; ``prepare`` all
                 cases of a file joined, or what is wrong with them
``market``       the market of a case as a source of data
``play``         rows through the kernel, with processes that end and take over; ``compare`` two runs
``outcome``      what a run left behind; ``tables`` as rows; ``judge``, ``judge_rows``, ``golden`` hold it to account
``properties``   the free properties
"""

from __future__ import annotations

from radar.engine.scenario.prepare import PreparedFile, prepare_file
from radar.engine.scenario.report import CaseResult, Failure, FileReport
from radar.engine.scenario.runner import find_test_files, run_file

__all__ = ["CaseResult", "Failure", "FileReport", "PreparedFile", "find_test_files", "prepare_file", "run_file"]
