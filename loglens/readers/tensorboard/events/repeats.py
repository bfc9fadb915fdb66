"""Regular stretches of a file: the same tags in the same order, again and again.

Such a stretch is a table as it stands: every row has the same bytes but for the wall times, steps and values, which
are columns at fixed distances. Comparing it with its first row under a mask proves everything at once (where records
begin, the checksums of their headers, their tags), and nothing is gathered, matched or sorted.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field

import numpy as np

from loglens.model.run import IntArray
from loglens.readers.tensorboard.events.layouts import RecordLayout, Rows
from loglens.readers.tensorboard.events.pieces import Decoded, Piece
from loglens.readers.tensorboard.events.records.heads import LONGEST_ROW
from loglens.readers.tensorboard.events.records.walk import FRAME, HEADER, ByteArray, Records

LONGEST_BAR = 256
"""Records in a row of the table; for more, the columns in a buffer are too short to be worth it."""
_FEWEST_ROWS, _FEWEST_RECORDS = 256, 4096
"""A shorter stretch is left to the walk: to find out that one begins costs as much as to read 2,000 records by rows."""
_COMPARED_BYTES = 1 << 17  # what is compared at once, with its copy, should stay in the cache
_MOST_BARS = 64

Known = tuple[RecordLayout, int, int]
"""What there is to know about a record that holds one scalar: its layout, the key of its pattern, its tag's number."""
Learn = Callable[[ByteArray, int, int], Known | None]
"""From a buffer, the start and the length of a payload; None where it is not that simple or its checksum is wrong."""


@dataclass(frozen=True, slots=True)
class RowRecord:
    """One record of a row: its payload begins at byte `at` of the row; `key`: what `RecordLayout.keys` must give."""

    at: int
    layout: RecordLayout
    key: int
    tag: int


