"""`python -m tests.fuzz --seconds N [--seed S] [--jobs J] [--record FILE]`: counts, rate and finds; exit code 1 where
there are any. With a record, pieces of `--piece` seconds are added to it until the time is up, and `--seconds 0` tells
what it holds."""

from __future__ import annotations

import argparse
import multiprocessing
import time
from concurrent.futures import ProcessPoolExecutor
from concurrent.futures.process import BrokenProcessPool
from pathlib import Path

from tests.fuzz import record
from tests.fuzz.run import CORPUS, Piece, measured
from tests.fuzz.targets import Find


def _recorded(seconds: float, length: float, keep: Path, file: Path) -> bool:
    """Whether any of the pieces found something. Each runs in a process of its own: what ends it costs that piece."""
    end, found = time.monotonic() + seconds, False
    while (left := end - time.monotonic()) > 0:
        seed = record.next_seed(file)
        with ProcessPoolExecutor(1, mp_context=multiprocessing.get_context("spawn")) as pool:
            try:
                piece, cpu = pool.submit(measured, min(left, length), seed, keep).result()
            except BrokenProcessPool:
                place = "the process ended"
                told = f"seed {seed}: its last input still lies in a folder loglens-fuzz-* of temporary files"
                piece, cpu = Piece(seed, found={place: (0, Find(place, told))}), 0.0
                print(told, flush=True)
        record.add(file, piece, cpu)
        found = found or bool(piece.found)
    return found


def main() -> int:
    parser = argparse.ArgumentParser(prog="python -m tests.fuzz", description=__doc__)
    parser.add_argument("--seconds", type=float, default=60)
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--jobs", type=int, default=1)
    parser.add_argument("--keep", type=Path, default=CORPUS, help="where the inputs of finds are kept")
    parser.add_argument("--record", type=Path, help="the file to which pieces are added")
    parser.add_argument("--piece", type=float, default=300, help="seconds of a piece")
    given = parser.parse_args()
    if given.record:
        found = _recorded(given.seconds, given.piece, given.keep, given.record)
        with record.held(given.record) as so_far:
            print(record.told(so_far))
        return 1 if found else 0
    jobs = [(given.seconds, given.seed + place, given.keep) for place in range(given.jobs)]
    if given.jobs == 1:
        done = [measured(*jobs[0])]
    else:
        with multiprocessing.get_context("spawn").Pool(given.jobs) as pool:
            done = pool.starmap(measured, jobs)
    total: record.Record = record.empty()
    for piece, cpu in done:
        record.added(total, piece, cpu)
    print(record.told(total))
    return 1 if total["finds"] else 0


if __name__ == "__main__":
    raise SystemExit(main())
