"""From the records of a buffer to pieces of columns: rows of known patterns at once, the rest one by one."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass, field

import numpy as np

from loglens.model.run import FloatArray, IntArray, Setting
from loglens.readers.events import protobuf
from loglens.readers.events.crc32c import masked
from loglens.readers.events.layouts import LONGEST_ROW, Ids, Layout, Place, Rows, gather
from loglens.readers.events.walk import ByteArray, Records
from loglens.readers.events.wire import SCALARS, Scalar, shape_of

_FEW_ROWS = 48
"""Fewer rows than this are read one by one: laying them out would cost more."""
_STRANGERS = 8
"""So many rows of a group are looked at in vain for a layout, or for a pattern of one, before the rest is given up."""
_VALUE = {"<f4": np.dtype("<f4"), "<f8": np.dtype("<f8")}


@dataclass(frozen=True, slots=True, eq=False)
class Piece:
    """Points of one tag, in order of writing. `order` (n,): which record of the buffer each was in, never falling."""

    tag: int
    order: IntArray
    steps: IntArray
    walls: FloatArray
    values: FloatArray


@dataclass(slots=True)
class Decoded:
    """What was in the records of a buffer; in pairs, the first is the record's number in the buffer."""

    pieces: list[Piece] = field(default_factory=list)
    damaged: list[int] = field(default_factory=list)
    undecodable: list[int] = field(default_factory=list)
    restarts: list[tuple[int, int]] = field(default_factory=list)
    passed: list[tuple[int, str]] = field(default_factory=list)
    hparams: list[tuple[int, dict[str, Setting]]] = field(default_factory=list)


