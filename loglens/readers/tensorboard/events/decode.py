"""From the bytes of a buffer to pieces of columns: tables as they stand, rows and values by pattern, then the rest."""

from __future__ import annotations

from dataclasses import dataclass, field

import numpy as np

from loglens.model.run import IntArray
from loglens.readers.tensorboard.events.pieces import Decoded, Piece
from loglens.readers.tensorboard.events.records.crc32c import checksums, unmasked
from loglens.readers.tensorboard.events.records.heads import OTHER, step_sizes
from loglens.readers.tensorboard.events.records.walk import ByteArray, Records, Walker, bytewise
from loglens.readers.tensorboard.events.repeats import RecordPattern
from loglens.readers.tensorboard.events.rows import FEW_ROWS, RowReader
from loglens.readers.tensorboard.events.singles import SingleReader
from loglens.readers.tensorboard.events.summaries import ValueReader, values_of
from loglens.readers.tensorboard.events.tags import Tags

SLACK = 32
"""Bytes by which a buffer must be longer than what is in it: what is read in rows reaches over the end."""
_NO_KIND = 0xFFFF  # of an event that is no row; of others, eight times the length and the bytes that the step takes
_FIRST_STRETCH = 1 << 15
"""Bytes that are walked before a regular stretch is looked for; twice as many after every time in vain."""


@dataclass(slots=True)
class Decoder:
    """Decodes buffer after buffer and keeps what it learns about tags and how their payloads are laid out."""

    tags: Tags = field(default_factory=Tags)
    _pattern: RecordPattern = field(default_factory=RecordPattern)
    _rows: RowReader = field(init=False)
    _values: ValueReader = field(init=False)
    _singles: SingleReader = field(init=False)
    _stretch: int = _FIRST_STRETCH

    def __post_init__(self) -> None:
        self._rows = RowReader(self.tags)
        self._values = ValueReader(self.tags)
        self._singles = SingleReader(self.tags)

    def walk(self, walker: Walker, buffer: ByteArray, begin: int, end: int, base: int, decoded: Decoded) -> Records:
        """Decodes the regular stretches of a file between `begin` and `end` of a buffer whose byte 0 is byte `base` of
        the file; returns the other records, for `decode`."""
        rest: list[Records] = []
        position = begin
        if base + begin == 0:
            self._stretch = _FIRST_STRETCH
        while True:
            if not walker.lost:
                position = self._pattern.take(buffer, position, end, decoded)
            stop = min(end, position + self._stretch)
            records = walker.walk(buffer, position, stop, base)
            self._stretch *= 2
            if stop < end and not walker.lost:
                count = self._pattern.find(buffer, records, end, self._rows.learn)
                if count < len(records.starts):
                    records, self._stretch = records.first(count), _FIRST_STRETCH
            rest.append(records)
            position = records.stop
            if stop == end:
                return Records.joined(rest)

    def decode(self, buffer: ByteArray, records: Records, decoded: Decoded) -> None:
        """Decodes these records: by rows where many have one length, then what holds several values, then the rest."""
        left: list[IntArray] = []
        steps = step_sizes(buffer, records.starts, records.lengths)
        kinds = np.where(steps == OTHER, _NO_KIND, 8 * records.lengths + steps).astype(np.uint16)
        order = np.argsort(kinds, kind="stable")  # of uint16: a radix sort
        for group in np.split(order, np.flatnonzero(np.diff(kinds[order])) + 1):
            kind = int(kinds[group[0]]) if len(group) else _NO_KIND
            if kind != _NO_KIND:
                group = group[self._rows.read(buffer, records.starts[group], divmod(kind, 8), decoded)]
            left.append(group)
        which = np.sort(np.concatenate(left))
        which = which[self._read_values(buffer, records.starts[which], records.lengths[which], decoded)]
        self._singles.read(buffer, records.starts[which], records.lengths[which], decoded)

    def _read_values(self, buffer: ByteArray, starts: IntArray, lengths: IntArray, decoded: Decoded) -> IntArray:
        """Decodes those of the payloads at `starts` that are summaries of scalars only; returns which are not."""
        if len(starts) < FEW_ROWS:
            return np.arange(len(starts))
        values = values_of(buffer, starts, lengths)
        numbers = self._values.read(buffer, values)
        understood = np.zeros(len(values.event), np.bool_)
        understood[numbers.which] = True
        whole = values.whole.copy()
        whole[values.event[~understood]] = False
        left = np.flatnonzero(~whole)
        written = unmasked(bytewise(buffer, "<u4")[starts[whole] + lengths[whole]])
        sound = checksums(buffer, starts[whole], lengths[whole]) == written
        decoded.damaged += starts[whole][~sound].tolist()
        whole[whole] = sound
        kept = whole[values.event[numbers.which]]
        which = numbers.which[kept]
        event = values.event[which]
        points = Piece(0, values.starts[which], values.steps[event], values.walls[event], numbers.values[kept])
        in_order = np.argsort(points.order)
        decoded.pieces += points.where(in_order).by_tag(numbers.tags[kept][in_order])
        return left
