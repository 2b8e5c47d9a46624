"""The loop that a specialist would write by hand: what a kernel is measured against.

One long-only ATR grid on one asset, fused into one function, with the rules of the kernel for it: both indicators (and
the regime where it is asked for), staleness after gaps, funding, the sequential walk, target and stop, fees and
slippage, margin guard and free equity, both liquidation tests, worst excursion, peak margin, whole ledger rows and the
running sums of every metric. What it leaves out is what makes Radar more than this loop: other wirings, more assets,
shorts, other fill models and policies, state that can be saved, and the self-checks of the books.

It has to agree with the kernel; ``tools/bench_bar.py`` checks that before it measures. Nothing trades by it.
"""

from __future__ import annotations

from typing import Any, NamedTuple

import numba
import numpy as np

DAY = 86_400_000
HIGH_VOLATILITY = 3
TARGET, STOP = 1, 2


class Grid(NamedTuple):
    """What a run of the loop is given: the parameters of the nodes, as the kernel reads them."""

    ma_period: int
    atr_period: int
    levels: int
    first: float
    step: float
    stop: float
    leverage: float
    margin_fraction: float
    max_margin_ratio: float
    capital: float
    fee: float
    slip: float
    multiplier: float
    maintenance: float
    least: float
    history: int
    interval: int


def compiled(function: Any) -> Any:
    """Compile as a kernel is: the same treatment of divisions, no reference counting."""
    return numba.njit(error_model="numpy", nogil=True, cache=True)(function)


@compiled
def write_fill(
    fills: Any,
    row: int,
    time: int,
    trade: int,
    level: int,
    side: int,
    reason: int,
    reference: float,
    price: float,
    quantity: float,
    fee: float,
) -> None:
    """One row of the ledger of fills."""
    fill = fills[row]
    fill.time = time
    fill.trade = trade
    fill.lane = 0
    fill.strategy = 0
    fill.level = level
    fill.side = side
    fill.opens = 1 if reason == 0 else 0
    fill.at_close = 0
    fill.reason = reason
    fill.reference = reference
    fill.price = price
    fill.quantity = quantity
    fill.fee = fee
    fill.slippage = abs(price - reference) * quantity


def grid_loop(with_regime: bool) -> Any:
    """The loop, without or with the regime indicator: two functions, so that the one pays nothing for the other."""

    @compiled
    def loop(
        times: Any, market: Any, grid: Grid, start: int, fills: Any, trades: Any, equity_out: Any, statistics: Any
    ) -> int:
        """Run the grid over ``market[row, 0, column]`` from row ``start`` on and return the number of closed trades.

        ``fills``, ``trades``, ``equity_out[row]`` and the one record of ``statistics`` are written as the kernel does.
        """
        levels, first, step = grid.levels, grid.first, grid.step
        ma_share, atr_share = 1.0 / grid.ma_period, 1.0 / grid.atr_period
        ring = np.zeros(grid.ma_period)
        atr_ring = np.zeros(20)
        head = atr_head = atr_seen = seeded = fresh = regime = adx_seeded = dx_seeded = 0
        weight = dx_weight = 1.0
        total = atr_total = atr = adx_atr = up_average = down_average = adx = 0.0
        mean = width = previous = previous_high = previous_low = np.nan
        last_time = 0
        cash = equity = grid.capital
        quantity = value = reference = locked = base = fees = slippage = funding = before = worst = peak_locked = 0.0
        filled = bars = entered = entry_regime = fill_count = trade_count = settlements = refusals = 0
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
                                base, before, entered, entry_regime, worst, bars = equity, equity, time, regime, 0.0, 0
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
                                write_fill(
                                    fills, fill_count, time, trade_count + 1, filled, 1, 0, price, paid, size, cost
                                )
                                fill_count += 1
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
                        write_fill(
                            fills, fill_count, time, trade_count + 1, -1, -1, reason, exit_price, got, quantity, cost
                        )
                        fill_count += 1
                        trade = trades[trade_count]
                        trade_count += 1
                        trade.trade = trade_count
                        trade.lane = 0
                        trade.strategy = 0
                        trade.side = 1
                        trade.entry_time = entered
                        trade.exit_time = time
                        trade.bars = bars
                        trade.levels = filled
                        trade.reason = reason
                        trade.entry_regime = entry_regime
                        trade.exit_regime = regime
                        trade.quantity = quantity
                        trade.average_entry = average
                        trade.entry_reference = reference / quantity
                        trade.exit_price = got
                        trade.exit_reference = exit_price
                        trade.stop = average * (1.0 - grid.stop)
                        trade.target = mean
                        trade.gross = gross
                        trade.fees = fees
                        trade.slippage = slippage
                        trade.funding = funding
                        trade.net = net
                        trade.base = before
                        trade.worst = worst
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
            # Mean of the closes.
            if row >= grid.ma_period:
                total -= ring[head]
            ring[head] = close
            total += close
            head += 1
            if head == grid.ma_period:
                head = 0
            mean = total * ma_share if row >= grid.ma_period - 1 else np.nan
            # Average true range.
            reach = 0.0
            if row > 0:
                reach = max(high, previous) - min(low, previous)
                seeded += 1
                if seeded <= grid.atr_period:
                    atr += (reach - atr) / seeded
                else:
                    atr += (reach - atr) * atr_share
            width = atr if seeded >= grid.atr_period else np.nan
            # Regime: ADX(14), ATR(14) and the mean of 20 ATR(14).
            if with_regime and row > 0:
                up = high - previous_high
                down = previous_low - low
                rise = up if up > down else 0.0
                fall = down if down > up else 0.0
                rise = rise if rise > 0.0 else 0.0
                fall = fall if fall > 0.0 else 0.0
                if adx_seeded < 14:
                    adx_seeded += 1
                    weight = 1.0 / adx_seeded
                adx_atr += weight * (reach - adx_atr)
                up_average += weight * (rise - up_average)
                down_average += weight * (fall - down_average)
                if adx_seeded >= 14:
                    if atr_seen >= 20:
                        atr_total -= atr_ring[atr_head]
                    atr_ring[atr_head] = adx_atr
                    atr_total += adx_atr
                    atr_head += 1
                    if atr_head == 20:
                        atr_head = 0
                    atr_seen += 1
                    both = up_average + down_average
                    dx = 100.0 * abs(up_average - down_average) / both if both > 0.0 else 0.0
                    if dx_seeded < 14:
                        dx_seeded += 1
                        dx_weight = 1.0 / dx_seeded
                    adx += dx_weight * (dx - adx)
                    regime = 0
                    if dx_seeded >= 14 and atr_seen >= 20:
                        if adx_atr > 0.1 * atr_total:
                            regime = HIGH_VOLATILITY
                        elif adx_atr < 0.025 * atr_total:
                            regime = 4
                        elif adx > 25.0:
                            regime = 1 if up_average > down_average else 2
            previous, previous_high, previous_low = close, high, low
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
                equity_out[row] = equity
        sums = statistics[0]
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

    return loop
