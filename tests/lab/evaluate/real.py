"""What LogLens says of other people's logs: `python -m tests.lab.evaluate.real [LOGS]`.

A table of folders with what a careful person read from the numbers (the README beside the logs), our verdict and the
likeliest cause of every run. The logs are not part of the project: LOGS is `../shared/data/real_logs` unless given.
"""

from __future__ import annotations

import argparse
import re
from collections.abc import Iterator
from pathlib import Path

from loglens.errors import LogLensError
from loglens.pipeline import diagnose

LOGS = Path(__file__).resolve().parents[4] / "shared" / "data" / "real_logs"
MOST_RUNS = 3
"""Runs of one folder that are spelt out."""


def marked(logs: Path) -> Iterator[tuple[str, str, str]]:
    """(folder, verdict, about at) of every row of the README's table."""
    for line in (logs / "README.md").read_text(encoding="utf-8").splitlines():
        cells = [cell.strip() for cell in line.split("|")]
        if len(cells) > 8 and re.fullmatch(r"`[^`]+`", cells[1]):
            yield cells[1].strip("`"), cells[5], cells[7]


def judged(folder: Path) -> str:
    try:
        runs = diagnose(folder).runs
    except LogLensError as error:
        return f"not judged: {str(error).splitlines()[0][:90]}"
    said = [
        f"{run.verdict}: {run.causes[0].cause} {run.causes[0].probability:.2f}"
        + "".join(f", {one.kind} {one.steps.start}" for one in run.findings if one.severity != "info")[:90]
        for run in runs[:MOST_RUNS]
    ]
    return "; ".join(said) + (f"; {len(runs) - MOST_RUNS} more" if len(runs) > MOST_RUNS else "")


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("logs", type=Path, nargs="?", default=LOGS)
    options = parser.parse_args()
    if not (options.logs / "README.md").exists():
        raise SystemExit(f"{options.logs} holds no README.md with the table of logs: name the folder of the logs")
    print("| folder | marked | about at | LogLens |\n|---|---|---|---|")
    for name, verdict, at in marked(options.logs):
        print(f"| {name} | {verdict} | {at} | {judged(options.logs / name)} |", flush=True)


if __name__ == "__main__":
    main()
