"""Pieces of columns put together, file by file and in order of writing."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from typing import Any

import numpy as np
from numpy.typing import NDArray

from loglens.model.run import Setting
from loglens.readers.contract.base import Column, Purge
from loglens.readers.tensorboard.events.pieces import Decoded, Piece
from loglens.readers.tensorboard.events.records.walk import HEADER


@dataclass(slots=True)
class FileColumns:
    """The points of one file so far, and what else was in it.

    `damaged`, `undecodable`: offsets of records whose checksum does not hold, and of those that hold no event.
    `passed`: how many summaries of which kind hold no scalar.
    """

    damaged: list[int] = field(default_factory=list)
    undecodable: list[int] = field(default_factory=list)
    passed: Counter[str] = field(default_factory=Counter)
    purges: list[Purge] = field(default_factory=list)
    hparams: bool = False
    config: dict[str, Setting] = field(default_factory=dict)
    _pieces: dict[int, list[Piece]] = field(default_factory=dict)
    _counts: Counter[int] = field(default_factory=Counter)

    def add(self, decoded: Decoded, base: int, tags: Sequence[str]) -> None:
        """Adds what was in a buffer whose byte 0 is byte `base` of the file."""
        pieces = [Piece.joined(group) for group in _by_tag(decoded.pieces).values()]
        for record, step in decoded.restarts:
            now = {piece.tag: int(np.searchsorted(piece.order, record)) for piece in pieces}
            # a session that starts at step 0 starts: what stands before its mark in the same file belongs to it
            before = {tags[tag]: self._counts[tag] + now.get(tag, 0) for tag in {*self._counts, *now}} if step else {}
            self.purges.append(Purge(step=step, before=before))
        for piece in sorted(pieces, key=lambda piece: (int(piece.order[0]), piece.tag)):
            self._pieces.setdefault(piece.tag, []).append(piece)
            self._counts[piece.tag] += len(piece.order)
        self.damaged += [base + place - HEADER for place in decoded.damaged]
        self.undecodable += [base + place - HEADER for place in decoded.undecodable]
        self.passed.update(kind for _record, kind in decoded.passed)
        for _record, config in decoded.hparams:
            self.hparams = True
            self.config.update(config)

    def put(self, piece: Piece) -> None:
        """Points that were read earlier, in front of all others."""
        self._pieces[piece.tag] = [piece]
        self._counts[piece.tag] = len(piece.steps)

    def whole(self) -> dict[int, Piece]:
        """All points that were not taken yet, a piece a tag, in order of appearance. They are held joined from here on:
        whoever takes them takes the same arrays."""
        for tag, pieces in self._pieces.items():
            parts = ([getattr(piece, name) for piece in pieces] for name in ("order", "steps", "walls", "values"))
            pieces[:] = [Piece(tag, *map(_joined, parts))]
        return {tag: pieces[0] for tag, pieces in self._pieces.items()}

    def take(self, tags: Sequence[str]) -> tuple[Column, ...]:
        """The columns of all points since the last call, in order of appearance; `tags`: the names by number."""
        columns = tuple(
            self._column(tags[tag], pieces, self._counts[tag] - sum(len(piece.order) for piece in pieces))
            for tag, pieces in self._pieces.items()
        )
        self._pieces = {}
        return columns

    @staticmethod
    def _column(tag: str, pieces: list[Piece], before: int) -> Column:
        steps, values, walls = (
            _joined([getattr(piece, name) for piece in pieces]) for name in ("steps", "values", "walls")
        )
        stepless = before + len(steps) > 1 and not steps.any()
        return Column(
            tag=tag,
            steps=np.arange(before, before + len(steps)) if stepless else steps,
            values=values,
            wall_times=walls,
            stepless=stepless,
        )


def _joined(parts: Sequence[NDArray[Any]]) -> NDArray[Any]:
    """One array of its own: a single part is that already, unless it is a window into a larger one."""
    return parts[0] if len(parts) == 1 and parts[0].base is None else np.concatenate(parts)


def _by_tag(pieces: Iterable[Piece]) -> dict[int, list[Piece]]:
    groups: defaultdict[int, list[Piece]] = defaultdict(list)
    for piece in pieces:
        groups[piece.tag].append(piece)
    return groups
