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
    return [_short(name, alike, limit) for name, alike in zip(names, shared, strict=True)]


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
