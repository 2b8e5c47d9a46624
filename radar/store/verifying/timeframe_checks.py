"""Series of one asset against each other: a coarse bar must be the sum of its fine bars."""

from __future__ import annotations

from typing import Final

import numpy as np

from radar.market.timeframe import Timeframe
from radar.store.instants import format_instant
from radar.store.series import Candles, Floats, Times
from radar.store.verifying.finding import Finding

__all__ = ["check_against_finer"]

_VALUE_TOLERANCE: Final = 1e-9
_VOLUME_TOLERANCE: Final = 1e-6


def check_against_finer(coarse: Candles, fine: Candles) -> list[Finding]:
    """Bars that differ from the aggregate of their fine bars, over the bars whose fine bars are all there.

    A last bar with the right open but less volume and no wider range than its fine bars was stored before it closed,
    and is reported as that. Both series must be in order.
    """
    whole, part = coarse.key.timeframe, fine.key.timeframe
    assert whole is not None
    assert part is not None
    time, *aggregate = _aggregate(fine, whole, whole.milliseconds // part.milliseconds)
    common, rows, sums = np.intersect1d(coarse.time, time, assume_unique=True, return_indices=True)
    if not len(common):
        return []
    names = ("open", "high", "low", "close", "volume")
    pairs = [(getattr(coarse, name)[rows], values[sums]) for name, values in zip(names, aggregate, strict=True)]
    differs = [
        ~np.isclose(mine, theirs, rtol=_VOLUME_TOLERANCE if name == "volume" else _VALUE_TOLERANCE, atol=0)
        for name, (mine, theirs) in zip(names, pairs, strict=True)
    ]
    wrong = np.logical_or.reduce(differs)
    findings = []
    if wrong[-1] and common[-1] == coarse.time[-1]:
        (o, so), (h, sh), (low, sl), _, (v, sv) = [(float(a[-1]), float(b[-1])) for a, b in pairs]
        if o == so and h <= sh and low >= sl and v < sv:
            at = int(common[-1])
            message = (
                f"the last bar, {format_instant(at)}, was stored before it closed: "
                f"its volume is {v:g}, its {part} bars add up to {sv:g}"
            )
            findings.append(Finding("data-open-bar", "warning", str(coarse.key), at, message))
            wrong[-1] = False
    places = np.flatnonzero(wrong)
    if len(places):
        row = int(places[0])
        at = int(common[row])
        detail = ", ".join(
            f"{name} {float(mine[row])!r} against {float(theirs[row])!r}"
            for name, (mine, theirs), bad in zip(names, pairs, differs, strict=True)
            if bad[row]
        )
        message = (
            f"{len(places)} of {len(common)} bars differ from their {part} bars, first {format_instant(at)}: {detail}"
        )
        findings.append(Finding("data-timeframes-differ", "warning", str(coarse.key), at, message, len(places)))
    return findings


def _aggregate(fine: Candles, whole: Timeframe, members: int) -> tuple[Times, Floats, Floats, Floats, Floats, Floats]:
    buckets = fine.time - fine.time % whole.milliseconds
    starts = np.flatnonzero(np.concatenate(([True], buckets[1:] != buckets[:-1])))
    counts = np.diff(np.append(starts, len(buckets)))
    full = counts == members
    return (
        buckets[starts][full],
        fine.open[starts][full],
        np.maximum.reduceat(fine.high, starts)[full],
        np.minimum.reduceat(fine.low, starts)[full],
        fine.close[starts + counts - 1][full],
        np.add.reduceat(fine.volume, starts)[full],
    )
