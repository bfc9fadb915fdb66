"""The lines of a text log: colours and containers taken off, and kept as one text, however many there are."""

from __future__ import annotations

import json
import re
from bisect import bisect_right
from collections.abc import Iterator, Sequence
from typing import overload

from loglens.readers.contract import limits
from loglens.readers.contract.files import decode_text

COLOURS = re.compile(rb"\x1b\[[0-9;?]*[ -/]*[@-~]|\x1b[()][A-Z0-9]|\x08")
CONTAINER_LOG = re.compile(rb'\{"log":\s*"(?:[^"\\]|\\.)*",\s*"(?:stream|attrs)":')
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
    if b"\x1b" in data or b"\x08" in data:
        data = COLOURS.sub(b"", data)
    return data.removeprefix(b"\xef\xbb\xbf")


def _unwrapped(data: bytes) -> bytes:
    """What a container printed, out of Docker's log of it. A line that is not whole stays as it is."""
    lines = []
    for line in data.splitlines():
        try:
            lines.append(str(json.loads(line)["log"]).rstrip("\n").encode())
        except (ValueError, TypeError, KeyError):
            lines.append(line)
    return b"\n".join(lines)


class TextLines(Sequence[bytes]):
    """The lines of a text without their ends, as `splitlines` has them (a carriage return ends a line), made when they
    are asked for: to go through them in order is cheap, to ask for one here and one there is not."""

    def __init__(self, text: bytes) -> None:
        self._text = text
        self._starts: list[int] = []  # where each piece begins in the text
        self._first: list[int] = []  # the place of each piece's first line
        self._near: tuple[int, list[bytes]] = -1, []  # the piece that was looked into last
        self._count = begin = 0
        while begin < len(text):
            self._starts.append(begin)
            self._first.append(self._count)
            ended = LINE_END.search(text, begin + PIECE)
            end = ended.end() if ended else len(text)
            self._count += len(text[begin:end].splitlines())
            begin = end

    def __len__(self) -> int:
        return self._count

    def __iter__(self) -> Iterator[bytes]:
        for piece in range(len(self._starts)):
            yield from self._piece(piece)

    @overload
    def __getitem__(self, at: int) -> bytes: ...

    @overload
    def __getitem__(self, at: slice) -> list[bytes]: ...

    def __getitem__(self, at: int | slice) -> bytes | list[bytes]:
        if isinstance(at, slice):
            return [self[one] for one in range(*at.indices(self._count))]
        place = range(self._count)[at]
        piece = bisect_right(self._first, place) - 1
        if self._near[0] != piece:
            self._near = piece, self._piece(piece)
        return self._near[1][place - self._first[piece]]

    def _piece(self, piece: int) -> list[bytes]:
        end = self._starts[piece + 1] if piece + 1 < len(self._starts) else len(self._text)
        longest = limits.current().printed  # what is longer is no line of progress: a picture, a weight, a lost end
        lines = self._text[self._starts[piece] : end].splitlines()
        return [one if len(one) <= longest else b"" for one in lines]
