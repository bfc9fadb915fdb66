"""Fills one reused buffer from files: a piece of a large one, or many small ones end to end.

Files are read, not mapped: a mapping that another process cuts shorter kills this one (SIGBUS), fresh memory of the
file's size costs more in page faults than reading it, and a buffer that stays in the cache costs neither.
"""

from __future__ import annotations

import os
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import BinaryIO

import numpy as np

from loglens.readers.contract.limits import opened
from loglens.readers.tensorboard.events.columns import FileColumns
from loglens.readers.tensorboard.events.decode import SLACK, Decoder
from loglens.readers.tensorboard.events.pieces import Decoded
from loglens.readers.tensorboard.events.records.walk import ByteArray, Records, Walker

BUFFER_BYTES = 16 << 20
"""The most that is read at once, unless a record is larger; where there is less to read, half of that."""
_LEAST_BYTES = 4 << 20


@dataclass(slots=True)
class Source:
    """A file while it is read. `size`: bytes when it was opened; `known`: how many of them an earlier reading had read;
    `stop`: the end of the last whole record; `error`: why it could not be read (any further)."""

    path: Path
    size: int = 0
    known: int = 0
    stop: int = 0
    walker: Walker = field(default_factory=lambda: Walker(0))
    columns: FileColumns = field(default_factory=FileColumns)
    error: str = ""
    shrunk: bool = False


@dataclass(slots=True)
class Buffer:
    """The reused memory. Nothing that leaves a decoder refers to it."""

    bytes: ByteArray

    @classmethod
    def for_reading(cls, size: int) -> Buffer:
        """One for files of so many bytes together."""
        buffer = cls(np.empty(min(BUFFER_BYTES, max(_LEAST_BYTES, size // 2)) + SLACK, np.uint8))
        # glibc hands memory of more than 128 KiB back at once, page by page, until it sees that as much as this comes
        # and goes: without this untouched block, what the decoder computes costs a tenth more in page faults
        np.empty(len(buffer.bytes), np.uint8)
        return buffer

    @property
    def size(self) -> int:
        return len(self.bytes) - SLACK

    def fill(self, file: BinaryIO, begin: int, count: int) -> int:
        """Reads up to `count` bytes to `begin`; fewer where the file ends or the buffer is full."""
        view = self.bytes.data[begin : min(begin + count, self.size)]
        filled = 0
        while filled < len(view):
            got = file.readinto(view[filled:])  # type: ignore[attr-defined]  # typeshed's BinaryIO lacks it
            if not got:
                break
            filled += got
        return filled

    def grow(self, used: int) -> None:
        """Doubles the buffer for a record that does not fit, which the walk has compared with the file's size."""
        larger = np.empty(2 * self.size + SLACK, np.uint8)
        larger[:used] = self.bytes[:used]
        self.bytes = larger


def read_on(file: BinaryIO, source: Source, decoder: Decoder, buffer: Buffer, offset: int) -> int:
    """Decodes what is in a file from `offset` up to `source.size`; returns the offset after the last whole record."""
    file.seek(offset)
    base, held = offset, 0  # the first byte of the buffer, and how many are still to be decoded
    while True:
        got = buffer.fill(file, held, source.size - base - held)
        end = held + got
        decoded = Decoded()
        records = decoder.walk(source.walker, buffer.bytes, 0, end, base, decoded)
        decoder.decode(buffer.bytes, records, decoded)
        source.columns.add(decoded, base, decoder.tags.names)
        held = end - records.stop
        if got == 0 or base + end >= source.size:
            source.shrunk = base + end < source.size
            if not source.walker.waits:
                source.walker.finish(buffer.bytes, records.stop, end, base)
            return base + records.stop
        if held == buffer.size:
            buffer.grow(held)
        else:
            buffer.bytes[:held] = buffer.bytes[records.stop : end].copy()
        base += records.stop


def read_files(paths: Sequence[Path], decoder: Decoder) -> Iterator[Source]:
    """All files, in their order; small ones are decoded together."""
    buffer = Buffer.for_reading(sum(map(_size, paths)))
    batch: list[tuple[Source, int, int]] = []
    used = 0
    for path in paths:
        source = Source(path)
        try:
            with opened(path) as file:
                source.size = os.fstat(file.fileno()).st_size
                source.walker.size = source.size
                if used + source.size > buffer.size:
                    yield from _decode_batch(batch, decoder, buffer)
                    batch, used = [], 0
                if source.size > buffer.size:
                    source.stop = read_on(file, source, decoder, buffer, 0)
                    yield source
                    continue
                got = buffer.fill(file, used, source.size)
                source.shrunk = got < source.size
                batch.append((source, used, used + got))
                used += got
        except OSError as error:
            source.error = error.strerror or str(error)
            batch.append((source, used, used))
    yield from _decode_batch(batch, decoder, buffer)


def _size(path: Path) -> int:
    try:
        return path.stat().st_size
    except OSError:  # told when it is opened
        return 0


def _decode_batch(batch: list[tuple[Source, int, int]], decoder: Decoder, buffer: Buffer) -> Iterator[Source]:
    decoded = Decoded()
    rest = []
    for source, begin, end in batch:
        records = decoder.walk(source.walker, buffer.bytes, begin, end, -begin, decoded)
        source.walker.finish(buffer.bytes, records.stop, end, -begin)
        source.stop = records.stop - begin
        rest.append(records)
    if len(batch) == 1:
        decoder.decode(buffer.bytes, rest[0], decoded)
        batch[0][0].columns.add(decoded, 0, decoder.tags.names)
    elif batch:
        decoder.decode(buffer.bytes, Records.joined(rest), decoded)
        parts = decoded.split([begin for _source, begin, _end in batch])
        for (source, begin, _end), part in zip(batch, parts, strict=True):
            source.columns.add(part, -begin, decoder.tags.names)
    for source, _begin, _end in batch:
        yield source
