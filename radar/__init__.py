"""Radar: a declarative, multi-strategy engine for crypto perpetual futures."""

from __future__ import annotations

__version__ = "0.1.0"
