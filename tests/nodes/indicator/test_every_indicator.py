"""What every indicator promises, whatever it measures."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

from radar.nodes.port import PortType
from radar.nodes.registry import names
from tests.nodes.harness import Indicator, assert_same_bytes, indicator
from tests.nodes.markets import HOUR, Bars, flat, markets, walk

NAMES = names("indicator")
VARIANTS: list[tuple[str, dict[str, Any]]] = [(name, {}) for name in NAMES] + [
    ("sma", {"period": 1}),
    ("ema", {"period": 1}),
    ("rsi", {"period": 2}),
    ("atr", {"period": 2}),
    ("adx", {"period": 3}),
    ("bollinger", {"period": 2, "deviations": 0.5}),
    ("donchian", {"period": 1}),
    ("vwap", {"vwap_hours": 1}),
    ("supertrend", {"period": 2, "multiplier": 0.5}),
    ("resample", {"to": "1h"}),
    ("resample", {"to": "1d"}),
]
LIMITS = ("never moves", "stops moving", "no volume at all", "volume dries up", "tiny prices")
variants = pytest.mark.parametrize(("name", "params"), VARIANTS)


def lookback(name: str, params: dict[str, Any]) -> int:
    """The look-back that the kind declares for hourly bars."""
    kind = indicator(name)
    return kind.lookback(kind.params(**params), HOUR)


def unknown(run_ports: dict[str, np.ndarray]) -> np.ndarray:
    """Bars at which some output is NaN."""
    return np.isnan(np.array(list(run_ports.values()), dtype=float)).any(axis=0)


@pytest.mark.parametrize("market", markets())
@variants
def test_compiled_equals_interpreted_in_every_bit(name: str, params: dict[str, Any], market: str) -> None:
    """The kernel's machine code and the plain Python of the step give the same bytes, results and memory alike."""
    bars = markets()[market]
    compiled = Indicator.start(name, params, compiled=True).feed(bars)
    assert_same_bytes(compiled, Indicator.start(name, params).feed(bars))


@pytest.mark.parametrize("cut", [1, 2, 13, 14, 19, 20, 33, 97, 200, 331])
@variants
def test_restored_memory_goes_on_as_if_uncut(name: str, params: dict[str, Any], cut: int) -> None:
    """A copy of the memory at any bar, also amid missing ones, continues to the same bytes; the past is untouched."""
    bars = markets()["missing bars"]
    uncut = Indicator.start(name, params, compiled=True).feed(bars)
    first = Indicator.start(name, params, compiled=True)
    head = first.feed(bars[:cut])
    tail = first.restored().feed(bars[cut:])
    for field, column in uncut.fields.items():
        joined = np.concatenate([head.fields[field], tail.fields[field]])
        assert joined.tobytes() == column.tobytes(), field
    assert tail.memory == uncut.memory


@variants
def test_look_back_is_what_the_outputs_need(name: str, params: dict[str, Any]) -> None:
    """On clean bars the last output becomes known at the declared bar (supertrend: declared longer; see its page)."""
    known = np.flatnonzero(~unknown(Indicator.start(name, params, compiled=True).feed(walk(11, 400)).ports))
    needed = lookback(name, params)
    if name in ("supertrend", "resample"):
        assert known[0] < needed
    else:
        assert known[0] == needed - 1
    assert len(known) == 400 - known[0], "an output became unknown again"


@pytest.mark.parametrize("market", LIMITS)
@variants
def test_markets_at_their_limits_give_finite_numbers(name: str, params: dict[str, Any], market: str) -> None:
    """No movement and no volume divide by nothing: after the look-back every output is a finite number."""
    ports = Indicator.start(name, params, compiled=True).feed(markets()[market]).ports
    for port, values in ports.items():
        assert np.isfinite(values[lookback(name, params) - 1 :]).all(), port


@variants
def test_missing_bars_stay_missing_and_pass(name: str, params: dict[str, Any]) -> None:
    """Bars without numbers make no infinite value, and after a while without them every output is known again."""
    ports = Indicator.start(name, params, compiled=True).feed(markets()["missing bars"]).ports
    for port, values in ports.items():
        assert not np.isinf(values).any(), port
        assert np.isfinite(values[-10:]).all(), port


@variants
def test_nothing_is_made_of_nothing(name: str, params: dict[str, Any]) -> None:
    """A market of missing bars alone leaves every series unknown (a direction 0, a regime ranging)."""
    count = 120
    run = Indicator.start(name, params, compiled=True).feed(flat(count).missing(*range(count)))
    for port, values in run.ports.items():
        if port == "direction" or run.kind.outputs[port].type is PortType.REGIME:
            assert (values == 0).all(), port
        else:
            assert np.isnan(values).all(), port


@variants
def test_a_price_of_zero_is_a_price(name: str, params: dict[str, Any]) -> None:
    """Bars of price 0 count as bars: what is averaged over them is 0, not unknown (a spread over 0 is unknown)."""
    bars: Bars = flat(120, price=0.0, volume=0.0)
    run = Indicator.start(name, params, compiled=True).feed(bars)
    for port, values in run.ports.items():
        late = values[lookback(name, params) - 1 :]
        if (name, port) == ("bollinger", "spread"):
            assert np.isnan(late).all()
        elif (name, port) == ("rsi", "value"):
            assert (late == 50.0).all()
        elif (name, port) == ("supertrend", "direction"):
            assert (late == -1.0).all()
        else:
            assert (late == 0.0).all(), port
