from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from loglens.readers.tensorboard.events.records import crc32c


@pytest.mark.parametrize(
    ("data", "expected"),
    [(bytes(32), 0x8A9136AA), (b"\xff" * 32, 0x62A8AB43), (bytes(range(32)), 0x46DD794E), (b"123456789", 0xE3069283)],
    ids=["zeros", "ones", "counting", "check"],
)
def test_known_checksums(data: bytes, expected: int) -> None:
    # RFC 3720, B.4, and the usual check value
    assert crc32c.checksum(data) == expected


@given(st.binary(min_size=2, max_size=300), st.integers(0, 0xFFFF), st.data())
def test_a_table_gives_what_two_bytes_add(data: bytes, word: int, drawn: st.DataObject) -> None:
    at = drawn.draw(st.integers(0, len(data) - 2))
    without = data[:at] + bytes(2) + data[at + 2 :]
    having = data[:at] + word.to_bytes(2, "little") + data[at + 2 :]
    added = int(crc32c.pair_table(len(data) - at - 2)[word])
    assert crc32c.checksum(having) == crc32c.checksum(without) ^ added


@given(st.integers(0, 0xFFFF))
def test_headers_of_small_records(length: int) -> None:
    assert int(crc32c.header_table()[length]) == crc32c.header_crc(length)


@given(st.lists(st.binary(max_size=40), max_size=20))
def test_many_checksums_at_once(parts: list[bytes]) -> None:
    buffer = np.frombuffer(b"".join(part + b"gap" for part in parts), np.uint8)
    lengths = np.array([len(part) for part in parts], np.int64)
    starts = np.cumsum(np.append(0, lengths + 3))[: len(parts)].astype(np.int64)
    assert crc32c.checksums(buffer, starts, lengths).tolist() == [crc32c.checksum(part) for part in parts]


@given(st.integers(0, 0xFFFFFFFF))
def test_unmasking(crc: int) -> None:
    written = np.array([crc32c.mask(crc)], np.uint32)
    assert crc32c.unmasked(written).tolist() == [crc]
