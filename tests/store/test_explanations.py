"""Every code that the store can give has an explanation, and every explanation a code."""

from __future__ import annotations

import re
from pathlib import Path

import radar.store
from radar.market import timeframe
from radar.store.explanations import EXPLANATIONS

STORE = Path(radar.store.__file__).parent


def test_codes_and_explanations_are_the_same_set() -> None:
    """No code without a text for `radarctl explain`, and no text for a code that is gone."""
    files = [path for path in STORE.rglob("*.py") if path.name != "explanations.py"]
    source = "".join(path.read_text(encoding="utf-8") for path in [*files, Path(timeframe.__file__)])
    codes = set(re.findall(r'"((?:data|ledger|timeframe)-[a-z-]+)"', source))

    assert codes == set(EXPLANATIONS)


def test_explanations_are_sentences() -> None:
    """Each text is at least one whole sentence of a helpful length."""
    for code, text in EXPLANATIONS.items():
        assert text.endswith("."), code
        assert 25 < len(text) < 500, code
