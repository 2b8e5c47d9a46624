"""What the shared suites must know of a strategy. Its own test file says it, and nothing else names the strategy.

``tests/nodes/strategy/test_NAME.py`` defines one module-level ``SUBJECT``::

    SUBJECT = Subject(
        oracle=GridAtr,             # its rules once more, from the specification, sharing no code with radar
        draw=draw,                  # parameters of one random case
        ends=("tp",),               # how its positions end besides stops
        lively={"sl_percent": 6.0}, # parameters with which it trades often on a few hundred bars
        mirror={"sl_percent": 99.0},  # the same, with nothing that is a percentage of the price, or why there is none
        far={"sl_percent": 95.0},   # parameters with which no stop is ever hit
    )

All parameters are written as in a pipeline: percentages in percent, sides as words. They change no wiring. What is left
out keeps the value that ``config/strategies.yaml`` ships. The suites set sides, leverage, sizing and the account.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field

import numpy as np

from tests.acceptance.oracle_strategy import Inputs, Strategy, Values
from tests.nodes.markets import Bars

Random = np.random.Generator


@dataclass(frozen=True)
class Subject:
    """One strategy as the acceptance and conformance suites see it; every field is described where it stands."""

    oracle: Callable[[Inputs, Values], Strategy]
    """The independent oracle of its rules for one asset, mostly the class itself. ``values`` hold every parameter."""

    draw: Callable[[Random, float], Values]
    """Parameters of one random case: ``draw(random, stop)``. ``stop`` is a stop distance as a fraction (0.004 to 0.2),
    to be used for ``sl_percent`` where the strategy has one (the case is drawn so that it fits margin and leverage).
    Short periods: a case has :attr:`bars` bars. Not ``sides`` and ``leverage``, which the case draws."""

    ends: tuple[str, ...]
    """Exit reasons that its random cases must show besides ``sl``, ``liquidation`` and ``end_of_data``."""

    lively: Values
    """Parameters with which it trades often on 600 bars of a random walk that is pulled back to its start (1 % an hour,
    jumps, volumes that vary by orders of magnitude), winning and losing, on both sides where it has both (T1, T2, T6,
    T9 to T11)."""

    mirror: Values | str
    """T3: parameters with which it trades often on such a market and does on prices ``K - price`` exactly the opposite:
    percentage stops and targets where they are never hit, thresholds on relative distances next to nothing. A text says
    why there are none (a rule that is itself a percentage of the price, or one side only)."""

    far: Values
    """T7: parameters laid over ``lively`` with which slippage and fees change no trade: stops that are built from fills
    (grids, trailing) out of reach, exits that look at profit after costs avoided. At least six trades in 900 bars."""

    near: Values = field(default_factory=lambda: {"sl_percent": 3.0})
    """T7: parameters laid over ``far`` with which stops are hit at least four times in 900 bars."""

    sample: Values | None = None
    """Parameters with which it trades, wins and loses, and ends in more than one way on a few hundred bars of the
    bundled sample (1h and 5m candles, 15m made of those) and of the quirks; default: ``lively``."""

    quirks: Values | None = None
    """Parameters with which the oracle is compared on the real hours of ``tests/data/quirks``; default: ``lively``."""

    sides: tuple[str, ...] = ("long", "short")
    """Sides that the strategy has at all (not those that it ships with)."""

    bars: int = 260
    """Bars of a random case; its history must fit in with room to trade."""

    seeds: int = 150
    """Random cases of the slow comparison with the oracle: enough for 250 trades and every end."""

    whole: bool = False
    """Random cases have no missing bars on the strategy's clock (for rules on resampled candles)."""

    ruinous: bool = True
    """Some of the random cases lose a whole account (False where tight stops keep it from that)."""

    step: float = 0.01
    """T1: volatility of a bar, a fraction; smaller where the strategy's percentages are meant for smaller bars."""

    curated: Callable[[Bars], Bars] | None = None
    """T12: what its shipped values need of the curated market and do not find there: the market changed."""
