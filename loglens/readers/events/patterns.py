"""Which of the patterns met so far each of many rows of bytes is."""

from __future__ import annotations

from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray

from loglens.readers.events.crc32c import WordArray
from loglens.readers.events.walk import ByteArray

Words = NDArray[np.uint64]
"""(n, k): n rows of bytes, each with the four bytes that follow it, as words; the last may reach further still."""
Ids = NDArray[np.int32]

_SLOTS = 4096


@dataclass(slots=True)
class Patterns:
    """Rows of one length that agree in all bits of `mask` (size,) have one pattern, and that has a tag.

    A row is looked up by a key, a number that all rows of a pattern share, and then compared in full: a key that two
    patterns share by chance makes a row slow, never wrong.
    """

    mask: ByteArray
    tags: Ids = field(default_factory=lambda: np.zeros(0, np.int32))
    _word_mask: NDArray[np.uint64] = field(init=False)
    _keys: WordArray = field(default_factory=lambda: np.zeros(0, np.uint32))
    _rows: Words = field(init=False)
    _slots: Ids = field(default_factory=lambda: np.zeros(_SLOTS, np.int32))

    def __post_init__(self) -> None:
        words = np.zeros(-(-(len(self.mask) + 4) // 8) * 8, np.uint8)
        words[: len(self.mask)] = self.mask
        self._word_mask = words.view(np.uint64)
        self._rows = np.zeros((0, len(self._word_mask)), np.uint64)

    def hashes(self, words: Words) -> WordArray:
        """(n,) A key for rows that bring none of their own: a multilinear hash of what is pattern."""
        width = words.shape[1]
        factors = np.random.default_rng(width).integers(1, 1 << 63, width, dtype=np.uint64)
        return (((words & self._word_mask) @ factors) >> np.uint64(32)).astype(np.uint32)

    def match(self, words: Words, keys: WordArray) -> Ids:
        """(n,) The number of each row's pattern, in `tags`; -1 where it is none of those known."""
        if not len(self.tags):
            return np.full(len(words), -1, np.int32)
        found = self._slots.take(keys & np.uint32(_SLOTS - 1))
        strange = self._keys.take(found) != keys
        if strange.any():
            # two patterns in one slot, or an unknown one
            order = np.argsort(self._keys)
            nearest = np.minimum(np.searchsorted(self._keys[order], keys[strange]), len(order) - 1)
            found[strange] = order[nearest]
            strange = self._keys.take(found) != keys
        rest = words & self._word_mask
        rest ^= self._rows.take(found, axis=0)
        if rest.any():
            strange |= rest.any(axis=1)
        found[strange] = -1
        return found

    def learn(self, row: Words, key: int, tag: int) -> None:
        """Takes `row` (k,) as the pattern of `tag`."""
        self._slots[key & (_SLOTS - 1)] = len(self.tags)
        self.tags = np.append(self.tags, np.int32(tag))
        self._keys = np.append(self._keys, np.uint32(key))
        self._rows = np.vstack((self._rows, row & self._word_mask))
