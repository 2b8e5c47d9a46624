"""Fill models: when a bar fills an order that was resting.

``touch``    the bar's range reaches the price. The specification's model and the default.
``through``  the bar trades at least one tick beyond the price: somebody behind us in the queue was filled too.
``queue``    the volume that traded beyond the price exceeds our order. Candles do not say where volume traded, so it
             is taken as spread evenly over the bar's range: ``volume * (distance beyond) / (high - low)``. That is a
             model, kinder than the book in fast bars and harsher in quiet ones; use it to see how much a result
             depends on touches that were barely touches.

Stops are market orders and are never subject to a fill model.
"""

from __future__ import annotations

from radar.market.bar import Bar
from radar.market.compiled import compiled, inlined
from radar.market.reason import FillModel


@inlined
def reaches(price: float, below: bool, bar: Bar) -> bool:
    """Whether the bar's range holds ``price``, coming from above (``below``: an order under the market) or below."""
    if below:
        return bar.low <= price
    return bar.high >= price


@compiled
def fills(model: int, price: float, below: bool, quantity: float, tick: float, bar: Bar) -> bool:
    """Whether ``model`` fills a resting order of ``quantity`` at ``price`` in a bar that reaches it."""
    if model == FillModel.TOUCH:
        return True
    beyond = price - bar.low if below else bar.high - price
    if model == FillModel.THROUGH:
        return beyond >= tick * (1.0 - 1e-9)
    height = bar.high - bar.low
    if height <= 0.0:
        return False
    share = beyond / height
    return bar.volume * (share if share < 1.0 else 1.0) > quantity
