"""R9xxx: a test file of a pipeline cannot be understood, or it asks for what the pipeline does not have."""

from __future__ import annotations

from radar.spec.codes.code import Code

CODES = (
    Code(
        "R9001",
        "unknown key in a test file",
        "A key that nothing reads would be without effect, and a test that lost its expectation always passes. The "
        "message lists the keys that may stand there.",
    ),
    Code(
        "R9002",
        "a key of a test file is missing",
        "A test file has the keys radar and cases; a case has a name, what is given and what is expected: "
        "{name: TEXT, given: {candles: [...]}, expect: [...]}.",
    ),
    Code(
        "R9003",
        "a value of a test file has another type",
        "A mapping, a list, a number, a text or a truth value stands where another of them is expected. Numbers are "
        "written without quotes; true and false are the only truth values.",
    ),
    Code(
        "R9004",
        "unknown format of a test file",
        "radar: 1 names the format of the file, so that a later version can read it as it was meant.",
    ),
    Code(
        "R9005",
        "the pipeline of a test file, or a file that it reads, is not there",
        "NAME.test.yaml tests NAME.yaml in the same folder; tests: FILE names another one. Paths count from the "
        "folder of the test file.",
    ),
    Code(
        "R9006",
        "a name is used twice",
        "Two cases of one name could not be told apart in a report, two marks of one name name no bar, and two cases "
        "with one golden file would overwrite each other.",
    ),
    Code(
        "R9007",
        "not a candle",
        "A candle is [open, high, low, close] or [open, high, low, close, volume]: positive prices, the low not above "
        "and the high not below the others, a volume of at least 0.",
    ),
    Code(
        "R9008",
        "candles that begin at no price",
        "flat, zigzag, ramp, spike and walk go on from the close before them. The first of them needs its own: price: "
        "for flat and zigzag, from: for ramp, start: for walk; a spike cannot come first.",
    ),
    Code(
        "R9009",
        "unknown entry of candles",
        "An entry is a candle [open, high, low, close, volume], one generator (flat, zigzag, ramp, spike, walk), or "
        "one token: {gap: BARS}, {mark: NAME}, restart, crash or {crash: BARS}.",
    ),
    Code(
        "R9010",
        "a number of a test file is out of bounds",
        "The message states the bounds. A case holds at most 200,000 bars.",
    ),
    Code(
        "R9011",
        "not exactly one source of candles",
        "given has one of candles (rows and generators), file (a file of candles) and history (a period of a store).",
    ),
    Code(
        "R9012",
        "at names no output of the pipeline",
        "at takes NODE.OUTPUT as radar.evaluate names it (mean, bands.upper, grid.position.side, broker.equity), or a "
        "table of the account: NODE.trades, NODE.fills, NODE.positions, NODE.refusals.",
    ),
    Code(
        "R9013",
        "an expectation that expects nothing",
        "An output is held against equals, approx, above, below, always, never, ever or none; a table against count, "
        "equals, contains, always, never or none. Without one of them the entry would always pass.",
    ),
    Code(
        "R9014",
        "no such bar",
        "bar: counts the given bars from 0, from the last one with -1, -2, ...; a name is that of a {mark: NAME} "
        "before which the bar stands, and NAME+2 is two bars later. bars: [FIRST, LAST] includes both.",
    ),
    Code(
        "R9015",
        "unknown field of a table",
        "A row of a table has fixed fields; the message lists them. A field that no row has could never be found.",
    ),
    Code(
        "R9016",
        "an asset that the case does not have, or must name",
        "With several assets, candles are given by asset ({BTC: [...], ETH: [...]}), and an expectation at an output "
        "says asset: which one. An asset must be one of the case.",
    ),
    Code(
        "R9017",
        "not the name of a golden file",
        "golden: NAME.golden.json is a file beside the test file, or in a folder below it.",
    ),
    Code(
        "R9018",
        "unknown word",
        "Sides, exit reasons, refusal causes and regimes have fixed names; a misspelled one would never match. missing "
        "stands for a value that is not known.",
    ),
    Code(
        "R9019",
        "not an instant",
        "An instant is a UTC date or time (2025-03-01T08:00), or a time since the first bar (8h, 30m, 2d). start: must "
        "be a moment at which a bar of the pipeline's clock can open.",
    ),
    Code(
        "R9020",
        "a token without effect",
        "A crash, a restart or a mark needs a bar before it; a gap needs bars around it. Elsewhere they change "
        "nothing, so the test would prove less than it says.",
    ),
)
