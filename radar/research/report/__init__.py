"""A back-test as one self-contained HTML file, to be read by someone who would put money on it.

:func:`write_report` is the way in. The page is built here as text; its charts are drawn in the reader's browser from
data that the page itself holds. Nothing is fetched from anywhere.
"""

from __future__ import annotations

from radar.research.report.page import render_report
from radar.research.report.write import write_report

__all__ = ["render_report", "write_report"]
