"""What is learnt from runs: reports now; sweeps, walk-forward and grades stand beside them."""

from __future__ import annotations
