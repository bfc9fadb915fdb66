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
    for one, other in pairwise(order):
        common = _alike(names[one], names[other])
        shared[one] = max(shared[one], common)
        shared[other] = max(shared[other], common)
    short = [_short(name, alike, limit) for name, alike in zip(names, shared, strict=True)]
    return _told_apart(names, short, limit)


def _told_apart(names: Sequence[str], short: list[str], limit: int) -> list[str]:
    """Names that differ in a place that the gap has swallowed (two sweeps with runs of the same names) show it."""
    same: dict[str, list[int]] = {}
    for at, one in enumerate(short):
        same.setdefault(one, []).append(at)
    seen: dict[str, int] = {}
    for places in same.values():
        if len({names[at] for at in places}) < 2:
            continue
        first = min(_alike(names[one], names[other]) for one, other in pairwise(places))
        for at in places:
            name = names[at]
            begin = max(0, first - HEAD // 2)
            tail = max(4, limit - HEAD - 2 * HEAD - 2)
            short[at] = f"{name[:HEAD]}{GAP}{name[begin : begin + 2 * HEAD]}{GAP}{name[-tail:]}"
            seen[short[at]] = seen.get(short[at], 0) + 1
    return [names[at] if seen.get(one, 0) > 1 else one for at, one in enumerate(short)]


def _alike(one: str, other: str) -> int:
    """Characters both begin with."""
    return next((at for at, (a, b) in enumerate(zip(one, other, strict=False)) if a != b), min(len(one), len(other)))


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
