"""What the suite runs on: every shipped pipeline, and one pipeline of every kind that none of them uses.

Nothing here names a kind, and no pipeline but one example. Where a value must be made small (long averages need months
of history, and an interpreted run sees a few hundred bars) the strategy's own test says so in its ``SUBJECT``. A
pipeline that is added to the folder, and a kind that is added to the registry, are tested without a change here.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from functools import cache
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from radar.engine.backtest import Prepared, prepare
from radar.engine.feed import Feed, load_feed
from radar.engine.run import Run
from radar.errors import RadarError
from radar.kernel.build import Kernel, Mode, build
from radar.market.instant import parse_instant
from radar.plan.plan import Plan
from radar.store import Store
from tests.acceptance.harness import written
from tests.acceptance.subjects import EXAMPLE, pipelines, subjects
from tests.conformance.compose import compose, covered
from tests.engine.memory import Memory, Stamps, between
from tests.nodes.markets import DATA, MINUTE, Bars, made_interest, stored, together

CONFIG = Path(__file__).resolve().parents[2] / "config"
SHIPPED = pipelines()

REST = "every other kind"

END = {"1h": "2025-02-14", "15m": "2025-10-11 12:00", "5m": "2025-10-11 12:00"}
"""Ends of the pieces of the sample: SOL begins inside the first, the cascade of 2025-10-10 is inside the others."""

BROKEN: dict[str, str] = {}
"""Shipped pipelines that make no case, and why: one that is being written must not keep the others from their tests."""


@dataclass(frozen=True)
class Case:
    """A pipeline and the market that it is run on; ``start`` as for a back-test."""

    name: str
    text: str
    data: Memory
    assets: tuple[str, ...] | None = None
    overrides: tuple[str, ...] = ()
    used: tuple[str, ...] = ()
    slow: bool = False

    def prepare(self, *, assets: Sequence[str] | None = None, overrides: Sequence[str] = ()) -> Prepared:
        """The plan, with other assets and further overrides if given."""
        return prepare(
            self.text,
            config=CONFIG,
            assets=assets or self.assets,
            overrides=(*self.overrides, *overrides),
            used=self.used,
        )

    def feed(self, prepared: Prepared, *, end: int | None = None) -> Feed:
        """The arrays that the kernel reads, up to ``end``."""
        return load_feed(prepared.plan, self.data, end=end)


def params(*, compiled: bool = False, quirky: bool = True) -> list[Any]:
    """The names of the cases for parametrize, with those of the quirks or without.

    One shipped pipeline and the one of every other kind (interpreted) are looked at in every run of the tests; the rest
    is marked slow, for a first compile takes long and so does Python over many rows.
    """
    quick = [name for name, case in CASES.items() if not case.slow or (name == REST and not compiled)]
    names = [name for name in CASES if quirky or not name.endswith("quirks")]
    return [pytest.param(name, marks=() if name in quick else pytest.mark.slow) for name in names]


@cache
def prepared(case_name: str) -> tuple[Prepared, Feed]:
    """Plan and feed of a case."""
    case = CASES[case_name]
    made = case.prepare()
    return made, case.feed(made)


@cache
def kernel(case_name: str, mode: Mode) -> Kernel:
    """The kernel of a case."""
    return build(prepared(case_name)[0].plan, mode)


def begin(case_name: str, mode: Mode, feed: Feed | None = None, *, trace: bool = True) -> Run:
    """A run of a case that has seen no row yet."""
    made, own = prepared(case_name)
    return Run.begin(made.plan, kernel(case_name, mode), feed or own, trace=trace)


@cache
def finished(case_name: str, mode: Mode) -> Run:
    """A run of a case to its end. Shared: do not change it."""
    run = begin(case_name, mode)
    run.finish()
    return run


def ledger(run: Run) -> dict[str, bytes]:
    """Everything that a run has left, as bytes: state, fills, trades, equity, trace (up to its row)."""
    books = [run.ledger(node.id) for node in run.plan.executors]
    return {
        "state": run.state.snapshot(),
        "fills": b"".join(fills.tobytes() for fills, _, _ in books),
        "trades": b"".join(trades.tobytes() for _, trades, _ in books),
        "equity": run.all_equity[:, : run.row].tobytes(),
        "trace": run.trace[: run.row].tobytes(),
    }


def _holes(bars: Bars, lane: int, lanes: int) -> Bars:
    """One bar missing in the first asset, an outage of seven in the second, as exchanges have them; none in others."""
    place = len(bars) * 3 // 5 + lane * len(bars) // 8
    if lanes == 1:
        return bars.without(place, *range(place + 60, place + 67))
    return bars.without(*{0: [place], 1: range(place, place + 7)}.get(lane, ()))


def sample(asset: str, clock: str) -> Bars:
    """Candles of the bundled sample; 15-minute ones that it lacks are made of five-minute ones, in whole buckets."""
    if clock != "15m" or (DATA / "sample" / "candles" / f"binance/perp/{asset}/15m.parquet").is_file():
        return stored("sample", f"binance/perp/{asset}/{clock}")
    finer = stored("sample", f"binance/perp/{asset}/5m")
    first = int(np.argmax(finer.time % (15 * MINUTE) == 0))
    assert (np.diff(finer.time) == 5 * MINUTE).all(), "a hole would shift every bucket behind it"
    return together(finer[first:], 3, 15 * MINUTE)


def _chosen(text: str, which: str) -> tuple[str, ...]:
    """The overrides that the subjects of a pipeline's strategies want on real markets: ``which``, or what is lively."""
    plan = prepare(text, config=CONFIG).plan
    found: list[str] = []
    for chain in plan.chains:
        blocks = (path.removeprefix("strategies.") for path in plan.node(chain.strategy).with_paths)
        subject = next((subjects()[block] for block in blocks if block in subjects()), None)
        if subject is not None:
            own = getattr(subject, which)
            values = subject.lively if own is None else own
            found += [f"{chain.strategy}.{key}={written(value)}" for key, value in values.items()]
    return tuple(found)


