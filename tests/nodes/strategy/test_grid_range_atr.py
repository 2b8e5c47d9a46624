"""The range grid, by hand: a market that stands at 100 with an ATR of 2, then single bars; two slots a side."""

from __future__ import annotations

import numpy as np
import pytest

from radar.engine.result import Result
from radar.market.bar import Bar
from radar.plan.check import check
from radar.spec.load import load_pipeline
from tests.acceptance.harness import Market, finished, prepared, traced, trades_of
from tests.acceptance.oracle_strategy import Values
from tests.acceptance.subject import Random, Subject
from tests.nodes.markets import Bars, walk
from tests.nodes.strategy.grid_range_atr_oracle import RangeSlot
from tests.nodes.strategy.harness import Row, Step, bars, mirrored, net_of, run

NAME = "grid_range_atr"


def draw(random: Random, stop: float) -> Values:
    """Parameters of one random case."""
    words = ["market_on_touch", "limit"]
    return {
        "ma_period": int(random.integers(2, 31)),
        "atr_period": int(random.integers(2, 21)),
        "atr_spacing_mult": float(random.choice([0.2, 0.6, 1.1])),
        "num_levels": int(random.integers(1, 4)),
        "sl_percent": stop * 100.0,
        "tp_mode": ["dynamic_sma", "fixed_center"][random.random() < 0.4],
        "entry_order": words[random.random() < 0.3],
        "target_order": words[random.random() < 0.3],
    }


SUBJECT = Subject(
    oracle=RangeSlot,
    draw=draw,
    ends=("tp",),
    lively={"atr_spacing_mult": 0.8, "num_levels": 3, "sl_percent": 5.0, "leverage": 3.0},
    mirror="a slot is of one side, so another slot does it on the mirrored market: held by its own test",
    far={"sl_percent": 95.0, "leverage": 1.0},
    sample={"atr_spacing_mult": 0.8, "num_levels": 3, "sl_percent": 3.0},
    quirks={"atr_spacing_mult": 0.8, "num_levels": 3, "sl_percent": 8.0},
    seeds=250,
)

CALM: Row = (100.0, 101.0, 99.0, 100.0)
"""Mean 100, true range 2, spacing 2: buys rest at 98 and 96, sells at 102 and 104."""

TEXT = """radar: 1
pipeline: range
assets: [BTC]
clock: 1h
nodes:
  candles: {source: candles}
  mean: {indicator: sma, in: candles.close, period: 2}
  width: {indicator: atr, in: candles, period: 2}
SLOTS
  sized: {risk: equal_allocation, in: [buy_0, sell_0, buy_1, sell_1], cap_percent: 100}
  guard: {risk: margin_guard, in: sized, max_margin_ratio: RATIO}
  broker: {executor: account, in: guard, high_volatility_multiplier: 1}
  journal: {sink: journal, in: broker}
"""
SLOT = (
    "  {name}_{slot}: {{strategy: grid_range_atr, in: {{bar: candles, mean: mean, width: width}}, side: {side}, "
    "slot: {slot}, ma_period: 2, atr_period: 2, atr_spacing_mult: 1, sl_percent: 10, leverage: 5, {more}}}"
)
SHARE = 10_000 / 4 * 5
"""Notional of one of four slots: a fourth of the capital times leverage."""


def text(more: str = "num_levels: 2", ratio: float = 1.0) -> str:
    """A pipeline of four slots with further parameters for each."""
    slots = [
        SLOT.format(name=name, slot=slot, side=side, more=more)
        for slot in range(2)
        for name, side in (("buy", "long"), ("sell", "short"))
    ]
    return TEXT.replace("SLOTS", "\n".join(slots)).replace("RATIO", str(ratio))


def market(*rows: Row) -> Bars:
    """The calm market and what comes after it."""
    return bars(CALM, 55, *rows)


def trade(*rows: Row, more: str = "num_levels: 2", ratio: float = 1.0) -> Result:
    """A back-test of the four slots."""
    return run(text(more, ratio), market(*rows))


def entries(result: Result) -> list[tuple[str, float]]:
    """Slot and reference price of every entry, in order."""
    chains = result.run.plan.chains
    fills = result.fill_rows[result.fill_rows["opens"] == 1]
    return [(chains[int(fill["strategy"])].strategy, float(fill["reference"])) for fill in fills]


DIP: Row = (100.0, 100.5, 97.5, 98.0)
"""Fills the first buy at 98. Then the mean is 99 and the ATR (2 + 3) / 2 = 2.5."""


