"""Events of one length with one value each: laid out as rows, and read a layout at a time."""

from __future__ import annotations

from collections import Counter, defaultdict
from dataclasses import dataclass, field
from functools import partial

import numpy as np

from loglens.model.run import IntArray
from loglens.readers.tensorboard.events.layouts import FieldOffset, RecordLayout, Rows, gather, rows_of
from loglens.readers.tensorboard.events.patterns import Ids, Words
from loglens.readers.tensorboard.events.pieces import Decoded, Piece
from loglens.readers.tensorboard.events.records.crc32c import masked
from loglens.readers.tensorboard.events.records.heads import LONGEST_ROW
from loglens.readers.tensorboard.events.records.walk import ByteArray
from loglens.readers.tensorboard.events.records.wire import Scalar, shape_of
from loglens.readers.tensorboard.events.tags import Tags

FEW_ROWS = 48
"""Fewer rows than this are not worth a layout of their own, which costs some tables."""
_LOOKS = 4
"""Rows of a group that are looked at for a new layout."""
_MOST_IN_VAIN = 8
"""Groups of a kind in which none was found, before that is no longer tried."""

Kind = tuple[int, int]
"""Lengths in bytes: of a payload, and of the step in it."""


@dataclass(slots=True)
class RowReader:
    """The layouts met so far."""

    tags: Tags
    _layouts: defaultdict[Kind, list[RecordLayout]] = field(default_factory=lambda: defaultdict(list))
    _in_vain: Counter[Kind] = field(default_factory=Counter)

    def read(self, buffer: ByteArray, starts: IntArray, kind: Kind, decoded: Decoded) -> IntArray:
        """Decodes the payloads at `starts` (n,), all of one kind; returns which of them it could not."""
        left = np.arange(len(starts))
        if len(starts) < FEW_ROWS:
            return left
        words = gather(buffer, starts, kind[0] + 4)
        layouts = self._layouts[kind]
        tried = 0
        while len(left):
            if tried == len(layouts) and not self._new_layout(words, kind):
                break
            layout = layouts[tried]
            tried += 1
            patterns = layout.patterns.identify(words, layout.keys(rows_of(words)), partial(self._tag, layout.place))
            hit = patterns >= 0
            if hit.all():
                _take(layout, words, patterns, starts[left], decoded)
                return left[:0]
            if hit.any():
                _take(layout, words[hit], patterns[hit], starts[left[hit]], decoded)
                left, words = left[~hit], words[~hit]
        return left

    def learn(self, buffer: ByteArray, start: int, length: int) -> tuple[RecordLayout, int, int] | None:
        """The layout of one record, the key of its pattern and its tag's number; None where it is not that simple."""
        if length > LONGEST_ROW:
            return None
        row = buffer[start : start + length + 4]
        place, scalar = _one_scalar(row.tobytes(), length)
        if place is None or scalar is None:
            return None
        layouts = self._layouts[place.kind]
        layout = next((layout for layout in layouts if layout.place == place), None)
        if layout is None:
            layout = RecordLayout(place)
            layouts.append(layout)
        return layout, int(layout.keys(Rows(buffer, start, len(row), 1))[0]), self.tags.of(scalar)

    def _new_layout(self, words: Words, kind: Kind) -> bool:
        """Adds a layout that was not known yet, of one of a few rows of the group."""
        known = self._layouts[kind]
        if len(words) < FEW_ROWS or self._in_vain[kind] == _MOST_IN_VAIN:
            return False
        for row in words[:: len(words) // _LOOKS]:
            place, _scalar = _one_scalar(row.tobytes(), kind[0])
            if place is not None and all(layout.place != place for layout in known):
                known.append(RecordLayout(place))
                self._in_vain[kind] = 0
                return True
        self._in_vain[kind] += 1
        return False

    def _tag(self, place: FieldOffset, row: bytes) -> int | None:
        found, scalar = _one_scalar(row, place.length)
        return self.tags.of(scalar) if scalar is not None and found == place else None


def _take(layout: RecordLayout, words: Words, patterns: Ids, starts: IntArray, decoded: Decoded) -> None:
    """Adds the points in rows that are all of known patterns."""
    rows = rows_of(words)
    points = Piece(0, starts, layout.steps(rows), layout.walls(rows), layout.values(rows))
    decoded.pieces += points.by_tag(layout.patterns.tags.take(patterns))


def _one_scalar(row: bytes, length: int) -> tuple[FieldOffset | None, Scalar | None]:
    """The only scalar of a record, and its place; None where it is not that simple or its checksum does not hold."""
    payload = row[:length]
    if masked(payload) != int.from_bytes(row[length : length + 4], "little"):
        return None, None
    shape = shape_of(payload)
    place = None if shape is None else FieldOffset.of(shape, length)
    return (None, None) if shape is None or place is None else (place, shape.scalars[0])
