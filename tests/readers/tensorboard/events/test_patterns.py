from __future__ import annotations

import numpy as np
import pytest

from loglens.readers.tensorboard.events.patterns import Patterns, Words

SIZE = 12
MASK = np.array([0xFF] * 8 + [0] * 4, np.uint8)


def words_of(rows: list[bytes]) -> Words:
    return np.frombuffer(b"".join(row + bytes(4) for row in rows), np.uint64).reshape(len(rows), 2)


def tag_of(row: bytes) -> int | None:
    """The number in the first two bytes; rows that begin with 0xFFFF are of another kind."""
    tag = int.from_bytes(row[:2], "little")
    return None if tag == 0xFFFF else tag


def row_of(tag: int, varying: int) -> bytes:
    return tag.to_bytes(2, "little") + b"pattern"[:6] + varying.to_bytes(4, "little")


@pytest.mark.parametrize("count", [1, 30, 5000])
def test_rows_of_many_patterns(count: int) -> None:
    """More than are looked at together, and more than there are slots for."""
    tags = [row * 7 % count for row in range(3 * count)]
    words = words_of([row_of(tag, row) for row, tag in enumerate(tags)])
    patterns = Patterns(MASK)
    for _again in range(2):
        found = patterns.identify(words, patterns.hashes(words), tag_of)
        assert patterns.tags[found].tolist() == tags
        assert len(patterns.tags) == count


def test_a_key_that_two_patterns_share_makes_a_row_unknown() -> None:
    words = words_of([row_of(tag, 0) for tag in (1, 2, 1, 3)])
    patterns = Patterns(MASK)
    found = patterns.identify(words, np.array([5, 5, 5, 6], np.uint32), tag_of)
    assert [int(patterns.tags[one]) if one >= 0 else None for one in found] == [1, None, 1, 3]


def test_rows_of_another_kind_are_given_up() -> None:
    asked = []

    def tag_asked(row: bytes) -> int | None:
        asked.append(row)
        return tag_of(row)

    strange = [b"\xff\xff" + number.to_bytes(6, "little") + bytes(4) for number in range(3000)]
    words = words_of([*strange, *[row_of(4, number) for number in range(50)]])
    patterns = Patterns(MASK)
    found = patterns.identify(words, patterns.hashes(words), tag_asked)
    assert (found >= 0).tolist() == [False] * 3000 + [True] * 50
    assert len(asked) < 50
