"""What a file's name and folders tell about the series inside: ``binance/futures/BTC_USDT_USDT-1h-futures.feather``."""

from __future__ import annotations

import re
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from radar.errors import InvalidValueError
from radar.market.timeframe import Timeframe
from radar.store.importing.source_file import series_name
from radar.store.layout import Kind, Market, SeriesKey

__all__ = ["NameEvidence", "read_name", "read_symbol"]

_VENUES: Final = frozenset(
    {
        "binance",
        "bitfinex",
        "bitget",
        "bitmex",
        "bitstamp",
        "bittrex",
        "bingx",
        "bybit",
        "coinbase",
        "cryptocom",
        "deribit",
        "dydx",
        "gate",
        "gateio",
        "htx",
        "huobi",
        "hyperliquid",
        "kraken",
        "kucoin",
        "mexc",
        "okex",
        "okx",
        "phemex",
        "poloniex",
        "woo",
    }
)
_MARKETS: Final[dict[str, Market]] = {
    **dict.fromkeys(("futures", "perp", "perpetual", "perps", "swap", "linear", "usdm", "um"), "perp"),
    "spot": "spot",
}
_KINDS: Final[dict[str, Kind]] = {
    **dict.fromkeys(("candles", "klines", "ohlcv"), "candles"),
    **dict.fromkeys(("funding", "funding_rate", "funding_rates", "fundingrate"), "funding"),
    **dict.fromkeys(("open_interest", "openinterest", "oi"), "open_interest"),
}
# Concatenated symbols are split only before these: with BTC or ETH in the list, WBTC would become W quoted in BTC.
_JOINED: Final = re.compile(r"([A-Z0-9]{2,}?)(USDT|USDC|FDUSD|BUSD|TUSD|USD)(PERP)?")
_APART: Final = re.compile(r"([A-Z0-9]+)[-_/]([A-Z]{3,5})(?::[A-Z]+|[-_](PERP|SWAP|PERPETUAL))?")
_FREQTRADE: Final = re.compile(
    r"([A-Z0-9]+)_([A-Z0-9]+)(_[A-Z0-9]+)?-(\d+[mhd])(?:-(futures|mark|funding_rate|spot|index))?"
)
_FOLDERS_READ: Final = 5


@dataclass(frozen=True, slots=True)
class NameEvidence:
    """What names tell; None is "they do not tell". ``price`` is ``mark`` or ``index`` for such candles."""

    kind: Kind | None = None
    venue: str | None = None
    market: Market | None = None
    base: str | None = None
    quote: str | None = None
    timeframe: Timeframe | None = None
    price: str | None = None
    rate_in_open: bool = False


def read_name(path: Path) -> NameEvidence:
    """The evidence of a file's name and of its five nearest folders; a nearer name outweighs a farther one."""
    parts = (*path.absolute().parent.parts[-_FOLDERS_READ:], series_name(path))
    key = _own_layout(parts)
    if key is not None:
        base, _, quote = key.asset.partition("-")
        return NameEvidence(key.kind, key.venue, key.market, base, quote or "USDT", key.timeframe)
    nearest = [re.split(r"[-_. ]", part.lower()) for part in reversed(parts)]
    words = [word for group in nearest for word in group]
    whole = [part.lower() for part in reversed(parts)]
    freqtrade = _FREQTRADE.fullmatch(parts[-1])
    symbol = next((found for part in reversed(parts) if (found := _symbol_in(part))), (None, None, None))
    market = symbol[2] or next((_MARKETS[word] for word in words if word in _MARKETS), None)
    kind = next((_KINDS[name] for name in (*whole, *words) if name in _KINDS), None)
    venue = next((word for word in words if word in _VENUES), None)
    if freqtrade is not None:
        what = freqtrade[5]
        market = "perp" if freqtrade[3] or what in ("futures", "funding_rate") else market or "spot"
        kind = "funding" if what == "funding_rate" else "candles"
        symbol = (freqtrade[1], freqtrade[2], market)
    elif "funding" in parts[-1].lower():
        kind = "funding"
    if len(parts) >= 4 and parts[-4] in ("candles", "mark", "open_interest"):
        venue = venue or parts[-4 + 1].lower()
        market = market or ("spot" if symbol[1] else None)
    price = next((word for word in (*nearest[0], *whole) if word in ("mark", "index")), None)
    return NameEvidence(
        kind,
        venue,
        market,
        symbol[0],
        symbol[1],
        _timeframe_in(words),
        price,
        rate_in_open=freqtrade is not None and freqtrade[5] == "funding_rate",
    )


def read_symbol(text: str) -> tuple[str | None, str | None, Market | None]:
    """Base, quote and market of a symbol as exchanges write it: ``BTCUSDT``, ``BTC-USDT-SWAP``, ``BTC/USDT:USDT``.

    A part that the text does not tell is None; a text of another form is taken as the base coin.
    """
    text = text.strip().upper()
    match = _APART.fullmatch(text)
    if match is not None:
        return match[1], match[2], "perp" if match[3] or ":" in text else None
    match = _JOINED.fullmatch(text)
    if match is not None:
        return match[1], match[2], "perp" if match[3] else None
    return (text, None, None) if re.fullmatch(r"[A-Z0-9]+", text) else (None, None, None)


def _symbol_in(part: str) -> tuple[str, str, Market | None] | None:
    match = (
        _APART.search(part) if re.search(r"(?<![A-Za-z0-9])[A-Z0-9]+[-_](USDT|USDC|USD|BTC|ETH|EUR)", part) else None
    )
    if match is not None:
        return match[1], match[2], "perp" if match[3] else None
    for word in re.split(r"[-_. ]", part):
        found = _JOINED.fullmatch(word.upper())
        if found is not None:
            return found[1], found[2], "perp" if found[3] else None
    return None


def _own_layout(parts: tuple[str, ...]) -> SeriesKey | None:
    for length in (5, 4):
        if len(parts) >= length:
            key = SeriesKey.from_path(Path(*parts[-length:]).with_name(parts[-1] + ".parquet"))
            if key is not None:
                return key
    return None


def _timeframe_in(words: list[str]) -> Timeframe | None:
    for word in words:
        try:
            return Timeframe.parse(word)
        except InvalidValueError:
            continue
    return None
