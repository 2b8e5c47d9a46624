"""Which series there can be, and the one file that each has inside a store's folder.

::

    candles/VENUE/MARKET/ASSET/TIMEFRAME.parquet
    open_interest/VENUE/MARKET/ASSET/TIMEFRAME.parquet
    funding/VENUE/MARKET/ASSET.parquet

MARKET is ``perp`` or ``spot``: their prices differ, so they never share a key. ASSET is the base coin when it is
quoted in USDT (``BTC``) and base and quote otherwise (``XRP-BTC``).
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Final, Literal, get_args

from radar.errors import DataError, InvalidValueError
from radar.market.timeframe import Timeframe

__all__ = [
    "DEFAULT_QUOTE",
    "Kind",
    "Market",
    "SeriesKey",
    "asset_name",
    "find_series",
    "find_strays",
    "read_kind",
    "read_market",
]

Kind = Literal["candles", "funding", "open_interest"]
Market = Literal["perp", "spot"]

DEFAULT_QUOTE: Final = "USDT"
_COLUMNS: Final[dict[Kind, tuple[str, ...]]] = {
    "candles": ("open", "high", "low", "close", "volume"),
    "funding": ("rate",),
    "open_interest": ("open_interest", "open_interest_value"),
}
_NAME: Final = {"venue": re.compile(r"[a-z0-9][a-z0-9_]*"), "asset": re.compile(r"[A-Z0-9]+(-[A-Z0-9]+)?")}
# Windows keeps these names for devices, whatever the extension: a store must be movable between systems.
_DEVICES: Final = frozenset({"CON", "PRN", "AUX", "NUL", *(f"{port}{n}" for port in ("COM", "LPT") for n in range(10))})


@dataclass(frozen=True, slots=True)
class SeriesKey:
    """What a series is: its kind, where it was traded, which asset and, but for funding, which timeframe.

    Args:
        kind: ``candles``, ``funding`` or ``open_interest``.
        venue: The exchange in lower case, such as ``binance``.
        market: ``perp`` or ``spot``.
        asset: ``BTC``, or ``XRP-BTC`` when the quote is not USDT.
        timeframe: The bar's length; None for funding and only for it.

    Raises:
        DataError: A part has a form that cannot name a file.
    """

    kind: Kind
    venue: str
    market: Market
    asset: str
    timeframe: Timeframe | None = None

    def __post_init__(self) -> None:
        read_kind(self.kind)
        read_market(self.market)
        for part, value in (("venue", self.venue), ("asset", self.asset)):
            if not _NAME[part].fullmatch(value) or value.upper() in _DEVICES:
                raise DataError(
                    f"{value!r} cannot be the {part} of a series",
                    expected="a venue like binance (lower case)" if part == "venue" else "an asset like BTC or XRP-BTC",
                    code="data-name",
                )
        if (self.timeframe is None) != (self.kind == "funding"):
            need = "no timeframe" if self.kind == "funding" else "a timeframe"
            raise DataError(f"a series of {self.kind} takes {need}", code="data-name")

    def __str__(self) -> str:
        return self.relative_path.with_suffix("").as_posix()

    @property
    def quote(self) -> str:
        """The quote coin, such as ``USDT``."""
        return self.asset.partition("-")[2] or DEFAULT_QUOTE

    @property
    def symbol(self) -> str:
        """The full name, such as ``BTC-USDT-PERP`` or ``XRP-BTC``."""
        base = self.asset.partition("-")[0]
        return f"{base}-{self.quote}" + ("-PERP" if self.market == "perp" else "")

    @property
    def columns(self) -> tuple[str, ...]:
        """The value columns of a file of this kind, behind ``time``."""
        return _COLUMNS[self.kind]

    @property
    def relative_path(self) -> Path:
        """The file's place inside the store."""
        folder = Path(self.kind, self.venue, self.market)
        if self.timeframe is None:
            return folder / f"{self.asset}.parquet"
        return folder / self.asset / f"{self.timeframe}.parquet"

    @classmethod
    def from_path(cls, relative: Path) -> SeriesKey | None:
        """The series whose file lies at `relative` inside a store, or None when no series may lie there."""
        parts = relative.with_suffix("").parts
        if relative.suffix != ".parquet" or len(parts) not in (4, 5):
            return None
        try:
            timeframe = Timeframe.parse(parts[4]) if len(parts) == 5 else None
            key = cls(read_kind(parts[0]), parts[1], read_market(parts[2]), parts[3], timeframe)
        except (DataError, InvalidValueError):
            return None
        return key if key.relative_path.parts == relative.parts else None


def read_kind(text: str) -> Kind:
    """`text` as a kind of series.

    Raises:
        DataError: It is none of them.
    """
    for kind in get_args(Kind):
        if text == kind:
            return kind  # type: ignore[no-any-return]
    raise DataError(f"{text!r} is not a kind of series", expected=", ".join(get_args(Kind)), code="data-name")


def read_market(text: str) -> Market:
    """`text` as a type of market.

    Raises:
        DataError: It is none of them.
    """
    for market in get_args(Market):
        if text == market:
            return market  # type: ignore[no-any-return]
    raise DataError(f"{text!r} is not a type of market", expected=", ".join(get_args(Market)), code="data-name")


def asset_name(base: str, quote: str | None) -> str:
    """The name of an asset in a store: ``BTC`` when quoted in USDT, else ``BASE-QUOTE``; upper case."""
    base, quote = base.upper(), (quote or DEFAULT_QUOTE).upper()
    return base if quote == DEFAULT_QUOTE else f"{base}-{quote}"


def find_series(folder: Path) -> Iterator[tuple[SeriesKey, Path]]:
    """Every series below a store's folder with its file, in the order of their names."""
    for kind in get_args(Kind):
        for path in sorted((folder / kind).rglob("*.parquet")):
            key = SeriesKey.from_path(path.relative_to(folder))
            if key is not None:
                yield key, path


def find_strays(folder: Path) -> Iterator[Path]:
    """Every Parquet file below a store's folder that is not the file of any series."""
    for path in sorted(folder.rglob("*.parquet")):
        if SeriesKey.from_path(path.relative_to(folder)) is None:
            yield path