def test_a_slot_buys_at_its_price_and_sells_at_the_mean_before() -> None:
    """The first buy fills at 98 with a fourth of the capital; the next bar reaches 99 and closes it there."""
    result = trade(DIP, (98.0, 99.2, 97.8, 99.0))
    (found,) = result.trades()
    quantity = SHARE / 98
    assert (found["strategy"], found["side"], found["reason"], found["bars"]) == ("buy_0", "long", "tp", 1)
    assert (found["entry_reference"], found["exit_reference"]) == (98.0, 99.0)
    assert found["quantity"] == pytest.approx(quantity, rel=1e-12)
    assert found["net"] == pytest.approx(net_of(found, [(98.0, quantity)], 99.0, 0.0006, 0.0005), rel=1e-12)


def test_slots_of_both_sides_are_held_at_once_and_leave_by_themselves() -> None:
    """A bar from 97.5 to 104.5 fills one buy and both sells; each aims at the same mean, from its own side."""
    result = trade((100.0, 104.5, 97.5, 101.0), (101.0, 101.2, 100.6, 100.8), (100.8, 100.9, 100.2, 100.4))
    assert entries(result) == [("buy_0", 98.0), ("sell_0", 102.0), ("sell_1", 104.0)]
    # The mean is 100.5: the bar behind holds it for nobody but the buy, whose open lies beyond it already. Then 100.9.
    ends = [(one["strategy"], one["reason"], one["exit_reference"], one["bars"]) for one in result.trades()]
    assert ends == [
        ("buy_0", "tp", 101.0, 1),
        ("sell_0", "tp", 100.8, 2),
        ("sell_1", "tp", 100.8, 2),
    ]


def test_a_slot_is_stopped_by_its_own_entry() -> None:
    """Both buys fill on the way down; each stops 10 % below its own fill, not below an average of the two."""
    result = trade((100.0, 100.5, 80.0, 81.0))
    found = {one["strategy"]: one for one in result.trades()}
    assert set(found) == {"buy_0", "buy_1"}
    for name, level in (("buy_0", 98.0), ("buy_1", 96.0)):
        one = found[name]
        assert (one["reason"], one["bars"]) == ("sl", 0)
        assert one["exit_reference"] == pytest.approx(level * 1.0005 * 0.9, rel=1e-12)
        amounts = [(level, SHARE / level)]
        assert one["net"] == pytest.approx(net_of(one, amounts, level * 1.0005 * 0.9, 0.0006, 0.0005), rel=1e-12)


def test_an_open_beyond_the_stop_is_the_exit() -> None:
    """The carried slot, stopped at 98.049 x 0.9, goes out at the open of 85, where the bar fills the other buy."""
    result = trade(DIP, (85.0, 86.0, 84.0, 85.5))
    (found,) = result.trades()
    assert (found["strategy"], found["reason"], found["exit_reference"]) == ("buy_0", "sl", 85.0)
    # The second buy rests at 99 - 2 x 2.5 = 94 and meets the open.
    assert entries(result) == [("buy_0", 98.0), ("buy_1", 85.0)]


def test_a_slot_rests_again_from_the_bar_after_its_exit() -> None:
    """The bar that takes the target and comes back to the price fills nothing; the next one does."""
    back = (98.0, 99.2, 90.0, 97.0)
    result = trade(DIP, (98.0, 99.2, 97.8, 98.0), (98.0, 98.5, 90.0, 97.0), more="num_levels: 1")
    assert [name for name, _ in entries(result)] == ["buy_0", "buy_0"]
    result = trade(DIP, back, more="num_levels: 1")
    assert [one["reason"] for one in result.trades()] == ["tp"]
    assert [name for name, _ in entries(result)] == ["buy_0"]


@pytest.mark.parametrize(("mode", "target"), [("dynamic_sma", 98.1), ("fixed_center", 100.0)])
def test_the_target_moves_with_the_mean_or_stays_where_it_was(mode: str, target: float) -> None:
    """Filled with a mean of 100; two bars later the mean has come down to 98.1, and a bar reaches up to 101."""
    rows = (DIP, (98.0, 98.3, 97.9, 98.2), (98.2, 101.0, 98.05, 100.0))
    result = trade(*rows, more=f"num_levels: 1, tp_mode: {mode}")
    (found,) = result.trades()
    assert (found["strategy"], found["reason"]) == ("buy_0", "tp")
    # The bar opens at 98.2, beyond 98.1: it is sold at its open.
    assert found["exit_reference"] == pytest.approx(max(target, 98.2), rel=1e-12)


def test_no_target_in_the_bar_of_the_fill() -> None:
    """A bar that falls to the price and rises through the mean leaves the slot filled (spec 3.1 step 5)."""
    result = trade((100.0, 101.5, 97.5, 101.0))
    assert result.trades() == []
    assert [one["strategy"] for one in result.open_positions] == ["buy_0"]


