"""Changes to what a file holds rather than to its bytes: a value of a JSON document, a record of an event file with
its checksum, a cell of a table, what a packed file unpacks to. Blind changes stop at the first check;
these go behind it."""

from __future__ import annotations

import gzip
import json
import struct
import zlib
from collections.abc import Callable
from copy import deepcopy
from random import Random
from typing import Any

import google_crc32c

VALUES: tuple[Any, ...] = (
    None, True, False, 0, -1, 1, 2**31, 2**53 + 1, 2**63, -(2**63), 2**64, 10**30, 1e300, -1e300, 1e-310, 0.5,
    float("nan"), float("inf"), -float("inf"), "", "x", "nan", "-inf", "1e999", "1,5", "0x10", "step", "loss", "\0",
    "\ud800", "a" * 300, "\x1b[2J", [], {}, [[]], [1, "x", None], {"a": 1}, {"loss": [1]}, [[1, 2], [3]],
    {"": {"": {}}},
)  # fmt: skip
RECORD = 12
LEVEL_HEAD = 7
LEVEL_BLOCK = 32_768


def json_node(data: bytes, random: Random) -> bytes:
    """Some values of a JSON document, or of some of its lines, are other ones."""
    try:
        tree = json.loads(data)
    except (ValueError, RecursionError):
        lines = data.split(b"\n")
        for _ in range(random.choice((1, 1, 3))):
            at = random.randrange(len(lines))
            try:
                lines[at] = _dumped(_changed(json.loads(lines[at]), random))
            except (ValueError, RecursionError):
                continue
        return b"\n".join(lines)
    for _ in range(random.choice((1, 1, 2, 5))):
        tree = _changed(tree, random)
    return _dumped(tree)


def _dumped(tree: object) -> bytes:
    return json.dumps(tree).encode("utf-8", "replace")


def _changed(tree: Any, random: Random) -> Any:
    """One node on a random way down is replaced, left out, doubled or renamed."""
    holder: Any = None
    key: Any = None
    node = tree
    while isinstance(node, dict | list) and node and (holder is None or random.random() < 0.85):
        holder = node
        key = random.choice(list(node)) if isinstance(node, dict) else random.randrange(len(node))
        node = node[key]
    if holder is None:
        return deepcopy(random.choice(VALUES))
    match random.randrange(6):
        case 0:
            del holder[key]
        case 1 if isinstance(holder, list):
            holder.insert(key, deepcopy(node))
        case 1 | 2 if isinstance(holder, dict):
            holder[random.choice(("step", "loss", "epoch", "", "_step", "lr", "x" * 200))] = holder.pop(key)
        case 3:
            holder[key] = [node]
        case _:
            holder[key] = deepcopy(random.choice(VALUES))  # it may be changed in its turn
    return tree


def cells(data: bytes, random: Random) -> bytes:
    """Cells of a table are other cells of it, or something else."""
    lines = data.split(b"\n")
    for _ in range(random.choice((1, 2, 8))):
        at = random.randrange(len(lines))
        mark = max((b",", b"\t", b";", b"|", b" "), key=lines[at].count)
        row = lines[at].split(mark)
        place = random.randrange(len(row))
        other = random.choice(lines).split(mark)
        new = str(random.choice(VALUES)).encode("utf-8", "replace")
        row[place : place + random.choice((0, 1, 1, 1, 3))] = random.choice(([other[-1]], [new], [], [b""], row[:2]))
        lines[at] = mark.join(row)
    return b"\n".join(lines)


def resealed(data: bytes, random: Random) -> bytes:
    """A record of an event file or of a W&B file, changed and with the checksum that belongs to it."""
    if data[:4] == b":W&B":
        return _level_record(data, random)
    at, places = 0, []
    while at + RECORD <= len(data):
        (length,) = struct.unpack_from("<Q", data, at)
        if length > len(data) - at - RECORD - 4:
            break
        places.append((at, length))
        at += RECORD + length + 4
    if not places:
        return data
    at, length = random.choice(places)
    body = _nudged(data[at + RECORD : at + RECORD + length], random)
    head = struct.pack("<Q", len(body))
    record = head + struct.pack("<I", _masked(head)) + body + struct.pack("<I", _masked(body))
    return data[:at] + record + data[at + RECORD + length + 4 :]


def _masked(data: bytes) -> int:
    crc = int(google_crc32c.value(data))
    return (((crc >> 15) | (crc << 17)) + 0xA282EAD8) & 0xFFFFFFFF


def _level_record(data: bytes, random: Random) -> bytes:
    at, places = LEVEL_HEAD, []
    while at + LEVEL_HEAD <= min(len(data), LEVEL_BLOCK):
        _, length, kind = struct.unpack_from("<IHB", data, at)
        if not length or at + LEVEL_HEAD + length > len(data):
            break
        places.append((at, length, kind))
        at += LEVEL_HEAD + length
    if not places:
        return data
    at, length, kind = random.choice(places)
    body = _nudged(data[at + LEVEL_HEAD : at + LEVEL_HEAD + length], random)[:60_000]
    head = struct.pack("<IHB", zlib.crc32(bytes([kind]) + body), len(body), kind)
    return data[:at] + head + body + data[at + LEVEL_HEAD + length :]


def _nudged(body: bytes, random: Random) -> bytes:
    changed = bytearray(body or b"\0")
    for _ in range(random.choice((1, 1, 2, 6))):
        at = random.randrange(len(changed))
        match random.randrange(5):
            case 0:
                changed[at] = random.choice((0, 1, 0x7F, 0x80, 0xFF, random.randrange(256)))
            case 1:
                changed[at] ^= 1 << random.randrange(8)
            case 2:
                del changed[at : at + random.choice((1, 1, 4))]
            case 3:
                changed[at:at] = random.choice((b"\xff" * 9, b"\xff\xff\xff\xff\x0f", b"\0", b"\x80\x01", changed[:at]))
            case _:
                del changed[at + 1 :]
        if not changed:
            changed = bytearray(b"\0")
    return bytes(changed)


def inside(data: bytes, random: Random, change: Callable[[bytes, Random], bytes]) -> bytes:
    """What a gzip holds, changed and packed again."""
    if data[:2] != b"\x1f\x8b":
        return gzip.compress(data, 1)
    try:
        return gzip.compress(change(gzip.decompress(data), random), 1)
    except (OSError, EOFError, zlib.error):
        return data
