"""A scan says what a strategy thinks of a market at one bar, as a run that stands there does."""

from __future__ import annotations

import math

import numpy as np
import pytest

import radar
from radar.engine.scan import Opportunity, scan
from tests.cli.terminal import GRID, SAMPLE

AT = "2025-10-10T21:00:00Z"
"""The hour of the cascade has closed at 22:00; the last bar before this instant is that of 20:00."""


def looked(**options: object) -> list[Opportunity]:
    """The shipped grid on two assets at one instant."""
    return scan([GRID], data=SAMPLE, assets=["BTC", "SOL"], at=AT, **options)  # type: ignore[arg-type]


def test_numbers_are_those_of_the_bar() -> None:
    """Score, distance, regime and position are what evaluate shows in the same row, by hand from mean and ATR."""
    values = radar.evaluate(
        GRID, ["mean", "width", "grid", "regime", "candles.close"], data=SAMPLE, assets=["BTC", "SOL"], end=AT
    )
    for one in looked():
        rows = [row for row in values.to_pylist() if row["asset"] == one.asset]
        row = rows[-1]
        assert one.close == row["candles.close"]
        assert one.position == {0.0: "", 1.0: "long", -1.0: "short"}[row["grid.position.side"]]
        resting = [row[f"grid.intent.buy.{level}"] for level in range(6)]
        away = [abs(row["candles.close"] - price) / row["candles.close"] for price in resting if not math.isnan(price)]
        assert one.distance == (min(away) if away else None)
        if not one.position:
            level = row["mean.value"] - 2.0 * row["width.value"]
            score = 1.0 - (row["candles.close"] - level) / (row["mean.value"] - level)
            assert one.score == pytest.approx(float(np.clip(score, 0.0, 1.0)), abs=1e-12)


def test_the_nearest_comes_first() -> None:
    """Ranked by score, sides that are not allowed left out, every condition with its meaning."""
    found = looked()
    scores = [one.score for one in found if one.score is not None]
    assert scores == sorted(scores, reverse=True)
    assert {one.side for one in found} == {"long"}
    assert {one.asset for one in found} == {"BTC", "SOL"}
    for one in found:
        assert one.time == "2025-10-10T20:00:00Z"
        assert [condition.name for condition in one.conditions] == ["volatility", "distance"]
        assert all(condition.meaning.endswith(".") for condition in one.conditions)
        assert one.strength == ("strong" if one.score >= 0.7 else "moderate" if one.score >= 0.4 else "weak")  # type: ignore[operator]


def test_what_refuses_it_is_said() -> None:
    """An asset whose history is still too short says so, in words and by its cause; its neighbour is ready."""
    found = {one.asset: one for one in scan([GRID], data=SAMPLE, assets=["BTC", "SOL"], at="2025-02-01T20:00:00Z")}
    assert found["SOL"].refusal == "warm_up"
    assert "history" in found["SOL"].why_not
    assert found["BTC"].refusal == ""


def test_looking_changes_nothing() -> None:
    """Interpreted and compiled see the same, and the run that is looked at ends like one that nobody sees."""
    assert looked(mode="interpreted") == looked()
