"""Many payloads of one length at once: which of them are a known pattern, whether their checksums hold, their fields.

A *layout* says where in a payload of a given length the wall time, the step and the value stand; all other bytes are
the same for every point of a tag, and are that tag's *pattern*. A row's pattern is found without looking at it: take
what the bytes that vary add to the checksum out of the checksum that was written, and what is left depends on the
pattern alone. A row whose other bytes equal the pattern found in this way has, by the same sum, a checksum that holds.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

import numpy as np
from numpy.typing import NDArray

from loglens.model.run import FloatArray, IntArray
from loglens.readers.tensorboard.events.patterns import Patterns, Words
from loglens.readers.tensorboard.events.records.crc32c import WordArray, pair_table, unmasked
from loglens.readers.tensorboard.events.records.heads import LONGEST_STEP
from loglens.readers.tensorboard.events.records.walk import ByteArray, bytewise
from loglens.readers.tensorboard.events.records.wire import TensorShape

_WALL_AT, _STEP_AT = 1, 10
_WALL_VARIES = 6  # of its 8 bytes; the other two, sign and exponent, change once in years: a new pattern then


@dataclass(frozen=True, slots=True, eq=False)
class Rows:
    """`count` payloads of one length at equal distances: the first begins at byte `begin` of `memory`, the next
    `stride` bytes after it."""

    memory: NDArray[Any]
    begin: int
    stride: int
    count: int

    def column(self, at: int, dtype: str) -> NDArray[Any]:
        """(count,) The values of `dtype` that stand at byte `at` of every payload: a view."""
        return np.ndarray(
            shape=(self.count,), dtype=dtype, buffer=self.memory, offset=self.begin + at, strides=(self.stride,)
        )

    def numbers(self, at: int, code: str) -> FloatArray:
        """(count,) The floats of either size that stand at byte `at` of every payload."""
        with np.errstate(invalid="ignore"):  # a signalling NaN is a NaN like any other
            return self.column(at, code).astype(np.float64)


def gather(buffer: ByteArray, starts: IntArray, size: int) -> Words:
    """(n, k) The `size` bytes from each of `starts` (n,) on, copied, and what follows up to a whole word."""
    words = (size + 7) // 8
    # a view of one wide item per byte, indexed, copies 7 times faster than take() or byte by byte
    return bytewise(buffer, f"V{8 * words}")[starts].view(np.uint64).reshape(len(starts), words)


def rows_of(words: Words) -> Rows:
    return Rows(words, 0, words.strides[0], len(words))


@dataclass(frozen=True, slots=True)
class FieldOffset:
    """Where the parts that vary stand in a payload: `step_size` is 0 where the step is left out."""

    length: int
    step_size: int
    value_at: int
    value_code: str

    @property
    def kind(self) -> tuple[int, int]:
        """The lengths of the payload and of the step."""
        return self.length, self.step_size

    @classmethod
    def of(cls, shape: TensorShape, length: int) -> FieldOffset | None:
        """The place of the only scalar of an event; None where rows of its kind cannot be laid out."""
        if not shape.plain or len(shape.scalars) != 1 or shape.passed or shape.step_size > LONGEST_STEP:
            return None
        return cls(length, shape.step_size, shape.scalars[0].at, shape.scalars[0].code)


@dataclass(slots=True)
class RecordLayout:
    """A place, and the patterns found there. `mask`: (length,) the bits of a payload that are pattern."""

    place: FieldOffset
    patterns: Patterns = field(init=False)
    mask: ByteArray = field(init=False)
    _lookups: tuple[tuple[int, WordArray], ...] = field(init=False)

    def __post_init__(self) -> None:
        place = self.place
        value_end = place.value_at + int(place.value_code[-1])
        pairs = [*range(_WALL_AT, _WALL_AT + _WALL_VARIES, 2), *range(place.value_at, value_end, 2)]
        pairs += range(_STEP_AT, _STEP_AT + place.step_size, 2)
        self._lookups = tuple((at, pair_table(place.length - at - 2)) for at in pairs)
        self.mask = np.full(place.length, 0xFF, np.uint8)
        self.mask[_WALL_AT : _WALL_AT + _WALL_VARIES] = 0
        self.mask[_STEP_AT : _STEP_AT + place.step_size] = 0x80  # whether a varint goes on is part of the pattern
        self.mask[place.value_at : value_end] = 0
        self.patterns = Patterns(self.mask)

    def keys(self, rows: Rows) -> WordArray:
        """(n,) What is left of each row's checksum without the bytes that vary: one number per pattern."""
        keys = unmasked(rows.column(self.place.length, "<u4"))
        for at, table in self._lookups:
            keys ^= table.take(rows.column(at, "<u2"))
        return keys

    def walls(self, rows: Rows) -> FloatArray:
        return rows.column(_WALL_AT, "<f8").copy()

    def values(self, rows: Rows) -> FloatArray:
        return rows.numbers(self.place.value_at, self.place.value_code)

    def steps(self, rows: Rows) -> IntArray:
        """(n,) int64, from a varint: seven bits a byte, the lowest first."""
        steps = np.zeros(rows.count, np.int64)
        for byte in range(self.place.step_size):
            bits = rows.column(_STEP_AT + byte, "u1").astype(np.int64)
            bits &= 0x7F
            bits <<= 7 * byte
            steps |= bits
        return steps
