"""Events that hold several values: taken apart in step with one another, then their values by rows.

Which tags are in one summary, and in which order, may differ from event to event, so the event as a whole has no
pattern; each value in it (tag, kind, number) has. All events advance together, one field at a time: every step of
the loops below is one operation on all events that are still going.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable
from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray

from loglens.model.run import FloatArray, IntArray
from loglens.readers.events.layouts import gather, rows_of
from loglens.readers.events.patterns import Patterns
from loglens.readers.events.walk import ByteArray, bytewise
from loglens.readers.events.wire import Scalar, scalar_of

LONGEST_VALUE = 1024
_LONGEST_VARINT = 6
_FEW_VALUES = 16  # values of one length; of fewer, the events that hold them are left to be read one by one
_STRANGERS = 8  # values that are no known kind of scalar, before the others of their length are given up

TagOf = Callable[[Scalar], int]

Flags = NDArray[np.bool_]


@dataclass(frozen=True, slots=True, eq=False)
class Values:
    """The values in n events. Per value: `event` (m,), its number; `starts`, `lengths` (m,) of its message in the buffer.

    Per event: `walls`, `steps` (n,), and whether it is `whole` (n,): nothing but a wall time, maybe a step, a summary.
    """

    event: IntArray
    starts: IntArray
    lengths: IntArray
    walls: FloatArray
    steps: IntArray
    whole: Flags


@dataclass(frozen=True, slots=True, eq=False)
class Numbers:
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
    """Reads values by the patterns of those it has met; per length, and where in it the number stands."""

    _patterns: defaultdict[int, dict[tuple[int, str], Patterns]] = field(default_factory=lambda: defaultdict(dict))

    def read(self, buffer: ByteArray, values: Values, tag_of: TagOf) -> Numbers:
        """The values that are scalars of a known pattern, or of one that can be learned."""
        found: list[Numbers] = []
        lengths = values.lengths.astype(np.uint16)
        order = np.argsort(lengths, kind="stable")
        for group in np.split(order, np.flatnonzero(np.diff(lengths[order])) + 1):
            if len(group) >= _FEW_VALUES:
                found += self._read_rows(buffer, values.starts[group], int(lengths[group[0]]), group, tag_of)
        return Numbers(
            _joined([one.which for one in found]),
            _joined([one.tags for one in found]),
            np.concatenate([np.empty(0), *(one.values for one in found)]),
        )

    def _read_rows(
        self, buffer: ByteArray, starts: IntArray, length: int, which: IntArray, tag_of: TagOf
    ) -> list[Numbers]:
        words = gather(buffer, starts, length + 4)
        found: list[Numbers] = []
        known = self._patterns[length]

        def take(place: tuple[int, str]) -> None:
            nonlocal words, which
            patterns = known[place]
            ids = patterns.match(words, patterns.hashes(words))
            hit = ids >= 0
            if hit.any():
                values = rows_of(words).column(*place)[hit].astype(np.float64)
                found.append(Numbers(which[hit], patterns.tags.take(ids[hit]).astype(np.int64), values))
                words, which = words[~hit], which[~hit]

        for place in known:
            take(place)
        strangers = 0
        while len(words) and strangers < _STRANGERS:
            scalar = scalar_of(words[0].tobytes()[:length])
            if scalar is None:
                strangers += 1
                words, which = words[1:], which[1:]
                continue
            place = (scalar.at, scalar.code)
            patterns = known.setdefault(place, Patterns(_mask(length, scalar)))
            patterns.learn(words[0], int(patterns.hashes(words[:1])[0]), tag_of(scalar))
            take(place)
        return found


def _mask(length: int, scalar: Scalar) -> ByteArray:
    mask = np.full(length, 0xFF, np.uint8)
    mask[scalar.at : scalar.at + int(scalar.code[-1])] = 0
    return mask
