"""A sweep as one self-contained HTML file: a heat map of any two parameters, the spread of any metric, the best."""

from __future__ import annotations

from radar.research.report.sweep.page import render_sweep_report, write_sweep_report

__all__ = ["render_sweep_report", "write_sweep_report"]