def test_slots_that_are_not_in_use_rest_nothing_and_take_no_share() -> None:
    """With one slot a side, and with one side only, the capital is divided by the slots in use."""
    crash = (100.0, 100.5, 94.0, 95.0)
    one = trade(crash, more="num_levels: 1")
    assert entries(one) == [("buy_0", 98.0)]
    assert one.fill_rows["quantity"][0] == pytest.approx(10_000 / 2 * 5 / 98, rel=1e-12)
    longs = trade((100.0, 104.5, 94.0, 95.0), more="num_levels: 2, sides: [long]")
    assert entries(longs) == [("buy_0", 98.0), ("buy_1", 96.0)]
    assert longs.fill_rows["quantity"][0] == pytest.approx(10_000 / 2 * 5 / 98, rel=1e-12)
    shorts = trade((100.0, 104.5, 94.0, 95.0), more="num_levels: 2, sides: [short]")
    assert entries(shorts) == [("sell_0", 102.0), ("sell_1", 104.0)]


def test_slots_meet_in_the_margin_of_the_account() -> None:
    """Each locks a fourth of the capital; a ceiling of 60 % leaves room for the first two in the order of the nodes."""
    result = trade((100.0, 104.5, 95.5, 100.0), ratio=0.6)
    assert entries(result) == [("buy_0", 98.0), ("sell_0", 102.0)]
    assert [(one["strategy"], one["cause"]) for one in result.refusals] == [
        ("buy_1", "margin_guard"),
        ("sell_1", "margin_guard"),
    ]


def test_another_strategy_is_still_kept_out() -> None:
    """Slots share an asset with each other and with no other rule: a second strategy waits until all are flat."""
    other = """
  envelope: {strategy: grid_atr, in: {bar: candles, mean: mean, width: width}, atr_multiplier_start: 2}
  envelope_size: {risk: equal_allocation, in: envelope}
  envelope_guard: {risk: margin_guard, in: envelope_size}
"""
    both = text().replace(
        "  broker: {executor: account, in: guard,", other + "  broker: {executor: account, in: [guard, envelope_guard],"
    )
    result = run(both, market((100.0, 100.5, 95.5, 96.0)))
    assert entries(result) == [("buy_0", 98.0), ("buy_1", 96.0)]
    assert ("envelope", "owner_conflict") in [(one["strategy"], one["cause"]) for one in result.refusals]


def test_a_slot_that_is_there_twice_is_warned_about() -> None:
    """Four different slots are one strategy; the same slot under two names would be bought twice."""
    assert check(load_pipeline(text())).diagnostics == ()
    again = text().replace("side: long, slot: 1", "side: long, slot: 0")
    (found,) = {one.message: one for one in check(load_pipeline(again)).diagnostics}.values()
    assert (found.code, found.severity) == ("R3012", "warning")
    assert found.message.startswith("buy_0 and buy_1 both want BTC")


NODES = tuple(f"{word}_{slot}" for slot in range(3) for word in ("buy", "sell"))
"""The slots of the shipped pipeline."""


def every(**chosen: float | str) -> dict[str, float | str]:
    """Overrides that use all slots, and further parameters for each."""
    values = {"atr_spacing_mult": 0.8, "num_levels": 3, **chosen}
    return {f"{node}.{name}": value for node in NODES for name, value in values.items()}


def test_a_mirrored_market_is_traded_by_the_other_slots() -> None:
    """On prices 256 - price every sell slot does what the buy slot of its number did, and the other way round."""
    free = "maker_fee_percent", "taker_fee_percent", "slippage_percent", "minimum_notional"
    account = {"broker.liquidation": False, **{f"broker.{name}": 0.0 for name in free}}
    overrides = {**every(sl_percent=99.0, leverage=1.0), "sized.base": "initial", **account}
    raw = walk(5, 900)
    grid = (np.round(one * 64.0) / 64.0 for one in (raw.open, raw.high, raw.low, raw.close))
    here = Bars(raw.time, *grid, raw.volume)
    stories = []
    for one in (here, mirrored(here, 256.0)):
        plan = prepared(NAME, overrides=overrides, assets=["BTC"])
        done = finished(plan, Market({("BTC", "1h"): one}))
        names = [chain.strategy for chain in done.plan.chains]
        stories.append(
            [
                (names[int(row["strategy"])], int(row["entry_time"]), int(row["exit_time"]), int(row["reason"]),
                 float(row["entry_reference"]), float(row["exit_reference"]))
                for row in trades_of(done)
            ]
        )  # fmt: skip
    turned = {"buy": "sell", "sell": "buy"}
    expected = [
        (f"{turned[name[:-2]]}{name[-2:]}", *when, 256.0 - paid, 256.0 - got) for name, *when, paid, got in stories[0]
    ]
    assert len(expected) > 50
    assert {name for name, *_ in expected} == set(NODES)
    for left, right in zip(sorted(expected), sorted(stories[1]), strict=True):
        assert left[:4] == right[:4]
        assert left[4:] == pytest.approx(right[4:], rel=1e-9)


