"""Every fault of a series, reported and never repaired.

- `verifier`: all checks over a store; `finding`: what they return.
- `time_checks`, `candle_checks`, `funding_checks`: one series; `timeframe_checks`: two of one asset; `open_bar`: the
  last bar.
"""

from __future__ import annotations

from radar.store.verifying.finding import Finding, Severity
from radar.store.verifying.verifier import verify, verify_candles

__all__ = ["Finding", "Severity", "verify", "verify_candles"]
