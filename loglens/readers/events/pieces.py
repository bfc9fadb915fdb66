"""What decoding a buffer gives: points by tag, and what else was there, each with its place in the buffer."""

from __future__ import annotations

from collections.abc import Iterator
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
            np.concatenate([one.order for one in pieces]),
            np.concatenate([one.steps for one in pieces]),
            np.concatenate([one.walls for one in pieces]),
            np.concatenate([one.values for one in pieces]),
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

    def between(self, begin: int, end: int) -> Decoded:
        """What stands in the bytes from `begin` to `end`."""
        part = Decoded(
            damaged=[place for place in self.damaged if begin <= place < end],
            undecodable=[place for place in self.undecodable if begin <= place < end],
            restarts=[pair for pair in self.restarts if begin <= pair[0] < end],
            passed=[pair for pair in self.passed if begin <= pair[0] < end],
            hparams=[pair for pair in self.hparams if begin <= pair[0] < end],
        )
        for piece in self.pieces:
            first, last = np.searchsorted(piece.order, (begin, end)).tolist()
            if first < last:
                part.pieces.append(piece.where(slice(first, last)))
        return part
