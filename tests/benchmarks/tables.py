"""How fast tables and JSON lines are read, beside Polars' own reading of the same file.

    python -m tests.benchmarks.tables [--megabytes 100] [--rounds 5] [--write]

Each reading has a fresh process of its own, the two take turns, and the ratio is the median over the pairs. Imports are
left out. LogLens also finds the step, the series and their roles; Polars only parses. `--write` fills README.
"""

from __future__ import annotations

import argparse
import json
import statistics
import subprocess
import sys
import tempfile
from pathlib import Path

import numpy as np

from tests.benchmarks.readme import write_block

ROOT = Path(__file__).parents[2]
COLUMNS = ("loss", "lr", "grad_norm", "val_loss", "accuracy", "tokens_per_second")
TIMED = """
import sys, time
path = sys.argv[1]
{imports}
began = time.perf_counter()
{read}
print(time.perf_counter() - began)
"""
READINGS = {
    "LogLens": TIMED.format(
        # a small log of the same kind is read before the clock starts: what is measured is reading, not importing
        imports="import pathlib, tempfile\nfrom loglens.readers import read\n"
        "small = pathlib.Path(tempfile.mkdtemp(), 'small.csv')\n"
        "small.write_text('step,loss\\n' + ''.join(f'{at},{at / 7}\\n' for at in range(99)))\nread(small)",
        read="read(path)",
    ),
    "Polars": TIMED.format(
        imports="import polars as pl",
        read="(pl.read_csv if path.endswith('.csv') else pl.read_ndjson)(path, infer_schema_length=1000)",
    ),
}


def make(path: Path, megabytes: float) -> int:
    """A log of six series with a point of each at every step; returns the number of points."""
    rng = np.random.default_rng(0)
    rows, chunk = 0, 20_000
    with path.open("w", encoding="utf-8") as file:
        if path.suffix == ".csv":
            file.write("step," + ",".join(COLUMNS) + "\n")
        while file.tell() < megabytes * 1e6:
            values = rng.random((chunk, len(COLUMNS))).round(9).tolist()
            if path.suffix == ".csv":
                lines = (f"{rows + n}," + ",".join(map(str, row)) for n, row in enumerate(values))
            else:
                lines = (
                    json.dumps({"step": rows + n} | dict(zip(COLUMNS, row, strict=True)))
                    for n, row in enumerate(values)
                )
            file.write("\n".join(lines) + "\n")
            rows += chunk
    return rows * len(COLUMNS)


def seconds(code: str, path: Path) -> float:
    """What one reading in a fresh process takes, imports left out."""
    done = subprocess.run([sys.executable, "-c", code, path], cwd=ROOT, capture_output=True, text=True, check=True)
    return float(done.stdout)


def table(megabytes: float, rounds: int) -> str:
    """The figures as Markdown."""
    lines = ["| file | points | MB | LogLens | Polars | LogLens / Polars |", "|---|---|---|---|---|---|"]
    with tempfile.TemporaryDirectory() as folder:
        for name in ("metrics.csv", "metrics.jsonl"):
            path = Path(folder, name)
            points = make(path, megabytes)
            pairs = [(seconds(READINGS["LogLens"], path), seconds(READINGS["Polars"], path)) for _ in range(rounds)]
            ours, theirs = (statistics.median(side) for side in zip(*pairs, strict=True))
            ratio = statistics.median(one / other for one, other in pairs)
            size = path.stat().st_size / 1e6
            kind = path.suffix.removeprefix(".").upper()
            lines.append(f"| {kind} | {points:,} | {size:.0f} | {ours:.2f} s | {theirs:.2f} s | {ratio:.1f}× |")
    return "\n".join(lines)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--megabytes", type=float, default=100)
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--write", action="store_true", help="put the table into README.md")
    options = parser.parse_args()
    said = table(options.megabytes, options.rounds)
    sys.stdout.write(said + "\n")
    if options.write:
        write_block("benchmark:tables", said)


if __name__ == "__main__":
    main()