def series_of(plan: Plan) -> set[str]:
    """The series that the sources of a plan read."""
    return {node.kind.series for node in plan.nodes if node.kind.role == "source"}


def slower_candles(plan: Plan) -> set[str]:
    """The timeframes of which a plan reads stored candles."""
    sources = (node for node in plan.nodes if node.kind.series == "candles")
    return {str(plan.tick[node.id].clock) for node in sources}


def _sample(path: Path) -> Case:
    """A pipeline on a piece of the bundled sample, with holes."""
    name = path.stem
    text = path.read_text(encoding="utf-8")
    overrides = _chosen(text, "sample")
    plan = prepare(text, config=CONFIG, overrides=overrides).plan
    base, store = str(plan.base), Store(DATA / "sample")
    end = parse_instant(END[base])
    first = end - (2 * plan.warm_up + 300) * plan.base.milliseconds
    bars: dict[tuple[str, str], Bars] = {}
    rates: dict[str, Stamps] = {}
    interest: dict[str, Stamps] = {}
    for lane, asset in enumerate(plan.assets):
        found = between(sample(asset, base), first, end)
        if "open_interest" in series_of(plan):
            made = made_interest(found)
            interest[asset] = (np.array(list(made)), np.array(list(made.values())))
        bars[asset, base] = _holes(found, lane, len(plan.assets))
        for slower in slower_candles(plan) - {base}:
            bars[asset, slower] = between(sample(asset, slower), first, end)
        funding = store.funding(asset, start=first, end=end)
        if funding is not None:
            rates[asset] = (np.array(funding.time), np.array(funding.rate))
    slow = name != EXAMPLE
    return Case(f"{name} on the sample", text, Memory(bars, rates, interest), overrides=overrides, slow=slow)


QUIRKS = {
    "BTC": ("binance/spot/BTC/1h", ""),
    "ETH": ("binance/perp/ETH/1h", "ETH"),
    "SOL": ("binance/perp/DOT/1h", "DOT"),
    "XRP": ("binance/perp/KAS/1h", "KAS"),
}
"""Real outages, the crash of 2020 and the cascade of 2025 under the names of the sample's assets."""


@cache
def quirks() -> Memory:
    """Hourly markets at their worst. Their periods hardly overlap, so most rows hold one asset or two."""
    store = Store(DATA / "quirks")
    rates: dict[str, Stamps] = {}
    for asset, (_, funded) in QUIRKS.items():
        funding = store.funding(funded) if funded else None
        if funding is not None:
            rates[asset] = (np.array(funding.time), np.array(funding.rate))
    bars = {(asset, "1h"): stored("quirks", market) for asset, (market, _) in QUIRKS.items()}
    return Memory(bars, rates)


def _quirky(path: Path) -> Case | None:
    """A pipeline of hourly candles on the worst hours; None for those that need what the pieces do not hold."""
    name = path.stem
    text = path.read_text(encoding="utf-8")
    overrides = _chosen(text, "sample")
    plan = prepare(text, config=CONFIG, overrides=overrides).plan
    if str(plan.base) != "1h" or set(plan.assets) != set(QUIRKS) or series_of(plan) - {"candles"}:
        return None
    return Case(f"{name} on quirks", text, quirks(), overrides=overrides, slow=True)


def rest_market() -> Memory:
    """The hours of ETH around the crash of 2020 with slower candles, funding, and open interest made of its volume."""
    ether = stored("quirks", "binance/perp/ETH/1h")
    slow = ether.time[ether.time % (4 * 3_600_000) == 0]
    at = np.searchsorted(ether.time, slow)
    whole = at + 4 <= len(ether)
    at = at[whole]
    groups = at[:, None] + np.arange(4)
    four = Bars(
        slow[whole],
        ether.open[at],
        ether.high[groups].max(axis=1),
        ether.low[groups].min(axis=1),
        ether.close[at + 3],
        ether.volume[groups].sum(axis=1),
    )
    settled = quirks().rates["ETH"]
    interest = (ether.time[::2].copy(), np.cumsum(ether.volume * np.sign(ether.close - ether.open))[::2] + 1e7)
    return Memory({("ETH", "1h"): ether, ("ETH", "4h"): four}, {"ETH": settled}, {"ETH": interest})


def rest() -> Case:
    """One pipeline of every kind that no shipped pipeline uses, and of strategies on a slower clock."""
    text, used = compose(covered(SHIPPED))
    overrides = (
        "grid.atr_multiplier_start=0.5",
        "grid.ma_period=3",
        "grid.atr_period=3",
        "broker.initial_capital=1000",
    )
    return Case(REST, text, rest_market(), assets=("ETH",), overrides=overrides, used=used, slow=True)


def accounts(path: Path) -> int:
    """How many accounts a pipeline has."""
    return path.read_text(encoding="utf-8").count("executor: account")


def _all() -> dict[str, Case]:
    """Accounts of one pipeline know nothing of each other: each is what it is alone (tests/engine/test_arena.py), and
    alone it is here."""
    found: list[Case] = []
    for path in (path for path in SHIPPED if accounts(path) == 1):
        try:
            found += [case for case in (_sample(path), _quirky(path)) if case is not None]
        except (RadarError, OSError, LookupError) as error:
            BROKEN[path.stem] = f"{type(error).__name__}: {error}"
    found.append(rest())
    return {case.name: case for case in found}


CASES = _all()


def changed(feed: Feed, market: np.ndarray) -> Feed:
    """The feed with other numbers in its market array."""
    return replace(feed, market=market)
