"""Events that hold several values: taken apart in step with one another, then their values by rows.

Which tags are in one summary, and in which order, may differ from event to event, so the event as a whole has no
pattern; each value in it (tag, kind, number) has. All events advance together, one field at a time: every step of
the loops below is one operation on all events that are still going.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator
from dataclasses import dataclass, field
from functools import partial

import numpy as np
from numpy.typing import NDArray

from loglens.model.run import FloatArray, IntArray
from loglens.readers.tensorboard.events.layouts import gather, rows_of
from loglens.readers.tensorboard.events.patterns import Patterns, Words
from loglens.readers.tensorboard.events.records.walk import ByteArray, bytewise
from loglens.readers.tensorboard.events.records.wire import scalar_of
from loglens.readers.tensorboard.events.tags import Tags

LONGEST_VALUE = 1024
_LONGEST_VARINT = 6
_FEW_VALUES = 16  # values of one length; of fewer, the events that hold them are left to be read one by one
_LOOKS = 4  # values that are looked at for a new place of the number

Place = tuple[int, str]
"""Where in a value the number stands, and how it is written."""

Flags = NDArray[np.bool_]


@dataclass(frozen=True, slots=True, eq=False)
class Values:
    """The values in n events.

    Per value: the number of its `event` (m,); `starts`, `lengths` (m,) of its message in the buffer.
    Per event: `walls`, `steps` (n,), and whether it is `whole` (n,): nothing but a wall time, maybe a step, a summary.
    """

    event: IntArray
    starts: IntArray
    lengths: IntArray
    walls: FloatArray
    steps: IntArray
    whole: Flags


@dataclass(frozen=True, slots=True, eq=False)
class PackedNumbers:
    """Values that were understood: which value of `Values` (k,), its tag's number (k,), the value (k,)."""

    which: IntArray
    tags: IntArray
    values: FloatArray


def values_of(buffer: ByteArray, starts: IntArray, lengths: IntArray) -> Values:
    """Takes the events at `starts` (n,) apart. The buffer must go on for 16 bytes after the last of them."""
    ends = starts + lengths
    whole = (buffer[starts] == 0x09) & (lengths > 10)
    walls = bytewise(buffer, "<f8")[starts + 1]
    at = starts + 9
    steps, after, sound = varints(buffer, at + 1)
    stepped = buffer[at] == 0x10
    steps = np.where(stepped, steps, 0)
    whole &= sound | ~stepped
    at = np.where(stepped, after, at)
    whole &= at < ends
    size, begin, sound = varints(buffer, at + 1)
    whole &= sound & (buffer[np.where(whole, at, starts)] == 0x2A) & (begin + size == ends)
    events, begins, sizes = [], [], []
    going = np.flatnonzero(whole)
    at = begin[going]
    while len(going):
        size, begin, sound = varints(buffer, at + 1)
        stop = begin + size
        sound &= (buffer[at] == 0x0A) & (stop <= ends[going]) & (size > 0) & (size <= LONGEST_VALUE)
        whole[going[~sound]] = False
        events.append(going[sound])
        begins.append(begin[sound])
        sizes.append(size[sound])
        further = sound & (stop < ends[going])
        going, at = going[further], stop[further]
    return Values(_joined(events), _joined(begins), _joined(sizes), walls, steps, whole)


def varints(buffer: ByteArray, at: IntArray) -> tuple[IntArray, IntArray, Flags]:
    """Unsigned varints at `at` (n,): the numbers, where they end, and whether they do within six bytes."""
    first = buffer[at]
    numbers = (first & 0x7F).astype(np.int64)
    ends = at + 1
    going = np.flatnonzero(first >= 0x80)
    for byte in range(1, _LONGEST_VARINT):
        if not len(going):
            break
        more = buffer[at[going] + byte]
        numbers[going] |= (more & 0x7F).astype(np.int64) << (7 * byte)
        ends[going] += 1
        going = going[more >= 0x80]
    sound = np.ones(len(at), np.bool_)
    sound[going] = False
    return numbers, ends, sound


def _joined(parts: list[IntArray]) -> IntArray:
    return np.concatenate(parts) if parts else np.empty(0, np.int64)


@dataclass(slots=True)
class ValueReader:
    """The patterns of values met so far, by length and by where in it the number stands."""

    tags: Tags
    _patterns: defaultdict[int, dict[Place, Patterns]] = field(default_factory=lambda: defaultdict(dict))

    def read(self, buffer: ByteArray, values: Values) -> PackedNumbers:
        """The values that are scalars of a known pattern, or of one that can be learned."""
        found: list[PackedNumbers] = []
        lengths = values.lengths.astype(np.uint16)
        order = np.argsort(lengths, kind="stable")
        for group in np.split(order, np.flatnonzero(np.diff(lengths[order])) + 1):
            if len(group) >= _FEW_VALUES:
                words = gather(buffer, values.starts[group], int(lengths[group[0]]) + 4)
                found += self._read_rows(words, int(lengths[group[0]]), group)
        return PackedNumbers(
            _joined([item.which for item in found]),
            _joined([item.tags for item in found]),
            np.concatenate([np.empty(0), *(item.values for item in found)]),
        )

    def _read_rows(self, words: Words, length: int, which: IntArray) -> Iterator[PackedNumbers]:
        known = self._patterns[length]
        tried = 0
        while len(words):
            if tried == len(known) and not _new_place(words, length, known):
                break
            place, patterns = list(known.items())[tried]
            tried += 1
            keys = patterns.hashes(words)
            ids = patterns.identify(words, keys, partial(self._tag, length, place))
            hit = ids >= 0
            values = rows_of(words).numbers(*place)[hit]
            yield PackedNumbers(which[hit], patterns.tags.take(ids[hit]).astype(np.int64), values)
            words, which = words[~hit], which[~hit]

    def _tag(self, length: int, place: Place, row: bytes) -> int | None:
        scalar = scalar_of(row[:length])
        return None if scalar is None or (scalar.at, scalar.code) != place else self.tags.of(scalar)


def _new_place(words: Words, length: int, known: dict[Place, Patterns]) -> bool:
    """Adds a place that was not known yet, of one of a few rows from everywhere among the values."""
    for row in words[:: max(1, len(words) // _LOOKS)]:
        scalar = scalar_of(row.tobytes()[:length])
        if scalar is not None and (scalar.at, scalar.code) not in known:
            mask = np.full(length, 0xFF, np.uint8)
            mask[scalar.at : scalar.at + int(scalar.code[-1])] = 0
            known[scalar.at, scalar.code] = Patterns(mask)
            return True
    return False
