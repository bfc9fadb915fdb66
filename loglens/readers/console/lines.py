"""The lines of a text log: colours and containers taken off, and kept as one text, however many there are."""

from __future__ import annotations

import re
from bisect import bisect_right
from collections.abc import Iterator, Sequence
from itertools import compress
from typing import overload

import numpy as np
from numpy.typing import NDArray

from loglens.readers.contract import limits
from loglens.readers.contract.files import decode_text
from loglens.readers.contract.json_text import loaded
from loglens.readers.contract.points import INFINITY, NO_NUMBER

COLOURS = re.compile(rb"\x1b\[[0-9;?]*[ -/]*[@-~]|\x1b[()][A-Z0-9]|\x1b\][^\x07\x1b\n]*(?:\x07|\x1b\\)|\x1b[=>78]|\x08")
TYPESET = (
    (b"\xe2\x80\x98", b"'"), (b"\xe2\x80\x99", b"'"), (b"\xe2\x80\x9c", b'"'), (b"\xe2\x80\x9d", b'"'),
    (b"\xe2\x88\x92", b"-"), (b"\xe2\x80\x93", b"-"), (b"\xc2\xa0", b" "),
    (b"\xef\xbc\x9a", b":"), (b"\xef\xbc\x8c", b", "), (b"\xef\xbc\x9b", b"; "), (b"\xef\xbc\x9d", b"="),
    (b"\xce\xb7 = ", b"lr = "), (b"\xce\xb7=", b"lr="), (b"\xce\xb7: ", b"lr: "),
    (b"\xef\xbc\x88", b"("), (b"\xef\xbc\x89", b")"), (b"\xe3\x80\x81", b", "), (b"\xe3\x80\x80", b" "),
)  # fmt: skip
"""What a forum or a word processor makes of quotes, minus signs and blanks; the wide signs of Chinese and Japanese; the
Greek letter that is the rate."""
TYPESET_LEADS = (b"\xe2\x80", b"\xc2\xa0", b"\xe2\x88\x92", b"\xef\xbc", b"\xe3\x80", b"\xce\xb7")
_OWN = rb"(?:local|own|rank\s?\d{1,5}|this|now|cur(?:rent)?|last|value|batch)"
_ALL = rb"reduced|global|all|world"
_MEAN = rb"mean|avg|average|ema|smooth(?:ed)?|median"
TWO_VALUES = re.compile(
    rb"[:=]?\s?[\[{(]\s?'?(?:(local|own|rank\s?\d{1,5})|" + _OWN + rb")'?\s?[:=]\s?([^\s|,;\]})]{1,40})"
    rb"\s?[|,;/]\s?'?(?:(" + _ALL + rb")|" + _MEAN + rb")'?\s?[:=]\s?([^\s|,;\]})]{1,40})"
    rb"(?:\s?[|,;/]\s?'?[\w-]{1,20}'?\s?[:=]\s?[^\s|,;\]})]{1,40}){0,2}\s?[\]})]"
)
"""A value in its two kinds: one process's own beside that of all of them, or the batch's own beside a running mean."""
SPELT_MARKS = (b".#I", b".#Q", b".#S", b"aN32", b"aN16", b"nf32", b"nf16", b"(ind)", b"(snan)", b"\xe2\x88\x9e")
SPELT = re.compile(rf"(?<![\w.])([-+]?)(?:(?:{NO_NUMBER})|({INFINITY}))(?![\w.])".encode(), re.IGNORECASE)
PROBED = 1 << 16
"""Bytes at the beginning of a text that show whether its lines tell values in two kinds."""
PPRINTED = re.compile(rb",\r?\n (?='[\w/.-]{1,80}': )")
"""A dictionary that Python printed over several lines."""
NAMED_DECIMAL = re.compile(rb"[A-Za-z)\]%](?:\s*[:=]\s*|\s+)[-+]?(\d+)([.,])(\d+)(?!\d|[.,]\d)")
DECIMAL_COMMA = re.compile(rb"(?<![\d.,])(\d+),(\d+)(?!\d|[.,]\d)")
CONTAINER_LOG = re.compile(rb'\{"log":\s*"(?:[^"\\]|\\.)*",\s*"(?:stream|attrs)":')
ENDLESS_DIGITS = 400
"""More than any number has: a picture or a key. Python refuses to make a number of some thousands."""
ENDLESS = re.compile(rb"\d{%d}" % ENDLESS_DIGITS)
LINE_END = re.compile(rb"\r\n|\n|\r")
PIECE = 1 << 18
"""Bytes whose lines are taken apart at a time: a line of its own costs as much again as it holds."""


