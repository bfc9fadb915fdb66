"""What a night costs: `python -m tests.benchmarks.nightly RUNS [JOBS]`.

Makes RUNS runs of 1,500 steps and four series in a temporary folder, judges them, lets one in a hundred grow, and
judges again. Prints wall time, CPU time of all processes, the largest process and the size of the index; then what the
engine itself costs an item, with a task that does nothing; and how many times the work of one worker two do, beside a
plain loop that shares nothing: what the machine itself gives (`SCALED` runs).
"""

from __future__ import annotations

import resource
import subprocess
import sys
import tempfile
import time
from pathlib import Path

from loglens.parallel import Workers, run_each
from tests.benchmarks.many_runs import main as make

ITEMS = 10_000
SCALED = 300
LOOP = "for _ in range(60_000_000): pass"


def measured(command: list[str]) -> str:
    """Runs it; its wall and CPU time and its largest process."""
    before = resource.getrusage(resource.RUSAGE_CHILDREN)
    began = time.monotonic()
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    wall = time.monotonic() - began
    after = resource.getrusage(resource.RUSAGE_CHILDREN)
    cpu = after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime
    first = (done.stdout.splitlines() or [done.stderr[-200:]])[0]
    return f"{wall:.1f} s wall, {cpu:.1f} s CPU, largest process {after.ru_maxrss / 1024:.0f} MB; {first}"


def nothing(item: int) -> int:
    return item


def engine(jobs: int) -> str:
    """Milliseconds an item costs beside its work, start of the processes left out."""
    list(run_each(nothing, range(10), Workers(jobs=jobs)))
    began = time.process_time()
    many = sum(1 for _ in run_each(nothing, range(ITEMS), Workers(jobs=jobs)))
    return f"{1000 * (time.process_time() - began) / many:.3f} ms of the master an item"


def wall(commands: list[list[str]]) -> float:
    """Seconds until all of them, started together, have ended."""
    began = time.monotonic()
    running = [subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL) for command in commands]
    for process in running:
        process.wait()
    return time.monotonic() - began


def scaling(folder: Path) -> str:
    """Two workers against one, each on a site of its own, and two plain loops against one."""
    root = folder / "scaled"
    make([str(root), str(SCALED), "1500"])
    night = [sys.executable, "-m", "loglens", "nightly", str(root), "--exit-zero", "--out"]
    one, two = (wall([[*night, str(folder / f"site{jobs}"), "--jobs", str(jobs)]]) for jobs in (1, 2))
    loop = [sys.executable, "-c", LOOP]
    return f"{one / two:.2f} times the work of one; a plain loop {2 * wall([loop]) / wall([loop, loop]):.2f} times"


def main(arguments: list[str]) -> None:
    runs = arguments[0] if arguments else "1000"
    jobs = arguments[1] if len(arguments) > 1 else "2"
    with tempfile.TemporaryDirectory() as folder:
        root, site = f"{folder}/runs", Path(folder) / "site"
        make([root, runs, "1500"])
        command = [sys.executable, "-m", "loglens", "nightly", root, "--out", str(site), "--jobs", jobs]
        print("first night:", measured(command))
        make([root, runs, "1500", "--more"])
        print("second night, 1 % changed:", measured(command))
        print(f"index.html: {(site / 'index.html').stat().st_size / 1e6:.2f} MB")
        print("two workers:", scaling(Path(folder)))
    print("engine:", engine(int(jobs)))


if __name__ == "__main__":
    main(sys.argv[1:])
