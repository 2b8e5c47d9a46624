"""The loops that a specialist would write by hand for strategies that enter and leave at a close.

One position at a time on either side, sized by what its stop may lose, under a margin guard, with a stop that works
inside the bar, funding, the cross liquidation tests, the worst excursion and the running sums of every metric, over
indicators that were computed before. As in :mod:`tools.bench_sweep_loops`, they have to agree with the kernel, which
``tools/bench_sweep.py`` checks before it measures, and nothing trades by them.
"""

from __future__ import annotations

from typing import Any

import numpy as np

from tools.bench_loops import DAY, HIGH_VOLATILITY, compiled

GIVEN = np.dtype(
    [
        ("sides", "i8"),
        ("history", "i8"),
        ("leverage", "f8"),
        ("stop", "f8"),
        ("spread", "f8"),
        ("risk", "f8"),
        ("costs", "f8"),
        ("max_margin_ratio", "f8"),
        ("capital", "f8"),
        ("fee", "f8"),
        ("slip", "f8"),
        ("multiplier", "f8"),
        ("maintenance", "f8"),
        ("least", "f8"),
    ],
    align=True,
)
"""What the loop is told of one combination: the parameters of the nodes, as the kernel reads them."""

COUNTS = np.dtype([("refusals", "i8"), ("settlements", "i8"), ("held", "i8"), ("worst", "f8")], align=True)
"""What the loop counts besides the sums: entries refused, settlements booked, bars held, the deepest excursion."""


