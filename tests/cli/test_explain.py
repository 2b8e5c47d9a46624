"""`radarctl explain`: everything that another command may say can be looked up."""

from __future__ import annotations

import json

import pytest

from radar.engine.topics import topics
from radar.market.reason import ExitReason, Refusal
from radar.spec.codes import CODES
from radar.store.explanations import EXPLANATIONS
from tests.cli.terminal import radarctl

NAMES = sorted({topic.name for topic in topics()})


def test_everything_is_listed() -> None:
    """Without a code all are listed: codes of pipelines and data, refusals, exit reasons."""
    listed = {one["name"] for one in json.loads(radarctl("explain", "-o", "json").stdout)}
    reasons = [reason.name.lower() for kind in (Refusal, ExitReason) for reason in kind if reason]
    assert listed == {*CODES, *EXPLANATIONS, *reasons}
    table = radarctl("explain").stdout
    assert all(name in table for name in listed)


@pytest.mark.parametrize("name", NAMES)
def test_every_topic_is_explained_in_sentences(name: str) -> None:
    """A page is more than its name, in either case of letters."""
    page = radarctl("explain", name.upper()).stdout
    assert name in page
    assert len(page) > len(name) + 15
    assert "." in page


def test_a_page_has_a_wrong_and_a_right_example() -> None:
    """Where a code has examples they are shown."""
    page = radarctl("explain", "R3001").stdout
    assert "Wrong:" in page
    assert "Right:" in page


def test_a_name_of_two_things_explains_both() -> None:
    """kill_switch refuses entries and closes positions."""
    page = radarctl("explain", "kill_switch").stdout
    assert "(refusal)" in page
    assert "(exit reason)" in page


@pytest.mark.parametrize(("wrong", "meant"), [("R301", "R3001"), ("data-gpa", "data-gap")])
def test_an_unknown_code_names_similar_ones(wrong: str, meant: str) -> None:
    """A mistyped code is answered with those that were perhaps meant."""
    error = radarctl("explain", wrong, code=2).stderr
    assert meant in error.partition("next:")[2]


def test_blanks_may_stand_for_underscores() -> None:
    """A cause as people say it is the cause as it is written."""
    assert radarctl("explain", "margin guard").stdout == radarctl("explain", "margin_guard").stdout


def test_nonsense_points_at_the_list() -> None:
    """Where nothing is similar, the whole list is named."""
    assert "radarctl explain lists them all" in radarctl("explain", "xyzzy-plugh", code=2).stderr
