"""The W&B transaction log (`run-ID.wandb`) taken apart: LevelDB framing, then as much protobuf as history needs.

File: `:W&B`, 0xBEE1 and a version byte, then blocks of 32 KiB that hold chunks `crc32 u32, length u16, type u8, data`
(little endian; the crc is zlib's over type and data). A record is one FULL chunk or FIRST, MIDDLE..., LAST; a block
with fewer than 7 bytes left is padded. Each record is a protobuf `Record`; the field numbers are W&B's.
"""

from __future__ import annotations

import struct
import zlib
from collections.abc import Iterator
from typing import NamedTuple

FILE_HEADER = 7
BLOCK = 32_768
CHUNK_HEADER = struct.Struct("<IHB")
FULL, FIRST, MIDDLE, LAST = 1, 2, 3, 4

HISTORY, CONFIG, METRIC, RUN, EXIT = 2, 4, 12, 17, 18  # fields of Record


class Damage(NamedTuple):
    """What could not be read: the byte where it starts and a sentence."""

    offset: int
    message: str


class Item(NamedTuple):
    """A key (nested keys joined with a dot) and its value as JSON text."""

    key: str
    value: bytes


class HistoryRecord(NamedTuple):
    """One `wandb.log()`: `step` counts the calls; None where the record holds none."""

    step: int | None
    items: list[Item]


class MetricDefinition(NamedTuple):
    """One `define_metric`: its name, or its glob, and the metric that is its x axis ('' where none was given)."""

    name: str
    glob: str
    step_metric: str
    step_index: int


class Chunk(NamedTuple):
    """A piece of a record: where it starts, its kind, its bytes; None where they cannot be trusted."""

    at: int
    kind: int
    body: bytes | None


def records(data: bytes, damage: list[Damage]) -> Iterator[tuple[int, bytes]]:
    """The whole records of a file with the byte each starts at; what is not whole is added to `damage`.

    A chunk with a wrong checksum costs its record; a header that cannot be right costs the rest of its block.
    """
    start, parts = -1, list[bytes]()  # start: where the record in pieces began, -1 between records
    lost = False  # a record lost its beginning: its other pieces follow and are no news
    for at, kind, body in chunks(data, damage):
        if kind in (FULL, FIRST) and start >= 0:
            damage.append(Damage(start, f"the record at byte {start} has no end; it is left out"))
        if body is None:
            lost = kind != FULL and kind != LAST
            start, parts = -1, []
        elif kind == FULL:
            start, parts, lost = -1, [], False
            yield at, body
        elif kind == FIRST:
            start, parts, lost = at, [body], False
        elif start >= 0:
            parts.append(body)
            if kind == LAST:
                yield start, b"".join(parts)
                start, parts = -1, []
        elif not lost:
            damage.append(Damage(at, f"the record that goes on at byte {at} has no beginning; it is left out"))
            lost = True
    if start >= 0:
        if damage and damage[-1].offset > start:
            damage.pop()  # the same torn tail, seen at its last piece
        damage.append(Damage(start, f"the last record is incomplete, it starts at byte {start}"))


def chunks(data: bytes, damage: list[Damage]) -> Iterator[Chunk]:
    """The chunks in order. Where a header cannot be right, a chunk without bytes stands for the rest of the block."""
    at, size = FILE_HEADER, len(data)
    while at < size:
        left = BLOCK - at % BLOCK
        if left < CHUNK_HEADER.size:
            at += left
            continue
        if at + CHUNK_HEADER.size > size:
            damage.append(Damage(at, f"the last record is incomplete, it starts at byte {at}"))
            return
        crc, length, kind = CHUNK_HEADER.unpack_from(data, at)
        end = at + CHUNK_HEADER.size + length
        if not FULL <= kind <= LAST or length > left - CHUNK_HEADER.size:
            damage.append(Damage(at, _bad_header(data, at, min(left, size - at))))
            yield Chunk(at, MIDDLE, None)
            at += left
            continue
        if end > size:
            damage.append(Damage(at, f"the last record is incomplete, it starts at byte {at}"))
            return
        body: bytes | None = data[at + CHUNK_HEADER.size : end]
        if zlib.crc32(data[at + 6 : end]) != crc:
            damage.append(Damage(at, f"the record at byte {at} does not match its checksum; it is left out"))
            body = None
        yield Chunk(at, kind, body)
        at = end