def close_loop(crossing: bool) -> Any:
    """The loop of two averages that cross, or else that of the Bollinger breakout: the same but for the decision.

    ``places[combination]`` are the columns: regime, fast and slow average; or regime, upper, middle and lower band,
    bandwidth and long average. ``bars_before[row]`` counts the candles in a row before ``row``.
    """

    @compiled
    def loop(
        times: Any,
        market: Any,
        bars_before: Any,
        columns: Any,
        places: Any,
        given: Any,
        starts: Any,
        statistics: Any,
        counts: Any,
    ) -> None:
        rows = times.shape[0]
        for combination in range(places.shape[0]):
            place, one, start = places[combination], given[combination], starts[combination]
            sides, history, leverage, stop_fraction = one.sides, one.history, one.leverage, one.stop
            fee, slip, maintenance, least_spread = one.fee, one.slip, one.maintenance, one.spread
            regimes, first, second = columns[place[0], 0], columns[place[1], 0], columns[place[2], 0]
            third, fourth, fifth = columns[place[3], 0], columns[place[4], 0], columns[place[5], 0]
            cash = equity = peak = day_equity = one.capital
            side = quantity = average = entered = stop = before = fees = slippage = funding = worst = deepest = 0.0
            peak_time = duration = drawdown_time = day_end = days = first_time = held = refusals = settlements = 0
            below = False
            drawdown = day_mean = day_square = 0.0
            trades = wins = 0
            won = lost = gross_won = gross_lost = all_gross = all_fees = all_slippage = all_funding = all_net = 0.0
            return_mean = return_square = return_downside = 0.0
            trend = 0.0
            due = False
            row = start
            if crossing:
                for early in range(start):
                    if first[early] > second[early]:
                        trend = 1.0
                    elif first[early] < second[early]:
                        trend = -1.0
            while row < rows:
                low, high, close = market[row, 0, 2], market[row, 0, 1], market[row, 0, 3]
                leaving = False
                exit_price = 0.0
                regime = 0.0
                if side != 0.0:
                    opening = market[row, 0, 0]
                    held += 1
                    rate = market[row, 0, 5]
                    if rate == rate and rate != 0.0:
                        payment = -rate * side * quantity * opening
                        cash += payment
                        funding += payment
                        settlements += 1
                    extreme = low if side > 0.0 else high
                    if side * (stop - extreme) >= 0.0:
                        leaving = True
                        exit_price = opening if side * (stop - opening) >= 0.0 else stop
                        regime = regimes[row - 1]
                        extreme = exit_price
                    distance = side * (extreme - average)
                    if distance < worst * average:
                        worst = distance / average
                    if not leaving and cash + distance * quantity < maintenance * quantity * extreme:
                        break
                wanted = 0.0
                if crossing:
                    now = 0.0
                    if first[row] > second[row]:
                        now = 1.0
                    elif first[row] < second[row]:
                        now = -1.0
                    if now != 0.0:
                        if now == -trend:
                            due = True
                        trend = now
                        if side != 0.0 and not leaving:
                            if side != now:
                                leaving = True
                                exit_price = close
                                regime = regimes[row]
                        elif due:
                            due = False
                            if (sides & (1 if now > 0.0 else 2)) != 0:
                                wanted = now
                elif side != 0.0 and not leaving:
                    if side * (close - second[row]) < 0.0:
                        leaving = True
                        exit_price = close
                        regime = regimes[row]
                elif close > first[row]:
                    if (
                        market[row - 1, 0, 3] < first[row - 1]
                        and close > fifth[row]
                        and fourth[row] > least_spread
                        and (sides & 1) != 0
                    ):
                        wanted = 1.0
                elif (
                    close < third[row]
                    and market[row - 1, 0, 3] > third[row - 1]
                    and close < fifth[row]
                    and fourth[row] > least_spread
                    and (sides & 2) != 0
                ):
                    wanted = -1.0
                if wanted != 0.0:
                    notional = cash * one.risk / (stop_fraction + one.costs)
                    notional = min(notional, cash * leverage * one.max_margin_ratio)
                    margin = notional / leverage
                    if (
                        leaving
                        or bars_before[row] + 1 < history
                        or notional < one.least
                        or margin > one.max_margin_ratio * cash * (1.0 + 1e-9)
                        or cash < margin * (1.0 - 1e-9)
                    ):
                        refusals += 1
                    else:
                        side = wanted
                        entered = close
                        stop = close * (1.0 - side * stop_fraction)
                        quantity = notional / close
                        average = close * (1.0 + side * slip)
                        before = cash
                        fees = fee * average * quantity
                        slippage = abs(average - close) * quantity
                        funding = worst = 0.0
                        cash -= fees
                if leaving:
                    cut = slip * one.multiplier if regime == HIGH_VOLATILITY else slip
                    got = exit_price * (1.0 - side * cut)
                    cost = fee * got * quantity
                    gross = side * (exit_price - entered) * quantity
                    fees += cost
                    slippage += abs(got - exit_price) * quantity
                    net = gross - fees - slippage + funding
                    cash += side * (got - average) * quantity - cost
                    trades += 1
                    all_gross += gross
                    all_fees += fees
                    all_slippage += slippage
                    all_funding += funding
                    all_net += net
                    if net > 0.0:
                        wins += 1
                        won += net
                    else:
                        lost -= net
                    if gross > 0.0:
                        gross_won += gross
                    else:
                        gross_lost -= gross
                    change = net / before
                    away = change - return_mean
                    return_mean += away / trades
                    return_square += away * (change - return_mean)
                    if change < 0.0:
                        return_downside += change * change
                    deepest = min(deepest, worst)
                    side = 0.0
                marked = cash
                if side != 0.0:
                    marked += side * (close - average) * quantity
                    if marked < maintenance * quantity * close:
                        break
                if marked <= 0.0:
                    break
                time = times[row]
                if time >= day_end:
                    if row == start:
                        first_time = time
                    else:
                        change = equity / day_equity - 1.0
                        days += 1
                        away = change - day_mean
                        day_mean += away / days
                        day_square += away * (change - day_mean)
                        day_equity = equity
                    day_end = (time // DAY + 1) * DAY
                if marked != equity:
                    equity = marked
                    if equity >= peak:
                        if below:
                            duration = max(duration, time - peak_time)
                            below = False
                        peak = equity
                    else:
                        if not below:
                            below = True
                            peak_time = times[row - 1] if row > start else time
                        if peak - equity > drawdown * peak:
                            drawdown = (peak - equity) / peak
                            drawdown_time = time
                row += 1
            if row > start:
                change = equity / day_equity - 1.0
                days += 1
                away = change - day_mean
                day_mean += away / days
                day_square += away * (change - day_mean)
                if below:
                    duration = max(duration, times[row - 1] - peak_time)
            sums = statistics[combination]
            sums.initial, sums.peak, sums.equity, sums.day_equity = one.capital, peak, equity, day_equity
            sums.peak_time, sums.first_time, sums.last_time = peak_time, first_time, times[row - 1]
            sums.below, sums.drawdown, sums.drawdown_time = 1 if below else 0, drawdown, drawdown_time
            sums.duration, sums.points, sums.days, sums.day_end = duration, row - start, days, day_end
            sums.day_mean, sums.day_square = day_mean, day_square
            sums.trades, sums.wins, sums.returns = trades, wins, trades
            sums.gross, sums.fees, sums.slippage, sums.funding = all_gross, all_fees, all_slippage, all_funding
            sums.net, sums.won, sums.lost = all_net, won, lost
            sums.gross_won, sums.gross_lost = gross_won, gross_lost
            sums.return_mean, sums.return_square = return_mean, return_square
            sums.return_downside = return_downside
            count = counts[combination]
            count.refusals, count.settlements, count.held, count.worst = refusals, settlements, held, deepest

    return loop
