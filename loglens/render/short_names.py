"""Long names that stand in a list: shortened where they say the same, never where they differ."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import pairwise

GAP = "…"
HEAD = 8
"""Characters of the beginning that are kept whatever follows."""


def shortened(names: Sequence[str], limit: int) -> list[str]:
    """The names in their order, each at most `limit` characters where that can be: the gap stands in what a name has in
    common with the ones it would be mistaken for."""
    order = sorted(range(len(names)), key=lambda at: names[at])
    shared = [0] * len(names)
    for place, other in pairwise(order):
        common = _alike(names[place], names[other])
        shared[place] = max(shared[place], common)
        shared[other] = max(shared[other], common)
    short = [_short(name, alike, limit) for name, alike in zip(names, shared, strict=True)]
    return _told_apart(names, short, shared, limit)


def _told_apart(names: Sequence[str], short: list[str], shared: Sequence[int], limit: int) -> list[str]:
    """Names that differ in a place that the gap has swallowed (two sweeps with runs of the same names) show that place
    and the one by which they differ from their neighbours; where even that does not tell them apart, the whole name."""
    for places in _same(names, short):
        alike = {_alike(names[place], names[other]) for place, other in pairwise(places)}
        # the last difference first: what begins alike (a team, a year) often tells fewer names apart
        for at_place in sorted(alike, reverse=True):
            tried = [_around(names[at], (at_place, shared[at]), limit) for at in places]
            if len(set(tried)) == len({names[at] for at in places}):
                break
        for at, name in zip(places, tried, strict=True):
            short[at] = name
    for places in _same(names, short):
        for at in places:
            short[at] = names[at]
    return short


def _same(names: Sequence[str], short: Sequence[str]) -> list[list[int]]:
    """The places of names that differ and were shortened to the same."""
    found: dict[str, list[int]] = {}
    for at, name in enumerate(short):
        found.setdefault(name, []).append(at)
    return [places for places in found.values() if len({names[at] for at in places}) > 1]


def _around(name: str, differing: tuple[int, int], limit: int) -> str:
    """The beginning of the name and what stands around the two places by which it differs from others."""
    room = max(4, (limit - HEAD - 3 * len(GAP)) // 2)
    before = room * 2 // 3
    said, end = name[:HEAD], HEAD
    for place in sorted(differing):
        start = max(0, min(place - before, len(name) - room))
        said += (GAP if start > end else "") + name[max(start, end) : start + room]
        end = max(end, start + room)
    return said + (GAP if end < len(name) else "")


def _alike(name: str, other: str) -> int:
    """Characters both begin with."""
    return next((at for at, (a, b) in enumerate(zip(name, other, strict=False)) if a != b), min(len(name), len(other)))


def _short(name: str, alike: int, limit: int) -> str:
    """`alike`: how far the name says what its neighbour says too."""
    if len(name) <= limit:
        return name
    head = min(HEAD, alike)
    room = limit - head - len(GAP)
    if len(name) - alike <= room:
        # from somewhere in the common part to the end
        return name[:head] + GAP + name[len(name) - room :]
    # what differs is longer than there is room: its beginning tells the names apart
    start = max(head, alike - 2)
    shown = limit - head - 2 * len(GAP) if start > head else limit - len(GAP)
    begin = name[:head] + GAP + name[start : start + shown] if start > head else name[: limit - len(GAP)]
    return begin + GAP