def plain_text(data: bytes) -> bytes | None:
    """A text as UTF-8, colours and backspaces taken out. None if binary."""
    if data[:2] in (b"\xff\xfe", b"\xfe\xff") or b"\0" in data:
        text = decode_text(data)
        if text is None:
            return None
        data = text.encode()
    if CONTAINER_LOG.match(data):
        data = _unwrapped(data)
    if any(mark in data for mark in SPELT_MARKS):
        data = SPELT.sub(lambda found: found[1] + (b"inf" if found[2] else b"nan"), data)
    if b"\x1b" in data or b"\x08" in data:
        data = COLOURS.sub(b"", data)
    if b",\n '" in data:
        data = PPRINTED.sub(b", ", data)
    if TWO_VALUES.search(data, 0, PROBED):
        data = TWO_VALUES.sub(_both, data)
    if any(lead in data for lead in TYPESET_LEADS):
        for typeset, typed in TYPESET:
            data = data.replace(typeset, typed)
    return data.removeprefix(b"\xef\xbb\xbf")


def _both(found: re.Match[bytes]) -> bytes:
    """The value of all processes, or of the batch itself, with the other one in brackets behind it."""
    first, second = (found[4], found[2]) if found[1] or found[3] else (found[2], found[4])
    return b": %s (%s)" % (first, second)


def has_decimal_commas(sample: bytes) -> bool:
    """Whether the numbers of a text have a comma where others have a point: `Loss: 0,4301`. A comma before three digits
    may part thousands, and says nothing."""
    commas = points = 0
    for whole, mark, rest in NAMED_DECIMAL.findall(sample):
        if mark == b".":
            points += 1
        elif whole in (b"0", b"00") or len(rest) != 3:
            commas += 1
    return commas >= 3 and commas > 4 * points


def with_decimal_points(text: bytes) -> bytes:
    """The same text with points for the commas in its numbers."""
    return DECIMAL_COMMA.sub(rb"\1.\2", text)


def _unwrapped(data: bytes) -> bytes:
    """What a container printed, out of Docker's log of it. A line that is not whole stays as it is."""
    lines = []
    for line in data.splitlines():
        try:
            lines.append(str(loaded(line)["log"]).rstrip("\n").encode())
        except (ValueError, TypeError, KeyError):
            lines.append(line)
    return b"\n".join(lines)


def lines_of(text: bytes) -> list[bytes]:
    """The lines of a text without their ends; in the place of one that is no line of progress (a picture, a weight, a
    lost end) an empty one."""
    longest = limits.current().printed
    return [
        line if len(line) < ENDLESS_DIGITS or (len(line) <= longest and not ENDLESS.search(line)) else b""
        for line in text.splitlines()
    ]


def _lines_in(text: bytes) -> int:
    """How many lines `splitlines` makes of it, without making them."""
    ends = text.count(b"\n")
    if b"\r" in text:
        ends += text.count(b"\r") - text.count(b"\r\n")
    return ends + (not text.endswith((b"\n", b"\r")))


def lines_end(text: bytes) -> int:
    """Where the last line ends that nothing appended can change: a carriage return at the very end may become half of
    a line end."""
    return max(text.rfind(b"\n"), text.rfind(b"\r", 0, max(0, len(text) - 1))) + 1


class TextLines(Sequence[bytes]):
    """The lines of a text without their ends, as `splitlines` has them (a carriage return ends a line), made when they
    are asked for: to go through them in order is cheap, to ask for one here and one there is not."""

    def __init__(self, text: bytes) -> None:
        self.text = text
        self._starts: list[int] = []  # where each piece begins in the text
        self._first: list[int] = []  # the place of each piece's first line
        self._near: tuple[int, list[bytes]] = -1, []  # the piece that was looked into last
        self._count = begin = 0
        while begin < len(text):
            self._starts.append(begin)
            self._first.append(self._count)
            ended = LINE_END.search(text, begin + PIECE)
            end = ended.end() if ended else len(text)
            self._count += _lines_in(text[begin:end])
            begin = end

    def __len__(self) -> int:
        return self._count

    def __iter__(self) -> Iterator[bytes]:
        for piece in range(len(self._starts)):
            yield from self._piece(piece)

    def numbered(self, chosen: NDArray[np.bool_]) -> Iterator[tuple[int, bytes]]:
        """The lines of which `chosen` (n,) is true, with their numbers from 1; of the others none is made where a whole
        piece has none."""
        for piece, first in enumerate(self._first):
            last = self._first[piece + 1] if piece + 1 < len(self._first) else self._count
            here = chosen[first:last]
            if here.any():
                yield from compress(enumerate(self._piece(piece), start=first + 1), here.tobytes())

    @overload
    def __getitem__(self, at: int) -> bytes: ...

    @overload
    def __getitem__(self, at: slice) -> list[bytes]: ...

    def __getitem__(self, at: int | slice) -> bytes | list[bytes]:
        if isinstance(at, slice):
            return [self[item] for item in range(*at.indices(self._count))]
        place = range(self._count)[at]
        piece = bisect_right(self._first, place) - 1
        if self._near[0] != piece:
            self._near = piece, self._piece(piece)
        return self._near[1][place - self._first[piece]]

    def _piece(self, piece: int) -> list[bytes]:
        end = self._starts[piece + 1] if piece + 1 < len(self._starts) else len(self.text)
        return lines_of(self.text[self._starts[piece] : end])
