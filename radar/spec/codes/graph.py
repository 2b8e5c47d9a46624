"""R3xxx: the nodes are fine, their wires are not."""

from __future__ import annotations

from radar.spec.codes.code import Code

CODES = (
    Code(
        "R3001",
        "a wire to an unknown node",
        "An input names a node that the file does not have.",
        "mean: {indicator: sma, in: candels.close, period: 14}\n",
        "mean: {indicator: sma, in: candles.close, period: 14}\n",
    ),
    Code(
        "R3002",
        "a wire to an unknown output",
        "node.port names an output that the node's kind does not have. radarctl node show KIND lists them.",
        "mean: {indicator: sma, in: candles.closing, period: 14}\n",
        "mean: {indicator: sma, in: candles.close, period: 14}\n",
    ),
    Code(
        "R3003",
        "an unknown input",
        "The keys of in are the inputs of the kind.",
        "mean: {indicator: sma, in: {input: candles.close}, period: 14}\n",
        "mean: {indicator: sma, in: {in: candles.close}, period: 14}\n",
    ),
    Code(
        "R3004",
        "a required input is not wired",
        "The node cannot run without it.",
        "mean: {indicator: sma, period: 14}\n",
        "mean: {indicator: sma, in: candles.close, period: 14}\n",
    ),
    Code(
        "R3005",
        "the ends of a wire do not fit",
        "Ports are typed. A bar is a whole candle; a series is one number a bar, such as candles.close. An executor "
        "takes only intents that a risk gate approved.",
        "mean: {indicator: sma, in: candles, period: 14}\n",
        "mean: {indicator: sma, in: candles.close, period: 14}\n",
    ),
    Code(
        "R3006",
        "several wires into one input",
        "The input takes one value; the node would not know which of several is meant.",
        "mean: {indicator: sma, in: [candles.close, candles.open], period: 14}\n",
        "mean: {indicator: sma, in: candles.close, period: 14}\n",
    ),
    Code(
        "R3007",
        "the wires form a circle",
        "A value would depend on itself within one bar. The only loop is from an executor's fills to a strategy's "
        "position, which exists by itself and carries a delay.",
        "mean: {indicator: sma, in: slow, period: 14}\nslow: {indicator: sma, in: mean, period: 50}\n",
        "slow: {indicator: sma, in: candles.close, period: 50}\nmean: {indicator: sma, in: slow, period: 14}\n",
    ),
    Code(
        "R3008",
        "a node that nobody reads",
        "It would be computed for nothing; mostly a wire was forgotten. A strategy that nobody reads never trades.",
        "slow: {indicator: sma, in: candles.close, period: 200}\n",
        "slow: {indicator: sma, in: candles.close, period: 200}\nmean: {indicator: sma, in: slow, period: 14}\n",
    ),
    Code(
        "R3009",
        "two executors take one intent",
        "Every entry would be made twice.",
        "second: {executor: account, in: guard}\n",
        "broker: {executor: account, in: {in: guard, regime: regime}}\n",
    ),
    Code(
        "R3010",
        "one output wired twice into one input",
        "The second wire changes nothing, or counts everything twice.",
        "journal: {sink: journal, in: [broker, broker.fills]}\n",
        "journal: {sink: journal, in: [broker, guard.refused]}\n",
    ),
    Code(
        "R3011",
        "a node that takes no input is wired",
        "A source brings data from outside.",
        "candles: {source: candles, in: mean}\n",
        "candles: {source: candles}\n",
    ),
    Code(
        "R3012",
        "two strategies want the same side of an asset in one account",
        "An exchange nets them into one position: the stop of one would close the other's part. A back-test keeps "
        "them apart; give each its own side or its own account before going live.",
        severity="warning",
    ),
)