def _bad_header(data: bytes, at: int, length: int) -> str:
    what = "zero bytes instead of a record" if data.count(0, at, at + length) == length else "no valid record header"
    return f"{what} at byte {at}; {length} bytes up to the end of the block are passed over"


def varint(data: bytes, at: int) -> tuple[int, int]:
    """An integer of 7 bits a byte, and where it ends. Raises IndexError at the end of data, ValueError past 64 bits."""
    value = shift = 0
    while True:
        byte = data[at]
        at += 1
        value |= (byte & 0x7F) << shift
        if byte < 0x80:
            return value, at
        shift += 7
        if shift > 63:
            raise ValueError("an integer of more than 64 bits")


def fields(data: bytes) -> Iterator[tuple[int, bytes | int]]:
    """Number and value of each field of a message: bytes for what has a length, an int for the rest.

    Raises ValueError or IndexError where the message does not hold together.
    """
    at, size = 0, len(data)
    while at < size:
        key, at = varint(data, at)
        value: bytes | int
        match key & 7:
            case 0:
                value, at = varint(data, at)
            case 1:
                value, at = int.from_bytes(data[at : at + 8], "little"), at + 8
            case 2:
                length, at = varint(data, at)
                value, at = data[at : at + length], at + length
            case 5:
                value, at = int.from_bytes(data[at : at + 4], "little"), at + 4
            case wire:
                raise ValueError(f"wire type {wire}")
        if at > size:
            raise ValueError("a field longer than its message")
        yield key >> 3, value


def history_row(data: bytes, names: dict[bytes, str]) -> HistoryRecord:
    """A HistoryRecord: `item` = 1 {key = 1, nested_key = 2 repeated, value_json = 16}, `step` = 2 {num = 1}.

    `names` remembers how the key of an item was written, so that the thousandth row costs little.
    """
    step: int | None = None
    items: list[Item] = []
    for number, value in fields(data):
        if not isinstance(value, bytes):
            continue
        if number == 1:
            items.append(_item(value, names))
        elif number == 2:
            step = next((num for field, num in fields(value) if field == 1 and isinstance(num, int)), 0)
    return HistoryRecord(step, items)


def _item(data: bytes, names: dict[bytes, str]) -> Item:
    cut = 2 + data[1] if len(data) > 1 else 0  # a short key, the usual case: tag, length, text, then the value's tag
    if data[:1] == b"\x12" and data[cut : cut + 2] == b"\x82\x01":
        name = names.get(data[2:cut])
        if name is None:
            name = names[data[2:cut]] = data[2:cut].decode("utf-8", errors="replace")
        length, at = varint(data, cut + 2)
        if at + length == len(data):
            return Item(name, data[at:])
    return key_and_value(data, value_field=16)


def key_and_value(data: bytes, *, value_field: int) -> Item:
    """A HistoryItem or ConfigItem in any order of its fields; the value's field number is 16 in both of today's."""
    key, nested, value = "", list[str](), b"null"
    for number, content in fields(data):
        if not isinstance(content, bytes):
            continue
        if number == 1:
            key = content.decode("utf-8", errors="replace")
        elif number == 2:
            nested.append(content.decode("utf-8", errors="replace"))
        elif number == value_field:
            value = content
    return Item(".".join(nested) or key, value)


def metric_definition(data: bytes) -> MetricDefinition:
    """A MetricRecord: name = 1, glob_name = 2, step_metric = 4, step_metric_index = 5 (from 1, in order of writing)."""
    text = {1: "", 2: "", 4: ""}
    index = 0
    for number, value in fields(data):
        if isinstance(value, bytes) and number in text:
            text[number] = value.decode("utf-8", errors="replace")
        elif isinstance(value, int) and number == 5:
            index = value
    return MetricDefinition(text[1], text[2], text[4], index)
