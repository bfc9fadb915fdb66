"""Records of one length with one scalar each: laid out as rows, and read a layout at a time."""

from __future__ import annotations

from collections import Counter, defaultdict
from dataclasses import dataclass, field

import numpy as np

from loglens.model.run import IntArray
from loglens.readers.events.crc32c import masked
from loglens.readers.events.layouts import LONGEST_ROW, Layout, Place, Rows, gather, rows_of
from loglens.readers.events.patterns import Ids, Words
from loglens.readers.events.pieces import Decoded, Piece
from loglens.readers.events.tags import Tags
from loglens.readers.events.walk import ByteArray
from loglens.readers.events.wire import Scalar, shape_of

FEW_ROWS = 48
"""Fewer rows than this are not worth a layout of their own, which costs some tables."""
_LOOKS = 4
"""Rows of a group that are looked at for a new layout."""
_STEP_SIZES = 4
_MOST_IN_VAIN = 8
"""Groups of a length in which none was found, before that is no longer tried."""


@dataclass(slots=True)
class RowReader:
    """The layouts met so far, by length."""

    tags: Tags
    _layouts: defaultdict[int, list[Layout]] = field(default_factory=lambda: defaultdict(list))
    _in_vain: Counter[int] = field(default_factory=Counter)

    def read(self, buffer: ByteArray, starts: IntArray, length: int, decoded: Decoded) -> IntArray:
        """Decodes the payloads at `starts` (n,), all of one length; returns which of them it could not."""
        left = np.arange(len(starts))
        if length > LONGEST_ROW or len(starts) < FEW_ROWS:
            return left
        words = gather(buffer, starts, length + 4)
        layouts = self._layouts[length]
        tried = 0
        while len(left):
            if tried == len(layouts) and not self._new_layout(words, length):
                break
            layout = layouts[tried]
            tried += 1
            patterns = self._patterns(layout, words)
            hit = patterns >= 0
            if hit.all():
                _take(layout, words, patterns, starts[left], decoded)
                return left[:0]
            if hit.any():
                _take(layout, words[hit], patterns[hit], starts[left[hit]], decoded)
                left, words = left[~hit], words[~hit]
        return left

    def learn(self, buffer: ByteArray, start: int, length: int) -> tuple[Layout, int, int] | None:
        """The layout of one record, the key of its pattern and its tag's number; None where it is not that simple."""
        if length > LONGEST_ROW:
            return None
        row = buffer[start : start + length + 4]
        place, scalar = _one_scalar(row.tobytes(), length)
        if place is None or scalar is None:
            return None
        layout = next((one for one in self._layouts[length] if one.place == place), None)
        if layout is None:
            layout = Layout(place)
            self._layouts[length].append(layout)
        return layout, int(layout.keys(Rows(buffer, start, len(row), 1))[0]), self.tags.of(scalar)

    def _new_layout(self, words: Words, length: int) -> bool:
        """Adds a layout that was not known yet, of one of a few rows of the group."""
        known = self._layouts[length]
        if len(words) < FEW_ROWS or self._in_vain[length] == _MOST_IN_VAIN:
            return False
        for row in words[_likely(words, length)][:_LOOKS]:
            place, _scalar = _one_scalar(row.tobytes(), length)
            if place is not None and all(layout.place != place for layout in known):
                known.append(Layout(place))
                self._in_vain[length] = 0
                return True
        self._in_vain[length] += 1
        return False

    def _patterns(self, layout: Layout, words: Words) -> Ids:
        """(n,) The pattern of each row, -1 where it has none; those that were not known are learned."""

        def tag_of(row: bytes) -> int | None:
            place, scalar = _one_scalar(row, layout.place.length)
            return self.tags.of(scalar) if scalar is not None and place == layout.place else None

        rows = rows_of(words)
        keys = layout.keys(rows)
        patterns = layout.patterns.match(words, keys)
        if (patterns >= 0).all():
            return patterns
        unknown = np.flatnonzero((patterns < 0) & layout.heads(rows))
        return layout.patterns.match(words, keys) if layout.patterns.learn(words, keys, unknown, tag_of) else patterns


def _likely(words: Words, length: int) -> IntArray:
    """Which rows to look at for a layout: those whose first value goes up to their end, so that it is the only one,
    taking turns between the lengths that a step may have; then some from everywhere."""
    rows = rows_of(words)
    likely: list[int] = []
    for at in (9, *range(11, 11 + _STEP_SIZES)):  # where the summary begins: its key, size, a value's key, its size
        sizes = length - at - 2, length - at - 4
        if sizes[1] > 0 and sizes[0] < 0x80:
            expected = int.from_bytes(bytes((0x2A, sizes[0], 0x0A, sizes[1])), "little")
            likely += np.flatnonzero(rows.column(at, "<u4") == expected)[:1].tolist()
    return np.array([*likely, *range(0, len(words), len(words) // _LOOKS)])


def _take(layout: Layout, words: Words, patterns: Ids, starts: IntArray, decoded: Decoded) -> None:
    """Adds the points in rows that are all of known patterns."""
    rows = rows_of(words)
    points = Piece(0, starts, layout.steps(rows), layout.walls(rows), layout.values(rows))
    decoded.pieces += points.by_tag(layout.patterns.tags.take(patterns))


def _one_scalar(row: bytes, length: int) -> tuple[Place | None, Scalar | None]:
    """The only scalar of a record, and its place; None where it is not that simple or its checksum does not hold."""
    payload = row[:length]
    if masked(payload) != int.from_bytes(row[length : length + 4], "little"):
        return None, None
    shape = shape_of(payload)
    place = None if shape is None else Place.of(shape, length)
    return (None, None) if shape is None or place is None else (place, shape.scalars[0])