def test_both_sides_are_held_at_once_on_a_market() -> None:
    """The owner of an asset is the rule, not the slot: over a random walk a buy and a sell are open together."""
    plan = prepared(NAME, overrides=every(sl_percent=5.0, leverage=3.0, tp_mode="fixed_center"), assets=["BTC"])
    done = finished(plan, Market({("BTC", "1h"): walk(1, 600)}), mode="interpreted", trace=True)
    sides = np.array([traced(done, f"{node}.position.side")[:, 0] for node in NODES])
    assert np.any((sides > 0).any(axis=0) & (sides < 0).any(axis=0))
    assert (np.abs(sides).sum(axis=0) > 2).any()


def bar(close: float = 100.0) -> Bar:
    """A bar that closes at ``close``."""
    return Bar(0, close, close, close, close, 1.0)


@pytest.mark.parametrize(
    ("side", "slot", "price"), [("long", 0, 49.0), ("long", 2, 47.0), ("short", 0, 51.0), ("short", 2, 53.0)]
)
def test_the_price_by_its_formula(side: str, slot: int, price: float) -> None:
    """Slot k rests at mean - side * (k + 1) * width * spacing."""
    step = Step(NAME, side=side, slot=slot, atr_spacing_mult=0.5, num_levels=3)
    intent = step(bar=bar(), mean=50.0, width=2.0)
    assert (step.buys() or step.sells()) == [price]
    assert (intent.buy_count, intent.sell_count) == ((1, 0) if side == "long" else (0, 1))


@pytest.mark.parametrize(("mean", "width"), [(100.0, 0.0), (100.0, np.nan), (np.nan, 2.0)])
def test_without_a_mean_or_a_width_nothing_rests(mean: float, width: float) -> None:
    """An ATR of zero makes no grid; what is unknown makes none either."""
    intent = Step(NAME)(bar=bar(), mean=mean, width=width)
    assert (intent.buy_count, intent.sell_count, intent.highest_buy) == (0, 0, -np.inf)


def test_a_price_at_or_below_zero_rests_nowhere() -> None:
    """A wide market has fewer slots, never one without a price."""
    assert Step(NAME, slot=1, atr_spacing_mult=1.0)(bar=bar(), mean=5.0, width=3.0).highest_buy == -np.inf


def test_a_fixed_centre_is_that_of_the_fill_whatever_comes_after() -> None:
    """What the slot rested with stays its target while it is held, and moves on when it is flat again."""
    step = Step(NAME, tp_mode="fixed_center")
    assert step(bar=bar(), mean=100.0, width=2.0).target == 100.0
    for mean in (99.0, 98.0, np.nan):
        assert step(side=1, paid=99.4, filled=1, bar=bar(), mean=mean, width=2.0).target == 100.0
    assert step(bar=bar(), mean=97.0, width=2.0).target == 97.0


def test_the_score_grows_from_the_mean_to_the_price() -> None:
    """A sell slot at 102: 1 there or above, a half at 101; nothing of its other side, while filled, or not in use."""
    step = Step(NAME, side="short", atr_spacing_mult=1.0)
    inputs = {"mean": 100.0, "width": 2.0}
    score, told = step.judge(-1, bar=bar(101.0), **inputs)
    assert score == pytest.approx(0.5)
    assert told["slot"] == (1.0, 1.0, True)
    assert told["volatility"] == (2.0, 0.0, True)
    assert told["distance"] == (pytest.approx(1 / 101), 0.0, False)
    score, told = step.judge(-1, bar=bar(102.5), **inputs)
    assert (score, told["distance"][2]) == (1.0, True)
    unused = Step(NAME, side="short", slot=2, num_levels=2)
    for judged in (
        step.judge(1, bar=bar(98.0), **inputs),
        step.judge(-1, held=-1, filled=1, bar=bar(103.0), **inputs),
        unused.judge(-1, bar=bar(103.0), **inputs),
    ):
        assert judged[0] == 0.0
        assert judged[1]["slot"] == (0.0, 1.0, False)
    assert np.isnan(step.judge(-1, bar=bar(101.0), mean=np.nan, width=2.0)[0])
