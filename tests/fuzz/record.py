"""What all pieces of a fuzzing have come to: a file to which each piece is added, so that ten million inputs can be
tried over many nights. The number of a piece is its seed: none is tried twice, each can be tried again."""

from __future__ import annotations

import fcntl
import json
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from tests.fuzz.run import Piece

Record = dict[str, Any]


def empty() -> Record:
    return {"inputs": 0, "seconds": 0.0, "cpu_seconds": 0.0, "next_seed": 1, "pieces": 0, "samples": {}, "finds": []}


@contextmanager
def held(path: Path) -> Iterator[Record]:
    """The record, written back whole at the end; other processes wait."""
    with path.with_suffix(".lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        record: Record = json.loads(path.read_text()) if path.exists() else empty()
        yield record
        new = path.with_suffix(".new")
        new.write_text(json.dumps(record, indent=1))
        new.replace(path)


def next_seed(path: Path) -> int:
    with held(path) as record:
        record["next_seed"] += 1
        return int(record["next_seed"]) - 1


def add(path: Path, piece: Piece, cpu_seconds: float) -> None:
    with held(path) as record:
        added(record, piece, cpu_seconds)


def added(record: Record, piece: Piece, cpu_seconds: float) -> None:
    """Adds a piece to a record."""
    for place, (after, find) in piece.found.items():
        told = {"place": place, "seed": piece.seed, "after": record["inputs"] + after, "at": _now()}
        record["finds"].append({**told, "said": find.said[-600:]})
    record["inputs"] += piece.count
    record["pieces"] += 1
    record["seconds"] += piece.seconds
    record["cpu_seconds"] += cpu_seconds
    for kind, count in piece.kinds.items():
        record["samples"][kind] = record["samples"].get(kind, 0) + count


def _now() -> str:
    return time.strftime("%Y-%m-%d %H:%M", time.gmtime())


def told(record: Record) -> str:
    """What a person wants to know of it."""
    finds = record["finds"]
    since = record["inputs"] - max((one["after"] for one in finds), default=0)
    places = list(dict.fromkeys(one["place"] for one in finds))
    rate = record["inputs"] / max(record["cpu_seconds"], 1e-9)
    lines = [
        (
            f"{record['inputs']:,} inputs made from {len(record['samples'])} samples in {record['pieces']} pieces, "
            f"{record['cpu_seconds']:,.0f} s of processor time ({rate:,.0f} a second), "
            f"{record['seconds']:,.0f} s on the clock"
        ),
        f"{len(places)} places found; {since:,} inputs since the last find",
        *(f"  {place}" for place in places),
    ]
    return "\n".join(lines)
