"""Does the answer stand when the same training is logged another way? `python -m tests.lab.evaluate.anatomies [LOGS]`.

Log anatomies are what happens to logs on their way to somebody's screen: they begin late, hold a resume, two runs in a
row or rows twice, have 20 points, means within an epoch or three digits, end in a NaN. Each is applied to every
labelled run; printed is how often the first cause stays (or is the one that the anatomy makes right), how often the
recommended rate stays within a factor of 1.5, and the contradictions among the diagnoses. LOGS is the folder of runs,
`../shared/data/labelled_runs/logs.tar.xz` unless given.
"""

from __future__ import annotations

import argparse
import tarfile
import tempfile
import warnings
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path

import numpy as np

import loglens
from loglens.errors import LogLensError
from loglens.model.diagnosis import RunDiagnosis
from loglens.model.run import FloatArray, Run
from tests.contradictions.check import contradictions

ARCHIVE = Path(__file__).resolve().parents[4] / "shared" / "data" / "labelled_runs" / "logs.tar.xz"
WITHIN = 1.5
"""Factor within which the recommended rate stays."""
FEW, LEAST = 20, 8
"""Points of a short log; a training of fewer points than `LEAST` has no anatomy."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Table:
    """A log as rows. `columns`: name -> (n,) values, NaN where a cell is empty; `step` (n,); `loss`: its column."""

    step: FloatArray
    columns: Mapping[str, FloatArray]
    loss: str = "train_loss"

    def __len__(self) -> int:
        return len(self.step)

    def rows(self, take: FloatArray | slice) -> Table:
        return Table(step=self.step[take], columns={name: values[take] for name, values in self.columns.items()})

    def with_loss(self, loss: FloatArray) -> Table:
        return Table(step=self.step, columns={**self.columns, self.loss: loss})

    def mapped(self, change: Callable[[FloatArray], FloatArray], *, val: bool = True) -> Table:
        """Every loss changed alike."""
        names = {self.loss, "val_loss"} if val else {self.loss}
        changed = {name: change(values) if name in names else values for name, values in self.columns.items()}
        return Table(step=self.step, columns=changed)

    def after(self, other: Table) -> Table:
        """The rows of `other`, then these."""
        columns = {name: np.concatenate([other.columns[name], values]) for name, values in self.columns.items()}
        return Table(step=np.concatenate([other.step, self.step]), columns=columns)

    def write(self, path: Path) -> Path:
        names = [name for name, values in self.columns.items() if bool(np.any(~np.isnan(values)) or name == self.loss)]
        lines = [",".join(["step", *names])]
        for row, step in enumerate(self.step):
            cells = (_cell(float(self.columns[name][row]), empty=name != self.loss) for name in names)
            lines.append(",".join([f"{int(step)}", *cells]))
        path.write_text("\n".join(lines) + "\n", encoding="utf-8")
        return path


def _cell(value: float, *, empty: bool) -> str:
    return ("" if empty else "nan") if np.isnan(value) else f"{value:.9g}"


def table_of(run: Run) -> Table | None:
    """The rows of a run at the points of its train loss; None where it has none or too few."""
    loss = run.role("train_loss")
    if loss is None or len(loss) < LEAST:
        return None
    columns = {"train_loss": loss.values.astype(np.float64)}
    for role in ("val_loss", "learning_rate", "grad_norm"):
        series = run.role(role)
        if series is None or not len(series):
            continue
        place = np.searchsorted(loss.steps, series.steps).clip(0, len(loss) - 1)
        values = np.full(len(loss), np.nan)
        values[place] = series.values
        columns["lr" if role == "learning_rate" else role] = values
    return Table(step=loss.steps.astype(np.float64), columns=columns)


def begin_late(table: Table) -> Table:
    return table.rows(slice(len(table) // 20, None))


def resume_with_overlap(table: Table) -> Table:
    """Killed at three fifths, resumed from a checkpoint a tenth before."""
    at, back = 3 * len(table) // 5, len(table) // 2
    return table.rows(slice(back, None)).after(table.rows(slice(0, at)))


def failed_start(table: Table) -> Table:
    """The first rows, then the whole training from its start again."""
    return table.after(table.rows(slice(0, max(2, len(table) // 50))))


def counter_back(table: Table) -> Table:
    """At half of the run the step counter begins again, the training goes on."""
    half = len(table) // 2
    step = table.step.copy()
    step[half:] -= step[half] - step[0]
    return Table(step=step, columns=table.columns)


def resume_that_hurts(table: Table) -> Table:
    """From half of the run on the loss is that of a network thrown back by half of what it had gained, for good."""
    loss = table.columns[table.loss].copy()
    half = len(loss) // 2
    thrown = 0.5 * (float(np.nanmedian(loss[:3])) - float(np.nanmin(loss[:half])))
    loss[half:] += max(thrown, 0.2 * abs(float(np.nanmedian(loss[:half]))))
    return resume_with_overlap(table.with_loss(loss))


def appended(table: Table) -> Table:
    return table.after(table)


def sudden_nan(table: Table) -> Table:
    loss = table.columns[table.loss].copy()
    loss[9 * len(loss) // 10 :] = np.nan
    return table.with_loss(loss)


def doubled(table: Table) -> Table:
    return table.rows(np.repeat(np.arange(len(table)), 2))


def few_points(table: Table) -> Table:
    """Every so many rows, as one logs that looks in now and then."""
    return table.rows(np.unique(np.linspace(0, len(table) - 1, FEW).round().astype(int)))


def means_within_epochs(table: Table) -> Table:
    """What a progress bar shows: the mean since the epoch began, ten epochs."""
    loss = table.columns[table.loss]
    parts = [np.cumsum(part) / np.arange(1, len(part) + 1) for part in np.array_split(loss, 10)]
    return table.with_loss(np.concatenate(parts))


def rounded(table: Table) -> Table:
    """Three digits, as a console prints them."""
    return table.mapped(lambda values: np.array([float(f"{value:.3g}") for value in values]))


def epochs_only(table: Table) -> Table:
    """The mean of every fortieth of the run, a validation loss and a rate beside it."""
    pieces = np.array_split(np.arange(len(table)), min(40, len(table)))
    columns = {
        name: np.array([_mean(values[piece], last=name in ("val_loss", "lr")) for piece in pieces])
        for name, values in table.columns.items()
    }
    return Table(step=np.arange(len(pieces), dtype=np.float64), columns=columns)


def _mean(values: FloatArray, *, last: bool) -> float:
    known = values[~np.isnan(values)]
    if not len(known):
        return float("nan")
    return float(known[-1] if last else known.mean() if len(known) == len(values) else np.nan)


def parts(table: Table) -> Table:
    """Two parts beside their sum."""
    loss = table.columns[table.loss]
    return Table(step=table.step, columns={**table.columns, "loss_cls": 0.7 * loss, "loss_box": 0.3 * loss})


def plus_constant(table: Table) -> Table:
    return table.mapped(lambda values: values + 10.0)


def negative(table: Table) -> Table:
    """A log-likelihood bound: the whole curve below 0."""
    return table.mapped(lambda values: values - 50.0)


ANATOMIES: Mapping[str, tuple[Callable[[Table], Table], frozenset[str]]] = {
    "begins late": (begin_late, frozenset()),
    "resume with overlap": (resume_with_overlap, frozenset()),
    "failed start": (failed_start, frozenset()),
    "counter goes back": (counter_back, frozenset()),
    "resume that hurts": (resume_that_hurts, frozenset({"resume_discontinuity"})),
    "two runs appended": (appended, frozenset({"healthy", "unknown"})),
    "sudden NaN": (sudden_nan, frozenset({"numerical_failure"})),
    "rows doubled": (doubled, frozenset()),
    "20 points": (few_points, frozenset({"unknown"})),
    "means within epochs": (means_within_epochs, frozenset()),
    "three digits": (rounded, frozenset()),
    "epochs only": (epochs_only, frozenset({"unknown"})),
    "parts beside the sum": (parts, frozenset()),
    "loss + 10": (plus_constant, frozenset()),
    "negative loss": (negative, frozenset()),
}
"""Name -> what it does to a log, and the causes that it makes right beside the one before."""


@dataclass(slots=True)
class Score:
    asked: int = 0
    same: int = 0
    admissible: int = 0
    rates: int = 0
    near: int = 0
    contradictions: int = 0

    def add(self, before: RunDiagnosis, after: RunDiagnosis, right: frozenset[str]) -> None:
        self.asked += 1
        same = after.cause.cause == before.cause.cause
        self.same += same
        self.admissible += same or after.cause.cause in right
        self.contradictions += len(list(contradictions(after)))
        was, now = before.recommendation.peak_lr, after.recommendation.peak_lr
        if same and was and now:
            self.rates += 1
            self.near += 1 / WITHIN <= now / was <= WITHIN

    def row(self, name: str) -> str:
        shares = [
            f"{self.same / max(1, self.asked):.3f}",
            f"{self.admissible / max(1, self.asked):.3f}",
            f"{self.near / self.rates:.3f} of {self.rates}" if self.rates else "–",
        ]
        return f"| {name} | {self.asked} | {' | '.join(shares)} | {self.contradictions} |"


def diagnosed(table: Table, folder: Path) -> RunDiagnosis | None:
    """The diagnosis of a table, by way of a CSV file; None where nothing could be judged."""
    try:
        runs = loglens.diagnose(table.write(folder / "log.csv")).runs
    except LogLensError:
        return None
    return runs[0] if runs else None


def scores(tables: Iterator[Table], names: tuple[str, ...] = tuple(ANATOMIES)) -> dict[str, Score]:
    """Anatomy -> how the answers stand, over all tables. What is not judged any more is asked and not the same."""
    out = {name: Score() for name in names}
    with tempfile.TemporaryDirectory() as folder:
        for table in tables:
            before = diagnosed(table, Path(folder))
            if before is None:
                continue
            for name in names:
                change, right = ANATOMIES[name]
                after = diagnosed(change(table), Path(folder))
                if after is None:
                    out[name].asked += 1
                else:
                    out[name].add(before, after, right)
    return out


def tables(logs: Path) -> Iterator[Table]:
    for run in loglens.read(logs):
        table = table_of(run)
        if table is not None:
            yield table


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("logs", type=Path, nargs="?", default=ARCHIVE)
    parser.add_argument("--only", nargs="*", choices=list(ANATOMIES), default=list(ANATOMIES))
    options = parser.parse_args()
    warnings.simplefilter("ignore")
    with tempfile.TemporaryDirectory() as folder:
        logs = options.logs
        if logs.suffix == ".xz":
            with tarfile.open(logs) as packed:
                packed.extractall(folder, filter="data")
            logs = Path(folder) / "logs"
        print(
            "| anatomy | runs | cause the same | or right | rate as before | contradictions |\n"
            "|---|---|---|---|---|---|"
        )
        for name, score in scores(tables(logs), tuple(options.only)).items():
            print(score.row(name), flush=True)


if __name__ == "__main__":
    main()
