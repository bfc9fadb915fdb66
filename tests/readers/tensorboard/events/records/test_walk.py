from __future__ import annotations

import random
import struct

import numpy as np
import pytest

from loglens.readers.tensorboard.events.records.crc32c import masked
from loglens.readers.tensorboard.events.records.walk import Gap, Walker
from tests.benchmarks.event_files import frame


def walk(data: bytes, size: int | None = None) -> tuple[list[bytes], list[Gap]]:
    """The payloads found in a file of these bytes, and the gaps."""
    buffer = np.frombuffer(data + bytes(16), np.uint8)
    walker = Walker(len(data) if size is None else size)
    records = walker.walk(buffer, 0, len(data), 0)
    walker.finish(buffer, records.stop, len(data), 0)
    places = zip(records.starts.tolist(), records.lengths.tolist(), strict=True)
    return [data[start : start + length] for start, length in places], walker.gaps


def payloads(count: int, longest: int, seed: int = 0) -> list[bytes]:
    chance = random.Random(seed)  # noqa: S311  # lengths, no secrets
    return [chance.randbytes(chance.randrange(longest)) for _ in range(count)]


def header(length: int) -> bytes:
    raw = struct.pack("<Q", length)
    return raw + struct.pack("<I", masked(raw))


@pytest.mark.parametrize("longest", [60, 3_000, 70_000, 300_000])
def test_finds_records_of_any_length(longest: int) -> None:
    written = payloads(4_000_000 // longest // 4 + 20, longest)
    assert walk(b"".join(map(frame, written))) == (written, [])


def test_empty_payloads_are_records() -> None:
    assert walk(frame(b"") * 100) == ([b""] * 100, [])


def test_an_event_file_inside_a_payload_is_not_taken_apart() -> None:
    inner = b"".join(map(frame, payloads(200, 60)))
    written = [b"before", inner, b"between", inner + bytes(70_000), b"after"]
    assert walk(b"".join(map(frame, written))) == (written, [])


@pytest.mark.parametrize("cut", [1, 7, 11, 12, 20, 30, 33])
def test_a_record_cut_anywhere_is_a_torn_tail(cut: int) -> None:
    whole = [b"one", b"two" * 50]
    last = frame(b"x" * 20)
    data = b"".join(map(frame, whole))
    assert walk(data + last[:cut]) == (whole, [Gap("torn", len(data), cut)])


def test_a_damaged_header_costs_its_record_only() -> None:
    records = [frame(part) for part in (b"one", b"two", b"three")]
    damaged = bytearray(records[1])
    damaged[3] ^= 0x10
    found, gaps = walk(records[0] + bytes(damaged) + records[2])
    assert found == [b"one", b"three"]
    assert gaps == [Gap("passed over", len(records[0]), len(records[1]))]


def test_stray_bytes_are_passed_over() -> None:
    assert walk(frame(b"one") + b"?" * 37 + frame(b"two")) == ([b"one", b"two"], [Gap("passed over", 19, 37)])


def test_a_large_record_is_found_again_after_damage() -> None:
    large = bytes(100_000)
    assert walk(b"?" * 5 + frame(large)) == ([large], [Gap("passed over", 0, 5)])


def test_zeros_are_no_records() -> None:
    assert walk(frame(b"one") + bytes(4096)) == ([b"one"], [Gap("zeros", 19, 4096)])
    assert walk(bytes(300_000)) == ([], [Gap("zeros", 0, 300_000)])


def test_noise_up_to_the_end() -> None:
    noise = random.Random(1).randbytes(5000)  # noqa: S311  # bytes, no secrets
    assert walk(frame(b"one") + noise) == ([b"one"], [Gap("unreadable end", 19, 5000)])


@pytest.mark.parametrize("length", [1 << 60, 1 << 40, (1 << 64) - 1, 1 << 31])
def test_an_impossible_length_with_a_valid_checksum(length: int) -> None:
    found, gaps = walk(frame(b"one") + header(length) + b"rest" * 9 + frame(b"two"))
    assert found == [b"one", b"two"]
    assert gaps == [Gap("passed over", 19, 48)]


def test_a_length_longer_than_the_file_at_its_end_is_a_torn_tail() -> None:
    assert walk(frame(b"one") + header(1 << 20) + b"begun")[1] == [Gap("torn", 19, 17)]


def test_a_walk_in_pieces_finds_the_same() -> None:
    written = payloads(500, 400, seed=3)
    data = b"".join(map(frame, written[:250])) + b"!" * 50 + b"".join(map(frame, written[250:]))
    for size in (64, 1000, 4096):
        walker = Walker(len(data))
        found: list[bytes] = []
        base = end = 0
        while end < len(data):
            end = min(len(data), end + size)
            buffer = np.frombuffer(data[base:end] + bytes(16), np.uint8)
            records = walker.walk(buffer, 0, end - base, base)
            places = zip(records.starts.tolist(), records.lengths.tolist(), strict=True)
            found += [data[base + start : base + start + length] for start, length in places]
            base += records.stop
        assert found == written
        assert walker.gaps == [Gap("passed over", sum(len(part) + 16 for part in written[:250]), 50)]
