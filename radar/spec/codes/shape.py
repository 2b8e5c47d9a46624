"""R2xxx: the YAML is well formed, but not a pipeline, or a value is not what its parameter takes."""

from __future__ import annotations

from radar.spec.codes.code import Code

CODES = (
    Code(
        "R2001",
        "unknown key",
        "A key that nothing reads would be without effect; mostly it is a spelling mistake.",
        "abuot: a grid\n",
        "about: a grid\n",
    ),
    Code(
        "R2002",
        "a required key is missing",
        "Every pipeline names its format, itself, its assets, its clock and its nodes.",
    ),
    Code(
        "R2003",
        "a value has another shape",
        "A mapping, a list or a single value stands where another of them is expected.",
        "mean: sma\n",
        "mean: {indicator: sma, in: candles.close}\n",
    ),
    Code(
        "R2004",
        "unknown format",
        "radar: 1 names the format of the file, so that a later version can read it as it was meant.",
        "radar: 2\n",
        "radar: 1\n",
    ),
    Code(
        "R2005",
        "a name of another form",
        "Names of pipelines and nodes become names in code and paths: lower-case letters, digits and _, beginning "
        "with a letter. Assets are upper case.",
        "pipeline: My Grid\n",
        "pipeline: my_grid\n",
    ),
    Code(
        "R2006",
        "a node without exactly one kind",
        "One key of a node is its role (source, indicator, strategy, risk, executor or sink) and its value the kind.",
        "average: {in: candles.close, period: 14}\n",
        "average: {indicator: sma, in: candles.close, period: 14}\nmean: {indicator: ema, in: average, period: 14}\n",
    ),
    Code(
        "R2007",
        "unknown kind",
        "No file radar/nodes/ROLE/NAME.py of that name exists. radarctl node list shows all.",
        "mean: {indicator: smaa, in: candles.close}\n",
        "mean: {indicator: sma, in: candles.close}\n",
    ),
    Code(
        "R2008",
        "unknown parameter",
        "The kind has no parameter of that name, so the value would be without effect. It may also stand in the "
        "block that with takes, or in its per_asset.",
        "mean: {indicator: sma, in: candles.close, perod: 14}\n",
        "mean: {indicator: sma, in: candles.close, period: 14}\n",
    ),
    Code(
        "R2009",
        "a value of another type",
        "Numbers are written without quotes, truth values only as true and false, lists in brackets.",
        'mean: {indicator: sma, in: candles.close, period: "14"}\n',
        "mean: {indicator: sma, in: candles.close, period: 14}\n",
    ),
    Code(
        "R2010",
        "a value out of bounds",
        "radarctl node show KIND lists the bounds of every parameter.",
        "mean: {indicator: sma, in: candles.close, period: 0}\n",
        "mean: {indicator: sma, in: candles.close, period: 14}\n",
    ),
    Code(
        "R2011",
        "not one of the choices",
        "The parameter takes one of a few words.",
        "broker: {margin_mode: crossed}\n",
        "broker: {margin_mode: cross}\n",
    ),
    Code(
        "R2012",
        "another unit",
        "A number may be typed with its unit (25%, 8h, 14 bars). It must be that of the parameter; only units of "
        "time are converted. A parameter that is a fraction takes no percentage.",
        "margin: {max_margin_ratio: 70%}\n",
        "margin: {max_margin_ratio: 0.7}\n",
    ),
    Code(
        "R2013",
        "not a timeframe",
        "A bar is a whole number of minutes, hours or one day, and divides a day, so that every day begins with a "
        "new bar.",
        "clock: 90\n",
        "clock: 1h\n",
    ),
    Code(
        "R2014",
        "unknown block of values",
        "with: FILE.BLOCK takes a mapping of config/FILE.yaml by its path.",
        "broker: {with: risk.acount}\n",
        "broker: {with: risk.account}\n",
    ),
    Code(
        "R2016",
        "an environment variable is not set",
        "${env:NAME} takes the text of a variable when the file is loaded; ${env:NAME:-value} has a default.",
        'about: "${env:RADAR_NO_SUCH_VARIABLE}"\n',
        'about: "${env:RADAR_NO_SUCH_VARIABLE:-a grid}"\n',
    ),
    Code(
        "R2017",
        "a secret in the wrong place",
        "A secret is named by ${secret:NAME}, alone, in a parameter that takes a secret, and is never written into "
        "a file. Its value comes from the variable RADAR_SECRET_NAME, or from a file NAME in the folder that "
        "RADAR_SECRETS names.",
        'journal: {path: "${secret:TOKEN}"}\n',
        "journal: {path: ledger.jsonl}\n",
    ),
    Code(
        "R2018",
        "not a reference",
        "${ begins one of ${env:NAME}, ${env:NAME:-default}, ${secret:NAME} and ${NODE.PARAM}; the last two only in "
        "parameters. A literal ${ is written $${.",
        'about: "${HOME}"\n',
        'about: "${env:HOME:-}"\n',
    ),
    Code(
        "R2019",
        "a reference to an unknown parameter",
        "${NODE.PARAM} takes the value of a parameter of another node of the same pipeline, per asset.",
        'mean: {indicator: sma, in: candles.close, period: "${grid.ma_perod}"}\n',
        'mean: {indicator: sma, in: candles.close, period: "${grid.ma_period}"}\n',
    ),
    Code(
        "R2020",
        "a reference to a reference",
        "${NODE.PARAM} must name a written value or a default. Chains and circles are refused, because nobody sees "
        "from them where a value comes from.",
        'mean: {indicator: sma, in: candles.close, period: "${mean.period}"}\n',
        'mean: {indicator: sma, in: candles.close, period: "${grid.ma_period}"}\n',
    ),
    Code(
        "R2021",
        "--set does not name a value",
        "Write --set NODE.PARAM=VALUE, --set FILE.BLOCK.PARAM=VALUE or --set clock=VALUE.",
    ),
    Code(
        "R2022",
        "an input is not a reference",
        "An input names a node (its first output is meant) or node.port.",
        "mean: {indicator: sma, in: candles.close.value}\n",
        "mean: {indicator: sma, in: candles.close}\n",
    ),
    Code(
        "R2023",
        "a reference in a key",
        "Keys are names and hold no ${...}: what a file means must not depend on where it is read.",
        'mean: {indicator: sma, in: candles.close, "${env:HOME}": 14}\n',
        "mean: {indicator: sma, in: candles.close, period: 14}\n",
    ),
    Code(
        "R2024",
        "listed twice",
        "A list of choices or assets holds each once.",
        "assets: [BTC, BTC]\n",
        "assets: [BTC, ETH]\n",
    ),
    Code(
        "R2027",
        "was names no former node",
        "was: OLD renames a node without losing its state: OLD is the name that it had in the revision before, "
        "which no other node has or claims.",
        "mean: {indicator: sma, in: candles.close, was: candles}\n",
        "mean: {indicator: sma, in: candles.close, was: average}\n",
    ),
    Code(
        "R2028",
        "per_asset where assets cannot differ",
        "An account, a sink or a kill switch serves all assets at once, and all assets share the clocks of a pipeline.",
        "broker: {per_asset: {BTC: {taker_fee_percent: 0.05}}}\n",
        "broker: {taker_fee_percent: 0.05}\n",
    ),
    Code(
        "R2029",
        "fills on bars that do not make up a decision",
        "clock: {decide: 1h, fill: 1m} decides on hours and meets orders on minutes: a decision's bar must hold a "
        "whole number of the finer bars.",
        "clock: {decide: 1h, fill: 4h}\n",
        "clock: {decide: 4h, fill: 1h}\n",
    ),
    Code(
        "R2030",
        "unknown correlation group",
        "The limits of a correlation group stand under correlation in config/assets.yaml.",
    ),
    Code(
        "R2031",
        "a preset that does not fit",
        "A preset of config/portfolios.yaml gives strategies their assets: the strategies are nodes of the pipeline "
        "that it is used with, each with an asset_gate of its own, and the assets are among those of the preset.",
    ),
)
