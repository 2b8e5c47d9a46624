"""Where a run of the engine and one of the oracle say different things."""

from __future__ import annotations

from itertools import product

from radar.engine.run import Run
from radar.market.reason import ExitReason
from tests.acceptance.harness import equity_of, fills_of, times_of, trades_of
from tests.acceptance.oracle import Outcome

RELATIVE = 1e-9
PRICES = (("average_entry", "average"), ("exit_price", "exit_price"), ("quantity", "quantity"), ("base", "base"))
MONEY = ("gross", "fees", "slippage", "funding", "net")


def near(left: float, right: float, scale: float = 0.0) -> bool:
    """Equal to 1e-9 of the larger of the two, or of ``scale``."""
    return abs(left - right) <= RELATIVE * max(abs(left), abs(right), scale)


def difference(run: Run, outcome: Outcome, initial: float) -> str:
    """The first difference in words, '' if there is none."""
    return _trades(run, outcome, initial) or _equity(run, outcome, initial) or _open(run, outcome)


def _trades(run: Run, outcome: Outcome, initial: float) -> str:
    rows = trades_of(run)
    levels: dict[int, list[tuple[int, int, float, float]]] = {}
    for fill in fills_of(run):
        if fill["opens"]:
            one = (int(fill["level"]), int(fill["time"]), float(fill["reference"]), float(fill["quantity"]))
            levels.setdefault(int(fill["trade"]), []).append(one)
    for number, (row, trade) in enumerate(zip(rows, outcome.trades, strict=False)):
        place = f"trade {number}: engine {row}, oracle {trade}"
        engine = (
            run.plan.assets[int(row["lane"])],
            int(row["side"]),
            int(row["entry_time"]),
            int(row["exit_time"]),
            ExitReason(int(row["reason"])).name.lower(),
        )
        oracle = (trade.asset, trade.side, trade.entry_time, trade.exit_time, trade.reason)
        if engine != oracle:
            return f"{engine} is not {oracle}; {place}"
        for name, attribute in PRICES:
            if not near(float(row[name]), getattr(trade, attribute)):
                return f"{name} differs; {place}"
        for name in MONEY:
            if not near(float(row[name]), getattr(trade, name), initial):
                return f"{name} differs; {place}"
        if int(row["bars"]) != trade.bars:
            return f"bars differ; {place}"
        if not near(float(row["worst"]), trade.worst, 1.0):
            return f"worst excursion differs; {place}"
        legs = [(leg.slot, leg.time, leg.reference, leg.quantity) for leg in trade.legs]
        found = levels[int(row["trade"])]
        same = len(legs) == len(found) and all(
            a[:2] == b[:2] and near(a[2], b[2]) and near(a[3], b[3]) for a, b in zip(legs, found, strict=True)
        )
        if not same:
            return f"levels {found} are not {legs}; {place}"
    if len(rows) != len(outcome.trades):
        return f"{len(rows)} trades are not {len(outcome.trades)}"
    return ""


def _equity(run: Run, outcome: Outcome, initial: float) -> str:
    oracle = dict(zip(outcome.time, outcome.equity, strict=True))
    for time, equity in zip(times_of(run).tolist(), equity_of(run).tolist(), strict=True):
        if time not in oracle:
            return f"the oracle's curve has no point at {time}"
        if not near(equity, oracle.pop(time), initial):
            return f"equity at {time}: {equity}"
    if any(time >= int(times_of(run)[0]) for time in oracle):
        return "the oracle's curve goes on"
    account = run.account(run.plan.executors[0].id)
    if bool(account["liquidated"]) != outcome.liquidated:
        return f"liquidated: {bool(account['liquidated'])}"
    return ""


def _open(run: Run, outcome: Outcome) -> str:
    for (lane, asset), chain in product(enumerate(run.plan.assets), run.plan.chains):
        position = run.state.lanes[lane][f"{chain.strategy}_position"]
        expected = outcome.open.get((asset, chain.number))
        if int(position["side"]) != (expected.side if expected else 0):
            return f"{asset} is {position['side']} at the end"
        if expected and not (
            near(float(position["quantity"]), expected.quantity) and near(float(position["average"]), expected.average)
        ):
            return f"open {asset}: {position['quantity']} at {position['average']}, not {expected}"
    return ""
