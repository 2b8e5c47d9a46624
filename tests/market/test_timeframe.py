"""Timeframes: their text, their length, their place on the UTC clock."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from radar.errors import InvalidValueError
from radar.market.timeframe import DAY, HOUR, MINUTE, Timeframe

VALID = [Timeframe(MINUTE * n) for n in range(1, 1441) if 1440 % n == 0]


@pytest.mark.parametrize(
    ("text", "milliseconds"),
    [("1m", MINUTE), ("5m", 5 * MINUTE), ("15m", 15 * MINUTE), ("1h", HOUR), ("4h", 4 * HOUR), ("1d", DAY)],
)
def test_reads_the_usual_timeframes(text: str, milliseconds: int) -> None:
    """The six clocks of a pipeline are read and written back as they were."""
    timeframe = Timeframe.parse(text)

    assert milliseconds == timeframe.milliseconds
    assert text == str(timeframe)


@pytest.mark.parametrize("text", ["60m", "24h", "1440m", " 1h "])
def test_another_spelling_is_the_same_timeframe(text: str) -> None:
    """Sixty minutes are an hour: one length has one name."""
    timeframe = Timeframe.parse(text)

    assert timeframe == Timeframe.parse(str(timeframe))
    assert str(timeframe) in ("1h", "1d")


@pytest.mark.parametrize(
    "text", ["", "h", "0m", "-5m", "1s", "1w", "7m", "5h", "2d", "1H", "1M", "01m", "1.5h", "5 m", "١m"]
)
def test_refuses_what_does_not_divide_a_day(text: str) -> None:
    """A length that would start its bars at another time each day is an error that says what is expected."""
    with pytest.raises(InvalidValueError, match="is not a timeframe") as caught:
        Timeframe.parse(text)

    assert "divides a day" in caught.value.expected


@pytest.mark.parametrize("milliseconds", [0, -MINUTE, 1, MINUTE + 1, 7 * MINUTE, 2 * DAY])
def test_refuses_a_length_that_is_none(milliseconds: int) -> None:
    """The constructor holds the same rule as the text."""
    with pytest.raises(InvalidValueError):
        Timeframe(milliseconds)


@given(st.sampled_from(VALID))
def test_text_and_length_are_one(timeframe: Timeframe) -> None:
    """Every valid timeframe survives its own spelling."""
    assert timeframe == Timeframe.parse(str(timeframe))


@given(st.sampled_from(VALID), st.integers(-(10**13), 10**13))
def test_the_open_is_the_last_aligned_instant(timeframe: Timeframe, time: int) -> None:
    """The floor of an instant is aligned and at most one bar before it."""
    opened = timeframe.floor(time)

    assert timeframe.is_aligned(opened)
    assert opened <= time < timeframe.close_of(opened)


def test_sorts_by_length_and_knows_multiples() -> None:
    """Order and multiples follow the length, not the text."""
    five, fifteen, hour = map(Timeframe.parse, ("5m", "15m", "1h"))

    assert [five, fifteen, hour] == sorted([hour, five, fifteen])
    assert hour.is_multiple_of(fifteen)
    assert not fifteen.is_multiple_of(hour)
    assert not Timeframe.parse("6h").is_multiple_of(Timeframe.parse("4h"))
