"""R6xxx: sweeps."""

from __future__ import annotations

from radar.spec.codes.code import Code

CODES = (
    Code(
        "R6001",
        "nothing to sweep",
        "A sweep needs at least one parameter with several values: a grid of param_grids.yaml, or NODE.PARAM=V1,V2. "
        "With one value each there is only one combination, and that is a back-test.",
    ),
    Code(
        "R6002",
        "a grid that is not there",
        "Grids stand in config/param_grids.yaml by the name of a block, each with lists of values under default and "
        "under the names of its alternatives.",
    ),
    Code(
        "R6003",
        "axes that do not go together",
        "Two axes set the same parameter, or an axis changes nothing because a value on the node wins over its block. "
        "Leave one of the two out, or sweep NODE.PARAM instead of the block. A value that stands twice would be run "
        "twice.",
    ),
    Code(
        "R6004",
        "a metric that there is not",
        "Combinations are ranked by a metric of a back-test, such as sharpe_daily, equity_return or max_drawdown; the "
        "message lists all of them. Of drawdowns and costs less is better, of all others more.",
    ),
    Code(
        "R6005",
        "memory that is none, or too little",
        "--memory says what the columns of indicators may take: a number with a unit such as 512MiB or 2GB. Columns "
        "that do not fit together are computed in portions, but those of one combination are needed at once.",
    ),
    Code(
        "R6006",
        "a file that a sweep cannot go on with",
        "--resume takes over the rows that --out holds, if they follow from the same pipeline, values that are not "
        "swept, assets, period, market data and code. The grid may have got more values of the same parameters; rows "
        "that it does not have any more would be lost, so they are refused too.",
    ),
    Code(
        "R6007",
        "a combination that the sweep has not",
        "Combinations are named by their number in the grid, which the column combination holds, counted from 0; in a "
        "sweep of every asset by itself by the asset too.",
    ),
    Code(
        "R6008",
        "a grid that is too large",
        "The parameters and metrics of every combination are held in memory while a sweep runs, so there is a limit. "
        "A sample of a large grid says nearly as much: --sample N draws it without replacement.",
    ),
)
