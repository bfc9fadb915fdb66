"""`python -m tests.fuzz --seconds N --seed S [--jobs J]`: counts, rate and finds; exit code 1 where there are any."""

from __future__ import annotations

import argparse
import multiprocessing
import time
from pathlib import Path

from tests.fuzz.run import CORPUS, fuzz
from tests.fuzz.seeds import seeds


def main() -> int:
    parser = argparse.ArgumentParser(prog="python -m tests.fuzz", description=__doc__)
    parser.add_argument("--seconds", type=float, default=60)
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--jobs", type=int, default=1)
    parser.add_argument("--keep", type=Path, default=CORPUS, help="where the inputs of finds are kept")
    given = parser.parse_args()
    began = time.monotonic()
    jobs = [(given.seconds, given.seed + place, given.keep) for place in range(given.jobs)]
    if given.jobs == 1:
        results = [fuzz(*jobs[0])]
    else:
        with multiprocessing.get_context("spawn").Pool(given.jobs) as pool:
            results = pool.starmap(fuzz, jobs)
    count = sum(number for number, _ in results)
    places = sorted({place for _, found in results for place in found})
    took = time.monotonic() - began
    print(f"{count:,} inputs from {len(seeds())} files in {took:.0f} s ({count / took:.0f}/s), {len(places)} finds")
    for place in places:
        print(f"  {place}")
    return 1 if places else 0


if __name__ == "__main__":
    raise SystemExit(main())
