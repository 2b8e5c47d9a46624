"""Paired stationary bootstrap of daily returns: against theory where theory knows, and against made-up portfolios."""

from __future__ import annotations

from math import erf, sqrt
from typing import Any

import numpy as np
import pytest

from radar.engine.significance import BLOCK, resampled_means, significance


def portfolio(returns: np.ndarray, first: str = "2025-01-01") -> dict[str, Any]:
    """The plain data of a result with these daily returns."""
    days = [str(np.datetime64(first) + day) for day in range(len(returns))]
    equity = 1000.0 * np.cumprod(1.0 + returns)
    return {"portfolio": {"initial_capital": 1000.0, "daily": {"days": days, "equity": equity.tolist()}}}


def noise(seed: int, count: int = 400, scale: float = 0.01) -> np.ndarray:
    """Independent returns."""
    return np.random.default_rng(seed).normal(0.0, scale, count)


def test_the_spread_of_means_is_that_of_theory() -> None:
    """Of a series x the stationary bootstrap has variance (c(0) + 2 sum (1 - k/n)(1 - p)^k c(k) ...) / n, with circular
    autocovariances c: Politis and Romano (1994), Lemma 1. Checked on independent and on persistent series."""
    for persistence in (0.0, 0.6):
        x = noise(4, 300)
        for day in range(1, len(x)):
            x[day] += persistence * x[day - 1]
        count, p = len(x), 1.0 / BLOCK
        centred = x - x.mean()
        circular = [float(np.mean(centred * np.roll(centred, -k))) for k in range(count)]
        weights = [(1 - k / count) * (1 - p) ** k + (k / count) * (1 - p) ** (count - k) for k in range(count)]
        variance = (circular[0] + sum(weights[k] * circular[k] for k in range(1, count))) / count
        means = resampled_means(x)
        assert means.std() == pytest.approx(sqrt(variance), rel=0.04)
        assert means.mean() == pytest.approx(x.mean(), abs=4.0 * sqrt(variance / len(means)))


def test_a_clear_difference_is_more_than_chance() -> None:
    """0.2 % a day on noise of 1 %: some four standard errors; the interval holds what was put in."""
    base = noise(1)
    found = significance("a", portfolio(base), "b", portfolio(base + 0.002 + noise(2, scale=0.01)))
    assert found.is_significant
    assert found.difference is not None
    assert found.low is not None
    assert found.high is not None
    assert found.low < 0.002 * 365 * 100 < found.high
    assert found.low < found.difference < found.high


def test_what_both_lived_through_is_no_difference() -> None:
    """The same wild market in both: a tiny steady edge is seen in pairs, though each alone is all noise."""
    market = noise(3, scale=0.05)
    found = significance("a", portfolio(market), "b", portfolio(market + 0.0005 + noise(5, scale=0.001)))
    assert found.is_significant


def test_the_p_value_is_that_of_the_mean() -> None:
    """On independent returns it is near the normal one of the difference's mean over its standard error."""
    base = noise(6)
    for seed, edge in ((7, 0.0), (8, 0.0006), (9, 0.0012)):
        other = base + edge + noise(seed)
        found = significance("a", portfolio(base), "b", portfolio(other))
        gap = other - base
        score = abs(gap.mean()) / (resampled_means(gap).std())
        assert found.p_value == pytest.approx(1.0 - erf(score / sqrt(2.0)), abs=0.02)


@pytest.mark.slow
def test_noise_is_rarely_called_more_than_chance() -> None:
    """Of 200 pairs that differ by chance, about a twentieth is called significant, never many more."""
    called = 0
    for seed in range(200):
        pair = significance("a", portfolio(noise(1000 + seed, 200)), "b", portfolio(noise(5000 + seed, 200)))
        called += pair.is_significant
    assert 1 <= called <= 25


def test_a_result_beside_itself_is_no_evidence() -> None:
    """No difference, and p is 1."""
    same = portfolio(noise(10))
    found = significance("a", same, "b", same)
    assert (found.difference, found.p_value, found.is_significant) == (0.0, 1.0, False)


def test_only_days_in_common_are_paired() -> None:
    """By date, whatever comes before or behind; fewer than thirty say nothing."""
    returns = noise(11, 100)
    whole, later = portfolio(returns), portfolio(returns[60:], first="2025-03-02")
    found = significance("a", whole, "b", later)
    assert found.days == 40
    assert found.difference == pytest.approx(0.0, abs=1e-9)
    few = significance("a", whole, "b", portfolio(returns[80:], first="2025-03-22"))
    assert (few.days, few.p_value, few.is_significant) == (20, None, False)


def test_the_same_results_give_the_same_answer() -> None:
    """The seed is fixed and told."""
    one, two = portfolio(noise(12)), portfolio(noise(13))
    assert significance("a", one, "b", two) == significance("a", one, "b", two)
    assert significance("a", one, "b", two).to_json()["seed"] == 42
