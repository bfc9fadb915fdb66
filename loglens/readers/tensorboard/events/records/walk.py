"""Finds the records in a buffer: where each payload starts and how long it is, and what lies between that is none.

A header is recognised by its own checksum: eight bytes of length, then their crc32c. Payloads of less than 64 KiB have
six zero bytes in that length, which NumPy finds all at once; the few places that also have the right checksum are
headers, or one in four billion by chance. That they *chain* (each record ends where the next begins) proves the walk,
so it costs the same for files with and without regular stretches, and where the chain breaks there is damage
or a large record.
"""

from __future__ import annotations

import struct
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from typing import Any, Literal

import numpy as np
from numpy.typing import NDArray

from loglens.readers.tensorboard.events.records.crc32c import header_crc, header_table

ByteArray = NDArray[np.uint8]
PlaceArray = NDArray[np.int64]

HEADER = 12
"""Bytes before a payload: its length and the length's checksum."""
FRAME = 16
"""Bytes a record has besides its payload."""
LONGEST = 1 << 31
"""No protobuf message is longer: a header that says so is damaged, whatever its checksum."""
_SMALL = 1 << 16
_FIRST_BLOCK, _LAST_BLOCK = 1 << 14, 1 << 18  # a block and what is computed from it should stay in the cache
_SINGLE_STEPS = 2  # records taken one by one after a break, before blocks are tried again

_HEADER = struct.Struct("<QI")

Kind = Literal["passed over", "torn", "zeros", "unreadable end"]


@dataclass(frozen=True, slots=True)
class Gap:
    """Bytes of a file that are no whole record: `offset` and `size` in bytes, and of which kind they are."""

    kind: Kind
    offset: int
    size: int


@dataclass(frozen=True, slots=True)
class Records:
    """Whole records of a buffer: `starts` of their payloads in it and `lengths` (n,); `stop`: where reading goes on."""

    starts: PlaceArray
    lengths: PlaceArray
    stop: int

    @classmethod
    def joined(cls, parts: Sequence[Records]) -> Records:
        """Those of several stretches; reading goes on after the last."""
        if len(parts) == 1:
            return parts[0]
        starts, lengths = _joined([part.starts for part in parts]), _joined([part.lengths for part in parts])
        return cls(starts, lengths, parts[-1].stop if parts else 0)

    def first(self, count: int) -> Records:
        """The first of them; reading goes on with the next."""
        stop = self.stop if count == len(self.starts) else int(self.starts[count]) - HEADER
        return Records(self.starts[:count], self.lengths[:count], stop)


