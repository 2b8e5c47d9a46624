"""R4xxx: the pipeline would run, but not mean what its author wants: safety, look-ahead, clocks, assets."""

from __future__ import annotations

from radar.spec.codes.code import Code

CODES = (
    Code(
        "R4001",
        "unknown asset",
        "config/assets.yaml lists the assets, with the tick and lot that orders are rounded to.",
        "assets: [BTC, ETHER]\n",
        "assets: [BTC, ETH]\n",
    ),
    Code(
        "R4002",
        "unknown group, or no assets",
        "assets names a group of config/assets.yaml or lists assets.",
        "assets: topten\n",
        "assets: top10\n",
    ),
    Code(
        "R4003",
        "an intent reaches an executor without a size",
        "A sizing node (equal_allocation, risk_sizing) must stand between a strategy and an executor: without it no "
        "quantity is defined.",
        "margin: {risk: margin_guard, in: grid}\n",
        "sized: {risk: equal_allocation, in: grid}\nmargin: {risk: margin_guard, in: sized}\n",
    ),
    Code(
        "R4004",
        "an intent reaches an executor without passing a risk gate",
        "A gate (margin_guard, kill_switch) must stand behind the sizing node: it is what refuses entries when too "
        "much is at risk.",
        "broker: {executor: account, in: {in: sized, regime: regime}}\n",
        "broker: {executor: account, in: {in: guard, regime: regime}}\n",
    ),
    Code(
        "R4005",
        "a strategy without a stop",
        "No position is opened without a protective stop. The strategy's stop parameter is absent, null or zero.",
    ),
    Code(
        "R4006",
        "the stop lies behind the liquidation price",
        "With isolated margin a position is liquidated near a loss of 1 / leverage. A stop of sl_percent is reached "
        "first only if sl_percent / 100 x leverage is below 1; otherwise the exchange closes the position, at its "
        "own price.",
        "grid: {leverage: 6, sl_percent: 20}\nbroker: {margin_mode: isolated}\n",
        "grid: {leverage: 3, sl_percent: 20}\nbroker: {margin_mode: isolated}\n",
    ),
    Code(
        "R4007",
        "a stop costs more than the position's margin",
        "sl_percent / 100 x leverage is above 1. With cross margin the rest of the account carries the loss: a stop "
        "takes more than the margin that was set aside for it.",
        "grid: {leverage: 6, sl_percent: 20}\n",
        "grid: {leverage: 3, sl_percent: 20}\n",
        severity="warning",
    ),
    Code(
        "R4008",
        "a stop costs most of the position's margin",
        "sl_percent / 100 x leverage is above 0.8: fees, slippage and funding can bring the liquidation before the "
        "stop.",
        "grid: {leverage: 4.5, sl_percent: 20}\n",
        "grid: {leverage: 3, sl_percent: 20}\n",
        severity="warning",
    ),
    Code(
        "R4009",
        "a clock finer than its input: look-ahead",
        "A finer bar cannot be made from a coarser one without knowing how the coarser one will end. Give the "
        "source the finer clock and resample upwards.",
        "slow: {indicator: resample, in: candles, to: 15m}\nwidth: {indicator: atr, in: slow, period: 14}\n",
        "slow: {indicator: resample, in: candles, to: 4h}\nwidth: {indicator: atr, in: slow, period: 14}\n",
    ),
    Code(
        "R4010",
        "a clock that is no multiple of its input's",
        "A slower bar is made of a whole number of faster bars.",
        "clock: 4h\nslow: {indicator: resample, in: candles, to: 6h}\nwidth: {indicator: atr, in: slow, period: 14}\n",
        "clock: 4h\nslow: {indicator: resample, in: candles, to: 12h}\nwidth: {indicator: atr, in: slow, period: 14}\n",
    ),
    Code(
        "R4011",
        "a strategy's timeframe is not its clock",
        "timeframe states what the strategy was made for; the clock of the bars that are wired in is what it gets.",
        "grid: {timeframe: 4h}\n",
        "grid: {timeframe: 1h}\n",
    ),
    Code(
        "R4012",
        "the filter of a strategy is not slower than its main clock",
        "Inputs called filter_... are to see the larger trend. On the main clock itself they say what the main "
        "inputs say, and such a strategy does not trade.",
    ),
    Code(
        "R4013",
        "slippage in high volatility is set, but no regime is wired",
        "high_volatility_multiplier acts only where a regime is wired into the account; without it stops in a crash "
        "cost no more than on a quiet day.",
        "broker: {executor: account, in: guard}\n",
        "regime: {indicator: regime, in: candles}\nbroker: {executor: account, in: {in: guard, regime: regime}}\n",
        severity="warning",
    ),
    Code(
        "R4014",
        "fill_model through needs a tick",
        "Under through an order fills when the price goes a tick beyond it, so every asset needs its tick in "
        "config/assets.yaml.",
    ),
    Code(
        "R4015",
        "values that do not go together",
        "The kind refuses this combination of its parameters; the message says which rule is broken.",
    ),
    Code(
        "R4016",
        "an intent is sized twice",
        "The second sizing node would silently replace what the first one said.",
        "again: {risk: equal_allocation, in: sized}\nmargin: {risk: margin_guard, in: again}\n",
        "margin: {risk: margin_guard, in: sized}\n",
    ),
    Code(
        "R4017",
        "more leverage than the account allows",
        "max_leverage of the account is the highest leverage that any strategy on it may ask for.",
        "grid: {leverage: 20, sl_percent: 3}\nbroker: {max_leverage: 10}\n",
        "grid: {leverage: 10, sl_percent: 3}\nbroker: {max_leverage: 10}\n",
    ),
)
