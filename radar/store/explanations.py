"""What every code of a data error or finding means and what helps, for ``radarctl explain``."""

from __future__ import annotations

from typing import Final

__all__ = ["EXPLANATIONS"]

EXPLANATIONS: Final[dict[str, str]] = {
    # Reading a store
    "data-no-store": (
        "The folder that should hold the market data does not exist. Import a file into it, or point --data or "
        "RADAR_DATA at a store."
    ),
    "data-missing": (
        "The store has no such series. The message lists the nearest ones it has and the import that would bring "
        "the one asked for."
    ),
    "data-venue-ambiguous": "Several exchanges have the series, and their prices differ. Name the one to use.",
    "data-store-file": (
        "A file in the store cannot be read or has other columns than its kind of series needs. Delete it and "
        "import the series again."
    ),
    "data-store-order": (
        "Times do not strictly increase. Imports always store them in order, so the file was made by another "
        "program: move it out of the store and import it."
    ),
    "data-locked": "Another process is writing to the store. Wait for it to end.",
    "data-name": (
        "A venue, market, asset or kind of series is spelled in a way that cannot name a file. Venues are lower "
        "case (binance), assets upper case (BTC, or XRP-BTC when not quoted in USDT), markets perp or spot."
    ),
    "timeframe-invalid": (
        "A timeframe is a whole number of minutes, hours or one day that divides a day: 1m, 5m, 15m, 1h, 4h, 1d."
    ),
    # Importing
    "data-no-file": "The path leads to no file, or to a folder without any file of a readable format.",
    "data-empty": "There are no rows of data.",
    "data-damaged": "The file is cut off or corrupt, or is not what its ending says. Fetch it again.",
    "data-not-text": "The file is neither Parquet, Feather nor Arrow, nor text in UTF-8.",
    "data-fields": (
        "A line of the text file has another number of fields than the others, or nothing separates fields."
    ),
    "data-column": (
        "A column that the series needs was not found. Name it with --column ROLE=NAME, where ROLE is time, open,"
        " high, low, close, volume, rate, open_interest or open_interest_value."
    ),
    "data-column-ambiguous": "Two columns may play the same role and hold different values. Name one with --column.",
    "data-kind": (
        "It is not clear whether the file holds candles, funding or open interest, or it holds none of them. Mark"
        " and index prices are not candles of trades."
    ),
    "data-not-a-number": "A cell that must be a number is empty or something else. Nothing of the file was imported.",
    "data-not-a-time": "A cell that must be an instant is empty or something else. Nothing of the file was imported.",
    "data-time-unit": (
        "The unit of the times changes inside the file, for example from milliseconds to microseconds. Split the "
        "file there."
    ),
    "data-timeframe": "The distance between the rows is no timeframe, or not the one that was said.",
    "data-unnamed": (
        "Neither the file nor its name tells which venue, market or asset it is of. Say it with options. The "
        "market is never assumed, because spot and perpetual prices differ."
    ),
    "data-asset-ambiguous": (
        "The file holds several assets, or its name and content disagree. A file is of one asset."
    ),
    "data-conflict": (
        "Two rows have the same time and different values. --replace keeps the later one; without it the store "
        "stays as it was."
    ),
    # Verifying
    "data-duplicate": "Rows share a time. Imports store one of equal rows; the file was made by another program.",
    "data-misaligned": (
        "Bars must open at whole multiples of their timeframe since 1970-01-01 00:00 UTC, settlements happen on "
        "the hour. Such times come from another time zone or unit."
    ),
    "data-gap": (
        "Rows are missing between their neighbours: the exchange stood still, nobody traded, or a download left "
        "something out. Nothing is filled in; indicators see the next bar as it comes."
    ),
    "data-open-bar": (
        "The last bar was stored before it closed, so its high, low, close and volume are not final. It is "
        "certain when the bar closes in the future or its finer bars add up to more, and a suspicion when only "
        "its volume is far below the usual. Import the bar again with --replace."
    ),
    "data-not-finite": "Values are NaN or infinite, or an open interest is not above zero.",
    "data-price": "A price is zero or negative.",
    "data-ohlc": "The open or the close lies outside the range from low to high.",
    "data-volume": "A volume is negative, which no source can mean: the file is wrong there.",
    "data-zero-volume": "Bars without a trade. Long runs mean a halted market, or bars that a source filled in.",
    "data-outlier-range": (
        "The range of a bar is more than 20 times the usual of its time. Crashes and listings look like this, and"
        " so do wrong ticks: compare with another exchange."
    ),
    "data-outlier-jump": "A bar opens far from the close before it, while bars follow each other without a gap.",
    "data-timeframes-differ": (
        "A bar is not the sum of its finer bars. One of the files was changed by its exchange or its source after"
        " the fact."
    ),
    "data-stamp": (
        "Stamps lie some milliseconds after their instant, as exchanges write them. They are floored to the "
        "minute when read; the file keeps them."
    ),
    "data-funding-interval": (
        "The market switched the interval of its funding. Radar pays at the stamps that are there."
    ),
    "data-funding-unit": "Rates are so large that they are probably percent, not fractions of notional.",
    "data-funding-coverage": "There are bars without any settlement around them: a back-test books no funding there.",
    "data-stray-file": "A Parquet file lies in the store where no series is looked for, so it is never read.",
    # The ledger of a run
    "ledger-full": (
        "The disk has no room for what a run did. The transaction that did not fit is not there, and all before it is: "
        "make room and give the same command again."
    ),
    "ledger-locked": (
        "Another program holds the file of a run, such as a database browser with an open transaction. Radar waited "
        "five seconds for it."
    ),
    "ledger-in-use": "Another process of Radar has the run. A run is followed by one process at a time.",
    "ledger-damaged": (
        "The file of a run is not what was written: it was cut off, overwritten, or copied while it was in use. Copy a "
        "file together with its -wal file, or stop the run first."
    ),
    "ledger-unusable": (
        "The file of a run cannot be opened, is a file of another program, holds no run, or was made by a newer Radar. "
        "The message says which."
    ),
}
