"""What to tell when a series is not in a store, or in it more than once."""

from __future__ import annotations

from collections.abc import Sequence
from difflib import get_close_matches
from pathlib import Path

from radar.errors import DataError
from radar.market.timeframe import Timeframe
from radar.store.layout import Kind, Market, SeriesKey, find_series

__all__ = ["missing_series", "several_venues"]


def missing_series(
    folder: Path, kind: Kind, asset: str, timeframe: Timeframe | None, venue: str | None, market: Market
) -> DataError:
    """The error for a series that is not there: what is there instead, and the import that would bring it."""
    asset = asset.upper()
    stored = [key for key, _ in find_series(folder) if key.kind == kind]
    length = "" if timeframe is None else f" {timeframe}"
    place = f"{market} of {venue}" if venue else market
    command = ["radarctl data import FILE", f"--venue {venue or 'NAME'}", f"--market {market}", f"--asset {asset}"]
    if timeframe is not None:
        command.append(f"--timeframe {timeframe}")
    return DataError(
        f"the store {folder} has no{length} {kind.replace('_', ' ')} of {asset} ({place})",
        expected=_instead(stored, asset, market, venue),
        next_step=" ".join(command),
        code="data-missing",
    )


def several_venues(found: Sequence[SeriesKey]) -> DataError:
    """The error for a series that more than one venue has while none was named."""
    venues = ", ".join(key.venue for key in found)
    length = "" if found[0].timeframe is None else f" {found[0].timeframe}"
    return DataError(
        f"{len(found)} venues have{length} {found[0].kind.replace('_', ' ')} of {found[0].asset}: {venues}",
        expected="one venue",
        next_step=f"name the venue, for example --venue {found[0].venue}",
        code="data-venue-ambiguous",
    )


def _instead(stored: Sequence[SeriesKey], asset: str, market: Market, venue: str | None) -> str:
    same = [key for key in stored if key.asset == asset]
    if same:
        exact = [key for key in same if key.market == market and venue in (None, key.venue)]
        return "one of the series it has: " + ", ".join(str(key) for key in exact or same)
    assets = sorted({key.asset for key in stored})
    if not assets:
        return "a series that was imported; it has none of this kind"
    near = get_close_matches(asset, assets, n=3, cutoff=0.5)
    if near:
        return "one of the nearest assets it has: " + ", ".join(near)
    return "one of the assets it has: " + ", ".join(assets[:12]) + (" ..." if len(assets) > 12 else "")
