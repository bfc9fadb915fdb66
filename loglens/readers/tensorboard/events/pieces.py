"""What decoding a buffer gives: points by tag, and what else was there, each with its place in the buffer."""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field, replace
from itertools import pairwise
from typing import Any

import numpy as np
from numpy.typing import NDArray

from loglens.model.run import FloatArray, IntArray, Setting


@dataclass(frozen=True, slots=True, eq=False)
class Piece:
    """Points of one tag, in order of writing. `order` (n,): where in the buffer each stood, never falling."""

    tag: int
    order: IntArray
    steps: IntArray
    walls: FloatArray
    values: FloatArray

    def where(self, which: slice | NDArray[Any]) -> Piece:
        """These of its points: a slice, a mask or an order."""
        return Piece(self.tag, self.order[which], self.steps[which], self.walls[which], self.values[which])

    def by_tag(self, tags: NDArray[np.integer[Any]]) -> Iterator[Piece]:
        """The points of each tag; `tags` (n,): the number of each point's tag."""
        if not len(tags):
            return
        narrow = tags.astype(np.uint16) if int(tags.max()) < 1 << 16 else tags  # sorted by radix, in linear time
        order = np.argsort(narrow, kind="stable")
        tags, sorted_ = tags[order], self.where(order)
        bounds = [0, *(np.flatnonzero(np.diff(tags)) + 1).tolist(), len(tags)]
        for begin, end in pairwise(bounds):
            yield replace(sorted_.where(slice(begin, end)), tag=int(tags[begin]))

    @classmethod
    def joined(cls, pieces: list[Piece]) -> Piece:
        """One piece of several of one tag."""
        if len(pieces) == 1:
            return pieces[0]
        together = cls(
            pieces[0].tag,
            np.concatenate([piece.order for piece in pieces]),
            np.concatenate([piece.steps for piece in pieces]),
            np.concatenate([piece.walls for piece in pieces]),
            np.concatenate([piece.values for piece in pieces]),
        )
        return together.where(np.argsort(together.order, kind="stable"))


@dataclass(slots=True)
class Decoded:
    """What was in a buffer. Places are those of a payload's first byte; in pairs they come first."""

    pieces: list[Piece] = field(default_factory=list)
    damaged: list[int] = field(default_factory=list)
    undecodable: list[int] = field(default_factory=list)
    restarts: list[tuple[int, int]] = field(default_factory=list)
    passed: list[tuple[int, str]] = field(default_factory=list)
    hparams: list[tuple[int, dict[str, Setting]]] = field(default_factory=list)

    def split(self, begins: Sequence[int]) -> list[Decoded]:
        """What stands from each of these places, which never fall, up to the next; after the last one up to the end."""
        parts = [Decoded() for _ in begins]

        def at(place: int) -> Decoded:
            return parts[bisect_right(begins, place) - 1]

        for piece in self.pieces:
            bounds = [*np.searchsorted(piece.order, begins).tolist(), len(piece.order)]
            for part, (first, last) in zip(parts, pairwise(bounds), strict=True):
                if first < last:
                    part.pieces.append(piece.where(slice(first, last)))
        for place in self.damaged:
            at(place).damaged.append(place)
        for place in self.undecodable:
            at(place).undecodable.append(place)
        for restart in self.restarts:
            at(restart[0]).restarts.append(restart)
        for passed in self.passed:
            at(passed[0]).passed.append(passed)
        for found in self.hparams:
            at(found[0]).hparams.append(found)
        return parts
