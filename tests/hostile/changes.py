"""What harmless changes to a log do to what is said of it, counted over labelled runs, or over the sample logs.

    python -m tests.hostile.changes [FOLDER OR ARCHIVE OF RUNS ...] [--most N] [--only CHANGE ...] [--moved]

For each change: the share of runs whose first cause, whose verdict, and whose advised rate (within a tenth) stay, and
the share of those that are not called healthier than before. Several sources give equally many runs, where they have
them, spread over each.
"""

from __future__ import annotations

import argparse
import json
import math
import tarfile
import warnings
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import ExitStack
from dataclasses import dataclass
from pathlib import Path
from random import Random
from tempfile import TemporaryDirectory

import numpy as np

import loglens
from loglens.errors import LogLensError
from loglens.model.diagnosis import RunDiagnosis
from loglens.model.run import FloatArray, Run
from tests.benchmarks import event_files

SAMPLES = Path(__file__).parents[2] / "sample_logs" / "runs"
NAMES = {
    "train_loss": "loss",
    "learning_rate": "lr",
    "grad_norm": "grad_norm",
    "val_loss": "val_loss",
    "epoch": "epoch",
}
VERDICTS = ("healthy", "warning", "critical")
WITHIN = 1.1
LEAST = 60
"""Points of the loss that thinning has to leave, and a log has to have for a tail."""
HOLES = 0.1
EPOCHS = 10
"""Of a log that counts none, where its steps are to be told in epochs."""
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


# what is changed


def _each(change: Callable[[dict[str, float]], dict[str, float]]) -> Callable[[Rows], Rows]:
    return lambda rows: [change(row) for row in rows]


def _losses(change: Callable[[float], float]) -> Callable[[Rows], Rows]:
    return _each(lambda row: {name: change(value) if name in LOSSES else value for name, value in row.items()})


def _shuffled(rows: Rows) -> Rows:
    mixed = list(rows)
    Random(7).shuffle(mixed)  # noqa: S311  to be repeated
    return mixed


def holed(rows: Rows) -> Rows:
    """A tenth of the lines is missing, as where several programs print at once."""
    random = Random(11)  # noqa: S311  to be repeated
    return [row for row in rows if random.random() >= HOLES]


def thinned(rows: Rows, every: int) -> Rows | None:
    """Every so many-th point of what is logged with the loss; what is logged less often (evaluations) has its own
    interval and stays. None where too little of the loss is left."""
    columns = {name: [at for at, row in enumerate(rows) if name in row] for name in NAMES.values()}
    losses = len(columns["loss"])
    if losses < LEAST * every:
        return None
    dense = {name for name, at in columns.items() if 2 * len(at) > losses}
    numbers = np.cumsum(["loss" in row for row in rows])
    taken = [{name: value for name, value in row.items() if name not in dense or (number - 1) % every == 0}
             for row, number in zip(rows, numbers.tolist(), strict=True)]  # fmt: skip
    return [row for row in taken if len(row) > 1]


def in_epochs(rows: Rows) -> Rows:
    """The epoch beside every step; of a log that counts none, tenths of it are taken for epochs."""
    steps = np.array([row["step"] for row in rows])
    known = [row for row in rows if "epoch" in row]
    if len(known) > 1 and known[-1]["epoch"] > known[0]["epoch"]:
        slope = (known[-1]["epoch"] - known[0]["epoch"]) / (known[-1]["step"] - known[0]["step"])
        epochs = known[0]["epoch"] + slope * (steps - known[0]["step"])
    else:
        epochs = EPOCHS * (steps - steps[0]) / max(1.0, steps[-1] - steps[0])
    return [{**row, "epoch": float(epoch)} for row, epoch in zip(rows, epochs, strict=True)]


def _without_steps(rows: Rows) -> Rows:
    return [{name: value for name, value in row.items() if name != "step"} for row in rows]


