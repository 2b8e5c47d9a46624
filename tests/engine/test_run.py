"""Rows through the kernel: the ledger grows without a trace, progress is told, books are held."""

from __future__ import annotations

import numpy as np
import pytest

import radar
import radar.engine.run as engine_run
from radar.engine.run import BooksError
from radar.market.account import FAULT_BOOKS
from radar.market.ledger import FILL, TRADE
from tests.acceptance.subjects import PIPELINES
from tests.conformance.cases import CASES, CONFIG, begin, finished, ledger
from tests.nodes.markets import DATA

NAME = "grid_atr on the sample"


@pytest.mark.parametrize("size", [1, 64])
def test_a_ledger_that_grows_is_the_same_ledger(size: int, monkeypatch: pytest.MonkeyPatch) -> None:
    """Whatever room there is at first, also less than one bar may need: same fills, trades and state."""
    expected = ledger(finished(NAME, "interpreted"))
    monkeypatch.setattr(engine_run, "FIRST_LEDGER", size)
    run = begin(NAME, "interpreted")
    assert len(run.fills) == size
    run.finish()
    assert ledger(run) == expected
    assert len(run.fills) > size


def test_thousands_of_fills() -> None:
    """A year of a nervous grid on four assets, in machine code: more than the first ledger holds."""
    nervous = ["grid.atr_multiplier_start=0.3", "grid.atr_multiplier_step=0.2", "grid.num_levels=6"]
    path = PIPELINES / "grid_atr.yaml"
    result = radar.backtest(path, data=DATA / "sample", config=CONFIG, overrides=nervous)
    fills, trades = result.fill_rows, result.trade_rows
    assert len(fills) > engine_run.FIRST_LEDGER
    assert len(fills[fills["opens"] == 0]) == len(trades)
    assert (np.diff(fills["time"]) >= 0).all()
    assert len(np.unique(trades["trade"])) == len(trades)
    opened = fills[fills["opens"] == 1]
    counts = np.bincount(opened["trade"])
    assert (counts[trades["trade"]] == trades["levels"]).all()
    final = result.run.account("broker")
    assert result.equity[-1] == final["equity"]


def test_progress_counts_rows() -> None:
    """Told after every piece, up to the last row."""
    run = begin(NAME, "interpreted", trace=False)
    told: list[tuple[int, int]] = []
    run.finish(lambda done, rows: told.append((done, rows)))
    assert told == [(run.feed.rows, run.feed.rows)]


def test_progress_comes_in_pieces(monkeypatch: pytest.MonkeyPatch) -> None:
    """A long history is told piece by piece."""
    monkeypatch.setattr(engine_run, "CHUNK", 150)
    run = begin(NAME, "interpreted", trace=False)
    told: list[int] = []
    run.finish(lambda done, rows: told.append(done))
    assert told == [150, 300, 400]


def test_a_back_test_tells_in_words() -> None:
    """What a terminal shows: bars done of all bars."""
    case = CASES[NAME]
    said: list[str] = []
    radar.backtest(case.text, data=case.data, config=CONFIG, mode="interpreted", progress=said.append)
    assert said[-1] == "bar 400 of 400"


def test_books_that_do_not_add_up_end_the_run() -> None:
    """Money that came from nowhere is found when the next position closes, and named with its account and time."""
    run = begin(NAME, "interpreted", trace=False)
    run.advance(200)
    run.state.shared["broker"]["cash"] += 1.0
    with pytest.raises(BooksError, match="cash of account broker contradicts its trades at 2025"):
        run.finish()
    assert run.account("broker")["fault"] == FAULT_BOOKS


def test_books_hold_at_every_row() -> None:
    """Equity is the initial capital, the net of closed positions, and the open profit less what it has cost (3.5)."""
    run = finished(NAME, "interpreted")
    feed = run.feed
    account = run.account("broker")
    fills, trades = run.fills[: int(account["fill_count"])], run.trades[: int(account["trade_count"])]
    closes = feed.market[:, :, 3].copy()
    for lane in range(closes.shape[1]):
        for row in range(1, feed.rows):
            if np.isnan(closes[row, lane]):
                closes[row, lane] = closes[row - 1, lane]
    funding_of = _funding_paid(run.feed, fills, run.plan.column("broker", "settlement"))
    for row in range(feed.start, feed.rows, 7):
        done = trades[trades["exit_time"] <= feed.times[row]]
        open_ = fills[(fills["time"] <= feed.times[row]) & ~np.isin(fills["trade"], done["trade"])]
        value = float(account["initial"]) + done["net"].sum()
        for fill in open_:
            value += fill["side"] * (closes[row, fill["lane"]] - fill["price"]) * fill["quantity"] - fill["fee"]
        value += sum(paid for trade, time, paid in funding_of if time <= row and trade not in done["trade"])
        assert run.equity[row] == pytest.approx(value, rel=1e-9)


def _funding_paid(feed: object, fills: np.ndarray, column: int) -> list[tuple[int, int, float]]:
    """(trade, row, payment) of every settlement of every position, from the fills and the market alone."""
    times, market = feed.times, feed.market  # type: ignore[attr-defined]
    found = []
    for trade in np.unique(fills["trade"]):
        own = fills[fills["trade"] == trade]
        lane = int(own["lane"][0])
        first = int(np.searchsorted(times, own["time"].min()))
        closed = own[own["opens"] == 0]
        last = int(np.searchsorted(times, closed["time"][0])) if len(closed) else len(times) - 1
        for row in range(first + 1, last + 1):
            rate, price = market[row, lane, column], market[row, lane, 0]
            if np.isnan(price) or np.isnan(rate) or rate == 0.0:
                continue
            held = own[(own["opens"] == 1) & (own["time"] < times[row])]
            side = int(held["side"][0])
            found.append((int(trade), row, float(-rate * side * held["quantity"].sum() * price)))
    return found


def test_ledger_rows_are_plain_records() -> None:
    """Whole numbers and floats only, so that a ledger can be written as bytes and read back."""
    for dtype in (FILL, TRADE):
        assert {dtype[name].kind for name in dtype.names or ()} == {"i", "f"}
