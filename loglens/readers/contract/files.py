"""Bytes and text of a log file: gzip unpacked, marks and encodings understood, a file that cannot be read named."""

from __future__ import annotations

import os
import re
import time
import zlib
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from loglens.errors import ReadError
from loglens.readers.contract import limits
from loglens.readers.contract.packed import PACKED_PIECE, Kind, Unpacking, is_damage

_PIECE = 1 << 18
PIECE_BYTES = 1 << 23
"""Of a file that is read in pieces: as much as the memory allocator keeps for the next one."""
_LONGEST_LINE = 1 << 16
_ZERO_LINES = re.compile(rb"(?<![^\n])[^\n\0]*+\0[^\n]*+")  # tried at the beginnings of lines only
_NO_TEXT = bytes({*range(32)} - set(b"\t\n\r\f\b\x1b"))
GZIP = b"\x1f\x8b"


def read_bytes(path: Path) -> bytes:
    """The whole file, unpacked where it is gzip; a packed file that is cut gives what is whole. Of a file that unpacks
    to more than the limits allow, what lies within them. Raises OSError."""
    return limits.checked_lines(path, unpack(limits.whole(path), path))


def read_text(path: Path) -> str:
    """The whole file as text. Raises OSError, and ReadError where it is binary."""
    text = decode_text(read_bytes(path))
    if text is None:
        raise ReadError(path, "this is not text; give the path of the log itself")
    return text


def line_pieces(path: Path, size: int, begin: int = 0, end: int | None = None) -> Iterator[bytes]:
    """The file between `begin` and `end` in pieces of whole lines of about `size` bytes; all the rest as it is where no
    line ends within 64 KiB. What is appended meanwhile is left out. Raises OSError."""
    with limits.opened(path) as file:
        end = os.fstat(file.fileno()).st_size if end is None else end
        while begin < end:
            stop = end
            if end - begin > 2 * size:
                file.seek(begin + size)
                line_end = file.read(_LONGEST_LINE).find(b"\n") + 1
                stop = begin + size + line_end if line_end else end
            limits.check_held(path, stop - begin)
            file.seek(begin)
            yield file.read(stop - begin)
            begin = stop


def with_line_ends(data: bytes) -> bytes:
    """A text whose lines end in carriage returns alone, as some do after an edit elsewhere, with line feeds instead."""
    if b"\r" not in data or data[:2] in (b"\xff\xfe", b"\xfe\xff") or data.count(b"\r") == data.count(b"\r\n"):
        return data
    return data.replace(b"\r\n", b"\n").replace(b"\r", b"\n")


def is_blank(data: bytes) -> bool:
    """There is nothing in it but white space."""
    return not data[:65_536].strip() and not data.strip()


def count_byte(data: bytes, byte: bytes) -> int:
    """How often a byte is in the data; piece by piece, so that the comparison stays in the processor's cache."""
    raw = np.frombuffer(data, dtype=np.uint8)
    return sum(int(np.count_nonzero(raw[at : at + _PIECE] == byte[0])) for at in range(0, len(raw), _PIECE))


def unpack(data: bytes, path: Path) -> bytes:
    """The bytes, unpacked where they are gzip. `path`: what is named where a limit is met."""
    return unpacked(data, path, "gzip") if data.startswith(GZIP) else data


def unpacked(data: bytes, path: Path, kind: Kind) -> bytes:
    """What is packed in the bytes (several members, as appended logs have, are read in turn) as far as the limits
    allow. Raises MissingDependency."""
    parts: list[bytes] = []
    unpacking, size = Unpacking(kind), 0
    for at in range(0, len(data), PACKED_PIECE):
        taken = at + PACKED_PIECE
        try:
            for part in unpacking.parts(data[at:taken]):
                parts.append(part)
                size += len(part)
                if size > (most := limits.most_unpacked(taken)):
                    limits.check_unpacked(path, taken, size)
                    whole = b"".join(parts)[:most]
                    return whole[: whole.rfind(b"\n") + 1]  # the line it was cut in is none
        except Exception as error:
            if not is_damage(error):
                raise
            break  # damaged from here on: what came before is kept
        if unpacking.ended:
            break
    return b"".join(parts)


def unpack_head(head: bytes) -> bytes:
    """The beginning of a file, unpacked as far as it goes where it is gzip."""
    if not head.startswith(GZIP):
        return head
    try:
        return zlib.decompressobj(wbits=31).decompress(head, 65_536)
    except zlib.error:
        return head


def decode_text(data: bytes) -> str | None:
    """UTF-8, UTF-16 by its mark or by its zero bytes, else Latin-1; None where the bytes are no text. Lines that hold
    zeros of a lost block are empty (see `without_zeros`)."""
    if data[:2] in (b"\xff\xfe", b"\xfe\xff"):
        return data.decode("utf-16", errors="replace")
    if b"\0" in data:
        if (text := _utf16_without_mark(data)) is not None:
            return text
        data, lost = without_zeros(data)
        if lost is None:
            return None
    try:
        return data.removeprefix(b"\xef\xbb\xbf").decode("utf-8")
    except UnicodeDecodeError as error:
        if error.end >= len(data) - 3 and error.start >= len(data) - 4:
            # a character cut at the end of a head or of a torn file
            return data.removeprefix(b"\xef\xbb\xbf").decode("utf-8", errors="replace")
    control = sum(data.count(byte) for byte in (b"\x01", b"\x02", b"\x03", b"\x04", b"\x05", b"\x06", b"\x0e", b"\x0f"))
    return None if control else data.decode("latin-1")


@dataclass(frozen=True, slots=True)
class Zeros:
    """Zero bytes in a text: how many, and the offset of the first."""

    count: int
    offset: int

    @property
    def message(self) -> str:
        return f"{self.count} zero bytes in a text (a lost block); the lines they stand in are left out"


def without_zeros(data: bytes) -> tuple[bytes, Zeros | None]:
    """A text with its zeros taken out, and what they were: a file system that lost a block, or whose machine lost its
    power, leaves zeros in the middle or at the end. Their lines become empty, so that all others keep their numbers.
    The data as they are, and None, where they hold no zero, are UTF-16, or are no text otherwise."""
    if b"\0" not in data or data[:2] in (b"\xff\xfe", b"\xfe\xff") or _utf16_without_mark(data) is not None:
        return data, None
    blanked, lines = _ZERO_LINES.subn(b"", data)
    if 10 * (lines - 1) > blanked.count(b"\n") or is_blank(blanked) or blanked.translate(None, _NO_TEXT) != blanked:
        return data, None
    return blanked, Zeros(count_byte(data, b"\0"), data.index(0))


def _utf16_without_mark(data: bytes) -> str | None:
    sample = data[: len(data) & ~1]
    half = len(sample) // 2
    low, high = sample[0::2].count(0), sample[1::2].count(0)
    if half and high > 0.9 * half > 2 * low:
        return sample.decode("utf-16-le", errors="replace")
    if half and low > 0.9 * half > 2 * high:
        return sample.decode("utf-16-be", errors="replace")
    return None


def is_fresh(path: Path, *, seconds: float = 600.0) -> bool:
    """The file was written to within the last minutes: what is cut at its end may still be coming."""
    try:
        return time.time() - path.stat().st_mtime < seconds
    except OSError:
        return False
