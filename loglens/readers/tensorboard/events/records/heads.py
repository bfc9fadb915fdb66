"""Which events hold one value and no more, told from their first bytes.

A canonical event begins with its wall time and its step (a varint, left out where it is 0); the summary, and in it the
first value, follow with their sizes. Where that value goes up to the end of the payload there is no other. All events
are looked at together, so that only those that can be laid out as rows are, sorted by how long their step is.
"""

from __future__ import annotations

from functools import cache

import numpy as np
from numpy.typing import NDArray

from loglens.model.run import IntArray
from loglens.readers.tensorboard.events.records.walk import ByteArray, bytewise

LONGEST_ROW = 4096
"""Longer payloads are not laid out as rows: the copy would cost more than looking at them one by one."""
LONGEST_STEP = 6
"""Bytes of a step below 2**42."""
OTHER = -1
_SUMMARY_HEAD = 6
"""Bytes at most before what a summary's first value holds: two keys, and two sizes below 2**14."""
_STEP_AT = 9
"""Where the step's key stands, or without a step the summary's."""


def step_sizes(buffer: ByteArray, starts: IntArray, lengths: IntArray) -> NDArray[np.int8]:
    """(n,) How many bytes the step of an event with one value takes (0: it is left out); OTHER for other events.

    `starts`, `lengths` (n,): the payloads. The buffer must go on for 32 bytes after the last of them.
    """
    words = bytewise(buffer, "<u8")
    begin = words[starts + _STEP_AT]
    stepped = begin & np.uint64(0xFF) == 0x10
    # the lowest bit that is set here belongs to the last byte of the varint
    last = ~begin & np.uint64(0x0080_8080_8080_8000)
    last &= -last
    sizes: NDArray[np.int8] = stepped.astype(np.int8)
    for byte in range(2, LONGEST_STEP + 1):
        sizes += stepped & (last >= np.uint64(0x80 << 8 * byte))
    at = _STEP_AT + sizes + stepped
    rest = lengths - at
    rest[(rest < 0) | (rest > LONGEST_ROW)] = 0
    masks, heads = _summary_heads()
    sole = words[starts + at] & masks.take(rest) == heads.take(rest)
    sole &= (last != 0) | ~stepped
    sizes[~sole] = OTHER
    return sizes


@cache
def _summary_heads() -> tuple[NDArray[np.uint64], NDArray[np.uint64]]:
    """(LONGEST_ROW + 1,) each, by the size of a summary with its key: a mask, and what under that mask its first eight
    bytes are where one value fills it. No bytes are like that where no such summary has that size."""
    inner = np.arange(1, LONGEST_ROW - _SUMMARY_HEAD, dtype=np.uint64)
    number, width = _varints(inner)
    value, value_width = 0x0A | number << 8, 1 + width
    number, width = _varints(value_width + inner)
    head, head_width = 0x2A | number << 8 | value << 8 * (1 + width), 1 + width + value_width
    masks, heads = np.zeros(LONGEST_ROW + 1, np.uint64), np.ones(LONGEST_ROW + 1, np.uint64)
    whole = (head_width + inner).astype(np.intp)
    masks[whole] = (1 << 8 * head_width) - 1
    heads[whole] = head
    return masks, heads


def _varints(numbers: NDArray[np.uint64]) -> tuple[NDArray[np.uint64], NDArray[np.uint64]]:
    """Numbers below 2**14 as varints, and how many bytes each takes."""
    two = numbers >= 0x80
    return np.where(two, numbers & 0x7F | 0x80 | numbers >> 7 << 8, numbers), np.where(two, np.uint64(2), np.uint64(1))
