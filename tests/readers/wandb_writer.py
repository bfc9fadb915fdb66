"""Writes `.wandb` files as W&B 0.31 does, for tests: protobuf by hand, LevelDB frames around it."""

from __future__ import annotations

import json
import struct
import zlib
from collections.abc import Iterable, Mapping

HEADER = b":W&B\xe1\xbe\x00"
BLOCK = 32_768


def varint(value: int) -> bytes:
    out = bytearray()
    while value > 0x7F:
        out.append(value & 0x7F | 0x80)
        value >>= 7
    out.append(value)
    return bytes(out)


def field(number: int, content: bytes | str | int) -> bytes:
    if isinstance(content, int):
        return varint(number << 3) + varint(content)
    data = content.encode() if isinstance(content, str) else content
    return varint(number << 3 | 2) + varint(len(data)) + data


def item(key: str | tuple[str, ...], value: object, *, nested: bool = True) -> bytes:
    keys = (key,) if isinstance(key, str) else key
    name = b"".join(field(2, one) for one in keys) if nested else field(1, ".".join(keys))
    return name + field(16, value if isinstance(value, bytes) else json.dumps(value))


def history(
    values: Mapping[str | tuple[str, ...], object], step: int | None = None, *, nested: bool = True, call: bool = True
) -> bytes:
    """A record of one log() call; `call`: with the `_step` that W&B adds."""
    items = [field(1, item(key, value, nested=nested)) for key, value in values.items()]
    if step is not None and call:
        items.append(field(1, item("_step", step, nested=nested)))
    number = b"" if step is None else field(2, field(1, step))
    return field(1, 7) + field(2, b"".join(items) + number)


def run(run_id: str = "abc", *, name: str = "sunny-1", started: int = 1_700_000_000, config: object = None) -> bytes:
    entries = b"".join(field(1, item(key, value)) for key, value in (config or {}).items())  # type: ignore[attr-defined]
    body = field(1, run_id) + field(3, "demo") + field(4, entries) + field(8, name) + field(17, field(1, started))
    return field(17, body)


def metric(name: str = "", *, glob: str = "", step_metric: str = "", index: int = 0) -> bytes:
    body = b"".join(field(at, text) for at, text in ((1, name), (2, glob), (4, step_metric)) if text)
    return field(12, body + (field(5, index) if index else b""))


EXIT = field(18, b"")


def framed(records: Iterable[bytes]) -> bytes:
    """The records in chunks of blocks, the file's header before them."""
    out = bytearray(HEADER)
    for record in records:
        rest, first = record, True
        while True:
            left = BLOCK - len(out) % BLOCK
            if left < 7:
                out += bytes(left)
                continue
            piece, rest = rest[: left - 7], rest[left - 7 :]
            kind = (1 if not rest else 2) if first else (4 if not rest else 3)
            out += struct.pack("<IHB", zlib.crc32(bytes([kind]) + piece), len(piece), kind) + piece
            first = False
            if not rest:
                break
    return bytes(out)
