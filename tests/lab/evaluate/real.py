"""What LogLens says of other people's logs, and whether it is right: `python -m tests.lab.evaluate.real [LOGS]`.

A row for every folder: what a careful person read from the numbers (the README beside the logs), which first causes a
good engineer would sign (`real_truth.toml`), our verdict and likeliest cause; then the totals. The logs are not part of
the project: LOGS is `../shared/data/real_logs` unless given.
"""

from __future__ import annotations

import argparse
import re
import tomllib
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from loglens.errors import LogLensError
from loglens.model.diagnosis import RunDiagnosis
from loglens.pipeline import diagnose

LOGS = Path(__file__).resolve().parents[4] / "shared" / "data" / "real_logs"
TRUTH = Path(__file__).parent / "real_truth.toml"
MOST_RUNS = 3
"""Runs of one folder that are spelt out."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Truth:
    """`causes`, `verdicts`: any of them is right. `judged`: whether there is a cause to be right about."""

    causes: tuple[str, ...]
    verdicts: tuple[str, ...]
    why: str
    judged: bool = True

    def right(self, run: RunDiagnosis) -> bool:
        """Whether the first cause is one that may be said; a run that is left in peace has no fault."""
        return run.cause.cause in self.causes

    def loud_enough(self, run: RunDiagnosis) -> bool:
        return run.verdict in self.verdicts


def truths(path: Path = TRUTH) -> dict[str, Truth]:
    """Folder -> what is right of it."""
    table = tomllib.loads(path.read_text(encoding="utf-8"))
    return {
        name: Truth(
            causes=tuple(row["causes"]),
            verdicts=tuple(row["verdicts"]),
            why=row["why"],
            judged=row.get("judged", True),
        )
        for name, row in table.items()
    }


def marked(logs: Path) -> Iterator[tuple[str, str, str]]:
    """(folder, verdict, about at) of every row of the README's table."""
    for line in (logs / "README.md").read_text(encoding="utf-8").splitlines():
        cells = [cell.strip() for cell in line.split("|")]
        if len(cells) > 8 and re.fullmatch(r"`[^`]+`", cells[1]):
            yield cells[1].strip("`"), cells[5], cells[7]


def judged(folder: Path) -> tuple[RunDiagnosis, ...] | str:
    """The diagnoses of a folder's runs, or why there are none."""
    try:
        runs = diagnose(folder).runs
    except LogLensError as error:
        return f"not judged: {str(error).splitlines()[0][:90]}"
    return runs or "not judged: no run"


def spelt(runs: tuple[RunDiagnosis, ...]) -> str:
    said = [
        f"{run.verdict}: {run.causes[0].cause} {run.causes[0].probability:.2f}"
        + "".join(f", {one.kind} {one.steps.start}" for one in run.findings if one.severity != "info")[:90]
        for run in runs[:MOST_RUNS]
    ]
    return "; ".join(said) + (f"; {len(runs) - MOST_RUNS} more" if len(runs) > MOST_RUNS else "")


def outcome(truth: Truth | None, runs: tuple[RunDiagnosis, ...] | str) -> str:
    """`right`, `not: …` with what would be, or a dash where nothing is asked."""
    if truth is None or (isinstance(runs, str) and not truth.judged):
        return "–"
    if isinstance(runs, str):
        return f"not: {' or '.join(truth.causes)}"
    if truth.judged and not truth.right(runs[0]):
        return f"not: {' or '.join(truth.causes)}"
    return "right" if truth.loud_enough(runs[0]) else f"right, but {' or '.join(truth.verdicts)}"


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("logs", type=Path, nargs="?", default=LOGS)
    options = parser.parse_args()
    if not (options.logs / "README.md").exists():
        raise SystemExit(f"{options.logs} holds no README.md with the table of logs: name the folder of the logs")
    known = truths()
    asked = right = loud = told = alarmed = healthy = 0
    print("| folder | marked | about at | LogLens | first cause |\n|---|---|---|---|---|")
    for name, verdict, at in marked(options.logs):
        runs, truth = judged(options.logs / name), known.get(name)
        said = runs if isinstance(runs, str) else spelt(runs)
        print(f"| {name} | {verdict} | {at} | {said} | {outcome(truth, runs)} |", flush=True)
        if truth is not None and not isinstance(runs, str):
            told += 1
            loud += truth.loud_enough(runs[0])
        if truth is not None and truth.judged:
            asked += 1
            right += not isinstance(runs, str) and truth.right(runs[0])
        if verdict == "healthy" and not isinstance(runs, str):
            healthy += 1
            alarmed += any(run.verdict != "healthy" for run in runs)
    print(f"\nfirst cause right: {right} of {asked}; verdict right: {loud} of {told}; "
          f"marked healthy and told a fault: {alarmed} of {healthy}")  # fmt: skip


if __name__ == "__main__":
    main()
