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
        "Leave one of the two out, or sweep NODE.PARAM instead of the block.",
    ),
)