@dataclass(slots=True)
class Decoder:
    """Decodes buffer after buffer and keeps what it learns: the tags (a number each, in order of appearance) and how
    the payloads of each are laid out."""

    tags: list[str] = field(default_factory=list)
    _ids: dict[bytes, int] = field(default_factory=dict)
    _layouts: defaultdict[int, list[Layout]] = field(default_factory=lambda: defaultdict(list))
    _plugins: dict[str, str] = field(default_factory=dict)

    def decode(self, buffer: ByteArray, records: Records) -> Decoded:
        """All points of these records. The buffer must go on for 8 bytes after the last of them."""
        decoded = Decoded()
        singles: list[IntArray] = []
        lengths = np.minimum(records.lengths, LONGEST_ROW + 1).astype(np.uint16)
        order = np.argsort(lengths, kind="stable")  # of uint16: a radix sort
        for group in np.split(order, np.flatnonzero(np.diff(lengths[order])) + 1):
            length = int(lengths[group[0]]) if len(group) else 0
            if length <= LONGEST_ROW and len(group) >= _FEW_ROWS:
                group = self._decode_rows(buffer, records.starts, group, length, decoded)
            singles.append(group)
        self._decode_singles(buffer, records, np.sort(np.concatenate(singles)), decoded)
        return decoded

    def _decode_rows(
        self, buffer: ByteArray, starts: IntArray, group: IntArray, length: int, decoded: Decoded
    ) -> IntArray:
        """Decodes the records `group`, all of one length; returns those that have to be looked at one by one."""
        rows = gather(buffer, starts[group], length)
        layouts = self._layouts[length]
        tried = 0
        while len(group):
            if tried == len(layouts):
                place = self._new_place(rows, length, layouts) if len(group) >= _FEW_ROWS else None
                if place is None:
                    break
                layouts.append(Layout(place))
            layout = layouts[tried]
            tried += 1
            patterns = self._patterns(layout, rows)
            hit = patterns >= 0
            if hit.all():
                self._take(layout, rows, patterns, group, decoded)
                return group[:0]
            if hit.any():
                self._take(layout, rows[hit], patterns[hit], group[hit], decoded)
                group, rows = group[~hit], rows[~hit]
        return group

    @staticmethod
    def _new_place(rows: Rows, length: int, known: list[Layout]) -> Place | None:
        """A place that is not known yet, of one of a few rows from everywhere in the group."""
        for row in rows[:: max(1, len(rows) // _STRANGERS)]:
            place = _place(row, length)[0]
            if place is not None and all(layout.place != place for layout in known):
                return place
        return None

    def _patterns(self, layout: Layout, rows: Rows) -> Ids:
        """(n,) The pattern of each row, -1 where it has none; patterns that were not known are learned."""
        keys = layout.keys(rows)
        patterns = layout.match(rows, keys)
        if (patterns >= 0).all():
            return patterns
        unknown = np.flatnonzero((patterns < 0) & layout.heads(rows))
        news, firsts = np.unique(keys[unknown], return_index=True)
        learned = strangers = 0
        for key, first in zip(news.tolist(), unknown[firsts].tolist(), strict=True):
            place, scalar = _place(rows[first], layout.place.length)
            if place == layout.place and scalar is not None:
                layout.learn(rows[first], key, self._tag(scalar.tag, tensor=scalar.tensor))
                learned += 1
            else:
                strangers += 1
                if strangers == _STRANGERS:
                    break
        return layout.match(rows, keys) if learned else patterns

    def _take(self, layout: Layout, rows: Rows, patterns: Ids, group: IntArray, decoded: Decoded) -> None:
        """Splits rows, all of known patterns, by tag."""
        tags = layout.tags.take(patterns)
        steps, walls, values = layout.steps(rows), layout.walls(rows), layout.values(rows)
        narrow = tags.astype(np.uint16) if len(self.tags) < 1 << 16 else tags
        by_tag = np.argsort(narrow, kind="stable")
        tags, group = tags[by_tag], group[by_tag]
        steps, walls, values = steps[by_tag], walls[by_tag], values[by_tag]
        bounds = [0, *(np.flatnonzero(np.diff(tags)) + 1).tolist(), len(tags)]
        for begin, end in zip(bounds[:-1], bounds[1:], strict=True):
            part = slice(begin, end)
            decoded.pieces.append(Piece(int(tags[begin]), group[part], steps[part], walls[part], values[part]))

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
        places = zip(which.tolist(), records.starts[which].tolist(), records.lengths[which].tolist(), strict=True)
        for record, start, length in places:
            end = start + length
            payload = buffer[start:end].tobytes()
            if masked(payload) != int.from_bytes(buffer[end : end + 4].tobytes(), "little"):
                decoded.damaged.append(record)
                continue
            shape = shape_of(payload)
            if shape is None:
                self._decode_by_protobuf(payload, record, points, decoded)
                continue
            for scalar in shape.scalars:
                value = float(np.frombuffer(payload, _VALUE[scalar.code], 1, scalar.at)[0])
                points[self._tag(scalar.tag, tensor=scalar.tensor)].append((record, shape.step, shape.wall, value))
            decoded.passed.extend((record, kind) for kind in shape.passed)
        decoded.pieces.extend(_pieces(points.items()))

    def _decode_by_protobuf(
        self,
        payload: bytes,
        record: int,
        points: defaultdict[int, list[tuple[int, int, float, float]]],
        decoded: Decoded,
    ) -> None:
        try:
            event = protobuf.decode(payload, self._plugins)
        except protobuf.Undecodable:
            decoded.undecodable.append(record)
            return
        for tag, value in event.points:
            points[self._tag(tag.encode(), tensor=False)].append((record, event.step, event.wall, value))
        if event.restart:
            decoded.restarts.append((record, event.step))
        if event.hparams:
            decoded.hparams.append((record, event.config))
        decoded.passed.extend((record, kind) for kind in event.passed)


def _place(row: Rows, length: int) -> tuple[Place | None, Scalar | None]:
    """Where the parts of a row's only scalar stand; None where it is not that simple or its checksum does not hold."""
    data = row.tobytes()
    payload = data[:length]
    if masked(payload) != int.from_bytes(data[length : length + 4], "little"):
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
