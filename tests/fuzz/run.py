"""The fuzzing itself: inputs one after the other until the time is up, finds told and kept.

Every sample gets the same processor time, not the same number of inputs: a JSON of two hundred bytes is read ten times
as often as a console's log.
"""

from __future__ import annotations

import gc
import hashlib
import os
import shutil
import tempfile
import time
import warnings
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from random import Random

from tests.fuzz.mutate import mutated
from tests.fuzz.numbers import run_of_numbers
from tests.fuzz.seeds import CORPUS, Seed, seeds
from tests.fuzz.targets import Find, tried, watching

__all__ = ["CORPUS", "Piece", "fuzz"]
WHOLE_SHARE = 0.0005
"""Of the inputs, what is judged and drawn as well: that costs a thousand times the reading."""
FILE_SHARE = 0.4
"""Of the logs, what is read as a file; the others as the folder they lie in."""
AGAIN = 500
"""Inputs between two looks at the clock and at what each seed costs."""


@dataclass
class Piece:
    """What one fuzzing did. `found`: the first find at each place, with the number of inputs before it."""

    seed: int
    count: int = 0
    seconds: float = 0.0
    kinds: dict[str, int] = field(default_factory=dict)
    found: dict[str, tuple[int, Find]] = field(default_factory=dict)


class Place:
    """Where a seed's file lies, with what lies beside it."""

    def __init__(self, folder: Path, seed: Seed) -> None:
        self.root = folder
        self.path = folder / seed.place
        for name, data in seed.beside:
            (folder / name).parent.mkdir(parents=True, exist_ok=True)
            (folder / name).write_bytes(data)
        self.path.parent.mkdir(parents=True, exist_ok=True)

    def put(self, data: bytes) -> None:
        self.path.write_bytes(data)


class Costs:
    """The seconds that an input of each seed takes, and which seed comes next."""

    def __init__(self, pool: Sequence[Seed]) -> None:
        alike = Counter(one.of for one in pool)
        self._shares = [1 / alike[one.of] for one in pool]
        self._spent = [0.001 + len(one.data) * 1e-6 for one in pool]
        self._times = [1] * len(pool)

    def add(self, at: int, seconds: float) -> None:
        self._spent[at] += seconds
        self._times[at] += 1

    def next_ones(self, random: Random) -> list[int]:
        columns = zip(self._shares, self._times, self._spent, strict=True)
        shares = [share * times / spent for share, times, spent in columns]
        return random.choices(range(len(shares)), shares, k=AGAIN)


def fuzz(seconds: float, seed: int, keep: Path, *, most: int | None = None) -> Piece:
    """Fuzzes for so long, or so many inputs; the input of each find is kept in `keep`."""
    warnings.simplefilter("ignore")
    os.environ["LOGLENS_ON_ERROR"] = ""
    random, piece = Random(seed), Piece(seed)
    memory = "/dev/shm" if Path("/dev/shm").is_dir() else None  # noqa: S108  (a folder of our own is made in it)
    folder = Path(tempfile.mkdtemp(prefix="loglens-fuzz-", dir=memory))
    began = time.monotonic()
    try:
        with watching() as watched:
            for place, one, data in _inputs(random, folder, began + seconds, most, piece):
                whole = random.random() < WHOLE_SHARE
                place.put(data)
                target = place.path if one.kind != "log" or random.random() < FILE_SHARE else place.root
                find = tried(one.kind, target, watched, whole=whole)
                if find is not None and find.place not in piece.found:
                    piece.found[find.place] = piece.count, find
                    _kept(keep, one, data)
                    print(f"after {piece.count:,} inputs (seed {seed}): {find.place}\n{find.said[-1500:]}", flush=True)
    finally:
        shutil.rmtree(folder)
        gc.unfreeze()
        piece.seconds = time.monotonic() - began
    return piece


def measured(seconds: float, seed: int, keep: Path) -> tuple[Piece, float]:
    """`fuzz`, and the processor time it took."""
    began = time.process_time()
    return fuzz(seconds, seed, keep), time.process_time() - began


def _inputs(
    random: Random, folder: Path, end: float, most: int | None, piece: Piece
) -> Iterator[tuple[Place, Seed, bytes]]:
    """Where an input is put, what it was made from and its bytes; counts them, and what each seed costs."""
    pool, places = seeds(), dict[int, Place]()
    costs = Costs(pool)
    while time.monotonic() < end and (most is None or piece.count < most):
        gc.freeze()  # what stays need not be looked through again
        for at in costs.next_ones(random):
            if (piece.count % 50 == 0 and time.monotonic() >= end) or piece.count == most:
                return
            one = pool[at]
            if at not in places:
                places[at] = Place(folder / str(at), one)
            began = time.process_time()
            if one.kind == "numbers" and not one.data:
                data = run_of_numbers(int(one.of), random)
            else:
                data = mutated(one.data, random, random.choice(pool).data)
            yield places[at], one, data
            costs.add(at, time.process_time() - began)
            piece.count += 1
            piece.kinds[one.of] = piece.kinds.get(one.of, 0) + 1


def _kept(folder: Path, seed: Seed, data: bytes) -> None:
    folder = folder / f"{seed.kind}-{hashlib.sha256(data).hexdigest()[:12]}"
    for name, other in (*seed.beside, (seed.place, data)):
        path = folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(other)
