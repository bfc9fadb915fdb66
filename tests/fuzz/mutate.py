"""Changes to a file, each of a kind that machines, programs and people make, or that somebody malicious would."""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from random import Random

from tests.fuzz.whole_parts import cells, inside, json_node, resealed

NUMBER = re.compile(rb"-?\d+(?:\.\d+)?(?:[eE][-+]?\d+)?")
WORD = re.compile(rb"[A-Za-z_]{2,}")
NUMBERS = (b"1e300", b"-1e300", b"1e999", b"nan", b"NaN", b"inf", b"-Infinity", b"0", b"-0.0", b"5e-324", b"1e-310",
           b"9223372036854775807", b"9223372036854775808", b"-9223372036854775809", b"1" * 400, b"1_000", b"1,5",
           b"0x10", b"null", b"true", b'"x"', b"[]", b"{}", b"[[1]]", b"", b"1e308", b"2147483648",
           b"\xd9\xa3", b"\xc2\xb2")  # fmt: skip
TOKENS = (b"\0", b"\r", b"\n", b"\r\n", b"\x1b[2J", b"\x85", b"\xe2\x80\xa8", b"\xef\xbb\xbf", b"\xff\xfe",
          b"\xed\xa0\x80",
          b'"', b"'", b",", b";", b"\t", b":", b"=", b"|", b"[", b"]", b"{", b"}", b"(", b")", b"\\", b"\\ud800", b"#",
          b"step", b"epoch", b"loss", b"lr", b"_step", b"global_step", b"nan", b"Epoch 1/2", b"%|", b"it [",
          b"\xe2\x94\x81",
          b"<script>", b"tensor(", b"iteration 1/ 2 |", b'{"log": "', b"100%|", b"[" * 60, b"{" * 60, b'{"a":' * 300,
          b" " * 300, b"1" * 300, b"a" * 300)  # fmt: skip
Change = Callable[[bytes, Random], bytes]


def _place(data: bytes, random: Random) -> int:
    return random.randrange(len(data) + 1)


def flip(data: bytes, random: Random) -> bytes:
    changed = bytearray(data)
    for _ in range(random.choice((1, 1, 2, 8, 40))):
        if changed:
            changed[random.randrange(len(changed))] ^= 1 << random.randrange(8)
    return bytes(changed)


def put_token(data: bytes, random: Random) -> bytes:
    at = _place(data, random)
    return data[:at] + random.choice(TOKENS) * random.choice((1, 1, 1, 3, 30)) + data[at:]


def put_number(data: bytes, random: Random) -> bytes:
    return _replaced(data, NUMBER, NUMBERS, random)


def put_word(data: bytes, random: Random) -> bytes:
    return _replaced(data, WORD, TOKENS, random)


def _replaced(data: bytes, pattern: re.Pattern[bytes], words: Sequence[bytes], random: Random) -> bytes:
    start = _place(data, random)
    found = pattern.search(data, start) or pattern.search(data)
    if found is None:
        return data
    return data[: found.start()] + random.choice(words) + data[found.end() :]


def all_numbers(data: bytes, random: Random) -> bytes:
    """A share of all numbers at once."""
    share, number = random.choice((0.02, 0.2, 1.0)), random.choice(NUMBERS)
    return NUMBER.sub(lambda one: number if random.random() < share else one[0], data, count=2000)


def cut(data: bytes, random: Random) -> bytes:
    return data[: _place(data, random)]


def without(data: bytes, random: Random) -> bytes:
    at = _place(data, random)
    return data[:at] + data[at + random.choice((1, 2, 7, 100, 2000)) :]


def again(data: bytes, random: Random) -> bytes:
    at, end = sorted((_place(data, random), _place(data, random)))
    return data[:end] + data[at:end] * random.choice((1, 1, 2, 5)) + data[end:]


def zeros(data: bytes, random: Random) -> bytes:
    at = _place(data, random)
    length = random.choice((1, 5, 512, 4096))
    return data[:at] + b"\0" * length + data[at + length :]


def _lines(data: bytes) -> list[bytes]:
    return data.split(b"\n")


def shuffle(data: bytes, random: Random) -> bytes:
    lines = _lines(data)
    rest = lines[1:]
    random.shuffle(rest)
    return b"\n".join(lines[:1] + rest)


def double(data: bytes, _: Random) -> bytes:
    return b"\n".join(one for line in _lines(data) for one in (line, line))


def drop_lines(data: bytes, random: Random) -> bytes:
    share = random.random()
    return b"\n".join(line for line in _lines(data) if random.random() > share)


def one_line(data: bytes, random: Random) -> bytes:
    """One line in the place of all the others."""
    lines = _lines(data)
    line = random.choice(lines)
    return b"\n".join(lines[:1] + [line] * min(len(lines), 200))


def line_ends(data: bytes, random: Random) -> bytes:
    return data.replace(b"\n", random.choice((b"\r", b"\r\n", b"\n\n", b"\n\r", b" ", b"\0\n")))


def encoded(data: bytes, random: Random) -> bytes:
    text = data.decode("utf-8", "replace")
    return text.encode(random.choice(("utf-16", "utf-16-le", "utf-16-be", "utf-32", "utf-8-sig", "utf-7")), "replace")


def joined(data: bytes, random: Random, other: bytes) -> bytes:
    at, there = _place(data, random), _place(other, random)
    return data[:at] + other[there : there + 4000]


def packed(data: bytes, random: Random) -> bytes:
    return inside(data, random, random.choice((flip, put_number, cut, without)))


CHANGES: tuple[Change, ...] = (
    flip, put_token, put_number, put_word, all_numbers, cut, without, again, zeros, shuffle, double, drop_lines,
    one_line, line_ends, encoded, packed, cells,
)  # fmt: skip
LONGEST = 4
"""How many times its seed an input may be, beyond the first `ROOM` bytes: long ones are read a few times a second."""
ROOM = 4_000


def mutated(data: bytes, random: Random, other: bytes) -> bytes:
    """One to six changes, or half of one file and half of another."""
    most = ROOM + LONGEST * len(data) if random.random() < 0.98 else 200_000
    if random.random() < 0.05:
        data = joined(data, random, other)
    for _ in range(random.choice((1, 1, 1, 2, 2, 3, 6))):
        data = _change(data, random)(data, random)[:most]
    return data


def _change(data: bytes, random: Random) -> Change:
    """What goes behind the first check of a file, half of the time; anything else."""
    if random.random() < 0.5:
        if data[:1] in (b"{", b"["):
            return json_node
        if b"\0" in data[:16]:
            return resealed
    return random.choice(CHANGES)