def healthy_tail(rows: Rows) -> Rows | None:
    """A tenth more of the log at the level it had reached, with the noise it had; None where it ended in no number."""
    if len(rows) < LEAST:
        return None
    tail = rows[-(len(rows) // 10) :]
    on = tail[-1]["step"] - tail[0]["step"] + (rows[-1]["step"] - rows[-2]["step"])
    columns: dict[str, Iterator[float]] = {}
    for name in dict.fromkeys(name for row in tail for name in row if name not in ("step", "epoch")):
        values = np.array([row[name] for row in tail if name in row])
        if not np.isfinite(values).all():
            return None
        columns[name] = iter((_settled(values) if name != "lr" else np.full(len(values), values[-1])).tolist())
    if "loss" not in columns:
        return None
    rate = _epochs_a_step(rows)
    moved = {"step": on, "epoch": on * rate}
    more = [{name: value + moved[name] if name in moved else next(columns[name]) for name, value in row.items()}
            for row in tail]  # fmt: skip
    return rows + more


def _settled(values: FloatArray) -> FloatArray:
    """Values of the noise that these have about their line, about the line's end, without outliers."""
    if len(values) < 4:
        return np.full(len(values), values[-1])
    at, half = np.arange(len(values)), len(values) // 2
    slope = (np.median(values[-half:]) - np.median(values[:half])) / (len(values) - half)
    rest = values - slope * at
    level = np.median(rest)
    spread = 1.4826 * float(np.median(np.abs(rest - level)))
    return np.asarray(level + slope * at[-1] + np.clip(rest - level, -3 * spread, 3 * spread))


def _epochs_a_step(rows: Rows) -> float:
    known = [row for row in rows if "epoch" in row]
    if len(known) < 2 or known[-1]["step"] == known[0]["step"]:
        return 0.0
    return (known[-1]["epoch"] - known[0]["epoch"]) / (known[-1]["step"] - known[0]["step"])


def spiked(rows: Rows) -> Rows | None:
    """One point of the loss, at three fifths, at ten times the highest."""
    at = [place for place, row in enumerate(rows) if "loss" in row]
    finite = [abs(rows[place]["loss"]) for place in at if math.isfinite(rows[place]["loss"])]
    if len(finite) < LEAST:
        return None
    changed = list(rows)
    place = at[3 * len(at) // 5]
    changed[place] = {**rows[place], "loss": 10 * max(finite)}
    return changed


# how it is written


def _csv(rows: Rows, folder: Path) -> Path:
    names = list(dict.fromkeys(name for row in rows for name in row))
    lines = [",".join(repr(row[name]) if name in row else "" for name in names) for row in rows]
    path = folder / "metrics.csv"
    path.write_text("\n".join([",".join(names), *lines]) + "\n")
    return path


def _json_lines(rows: Rows, folder: Path) -> Path:
    path = folder / "metrics.jsonl"
    path.write_text("".join(json.dumps(row) + "\n" for row in rows))
    return path


TRAINED = {"loss": "loss", "lr": "learning_rate", "grad_norm": "grad_norm"}
EVALUATED = {"val_loss": "eval_loss"}


def _trainer_state(rows: Rows, folder: Path) -> Path:
    """As Hugging Face's trainer keeps it: what was evaluated in an entry of its own."""
    history: Rows = []
    for row in rows:
        for names in (TRAINED, EVALUATED):
            entry = {names[name]: value for name, value in row.items() if name in names}
            if entry:
                history.append({**entry, **{name: row[name] for name in ("epoch", "step") if name in row}})
    path = folder / "trainer_state.json"
    path.write_text(json.dumps({"global_step": rows[-1]["step"], "log_history": history}))
    return path


def _events(rows: Rows, folder: Path) -> Path:
    return event_files.write(
        folder / event_files.FILE_NAME,
        (
            event_files.event(event_files.START + number, int(row["step"]), *(
                event_files.simple(name, value) for name, value in row.items() if name != "step"
            ))
            for number, row in enumerate(rows)
        ),
    )  # fmt: skip


def as_is(rows: Rows) -> Rows | None:
    return rows


@dataclass(frozen=True, slots=True)
class Change:
    """`change`: what becomes of a log's rows, None where it is nothing for this log. `of`: what it is a change of,
    where that is not the log as it is. `written`: how."""

    change: Callable[[Rows], Rows | None] = as_is
    of: Callable[[Rows], Rows | None] = as_is
    written: Callable[[Rows, Path], Path] = _csv


RENAMED = {"loss": "train/loss", "lr": "learning_rate", "val_loss": "eval/loss", "grad_norm": "gradient_norm"}
CHANGES: Mapping[str, Change] = {
    "rows doubled": Change(lambda rows: [one for row in rows for one in (row, row)]),
    "rows shuffled": Change(_shuffled),
    "loss times 1,000": Change(_losses(lambda value: value * 1000)),
    "loss plus 10": Change(_losses(lambda value: value + 10)),
    "float32": Change(
        _each(lambda row: {name: value if name == "step" else float(np.float32(value)) for name, value in row.items()})
    ),
    "steps times 10": Change(_each(lambda row: {**row, "step": 10 * row["step"]})),
    "epochs for steps": Change(lambda rows: _without_steps(in_epochs(rows)), of=in_epochs),
    "a tenth missing": Change(holed),
    "every 2nd point": Change(lambda rows: thinned(rows, 2)),
    "every 5th point": Change(lambda rows: thinned(rows, 5)),
    "a healthy tail": Change(healthy_tail),
    "JSON lines": Change(written=_json_lines),
    "trainer state": Change(written=_trainer_state),
    "event file": Change(written=_events),
    "other names": Change(_each(lambda row: {RENAMED.get(name, name): value for name, value in row.items()})),
    "a spike": Change(spiked),
}


# what is counted


@dataclass
class Kept:
    """Of how many runs a change kept what. `no_healthier`: the verdict is not better than before. `moved`: those whose
    first cause or rate is another."""

    runs: int = 0
    cause: int = 0
    verdict: int = 0
    rate: int = 0
    no_healthier: int = 0
    moved: tuple[str, ...] = ()

    def add(self, name: str, before: RunDiagnosis, found: RunDiagnosis | None) -> None:
        """`found`: None where it could not be judged any more."""
        self.runs += 1
        if found is None:
            self.moved += (f"{name}: {_said(before)} is not judged any more",)
            return
        same = before.cause.cause == found.cause.cause
        alike = _alike(before.recommendation.peak_lr, found.recommendation.peak_lr)
        self.cause += same
        self.rate += alike
        self.verdict += before.verdict == found.verdict
        self.no_healthier += VERDICTS.index(found.verdict) >= VERDICTS.index(before.verdict)
        if not (same and alike):
            self.moved += (f"{name}: {_said(before)} becomes {_said(found)}",)

    def shares(self) -> tuple[float, ...]:
        return tuple(part / self.runs for part in (self.cause, self.verdict, self.rate, self.no_healthier))


def _said(run: RunDiagnosis) -> str:
    rate = run.recommendation.peak_lr
    return f"{run.cause.cause} {run.cause.probability:.2f}{'' if rate is None else f' ({rate:.3g})'}"


def _alike(one: float | None, other: float | None) -> bool:
    if one is None or other is None:
        return one is other
    return max(one, other) <= WITHIN * min(one, other)


def judged(rows: Rows, change: Change, folder: Path) -> RunDiagnosis | None:
    """What is said of these rows, written that way; None where they cannot be judged."""
    folder.mkdir(parents=True)
    try:
        return loglens.diagnose(change.written(rows, folder)).runs[0]
    except LogLensError:
        return None


def counted(folders: Sequence[Path], only: Sequence[str] = tuple(CHANGES)) -> dict[str, Kept]:
    """What each change keeps, over the runs that can be judged."""
    kept = {name: Kept() for name in only}
    for folder in folders:
        rows = rows_of(loglens.read(folder).runs[0])
        with TemporaryDirectory() as place:
            known: dict[int, RunDiagnosis | None] = {}
            for number, name in enumerate(only):
                change = CHANGES[name]
                first, then = change.of(rows), change.change(rows)
                if first is None or then is None:
                    continue
                key = id(change.of)
                if key not in known:
                    known[key] = judged(first, Change(), Path(place) / f"before-{number}")
                before = known[key]
                if before is not None:
                    kept[name].add(folder.name, before, judged(then, change, Path(place) / str(number)))
    return kept


def spread(sources: Sequence[Sequence[Path]], most: int) -> list[Path]:
    """`most` folders, equally many of each source where it has them, evenly over each."""
    chosen: list[Path] = []
    for left, folders in zip(range(len(sources), 0, -1), sorted(sources, key=len), strict=True):
        count = min(len(folders), (most - len(chosen)) // left)
        chosen += [folders[at * len(folders) // count] for at in range(count)]
    return chosen


def folders_of(source: Path, stack: ExitStack) -> list[Path]:
    """The folders of runs in a folder, or in an archive of one."""
    if source.is_file():
        place = Path(stack.enter_context(TemporaryDirectory()))
        with tarfile.open(source) as packed:
            packed.extractall(place, filter="data")
        source = place
        while len(inner := list(source.iterdir())) == 1 and inner[0].is_dir():
            source = inner[0]
    return sorted(path for path in source.iterdir() if path.is_dir())


def main() -> None:
    parser = argparse.ArgumentParser(prog="python -m tests.hostile.changes", description=__doc__)
    parser.add_argument("sources", type=Path, nargs="*", default=[SAMPLES])
    parser.add_argument("--most", type=int, default=200)
    parser.add_argument("--only", nargs="+", choices=list(CHANGES), default=list(CHANGES))
    parser.add_argument("--moved", action="store_true", help="name the runs of which something else is said")
    given = parser.parse_args()
    warnings.simplefilter("ignore")
    with ExitStack() as stack:
        folders = spread([folders_of(source, stack) for source in given.sources], given.most)
        print("| change | runs | same cause | same verdict | rate within a tenth | not healthier |")
        print("| --- | --- | --- | --- | --- | --- |")
        for name, one in counted(folders, given.only).items():
            print(f"| {name} | {one.runs} | {' | '.join(f'{share:.3f}' for share in one.shares())} |")
            for moved in one.moved if given.moved else ():
                print(f"    {moved}")


if __name__ == "__main__":
    main()
