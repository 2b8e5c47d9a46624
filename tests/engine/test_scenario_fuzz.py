"""No text makes the reader of test files raise: whatever is wrong is a diagnostic with a code and a place."""

from __future__ import annotations

import string
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from radar.engine.scenario import run_file
from radar.spec.codes import CODES
from radar.spec.config import Config
from tests.engine.scenario_files import CONFIG, PIPELINES, write

TEXT = (PIPELINES / "grid_atr.test.yaml").read_text(encoding="utf-8")
# The first three cases: every kind of entry once, and short enough to try often.
SHORT = TEXT[: TEXT.index("  - name: a bar that opens below")]
VALUES = Config.load(CONFIG)
PIECES = [
    *(
        "candles",
        "flat",
        "walk",
        "gap",
        "crash",
        "mark",
        "{",
        "}",
        "[",
        "]",
        ":",
        "-1",
        "1e400",
        ".nan",
        "null",
        "true",
    ),
    *(
        "~",
        "'",
        '"',
        "\n",
        "  ",
        "&a ",
        "*a",
        "!x ",
        "${env:X}",
        "${secret:X}",
        "9999999999",
        "8h",
        "1e300h",
        "0001-01-01",
    ),
]


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with the pipeline that the texts are about."""
    return tmp_path_factory.mktemp("fuzz")


@pytest.mark.slow
@settings(max_examples=80, suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow])
@given(
    st.integers(0, len(SHORT)),
    st.integers(0, 30),
    st.one_of(st.sampled_from(PIECES), st.text(string.printable, max_size=8)),
)
def test_a_changed_file_is_read_or_refused(folder: Path, position: int, length: int, piece: str) -> None:
    """A valid file with a stretch replaced is either right or answered with codes that can be explained."""
    path = write(folder, SHORT[:position] + piece + SHORT[position + length :])
    report = run_file(path, config=VALUES, only="no case is called like this")
    assert report.cases == ()
    for found in report.diagnostics:
        assert found.code in CODES
        assert found.span.line >= 1
