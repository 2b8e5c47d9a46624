"""R5xxx: what a run needs and does not find."""

from __future__ import annotations

from radar.spec.codes.code import Code

CODES = (
    Code(
        "R5001",
        "a secret is not set",
        "${secret:NAME} is looked up when the run needs it: in the variable RADAR_SECRET_NAME, then in the file "
        "NAME of the folder that RADAR_SECRETS names.",
    ),
    Code(
        "R5002",
        "no candles of an asset were passed in",
        "radar.backtest and radar.evaluate took candles as tables, and one asset of the pipeline has none at the clock "
        "that is needed. A store named by data= serves whatever the tables do not have.",
    ),
    Code(
        "R5003",
        "no bar to trade in the period",
        "An asset has no candle between --from and --to, or fewer than the history that the pipeline needs before its "
        "first decision (radarctl plan shows it as warm-up). radarctl data list shows what the store holds.",
    ),
    Code(
        "R5004",
        "a series that a node needs is missing",
        "A source of funding or of open interest is wired in, and the store has no such series of an asset. Import it, "
        "or leave the asset out with --asset.",
    ),
    Code(
        "R5005",
        "open interest is recorded too seldom",
        "A change over a time that is shorter than the distance of the readings cannot be known. Ask for a longer "
        "change, or import readings that lie closer together.",
    ),
    Code(
        "R5006",
        "a folder does not exist",
        "The folder of values (--config, RADAR_CONFIG) or the store of market data (--data, RADAR_DATA, else data in "
        "the working folder) is not there.",
    ),
    Code(
        "R5007",
        "a back-test without an executor",
        "Without a node such as broker: {executor: account, in: guard} no order is filled and there is nothing to "
        "report. radarctl evaluate shows the values of nodes without one.",
    ),
    Code(
        "R5008",
        "unknown node or output",
        "What is to be shown is named NODE or NODE.OUTPUT, as the pipeline file does. radarctl graph "
        "shows them with their outputs.",
    ),
    Code(
        "R5009",
        "not a result that can be made again",
        "radarctl reproduce reads a file that radarctl backtest --out (or -o json) wrote: the pipeline, its values, "
        "the period and the digests are in it. Another file, or one that was edited, cannot be run.",
    ),
    Code(
        "R5010",
        "the store has no such series",
        "radarctl check --data DIR looks whether the store has candles of every asset at the clocks that a pipeline "
        "reads, and the funding and open interest that its nodes read. radarctl data list shows what there is.",
    ),
    Code(
        "R5011",
        "no funding to book",
        "The store has no funding of an asset. A back-test runs and books none, so what it reports for positions that "
        "are held across settlements is too good or too bad.",
        severity="warning",
    ),
    Code(
        "R5012",
        "a sweep of several accounts",
        "A combination of a sweep is one row of metrics, which are those of one account. Wire the gates of all "
        "strategies into one executor (in: [guard, other_guard]), or give each account a pipeline of its own.",
    ),
    Code(
        "R5013",
        "a journal that cannot be written",
        "The file that a journal names cannot be written, because its folder does not exist and cannot be made, or may "
        "not be written to. The run itself has ended well; its result is not kept there.",
    ),
    Code(
        "R5014",
        "no such preset",
        "--preset names a block of config/portfolios.yaml. Without a pipeline on the command line the preset must name "
        "one, by its path from the folder that holds the configuration folder.",
    ),
    Code(
        "R5015",
        "a run that cannot go on with something else",
        "The ledger of a run was begun with another pipeline, other values, other code that decides, or at another "
        "instant. Going on would make a ledger that no back-test repeats. Put back what was, or begin a new run with "
        "--run NAME.",
    ),
    Code(
        "R5016",
        "the replayed data have changed",
        "A run that replays a store goes on behind the last event that it took. The store no longer has that event at "
        "that place: series were replaced, or others were added before it. New rows behind the last ones are no harm.",
    ),
    Code(
        "R5017",
        "no checkpoint that can be restored",
        "Every checkpoint that the ledger of a run keeps is damaged or of a newer Radar. What the run was told and did "
        "is still in the file; radarctl paper --verify RUN reads it.",
    ),
    Code(
        "R5018",
        "not a name of a run",
        "A run is named by --run NAME, which is also the name of its ledger's file, so that it must be one on every "
        "system.",
    ),
    Code(
        "R5019",
        "the environment names a strategy that cannot be chosen",
        "ACTIVE_STRATEGIES and FORCE_STRATEGIES are comma lists of strategies, by the name of their values or of their "
        "node. A name must be known, and a strategy that ACTIVE_STRATEGIES leaves out must have an asset gate of its "
        "own, or it would trade.",
    ),
)
