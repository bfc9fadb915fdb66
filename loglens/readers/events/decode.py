"""From the records of a buffer to pieces of columns: rows of known patterns at once, the rest one by one."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterable
from dataclasses import dataclass, field

import numpy as np

from loglens.model.run import IntArray
from loglens.readers.events import protobuf
from loglens.readers.events.crc32c import checksums, masked, unmasked
from loglens.readers.events.layouts import LONGEST_ROW, Layout, Place, Rows, gather, rows_of
from loglens.readers.events.patterns import Ids, Words
from loglens.readers.events.pieces import Decoded, Piece
from loglens.readers.events.rhythm import Known, Rhythm
from loglens.readers.events.summaries import ValueReader, values_of
from loglens.readers.events.walk import ByteArray, Records, Walker, bytewise
from loglens.readers.events.wire import SCALARS, Scalar, shape_of

_FEW_ROWS = 48
"""Fewer rows than this are read one by one: laying them out would cost more."""
_STRANGERS = 8
"""So many rows of a group are looked at in vain for a pattern before the rest is given up; so many groups of a length
for a layout."""
_FIRST_STRETCH = 1 << 15
"""Bytes that are walked before a regular stretch is looked for; twice as many after every time in vain."""
_VALUE = {"<f4": np.dtype("<f4"), "<f8": np.dtype("<f8")}


@dataclass(slots=True)
class Decoder:
    """Decodes buffer after buffer and keeps what it learns: the tags (a number each, in order of appearance) and how
    the payloads of each are laid out."""

    tags: list[str] = field(default_factory=list)
    _ids: dict[bytes, int] = field(default_factory=dict)
    _layouts: defaultdict[int, list[Layout]] = field(default_factory=lambda: defaultdict(list))
    _in_vain: Counter[int] = field(default_factory=Counter)
    _plugins: dict[str, str] = field(default_factory=dict)
    _values: ValueReader = field(default_factory=ValueReader)
    _rhythm: Rhythm = field(default_factory=Rhythm)
    _stretch: int = _FIRST_STRETCH

    def walk(self, walker: Walker, buffer: ByteArray, begin: int, end: int, base: int, decoded: Decoded) -> Records:
        """Decodes the regular stretches of a file between `begin` and `end` of a buffer whose byte 0 is byte `base` of
        the file; returns the other records, for `decode`."""
        rest: list[Records] = []
        position = begin
        if base + begin == 0:
            self._stretch = _FIRST_STRETCH
        while True:
            if not walker.lost:
                position = self._rhythm.take(buffer, position, end, decoded)
            stop = min(end, position + self._stretch)
            records = walker.walk(buffer, position, stop, base)
            self._stretch *= 2
            if stop < end and not walker.lost:
                count = self._rhythm.find(buffer, records, end, self._learn)
                if count < len(records.starts):
                    records, self._stretch = records.first(count), _FIRST_STRETCH
            rest.append(records)
            position = records.stop
            if stop == end:
                return Records.joined(rest)

    def decode(self, buffer: ByteArray, records: Records, decoded: Decoded) -> None:
        """Decodes these records. The buffer must go on for 8 bytes after the last of them."""
        singles: list[IntArray] = []
        lengths = np.minimum(records.lengths, LONGEST_ROW + 1).astype(np.uint16)
        order = np.argsort(lengths, kind="stable")  # of uint16: a radix sort
        for group in np.split(order, np.flatnonzero(np.diff(lengths[order])) + 1):
            length = int(lengths[group[0]]) if len(group) else 0
            if length <= LONGEST_ROW and len(group) >= _FEW_ROWS:
                group = self._decode_rows(buffer, records.starts, group, length, decoded)
            singles.append(group)
        left = self._decode_several(buffer, records, np.sort(np.concatenate(singles)), decoded)
        self._decode_singles(buffer, records, left, decoded)

    def _decode_rows(
        self, buffer: ByteArray, starts: IntArray, group: IntArray, length: int, decoded: Decoded
    ) -> IntArray:
        """Decodes the records `group`, all of one length; returns those that have to be looked at one by one."""
        words = gather(buffer, starts[group], length + 4)
        layouts = self._layouts[length]
        tried = 0
        while len(group):
            if tried == len(layouts) and not (len(group) >= _FEW_ROWS and self._new_layout(words, length)):
                break
            layout = layouts[tried]
            tried += 1
            patterns = self._patterns(layout, words)
            hit = patterns >= 0
            if hit.all():
                self._take(layout, words, patterns, starts[group], decoded)
                return group[:0]
            if hit.any():
                self._take(layout, words[hit], patterns[hit], starts[group[hit]], decoded)
                group, words = group[~hit], words[~hit]
        return group

    def _new_layout(self, words: Words, length: int) -> bool:
        """Adds a layout that was not known yet, of one of a few rows from everywhere in the group."""
        known = self._layouts[length]
        if self._in_vain[length] == _STRANGERS:
            return False
        for row in words[:: max(1, len(words) // 4)][:4]:
            place = _place(row.tobytes(), length)[0]
            if place is not None and all(layout.place != place for layout in known):
                known.append(Layout(place))
                self._in_vain[length] = 0
                return True
        self._in_vain[length] += 1
        return False

    def _learn(self, buffer: ByteArray, start: int, length: int) -> Known | None:
        """What `Rhythm` has to know of one record."""
        row = buffer[start : start + length + 4]
        place, scalar = _place(row.tobytes(), length)
        if place is None or scalar is None or length > LONGEST_ROW:
            return None
        layouts = self._layouts[length]
        layout = next((one for one in layouts if one.place == place), None)
        if layout is None:
            layout = Layout(place)
            layouts.append(layout)
        key = int(layout.keys(Rows(buffer, start, len(row), 1))[0])
        return layout, key, self._tag(scalar.tag, tensor=scalar.tensor)

    def _patterns(self, layout: Layout, words: Words) -> Ids:
        """(n,) The pattern of each row, -1 where it has none; patterns that were not known are learned."""
        rows = rows_of(words)
        keys = layout.keys(rows)
        patterns = layout.patterns.match(words, keys)
        if (patterns >= 0).all():
            return patterns
        unknown = np.flatnonzero((patterns < 0) & layout.heads(rows))
        news, firsts = np.unique(keys[unknown], return_index=True)
        learned = strangers = 0
        for key, first in zip(news.tolist(), unknown[firsts].tolist(), strict=True):
            place, scalar = _place(words[first].tobytes(), layout.place.length)
            if place == layout.place and scalar is not None:
                layout.patterns.learn(words[first], key, self._tag(scalar.tag, tensor=scalar.tensor))
                learned += 1
            else:
                strangers += 1
                if strangers == _STRANGERS:
                    break
        return layout.patterns.match(words, keys) if learned else patterns

    def _take(self, layout: Layout, words: Words, patterns: Ids, starts: IntArray, decoded: Decoded) -> None:
        """Splits rows, all of known patterns, by tag."""
        rows = rows_of(words)
        points = Piece(0, starts, layout.steps(rows), layout.walls(rows), layout.values(rows))
        decoded.pieces += points.by_tag(layout.patterns.tags.take(patterns))

    def _decode_several(self, buffer: ByteArray, records: Records, which: IntArray, decoded: Decoded) -> IntArray:
        """Decodes the records `which` that are summaries of scalars only; returns the others."""
        if len(which) < _FEW_ROWS:
            return which
        starts, lengths = records.starts[which], records.lengths[which]
        values = values_of(buffer, starts, lengths)
        numbers = self._values.read(buffer, values, lambda scalar: self._tag(scalar.tag, tensor=scalar.tensor))
        understood = np.zeros(len(values.event), np.bool_)
        understood[numbers.which] = True
        whole = values.whole
        whole[values.event[~understood]] = False
        left = which[~whole]
        written = unmasked(bytewise(buffer, "<u4")[starts[whole] + lengths[whole]])
        sound = checksums(buffer, starts[whole], lengths[whole]) == written
        if not sound.all():
            decoded.damaged += starts[whole][~sound].tolist()
            whole[whole] = sound
        kept = whole[values.event[numbers.which]]
        event = values.event[numbers.which[kept]]
        order = values.starts[numbers.which[kept]]
        points = Piece(0, order, values.steps[event], values.walls[event], numbers.values[kept])
        in_order = np.argsort(order)
        decoded.pieces += points.where(in_order).by_tag(numbers.tags[kept][in_order])
        return left

    def _tag(self, name: bytes, *, tensor: bool) -> int:
        known = self._ids.get(name)
        if known is None:
            known = self._ids[name] = len(self.tags)
            self.tags.append(name.decode("utf-8", errors="replace"))
        if tensor:
            self._plugins[self.tags[known]] = SCALARS
        return known

    def _decode_singles(self, buffer: ByteArray, records: Records, which: IntArray, decoded: Decoded) -> None:
        points: defaultdict[int, list[tuple[int, int, float, float]]] = defaultdict(list)
        for start, length in zip(records.starts[which].tolist(), records.lengths[which].tolist(), strict=True):
            if not _holds(buffer, start, length):
                decoded.damaged.append(start)
                continue
            payload = buffer[start : start + length].tobytes()
            shape = shape_of(payload)
            if shape is None:
                self._decode_by_protobuf(payload, start, points, decoded)
                continue
            for scalar in shape.scalars:
                value = float(np.frombuffer(payload, _VALUE[scalar.code], 1, scalar.at)[0])
                points[self._tag(scalar.tag, tensor=scalar.tensor)].append(
                    (start + scalar.at, shape.step, shape.wall, value)
                )
            decoded.passed.extend((start, kind) for kind in shape.passed)
        decoded.pieces.extend(_pieces(points.items()))

    def _decode_by_protobuf(
        self,
        payload: bytes,
        start: int,
        points: defaultdict[int, list[tuple[int, int, float, float]]],
        decoded: Decoded,
    ) -> None:
        try:
            event = protobuf.decode(payload, self._plugins)
        except protobuf.Undecodable:
            decoded.undecodable.append(start)
            return
        for number, (tag, value) in enumerate(event.points):
            points[self._tag(tag.encode(), tensor=False)].append((start + number, event.step, event.wall, value))
        if event.restart:
            decoded.restarts.append((start, event.step))
        if event.hparams:
            decoded.hparams.append((start, event.config))
        decoded.passed.extend((start, kind) for kind in event.passed)


def _holds(buffer: ByteArray, start: int, length: int) -> bool:
    """Whether the checksum of the payload at `start` holds."""
    end = start + length
    return masked(buffer[start:end]) == int.from_bytes(buffer[end : end + 4].tobytes(), "little")


def _place(row: bytes, length: int) -> tuple[Place | None, Scalar | None]:
    """Where the parts of a row's only scalar stand; None where it is not that simple or its checksum does not hold."""
    payload = row[:length]
    if masked(payload) != int.from_bytes(row[length : length + 4], "little"):
        return None, None
    shape = shape_of(payload)
    place = None if shape is None else Place.of(shape, length)
    return (None, None) if shape is None or place is None else (place, shape.scalars[0])


def _pieces(points: Iterable[tuple[int, list[tuple[int, int, float, float]]]]) -> Iterable[Piece]:
    for tag, rows in points:
        order, steps, walls, values = zip(*rows, strict=True)
        yield Piece(
            tag,
            np.array(order, np.int64),
            np.array(steps, np.int64),
            np.array(walls, np.float64),
            np.array(values, np.float64),
        )
