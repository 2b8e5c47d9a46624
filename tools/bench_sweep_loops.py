"""The loops that a specialist would write by hand for a sweep: what the kernel of a sweep is measured against.

As :mod:`tools.bench_loops`, but over indicators that were computed before, for one combination a call, and with the
running sums of every metric in place of a ledger.
"""

from __future__ import annotations

from typing import Any

import numpy as np

from tools.bench_loops import DAY, HIGH_VOLATILITY, STOP, TARGET, Grid, compiled


@compiled
def grid_columns(
    times: Any, market: Any, means: Any, widths: Any, regimes: Any, grid: Grid, start: int, statistics: Any
) -> int:
    """Run the long-only ATR grid with one set of parameters; fill a record of running sums, return the trades."""
    levels, first, step = grid.levels, grid.first, grid.step
    fresh = regime = last_time = 0
    mean = width = np.nan
    cash = equity = grid.capital
    quantity = value = reference = locked = base = fees = slippage = funding = before = worst = peak_locked = 0.0
    filled = bars = trade_count = settlements = refusals = 0
    peak = grid.capital
    peak_time = duration = drawdown_time = day_end = days = points = first_time = 0
    below = False
    day_equity = grid.capital
    drawdown = day_mean = day_square = 0.0
    wins = 0
    won = lost = gross_won = gross_lost = all_gross = all_fees = all_slippage = all_funding = all_net = 0.0
    return_mean = return_square = return_downside = 0.0
    for row in range(times.shape[0]):
        time = times[row]
        opening, high, low, close = market[row, 0, 0], market[row, 0, 1], market[row, 0, 2], market[row, 0, 3]
        if last_time != 0 and time - last_time != grid.interval:
            fresh = 0
        last_time = time
        if row >= start:
            average = 0.0
            stop = 0.0
            if quantity > 0.0:
                bars += 1
                rate = market[row, 0, 5]
                if rate == rate and rate != 0.0:
                    payment = -rate * quantity * opening
                    cash += payment
                    funding += payment
                    settlements += 1
                average = value / quantity
                stop = average * (1.0 - grid.stop)
            armed = width > 0.0 and mean == mean and filled < levels
            nearest = mean - width * (first + filled * step)
            if (quantity > 0.0 and (low <= stop or high >= mean)) or (armed and low <= nearest):
                carried = quantity > 0.0
                exit_price = 0.0
                reason = 0
                if carried and opening <= stop:
                    exit_price, reason = opening, STOP
                elif carried and opening >= mean:
                    exit_price, reason = opening, TARGET
                else:
                    held, held_value, held_locked, reached = quantity, value, locked, filled
                    walk_base = base if carried else equity
                    margin = walk_base * grid.margin_fraction
                    path = opening
                    refused = 0
                    stopped = False
                    while True:
                        price = 0.0
                        found = False
                        if reached < levels and refused == 0:
                            price = mean - width * (first + reached * step)
                            if price > 0.0 and low <= price:
                                found = True
                                if price > opening:
                                    price = opening
                        if held > 0.0:
                            stop = held_value / held * (1.0 - grid.stop)
                            if low <= stop and (not found or stop >= price):
                                stopped = True
                                exit_price = stop if stop < path else path
                                break
                        if not found:
                            break
                        if (
                            fresh < grid.history
                            or margin * grid.leverage < grid.least
                            or held_locked + margin > grid.max_margin_ratio * walk_base * (1.0 + 1e-9)
                            or equity - held_locked < margin * (1.0 - 1e-9)
                        ):
                            refused = 1
                            continue
                        size = margin * grid.leverage / price
                        held += size
                        held_value += price * (1.0 + grid.slip) * size
                        held_locked += price * size / grid.leverage
                        reached += 1
                        path = price
                    if carried and high >= mean and not stopped:
                        exit_price, reason = mean, TARGET
                        extreme = low if low > stop else stop
                        if extreme - average < worst * average:
                            worst = (extreme - average) / average
                    else:
                        refusals += refused
                        if not carried and held > 0.0:
                            base, before, worst, bars = equity, equity, 0.0, 0
                        while filled < reached:
                            price = mean - width * (first + filled * step)
                            if price > opening:
                                price = opening
                            size = margin * grid.leverage / price
                            paid = price * (1.0 + grid.slip)
                            cost = grid.fee * paid * size
                            quantity += size
                            value += paid * size
                            reference += price * size
                            locked += price * size / grid.leverage
                            fees += cost
                            slippage += (paid - price) * size
                            cash -= cost
                            filled += 1
                        if locked > peak_locked:
                            peak_locked = locked
                        if stopped:
                            reason = STOP
                if reason != 0:
                    average = value / quantity
                    slip = grid.slip
                    if reason == STOP:
                        if exit_price - average < worst * average:
                            worst = (exit_price - average) / average
                        if regime == HIGH_VOLATILITY:
                            slip *= grid.multiplier
                    got = exit_price * (1.0 - slip)
                    cost = grid.fee * got * quantity
                    gross = exit_price * quantity - reference
                    slippage += (exit_price - got) * quantity
                    fees += cost
                    net = gross - fees - slippage + funding
                    cash += got * quantity - value - cost
                    trade_count += 1
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
                    return_mean += away / trade_count
                    return_square += away * (change - return_mean)
                    if change < 0.0:
                        return_downside += change * change
                    quantity = value = reference = locked = fees = slippage = funding = 0.0
                    filled = 0
            if quantity > 0.0:
                average = value / quantity
                if low - average < worst * average:
                    worst = (low - average) / average
                if cash + (low - average) * quantity < grid.maintenance * low * quantity:
                    break
        fresh += 1
        mean, width, regime = means[row], widths[row], int(regimes[row])
        if row >= start:
            marked = cash
            if quantity > 0.0:
                marked += (close - value / quantity) * quantity
                if marked < grid.maintenance * close * quantity:
                    break
            if marked <= 0.0:
                break
            if time >= day_end:
                if points == 0:
                    first_time = time
                    peak_time = time
                else:
                    if day_equity > 0.0:
                        change = equity / day_equity - 1.0
                        days += 1
                        away = change - day_mean
                        day_mean += away / days
                        day_square += away * (change - day_mean)
                    day_equity = equity
                day_end = (time // DAY + 1) * DAY
            points += 1
            equity = marked
            if equity >= peak:
                if below:
                    duration = max(duration, time - peak_time)
                    below = False
                peak = equity
                peak_time = time
            else:
                below = True
                if peak - equity > drawdown * peak:
                    drawdown = (peak - equity) / peak
                    drawdown_time = time
    sums = statistics
    sums.initial, sums.peak, sums.equity, sums.day_equity = grid.capital, peak, equity, day_equity
    sums.peak_time, sums.first_time, sums.last_time, sums.day_end = peak_time, first_time, last_time, day_end
    sums.below, sums.drawdown, sums.drawdown_time = 1 if below else 0, drawdown, drawdown_time
    sums.duration, sums.points, sums.days = duration, points, days
    sums.day_mean, sums.day_square = day_mean, day_square
    sums.trades, sums.wins, sums.returns = trade_count, wins, trade_count
    sums.gross, sums.fees, sums.slippage, sums.funding = all_gross, all_fees, all_slippage, all_funding
    sums.net, sums.won, sums.lost, sums.gross_won, sums.gross_lost = all_net, won, lost, gross_won, gross_lost
    sums.return_mean, sums.return_square = return_mean, return_square
    sums.return_downside = return_downside
    return trade_count if settlements + refusals >= 0 and peak_locked >= 0.0 else -1


@compiled
def grid_combinations(
    times: Any,
    market: Any,
    columns: Any,
    places: Any,
    grids: Any,
    starts: Any,
    first: int,
    last: int,
    statistics: Any,
) -> None:
    """Run combinations: ``places[combination]`` are its columns (mean, width, regime), ``grids`` its parameters."""
    for combination in range(first, last):
        one = grids[combination]
        grid = Grid(
            one.ma_period,
            one.atr_period,
            one.levels,
            one.first,
            one.step,
            one.stop,
            one.leverage,
            one.margin_fraction,
            one.max_margin_ratio,
            one.capital,
            one.fee,
            one.slip,
            one.multiplier,
            one.maintenance,
            one.least,
            one.history,
            one.interval,
        )
        place = places[combination]
        grid_columns(
            times,
            market,
            columns[place[0], 0],
            columns[place[1], 0],
            columns[place[2], 0],
            grid,
            starts[combination],
            statistics[combination],
        )
