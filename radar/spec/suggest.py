"""Did you mean: the valid names that are closest to a wrong one."""

from __future__ import annotations

from collections.abc import Iterable
from difflib import SequenceMatcher

__all__ = ["distance", "nearest"]

_MOST_EDITS = 2
_LEAST_RATIO = 0.75
_LONGEST = 64


def distance(first: str, second: str) -> int:
    """Damerau-Levenshtein distance, restricted form: insertions, deletions, substitutions and swaps of neighbours."""
    before: list[int] = []
    row = list(range(len(second) + 1))
    for i, left in enumerate(first, 1):
        above, row = row, [i]
        for j, right in enumerate(second, 1):
            cost = min(above[j] + 1, row[j - 1] + 1, above[j - 1] + (left != right))
            if i > 1 and j > 1 and left == second[j - 2] and first[i - 2] == right:
                cost = min(cost, before[j - 2] + 1)
            row.append(cost)
        before = above
    return row[-1]


def nearest(word: str, candidates: Iterable[str], limit: int = 3) -> tuple[str, ...]:
    """At most ``limit`` of ``candidates`` that ``word`` probably meant, best first; one alone when it is clear.

    A candidate counts with at most two edits (fewer for short words), with a similarity of 0.75 or more, or when one
    is the other with something in front or behind. Case does not count.
    """
    if not word or len(word) > _LONGEST:
        return ()
    wanted = word.lower()
    edits_allowed = min(_MOST_EDITS, max(1, len(word) // 3))
    scored: list[tuple[float, str]] = []
    for candidate in dict.fromkeys(candidates):
        offered = candidate.lower()
        edits = distance(wanted, offered)
        contained = min(len(wanted), len(offered)) >= 2 and (wanted in offered or offered in wanted)
        if edits <= edits_allowed or contained or SequenceMatcher(None, wanted, offered).ratio() >= _LEAST_RATIO:
            scored.append((edits, candidate))
    scored.sort()
    if scored and scored[0][0] <= 1 and (len(scored) == 1 or scored[1][0] > scored[0][0]):
        return (scored[0][1],)
    return tuple(candidate for _, candidate in scored[:limit])