@dataclass(frozen=True, slots=True, eq=False)
class RepeatedRecords:
    """One row of a table: its `size` in bytes, the `sequence` of its payloads' lengths (see `_as_text`), and the
    `pattern` (size,) that all rows share under `mask` (size,)."""

    size: int
    sequence: str
    mask: ByteArray
    pattern: ByteArray
    records: tuple[RowRecord, ...]

    def rows(self, buffer: ByteArray, position: int, end: int) -> int:
        """How many rows of this kind, one after the other, begin at `position`."""
        most = (end - position) // self.size
        table = buffer[position : position + most * self.size].reshape(most, self.size)
        done, block = 0, 1
        while done < most:
            part = table[done : done + block] & self.mask
            part ^= self.pattern
            if part.any():
                return done + int(part.any(axis=1).argmax())
            done += len(part)
            block = max(1, min(16 * block, _COMPARED_BYTES // self.size))
        return done

    def read(self, buffer: ByteArray, position: int, count: int, decoded: Decoded) -> None:
        """Decodes `count` rows from `position` on, which have been found to be of this kind."""
        for record in self.records:
            start = position + record.at
            rows = Rows(buffer, start, self.size, count)
            order = np.arange(start, start + count * self.size, self.size)
            layout = record.layout
            piece = Piece(record.tag, order, layout.steps(rows), layout.walls(rows), layout.values(rows))
            sound = layout.keys(rows) == np.uint32(record.key)
            if not sound.all():
                decoded.damaged += order[~sound].tolist()
                piece = piece.where(sound)
            if len(piece.order):
                decoded.pieces.append(piece)


@dataclass(slots=True)
class RecordPattern:
    """The bars met so far, the latest last."""

    bars: list[RepeatedRecords] = field(default_factory=list)

    def take(self, buffer: ByteArray, position: int, end: int, decoded: Decoded) -> int:
        """Decodes the regular stretch that begins at `position`, if one does; returns where it ends."""
        for bar in reversed(self.bars):
            count = bar.rows(buffer, position, end)
            if count >= fewest_rows(len(bar.records)):
                bar.read(buffer, position, count, decoded)
                if bar is not self.bars[-1]:
                    self.bars.remove(bar)
                    self.bars.append(bar)
                return position + count * bar.size
        return position

    def find(self, buffer: ByteArray, records: Records, end: int, learn: Learn) -> int:
        """The number of the record that begins a regular stretch; len(records) where none does."""
        lengths = records.lengths[-3 * LONGEST_BAR :]
        starts = records.starts[-3 * LONGEST_BAR :].tolist()
        before = len(records.lengths) - len(lengths)
        sequence = _as_text(lengths)
        for bar in reversed(self.bars):
            place = sequence.find(bar.sequence)
            while place >= 0:
                if self._goes_on(bar, buffer, starts[place] - HEADER, end):
                    return before + place
                place = sequence.find(bar.sequence, place + 1)
        new = self._learned(buffer, starts, sequence, end, learn)
        if new is not None:
            place = len(sequence) - 3 * len(new.records)
            if self._goes_on(new, buffer, starts[place] - HEADER, end):
                self.bars = [*self.bars[1 - _MOST_BARS :], new]
                return before + place
        return len(records.lengths)

    @staticmethod
    def _goes_on(bar: RepeatedRecords, buffer: ByteArray, position: int, end: int) -> bool:
        fewest = fewest_rows(len(bar.records))
        return bar.rows(buffer, position, min(end, position + fewest * bar.size)) == fewest

    @staticmethod
    def _learned(buffer: ByteArray, starts: list[int], sequence: str, end: int, learn: Learn) -> RepeatedRecords | None:
        """The bar that the last records are three repetitions of."""
        last = len(sequence)
        for size in range(1, min(LONGEST_BAR, last // 3) + 1):
            first = last - 3 * size
            if sequence[first : last - size] != sequence[first + size :]:
                continue
            lengths = [ord(length) for length in sequence[first : first + size]]
            if max(lengths) > LONGEST_ROW or not _headers_repeat(buffer, starts[first] - HEADER, lengths, end):
                continue
            known = []
            for place, length in enumerate(lengths, first):
                learned = learn(buffer, starts[place], length)
                again = learn(buffer, starts[place + size], length)
                if learned is None or again is None or learned != again:
                    break
                known.append(learned)
            if len(known) == size:
                return bar_of(buffer, starts[first:], lengths, sequence[first : first + size], known)
        return None


def fewest_rows(records: int) -> int:
    """How many rows of so many records a stretch must have."""
    return max(_FEWEST_ROWS, -(-_FEWEST_RECORDS // records))


def _headers_repeat(buffer: ByteArray, position: int, lengths: list[int], end: int) -> bool:
    """Whether the first header comes again row by row, often enough: a look before a bar is learned."""
    size = sum(lengths) + FRAME * len(lengths)
    count = fewest_rows(len(lengths))
    if position + count * size > end:
        return False
    headers = Rows(buffer, position, size, count).column(0, "<u8")
    return bool((headers == headers[0]).all())


def _as_text(lengths: IntArray) -> str:
    """Lengths of payloads as characters: no search in a sequence is faster than that in a text."""
    return np.minimum(lengths, LONGEST_ROW + 1).astype("<u4").tobytes().decode("utf-32-le")


def bar_of(
    buffer: ByteArray, starts: list[int], lengths: list[int], sequence: str, known: list[Known]
) -> RepeatedRecords:
    """The bar of the records that begin at `starts`."""
    begin = starts[0] - HEADER
    size = sum(lengths) + FRAME * len(lengths)
    mask = np.full(size, 0xFF, np.uint8)
    records = []
    for start, length, (layout, key, tag) in zip(starts, lengths, known, strict=False):
        at = start - begin
        mask[at : at + length] = layout.mask
        mask[at + length : at + length + 4] = 0  # the payload's checksum, which differs as the payload does
        records.append(RowRecord(at, layout, key, tag))
    return RepeatedRecords(size, sequence, mask, buffer[begin : begin + size] & mask, tuple(records))
