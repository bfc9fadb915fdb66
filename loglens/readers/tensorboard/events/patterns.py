"""Which of the patterns met so far each of many rows of bytes is."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray

from loglens.model.run import IntArray
from loglens.readers.tensorboard.events.records.crc32c import WordArray
from loglens.readers.tensorboard.events.records.walk import ByteArray

Words = NDArray[np.uint64]
"""(n, k): n rows of bytes, each with the four bytes that follow it, as words; the last may reach further still."""
Ids = NDArray[np.int32]

_SLOTS = 4096
_STRANGERS = 8
_SAMPLE = 1024
"""Rows among which unknown patterns are looked for at a time."""
_GOLDEN = 0x9E37_79B9_7F4A_7C15  # 2**64 by the golden ratio: odd, and its powers share no pattern of bits


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
    _factors: NDArray[np.uint64] = field(init=False)
    _rows: Words = field(init=False)
    _slots: Ids = field(default_factory=lambda: np.zeros(_SLOTS, np.int32))

    def __post_init__(self) -> None:
        words = np.zeros(-(-(len(self.mask) + 4) // 8) * 8, np.uint8)
        words[: len(self.mask)] = self.mask
        self._word_mask = words.view(np.uint64)
        self._rows = np.zeros((0, len(self._word_mask)), np.uint64)
        powers = (pow(_GOLDEN, exponent, 1 << 64) for exponent in range(1, len(self._word_mask) + 1))
        self._factors = np.array(list(powers), np.uint64)

    def hashes(self, words: Words) -> WordArray:
        """(n,) A key for rows that bring none of their own: a multilinear hash of what is pattern."""
        return (((words & self._word_mask) @ self._factors) >> np.uint64(32)).astype(np.uint32)

    def identify(self, words: Words, keys: WordArray, tag_of: Callable[[bytes], int | None]) -> Ids:
        """(n,) The number of each row's pattern, in `tags`; those that were not known are learned. -1 where a row has
        none that can be: `tag_of` gives the tag in a row's bytes, None where it must not be taken for a pattern."""
        found = self._match(words, keys)
        promising = True
        while promising and len(unknown := np.flatnonzero(found < 0)):
            known = len(self.tags)
            promising = self._learn(words, keys, unknown[:: 1 + len(unknown) // _SAMPLE], tag_of)
            if len(self.tags) == known:
                break
            if len(unknown) == len(found):
                found = self._match(words, keys)
            else:
                found[unknown] = self._match(words[unknown], keys[unknown])
        return found

    def _match(self, words: Words, keys: WordArray) -> Ids:
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

    def _learn(self, words: Words, keys: WordArray, which: IntArray, tag_of: Callable[[bytes], int | None]) -> bool:
        """Learns the patterns of the rows `which`, of each new key once. Keys of many rows come first, and after a few
        that are none the others are given up, which it tells by False: rows of another kind have a key each."""
        news, firsts, counts = np.unique(keys[which], return_index=True, return_counts=True)
        often_first = np.argsort(-counts, kind="stable")
        often_first = often_first[~np.isin(news[often_first], self._keys)]
        news, firsts = news[often_first], firsts[often_first]
        found: list[tuple[int, int, int]] = []
        strangers = 0
        for key, row in zip(news.tolist(), which[firsts].tolist(), strict=True):
            tag = tag_of(words[row].tobytes())
            if tag is not None:
                found.append((row, key, tag))
                continue
            strangers += 1
            if strangers == _STRANGERS:
                break
        if not found:
            return strangers < _STRANGERS
        rows, new_keys, tags = zip(*found, strict=True)
        self._slots[np.array(new_keys) & (_SLOTS - 1)] = np.arange(len(found)) + len(self.tags)
        self.tags = np.append(self.tags, np.array(tags, np.int32))
        self._keys = np.append(self._keys, np.array(new_keys, np.uint32))
        self._rows = np.vstack((self._rows, words[list(rows)] & self._word_mask))
        return strangers < _STRANGERS
