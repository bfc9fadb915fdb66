"""Pieces of columns put together, file by file and in order of writing."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field, replace

import numpy as np

from loglens.model.run import IntArray, Setting
from loglens.readers.base import Column, Purge
from loglens.readers.events.decode import Decoded, Piece


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
    records: int = 0
    _pieces: dict[int, list[Piece]] = field(default_factory=dict)
    _counts: Counter[int] = field(default_factory=Counter)

    def add(self, decoded: Decoded, offsets: IntArray, tags: Sequence[str]) -> None:
        """What was in further records of the file, which stand at `offsets` (n,) in it."""
        pieces = [_in_order(group) for group in _by_tag(decoded.pieces).values()]
        for record, step in decoded.restarts:
            now = {one.tag: int(np.searchsorted(one.order, record)) for one in pieces}
            before = {tags[tag]: self._counts[tag] + now.get(tag, 0) for tag in {*self._counts, *now}}
            self.purges.append(Purge(step=step, before=before))
        for piece in sorted(pieces, key=lambda one: (int(one.order[0]), one.tag)):
            self._pieces.setdefault(piece.tag, []).append(piece)
            self._counts[piece.tag] += len(piece.order)
        self.damaged += offsets[decoded.damaged].tolist()
        self.undecodable += offsets[decoded.undecodable].tolist()
        self.passed.update(kind for _record, kind in decoded.passed)
        for _record, config in decoded.hparams:
            self.hparams = True
            self.config.update(config)
        self.records += len(offsets)

    def take(self, tags: Sequence[str]) -> tuple[Column, ...]:
        """The columns of all points since the last call, in order of appearance; `tags`: the names by number."""
        columns = tuple(
            self._column(tags[tag], pieces, self._counts[tag] - sum(len(one.order) for one in pieces))
            for tag, pieces in self._pieces.items()
        )
        self._pieces = {}
        return columns

    @staticmethod
    def _column(tag: str, pieces: list[Piece], before: int) -> Column:
        steps = np.concatenate([one.steps for one in pieces])
        stepless = before + len(steps) > 1 and not steps.any()
        return Column(
            tag=tag,
            steps=np.arange(before, before + len(steps)) if stepless else steps,
            values=np.concatenate([one.values for one in pieces]),
            wall_times=np.concatenate([one.walls for one in pieces]),
            stepless=stepless,
        )


def by_file(decoded: Decoded, bounds: Sequence[int]) -> Iterator[Decoded]:
    """What was in the records `bounds[i]` to `bounds[i + 1]` of a buffer, which belong to file i, for every file."""
    files = [Decoded() for _ in bounds[1:]]
    for piece in decoded.pieces:
        cuts = np.searchsorted(piece.order, bounds).tolist()
        for file, first, begin, end in zip(files, bounds, cuts[:-1], cuts[1:], strict=False):
            if begin < end:
                file.pieces.append(_part(piece, slice(begin, end), first))
    edges = np.asarray(bounds)

    def owner(record: int) -> tuple[Decoded, int]:
        number = int(np.searchsorted(edges, record, side="right")) - 1
        return files[number], record - bounds[number]

    for record in decoded.damaged:
        file, own = owner(record)
        file.damaged.append(own)
    for record in decoded.undecodable:
        file, own = owner(record)
        file.undecodable.append(own)
    for record, step in decoded.restarts:
        file, own = owner(record)
        file.restarts.append((own, step))
    for record, kind in decoded.passed:
        file, own = owner(record)
        file.passed.append((own, kind))
    for record, config in decoded.hparams:
        file, own = owner(record)
        file.hparams.append((own, config))
    yield from files


def _part(piece: Piece, part: slice, first: int) -> Piece:
    return Piece(piece.tag, piece.order[part] - first, piece.steps[part], piece.walls[part], piece.values[part])


def _by_tag(pieces: Iterable[Piece]) -> dict[int, list[Piece]]:
    groups: defaultdict[int, list[Piece]] = defaultdict(list)
    for piece in pieces:
        groups[piece.tag].append(piece)
    return groups


def _in_order(pieces: list[Piece]) -> Piece:
    """One piece of several of one tag."""
    if len(pieces) == 1:
        return pieces[0]
    order = np.concatenate([one.order for one in pieces])
    by_order = np.argsort(order, kind="stable")
    return replace(
        pieces[0],
        order=order[by_order],
        steps=np.concatenate([one.steps for one in pieces])[by_order],
        walls=np.concatenate([one.walls for one in pieces])[by_order],
        values=np.concatenate([one.values for one in pieces])[by_order],
    )
