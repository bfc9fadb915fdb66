"""The fuzzing itself: inputs one after the other until the time is up, finds told and kept."""

from __future__ import annotations

import hashlib
import os
import shutil
import tempfile
import time
import warnings
from pathlib import Path
from random import Random

from tests.fuzz.mutate import mutated
from tests.fuzz.seeds import seeds
from tests.fuzz.targets import Find, tried, watching

CORPUS = Path(__file__).parent / "corpus"
WHOLE_SHARE = 0.04
"""Of the inputs, what is judged and drawn as well: that costs a hundred times the reading."""


def fuzz(seconds: float, seed: int, keep: Path) -> tuple[int, dict[str, Find]]:
    """How many inputs were tried, and the first of each find, whose input is kept in `keep`."""
    warnings.simplefilter("ignore")
    os.environ["LOGLENS_ON_ERROR"] = ""
    random, count, found = Random(seed), 0, dict[str, Find]()
    memory = "/dev/shm" if Path("/dev/shm").is_dir() else None  # noqa: S108  (a folder of our own is made in it)
    folder = Path(tempfile.mkdtemp(prefix="loglens-fuzz-", dir=memory))
    end = time.monotonic() + seconds
    try:
        with watching() as watched:
            while time.monotonic() < end:
                one, other = random.choice(seeds()), random.choice(seeds())
                data = mutated(one.data, random, other.data)
                path = folder / one.name
                path.write_bytes(data)
                find = tried(one.kind, path, watched, whole=random.random() < WHOLE_SHARE)
                count += 1
                if find is not None and find.place not in found:
                    found[find.place] = find
                    _kept(keep, one.kind, one.name, data)
                    print(f"after {count:,} inputs (seed {seed}): {find.place}\n{find.said[-1500:]}", flush=True)
                for left in folder.iterdir():
                    left.unlink()
    finally:
        shutil.rmtree(folder)
    return count, found


def _kept(folder: Path, kind: str, name: str, data: bytes) -> None:
    folder = folder / f"{kind}-{hashlib.sha256(data).hexdigest()[:12]}"
    folder.mkdir(parents=True, exist_ok=True)
    (folder / name).write_bytes(data)
