"""A hand-written fused loop of the grid's rules: what a kernel is measured against.

One long-only ATR grid on one asset, with everything that the kernel does for it and nothing else: both indicators, the
sequential walk, stop, target, fees, slippage, funding, margin guard, free equity, liquidation tests,
worst excursion, staleness, full ledger rows and the running sums of all metrics. It is there to be compared with;
nothing trades by it.
"""

from __future__ import annotations

from typing import Any

import numba
import numpy as np


@numba.njit(error_model="numpy", nogil=True, cache=True)
def write_fill(
    fills: Any,
    n: int,
    time: int,
    trade: int,
    level: int,
    side: int,
    reference: float,
    price: float,
    size: float,
    fee: float,
) -> int:
    fill = fills[n]
    fill.time = time
    fill.trade = trade
    fill.level = level
    fill.side = side
    fill.opens = 1 if side > 0 else 0
    fill.reference = reference
    fill.price = price
    fill.quantity = size
    fill.fee = fee
    fill.slippage = abs(price - reference) * size
    return n + 1


@numba.njit(error_model="numpy", nogil=True, cache=True)
def grid_loop(times, bars, settlement, p, start, equity_out, fills, trades):  # type: ignore[no-untyped-def]
    """Trades, final equity, drawdown and sums of the grid ``p`` over ``bars[row, column]``."""
    n_ma, n_atr, levels = int(p[0]), int(p[1]), int(p[2])
    first_step, step, stop_part, leverage, capital = p[3], p[4], p[5], p[6], p[7]
    fee, slip, cap, ratio, maintenance, least = p[8], p[9], p[10], p[11], p[12], p[13]
    rows = times.shape[0]
    ring = np.zeros(n_ma)
    head = 0
    total = 0.0
    previous = np.nan
    atr = 0.0
    seeded = 0
    cash = capital
    equity = capital
    q = value = reference = locked = base = fees = slippage = funding = before = worst = 0.0
    filled = fill_count = trade_count = fresh = 0
    entered = 0
    mean = width = np.nan
    peak = capital
    drawdown = 0.0
    peak_time = times[0]
    duration = 0
    below = False
    day_end = 0
    day_equity = capital
    days = 0
    day_mean = day_square = 0.0
    wins = 0
    won = lost = gross_won = gross_lost = all_gross = all_fees = all_slippage = all_funding = net_sum = 0.0
    mean_return = square = downside = peak_locked = 0.0
    last_time = 0
    for i in range(rows):
        time = times[i]
        opening, high, low, close = bars[i, 0], bars[i, 1], bars[i, 2], bars[i, 3]
        if time - last_time != 3_600_000:
            fresh = 0
        last_time = time
        if i >= start:
            exit_price = 0.0
            done = False
            if q > 0.0:
                rate = settlement[i]
                if rate != 0.0:
                    payment = -rate * q * opening
                    cash += payment
                    funding += payment
            average = value / q if q > 0.0 else 0.0
            stop = average * (1.0 - stop_part)
            nearest = mean - width * (first_step + filled * step)
            armed = mean == mean and width > 0.0 and filled < levels
            if (q > 0.0 and (low <= stop or high >= mean)) or (armed and low <= nearest):
                if (q > 0.0 and opening <= stop) or (q > 0.0 and opening >= mean):
                    exit_price, done = opening, True
                else:
                    carried = q > 0.0
                    tq, tv, tr, tl, k = q, value, reference, locked, filled
                    tb = base if carried else equity
                    path = opening
                    stopped = False
                    while True:
                        price = 0.0
                        found = False
                        if k < levels and fresh >= 50:
                            price = mean - width * (first_step + k * step)
                            if price > 0.0 and low <= price:
                                found = True
                                if price > opening:
                                    price = opening
                        if tq > 0.0:
                            s = tv / tq * (1.0 - stop_part)
                            if low <= s and (not found or s >= price):
                                stopped = True
                                exit_price = s if s < path else path
                                break
                        if not found:
                            break
                        margin = tb * cap / levels
                        if (
                            margin * leverage < least
                            or tl + margin > ratio * tb * (1.0 + 1e-9)
                            or equity - tl < margin * (1.0 - 1e-9)
                        ):
                            break
                        size = margin * leverage / price
                        tq += size
                        tv += price * (1.0 + slip) * size
                        tr += price * size
                        tl += margin
                        k += 1
                        path = price
                    if carried and high >= mean and not stopped:
                        exit_price, done = mean, True
                    else:
                        if not carried and tq > 0.0:
                            base, before, entered, worst = equity, equity, time, 0.0
                        while filled < k:
                            price = mean - width * (first_step + filled * step)
                            if price > opening:
                                price = opening
                            size = base * cap / levels * leverage / price
                            paid = price * (1.0 + slip)
                            cost = fee * paid * size
                            q += size
                            value += paid * size
                            reference += price * size
                            locked += base * cap / levels
                            fees += cost
                            slippage += (paid - price) * size
                            cash -= cost
                            fill_count = write_fill(
                                fills, fill_count, time, trade_count + 1, filled, 1, price, paid, size, cost
                            )
                            filled += 1
                        if locked > peak_locked:
                            peak_locked = locked
                        done = stopped
                if done:
                    got = exit_price * (1.0 - slip)
                    cost = fee * got * q
                    gross = exit_price * q - reference
                    slippage += (exit_price - got) * q
                    fees += cost
                    net = gross - fees - slippage + funding
                    cash += got * q - value - cost
                    fill_count = write_fill(fills, fill_count, time, trade_count + 1, -1, -1, exit_price, got, q, cost)
                    trade = trades[trade_count]
                    trade.trade = trade_count + 1
                    trade.side = 1
                    trade.entry_time = entered
                    trade.exit_time = time
                    trade.levels = filled
                    trade.quantity = q
                    trade.average_entry = value / q
                    trade.entry_reference = reference / q
                    trade.exit_price = got
                    trade.exit_reference = exit_price
                    trade.gross = gross
                    trade.fees = fees
                    trade.slippage = slippage
                    trade.funding = funding
                    trade.net = net
                    trade.base = before
                    trade.worst = worst
                    trade_count += 1
                    all_gross += gross
                    all_fees += fees
                    all_slippage += slippage
                    all_funding += funding
                    net_sum += net
                    if net > 0.0:
                        wins += 1
                        won += net
                    else:
                        lost -= net
                    if gross > 0.0:
                        gross_won += gross
                    else:
                        gross_lost -= gross
                    if before > 0.0:
                        r = net / before
                        d = r - mean_return
                        mean_return += d / trade_count
                        square += d * (r - mean_return)
                        if r < 0.0:
                            downside += r * r
                    q = value = reference = locked = fees = slippage = funding = 0.0
                    filled = 0
            if q > 0.0:
                average = value / q
                distance = low - average
                if distance < worst * average:
                    worst = distance / average
                if cash + (low - average) * q < maintenance * low * q:
                    break
        fresh += 1
        if i >= n_ma:
            total -= ring[head]
        ring[head] = close
        total += close
        head += 1
        if head == n_ma:
            head = 0
        mean = total / n_ma if i >= n_ma - 1 else np.nan
        if i > 0:
            top = high if high > previous else previous
            bottom = low if low < previous else previous
            seeded += 1
            if seeded <= n_atr:
                atr += (top - bottom - atr) / seeded
            else:
                atr = (atr * (n_atr - 1) + top - bottom) / n_atr
        width = atr if seeded >= n_atr else np.nan
        previous = close
        if i >= start:
            equity = cash
            if q > 0.0:
                equity += (close - value / q) * q
                if equity < maintenance * close * q:
                    break
            if equity <= 0.0:
                break
            if time >= day_end:
                if day_end > 0 and day_equity > 0.0:
                    r = equity_out[i - 1] / day_equity - 1.0
                    days += 1
                    d = r - day_mean
                    day_mean += d / days
                    day_square += d * (r - day_mean)
                    day_equity = equity_out[i - 1]
                day_end = (time // 86_400_000 + 1) * 86_400_000
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
            equity_out[i] = equity
    sums = won + lost + gross_won + gross_lost + all_gross + all_fees + all_slippage + all_funding + net_sum
    return (
        trade_count,
        equity,
        drawdown,
        sums + mean_return + square + downside + day_mean + day_square + duration + wins,
    )