@dataclass(slots=True)
class Walker:
    """The walk through one file of `size` bytes, buffer by buffer.

    `waits`: the file may still grow, so a record that is longer than what there is is waited for, not searched behind.
    """

    size: int
    waits: bool = False
    gaps: list[Gap] = field(default_factory=list)
    _lost_at: int | None = None
    _lost_header: bool = False  # a valid header stands where the walk was lost: its record is longer than the file
    _lost_zeros: bool = True

    def walk(self, buffer: ByteArray, begin: int, end: int, base: int) -> Records:
        """The records between `begin` and `end` of a buffer whose byte 0 is byte `base` of the file."""
        starts: list[PlaceArray] = []
        lengths: list[PlaceArray] = []
        position, block, singles = begin, _FIRST_BLOCK, 0
        since = begin  # where the chain began that `block` follows
        while True:
            if self._lost_at is not None:
                position = self._search(buffer, position, end, base, self._lost_at)
                if self._lost_at is not None:
                    break
            if singles == 0:
                stop = min(end, position + block)
                begins, sizes, broken = small_records(buffer, position, stop)
                if len(begins):
                    starts.append(begins + HEADER)
                    lengths.append(sizes)
                    position = int(begins[-1] + sizes[-1]) + FRAME
                # large records tend to come at regular distances: as much as lay before this one will follow it
                block = min(max(_FIRST_BLOCK, 5 * (position - since) // 4 if broken else 2 * block), _LAST_BLOCK)
                singles = _SINGLE_STEPS if broken else int(stop == end or not len(begins))
                if singles == 0:
                    continue
            length = self._next(buffer, position, end, base)
            if length is None:
                break
            singles -= 1
            if length >= 0:
                starts.append(np.array([position + HEADER], np.int64))
                lengths.append(np.array([length], np.int64))
                position += length + FRAME
            since = position
        return Records(_joined(starts), _joined(lengths), position)

    def _next(self, buffer: ByteArray, position: int, end: int, base: int) -> int | None:
        """The length of the record at `position`; None where it is not all there; -1 where the walk is lost."""
        if position + HEADER > end:
            return None
        length = header_at(buffer, position)
        if length is None or length >= LONGEST:
            self._lose(base + position, header=False)
            return -1
        if base + position + length + FRAME > self.size and not self.waits:
            self._lose(base + position, header=True)
            return -1
        return length if position + length + FRAME <= end else None

    @property
    def lost(self) -> bool:
        """Whether no header was found yet where one should have been."""
        return self._lost_at is not None

    def _lose(self, offset: int, *, header: bool) -> None:
        self._lost_at, self._lost_header, self._lost_zeros = offset, header, True

    def _search(self, buffer: ByteArray, position: int, end: int, base: int, lost_at: int) -> int:
        """Where the next header is; where there is none, `end` less what may be the beginning of one."""
        first = max(position, lost_at + 1 - base)
        found = next((place for place, length in headers(buffer, first, end) if length < LONGEST), None)
        stop = max(first, end - HEADER + 1) if found is None else found
        self._lost_zeros = self._lost_zeros and not buffer[position:stop].any()
        if found is not None:
            self.gaps.append(Gap("passed over", lost_at, base + found - lost_at))
            self._lost_at = None
        return min(stop, end)

    def finish(self, buffer: ByteArray, position: int, end: int, base: int) -> None:
        """At the end of the file: what `buffer[position:end]`, which is no whole record, has to be called."""
        offset = base + position if self._lost_at is None else self._lost_at
        size = base + end - offset
        if size == 0:
            return
        zeros = self._lost_zeros and not buffer[position:end].any()
        if zeros and (self._lost_at is not None or size > 1):
            kind: Kind = "zeros"
        else:
            kind = "torn" if self._lost_at is None or self._lost_header else "unreadable end"
        self.gaps.append(Gap(kind, offset, size))
        self._lost_at = None


def _joined(parts: list[PlaceArray]) -> PlaceArray:
    return np.concatenate(parts) if parts else np.empty(0, np.int64)


def bytewise(buffer: ByteArray, dtype: str) -> NDArray[Any]:
    """A view of `buffer` as values of `dtype` that start at every byte: element i is what stands at byte i."""
    size = np.dtype(dtype).itemsize
    return np.ndarray(shape=(max(0, len(buffer) - size + 1),), dtype=dtype, buffer=buffer, strides=(1,))


def header_at(buffer: ByteArray, position: int) -> int | None:
    """The length of the record at `position`, None where its checksum does not hold."""
    length: int
    length, written = _HEADER.unpack_from(buffer.data, position)
    expected = int(header_table()[length]) if length < _SMALL else header_crc(length)
    return length if written == expected else None


def small_records(buffer: ByteArray, begin: int, end: int) -> tuple[PlaceArray, PlaceArray, bool]:
    """The chain of whole records of less than 64 KiB from `begin` on: where they begin, their lengths, and whether the
    chain breaks before `end` (rather than with a record that is not all there)."""
    piece = buffer[begin:end]
    places = _zero_runs(piece[2:-4], 6)  # of whole headers: six bytes go before their end
    found = bytewise(piece, f"V{HEADER}")[places]  # header by header is quicker than field by field
    sizes = found.view("<u2")[::6]
    held = (header_table().take(sizes) == found.view("<u4")[2::3]).nonzero()[0]
    places, sizes = places.take(held), sizes.take(held).astype(np.int64)
    if not len(places) or places[0] != 0:
        return places[:0], sizes[:0], True
    ends = places + sizes + FRAME
    breaks = np.flatnonzero(ends[:-1] != places[1:])
    count = int(breaks[0]) + 1 if len(breaks) else len(places)
    # behind the last one there may be a header that is cut by `end`, but not one that is whole and was not found
    broken = bool(ends[count - 1] + HEADER <= len(piece))
    if ends[count - 1] > len(piece):
        count -= 1
    return places[:count] + begin, sizes[:count], broken


def headers(buffer: ByteArray, begin: int, end: int) -> Iterator[tuple[int, int]]:
    """All valid headers between `begin` and `end` in order: (where, length of the payload), which may be any."""
    for first in range(begin, end, _LAST_BLOCK):
        piece = buffer[first : min(end, first + _LAST_BLOCK + HEADER - 1)]
        places = _zero_runs(piece[4:-4], 4)
        sizes = bytewise(piece, "<u8")[places]
        held = header_table().take(sizes & 0xFFFF) == bytewise(piece, "<u4")[places + 8]
        for place in places[held | (sizes >= _SMALL)].tolist():
            length = header_at(piece, place)
            if length is not None:
                yield first + place, length


def _zero_runs(piece: ByteArray, length: int) -> PlaceArray:
    """Where `length` (4 or 6) zero bytes begin."""
    zero = piece == 0
    two = zero[:-1] & zero[1:]
    four = two[:-2] & two[2:]
    places: PlaceArray = (four if length == 4 else four[:-2] & two[4:]).nonzero()[0]
    return places
