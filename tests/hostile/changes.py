"""What harmless changes to a log do to what is said of it, counted over labelled runs, or over the sample logs.

    python -m tests.hostile.changes [FOLDER OF RUNS] [--most N]

For each change: the share of runs whose first cause, whose verdict, and whose advised rate (within a tenth) stay.
"""

from __future__ import annotations

import argparse
import json
import warnings
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from random import Random
from tempfile import TemporaryDirectory

import loglens
from loglens.model.diagnosis import RunDiagnosis
from loglens.model.run import Run

SAMPLES = Path(__file__).parents[2] / "sample_logs" / "runs"
NAMES = {
    "train_loss": "loss",
    "learning_rate": "lr",
    "grad_norm": "grad_norm",
    "val_loss": "val_loss",
    "epoch": "epoch",
}
WITHIN = 1.1
Rows = list[dict[str, float]]
LOSSES = ("loss", "val_loss")


def rows_of(run: Run) -> Rows:
    """One row a step, with what was logged at it."""
    rows: dict[int, dict[str, float]] = {}
    for role, name in NAMES.items():
        series = run.role(role)
        if series is not None:
            for step, value in zip(series.steps.tolist(), series.values.tolist(), strict=True):
                rows.setdefault(step, {"step": step})[name] = value
    return [rows[step] for step in sorted(rows)]


def _each(change: Callable[[dict[str, float]], dict[str, float]]) -> Callable[[Rows], Rows]:
    return lambda rows: [change(row) for row in rows]


def _losses(change: Callable[[float], float]) -> Callable[[Rows], Rows]:
    return _each(lambda row: {name: change(value) if name in LOSSES else value for name, value in row.items()})


def _shuffled(rows: Rows) -> Rows:
    mixed = list(rows)
    Random(7).shuffle(mixed)  # noqa: S311  to be repeated
    return mixed


RENAMED = {"loss": "train/loss", "lr": "learning_rate", "val_loss": "eval/loss", "grad_norm": "gradient_norm"}
CHANGES: dict[str, Callable[[Rows], Rows]] = {
    "rows doubled": lambda rows: [one for row in rows for one in (row, row)],
    "rows shuffled": _shuffled,
    "loss times 1,000": _losses(lambda value: value * 1000),
    "loss plus 10": _losses(lambda value: value + 10),
    "steps times 10": _each(lambda row: {**row, "step": 10 * row["step"]}),
    "JSON lines": list,
    "other names": _each(lambda row: {RENAMED.get(name, name): value for name, value in row.items()}),
}


def written(rows: Rows, folder: Path, *, json_lines: bool = False) -> Path:
    folder.mkdir(parents=True, exist_ok=True)
    names = list(dict.fromkeys(name for row in rows for name in row))
    path = folder / ("metrics.jsonl" if json_lines else "metrics.csv")
    if json_lines:
        path.write_text("".join(json.dumps(row) + "\n" for row in rows))
    else:
        lines = [",".join(repr(row[name]) if name in row else "" for name in names) for row in rows]
        path.write_text("\n".join([",".join(names), *lines]) + "\n")
    return path


def judged(path: Path) -> RunDiagnosis:
    return loglens.diagnose(path).runs[0]


@dataclass
class Kept:
    """Of how many runs a change kept what. `moved`: those whose first cause is another."""

    runs: int = 0
    cause: int = 0
    verdict: int = 0
    rate: int = 0
    moved: tuple[str, ...] = ()

    def add(self, name: str, before: RunDiagnosis, found: RunDiagnosis) -> None:
        self.runs += 1
        same = before.cause.cause == found.cause.cause
        self.cause += same
        self.verdict += before.verdict == found.verdict
        self.rate += _alike(before.recommendation.peak_lr, found.recommendation.peak_lr)
        if not same:
            self.moved += (f"{name}: {before.cause.cause} {before.cause.probability:.2f} to {found.cause.cause}",)


def _alike(one: float | None, other: float | None) -> bool:
    if one is None or other is None:
        return one is other
    return max(one, other) <= WITHIN * min(one, other)


def counted(folders: list[Path], most: int) -> dict[str, Kept]:
    """What each change keeps, over the runs that can be judged."""
    kept = {name: Kept() for name in CHANGES}
    for folder in folders[:most]:
        rows = rows_of(loglens.read(folder).runs[0])
        with TemporaryDirectory() as place:
            before = judged(written(rows, Path(place) / "as-it-is"))
            for name, change in CHANGES.items():
                path = written(change(rows), Path(place) / name.replace(" ", "-"), json_lines=name == "JSON lines")
                kept[name].add(folder.name, before, judged(path))
    return kept


def main() -> None:
    parser = argparse.ArgumentParser(prog="python -m tests.hostile.changes", description=__doc__)
    parser.add_argument("folder", type=Path, nargs="?", default=SAMPLES)
    parser.add_argument("--most", type=int, default=10_000)
    given = parser.parse_args()
    warnings.simplefilter("ignore")
    folders = sorted(path for path in given.folder.iterdir() if path.is_dir())
    print("| change | runs | same cause | same verdict | rate within a tenth |\n| --- | --- | --- | --- | --- |")
    for name, one in counted(folders, given.most).items():
        shares = " | ".join(f"{part / one.runs:.3f}" for part in (one.cause, one.verdict, one.rate))
        print(f"| {name} | {one.runs} | {shares} |")
        for moved in one.moved:
            print(f"    {moved}")


if __name__ == "__main__":
    main()
