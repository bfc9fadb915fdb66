"""crc32c as event files use it, of one payload or of many alike.

The checksum is linear over bits: for payloads of one length, crc(a ^ b) = crc(a) ^ crc(b) ^ crc(0). What a byte adds
therefore depends only on its value and on how many bytes follow it. `pair_table` has that sum for two neighbouring
bytes, so that the checksums of a thousand payloads that differ in a few places cost a few look-ups each.

Polynomial and masking: RFC 3720 (Castagnoli, reflected); TensorFlow's `crc32c::Mask` rotates right by 15 bits and adds
a constant, so that the checksum of data that holds checksums stays a good one.
"""

from __future__ import annotations

from functools import cache, lru_cache

import google_crc32c
import numpy as np
from numpy.typing import NDArray

WordArray = NDArray[np.uint32]

POLYNOMIAL = 0x82F63B78
MASK_DELTA = 0xA282EAD8
_ALL = 0xFFFFFFFF


def checksum(data: bytes | NDArray[np.uint8]) -> int:
    """The crc32c of some bytes."""
    return int(google_crc32c.value(data))


def masked(data: bytes | NDArray[np.uint8]) -> int:
    """The crc32c of some bytes as it is written into an event file."""
    return mask(checksum(data))


def checksums(buffer: NDArray[np.uint8], starts: NDArray[np.int64], lengths: NDArray[np.int64]) -> WordArray:
    """(n,) The plain checksums of pieces of a buffer that stand close together, in order."""
    if not len(starts):
        return np.empty(0, np.uint32)
    first = int(starts[0])
    data = buffer[first : int(starts[-1] + lengths[-1])].tobytes()  # slices of bytes are the quickest to make
    begins = starts - first
    slices = map(slice, begins.tolist(), (begins + lengths).tolist())
    # no Python between the calls: that would take longer than the checksums do
    return np.fromiter(map(google_crc32c.value, map(data.__getitem__, slices)), np.uint32, len(starts))


def mask(crc: int) -> int:
    return (((crc >> 15) | (crc << 17)) + MASK_DELTA) & _ALL


def unmasked(words: WordArray) -> WordArray:
    """Plain checksums from written ones, (n,) uint32; `words` is left alone."""
    rotated = words - np.uint32(MASK_DELTA)
    plain: WordArray = rotated >> np.uint32(17)
    rotated <<= np.uint32(15)
    plain |= rotated
    return plain


def _after_zero_bits(crc: int, bits: int) -> int:
    for _ in range(bits):
        crc = (crc >> 1) ^ (POLYNOMIAL if crc & 1 else 0)
    return crc


_BIT_SUMS: list[tuple[int, ...]] = [tuple(_after_zero_bits(1 << bit, 8) for bit in range(8))]
"""Element n: what bits 0 to 7 of a byte add to the checksum where n bytes come after it. Grows as it is asked for."""


def _bit_sums(following: int) -> tuple[int, ...]:
    while len(_BIT_SUMS) <= following:
        _BIT_SUMS.append(tuple(_after_zero_bits(crc, 8) for crc in _BIT_SUMS[-1]))
    return _BIT_SUMS[following]


@lru_cache(maxsize=256)
def pair_table(following: int) -> WordArray:
    """(65536,) uint32: what two bytes, read as a little-endian word, add where `following` bytes come after them."""
    table = np.zeros(65_536, np.uint32)
    for bit, crc in enumerate(_bit_sums(following + 1) + _bit_sums(following)):
        half = 1 << bit
        np.bitwise_xor(table[:half], np.uint32(crc), out=table[half : 2 * half])
    table.flags.writeable = False
    return table


@cache
def header_table() -> WordArray:
    """(65536,) uint32: the masked checksum of the header of a record whose payload has that many bytes."""
    crc = pair_table(6) ^ np.uint32(checksum(bytes(8)))
    table: WordArray = ((crc >> np.uint32(15)) | (crc << np.uint32(17))) + np.uint32(MASK_DELTA)
    table.flags.writeable = False
    return table


def header_crc(length: int) -> int:
    """The masked checksum of a record's length."""
    return masked(length.to_bytes(8, "little"))
