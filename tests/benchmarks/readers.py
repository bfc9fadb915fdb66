"""How fast logs are read, against the field: `python -m tests.benchmarks.readers [--write] [--shapes NAME ...]`.

Makes the files in a temporary folder, lets the readers take turns, each in a fresh process, up to having every point
as NumPy columns with checksums on (the data server has them off by default), and prints the table. Times leave imports
out. What is compared are ratios within one round, of which the median is shown: a shared machine's speed drifts.
`--write` puts the table into README.md, between the markers of the block `benchmark:readers`.
"""

from __future__ import annotations

import argparse
import json
import resource
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from statistics import median

from loglens.readers.tensorboard.reader import TensorBoard
from tests.benchmarks import event_files as files
from tests.benchmarks import peers
from tests.benchmarks.readme import write_block

OURS, ACCUMULATOR, SERVER = "LogLens", "EventAccumulator", "data server"


@dataclass(frozen=True, slots=True, kw_only=True)
class Shape:
    """A kind of log: `make` writes it below a folder."""

    title: str
    make: Callable[[Path], object]


def _many(folder: Path) -> None:
    for run in range(200):
        files.regular(folder / f"group{run % 8}" / f"run{run}" / files.FILE_NAME, 10, 1_000, seed=run)


SHAPES = {
    "medium": Shape(
        title="20 tags × 20,000 steps, one file", make=lambda f: files.regular(f / "run" / files.FILE_NAME, 20, 20_000)
    ),
    "tf2": Shape(
        title="the same, TF2 tensor scalars",
        make=lambda f: files.regular(f / "run" / files.FILE_NAME, 20, 20_000, "tensor_content"),
    ),
    "large": Shape(
        title="50 tags × 60,000 steps", make=lambda f: files.regular(f / "run" / files.FILE_NAME, 50, 60_000)
    ),
    "many": Shape(title="200 files × 10 tags × 1,000 steps", make=_many),
    "ragged": Shape(
        title="ragged: unlike intervals, several values a summary, a restart",
        make=lambda f: files.ragged(f / "run" / files.FILE_NAME, 394_000),
    ),
    "mixed": Shape(
        title="10 tags × 20,000 steps among histograms and images",
        make=lambda f: files.mixed(f / "run" / files.FILE_NAME, 20_000),
    ),
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Timing:
    """One reading in a fresh process: seconds without imports, points found, peak memory in bytes."""

    seconds: float
    points: int
    peak: int


def read_here(reader: str, folder: Path) -> Timing:
    """Reads in this process, after importing what the reader needs."""
    until = json.loads((folder / "until.json").read_text())
    if reader == OURS:
        paths = sorted(folder.rglob("*tfevents*"))
        begin = time.perf_counter()
        points = sum(len(column.steps) for log in TensorBoard().read(paths) for column in log.columns)
    else:
        import grpc  # type: ignore[import-untyped]  # noqa: F401
        from tensorboard.backend.event_processing import event_accumulator  # noqa: F401
        from tensorboard.data.proto import data_provider_pb2_grpc  # noqa: F401
        from tensorboard.util import tensor_util  # noqa: F401

        begin = time.perf_counter()
        columns = peers.event_accumulator(folder) if reader == ACCUMULATOR else peers.data_server(folder, until)
        points = sum(len(steps) for steps, _walls, _values in columns.values())
    seconds = time.perf_counter() - begin
    return Timing(seconds=seconds, points=points, peak=peak_memory())


def peak_memory() -> int:
    """The most memory this process has held, in bytes. Linux's getrusage would count its parent's as well."""
    status = Path("/proc/self/status")
    if status.exists():
        line = next(line for line in status.read_text().splitlines() if line.startswith("VmHWM"))
        return int(line.split()[1]) * 1024
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss


def read_in_fresh_process(reader: str, folder: Path) -> Timing:
    command = [sys.executable, "-m", "tests.benchmarks.readers", "--child", reader, str(folder)]
    done = subprocess.run(command, check=True, capture_output=True, text=True)
    return Timing(**json.loads(done.stdout.splitlines()[-1]))


def last_walls(folder: Path) -> dict[str, float]:
    """Per run the wall time of its last scalar: how the data server's client sees that all is loaded."""
    walls: dict[str, float] = {}
    for log in TensorBoard().read(sorted(folder.rglob("*tfevents*"))):
        run = log.folder.relative_to(folder).as_posix()
        walls[run] = max(float(column.wall_times[-1]) for column in log.columns if column.wall_times is not None)
    return walls


def measure(shape: Shape, folder: Path, rounds: int, slow_rounds: int) -> str:
    """One row of the table. EventAccumulator takes minutes, so it may have fewer rounds (`slow_rounds`)."""
    shape.make(folder)
    (folder / "until.json").write_text(json.dumps(last_walls(folder)))
    size = sum(path.stat().st_size for path in folder.rglob("*tfevents*"))
    ours: list[Timing] = []
    ratios: dict[str, list[float]] = {ACCUMULATOR: [], SERVER: []}
    for number in range(rounds):
        ours.append(read_in_fresh_process(OURS, folder))
        for reader, found in ratios.items():
            if peers.available(reader) and (reader == SERVER or number < slow_rounds):
                found.append(read_in_fresh_process(reader, folder).seconds / ours[-1].seconds)
    seconds, points = median(one.seconds for one in ours), ours[0].points
    cells = [
        shape.title,
        f"{points:,}",
        f"{size / 1e6:.0f}",
        f"{seconds:.2f}",
        f"{points / seconds / 1e6:.1f} M/s",
        f"{size / seconds / 1e6:,.0f} MB/s",
        *(f"{median(found):.{0 if median(found) >= 10 else 1}f}×" if found else "–" for found in ratios.values()),
        f"{max(one.peak for one in ours) / 1e6:.0f} MB",
    ]
    return "| " + " | ".join(cells) + " |"


HEADER = """\
| event files | points | MB | seconds | points/s | bytes/s | against EventAccumulator | against the data server | peak |
|---|---|---|---|---|---|---|---|---|"""


def event_file_table(names: Sequence[str], rounds: int, slow_rounds: int) -> str:
    """The table of event files, as Markdown; shows on stderr how far it is."""
    rows = []
    for name in names:
        with tempfile.TemporaryDirectory() as folder:
            rows.append(measure(SHAPES[name], Path(folder), rounds, slow_rounds))
            sys.stderr.write(rows[-1] + "\n")
    return "\n".join([HEADER, *rows])


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--shapes", nargs="+", choices=SHAPES, default=list(SHAPES), metavar="NAME")
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--slow-rounds", type=int, default=1, help="rounds that EventAccumulator takes part in")
    parser.add_argument("--write", action="store_true", help="put the table into README.md")
    parser.add_argument("--child", nargs=2, metavar=("READER", "FOLDER"), help=argparse.SUPPRESS)
    chosen = parser.parse_args()
    if chosen.child:
        timing = read_here(chosen.child[0], Path(chosen.child[1]))
        sys.stdout.write(json.dumps({"seconds": timing.seconds, "points": timing.points, "peak": timing.peak}) + "\n")
        return
    table = event_file_table(chosen.shapes, chosen.rounds, chosen.slow_rounds)
    sys.stdout.write(table + "\n")
    if chosen.write:
        write_block("benchmark:readers", table)


if __name__ == "__main__":
    main()
