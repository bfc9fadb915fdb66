"""The whole program on other people's runs, in one table: `python -m tests.lab.evaluate.world [SWEEPS] [--write]`.

SWEEPS is the table of `tests.lab.sweeps.table`; without it the rows that need another fit (problems left out) stay as
they stand in README, and the others are measured anew. Rows: other people's sweeps with one problem of four left out
of the fit, and with two; the labelled runs, public cases and real logs through the program as it is shipped; and what
costs nothing, on the same sweeps. Intervals (95 %) are a bootstrap over whole sweeps, or Wilson's where runs stand
alone. `--write` puts the table into README.md between its `world` marks.
"""

from __future__ import annotations

import argparse
import json
import tarfile
import tempfile
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

from loglens.advice.regret import forest
from loglens.advice.regret.forest import Model
from loglens.advice.regret.posterior import USABLE
from loglens.errors import LogLensError
from loglens.model.run import FloatArray
from loglens.pipeline import diagnose
from tests.contradictions.check import contradictions
from tests.lab.evaluate import metrics, real
from tests.lab.evaluate.evaluation import LABELLED, ROOT
from tests.lab.sweeps.evaluate import ROUNDS, calibration, is_near, regret_at, splits
from tests.lab.sweeps.fit import model_of
from tests.lab.sweeps.table import SHARED, Stack, Sweeps, gathered, load, shared_stacks
from tests.world.public_cases import cases, falls_short

MARKS = ("<!-- world -->", "<!-- /world -->")
TOLD = {
    "lr_too_low": 0, "healthy": 1, "overfitting": 1, "unknown": 1, "lr_too_high": 2, "warmup_too_short": 2,
}  # fmt: skip
"""Causes that may be told of a rate too low, right and too high; a run at a right rate may also memorise."""
NONE = -1
DRAWS = 400
FIGURES = ("cause", "near", "usable", "three rounds", "false alarms", "wrong way and sure", "right where ≥ 0.9",
           "calibration")  # fmt: skip


@dataclass(frozen=True, slots=True, eq=False)
class Said:
    """Of each run (n,): the sweep it belongs to, its place there, the side told (`NONE` for a cause that is not the
    rate's), how surely, log10 of the rate advised, whether anything was called wrong."""

    stacks: tuple[Stack, ...]
    stack: np.ndarray[Any, np.dtype[np.int64]]
    place: np.ndarray[Any, np.dtype[np.int64]]
    side: np.ndarray[Any, np.dtype[np.int64]]
    sure: FloatArray
    advice: FloatArray
    loud: np.ndarray[Any, np.dtype[np.bool_]]

    def of(self, stack: int) -> Said:
        keep = self.stack == stack
        return Said(self.stacks, self.stack[keep], self.place[keep], self.side[keep], self.sure[keep],
                    self.advice[keep], self.loud[keep])  # fmt: skip


@contextmanager
def judged_by(model: Model) -> Iterator[None]:
    """The program with another model of the regret."""
    shipped = forest.model
    forest.model = lambda *_: model  # type: ignore[assignment]  # the shipped one is cached
    try:
        yield
    finally:
        forest.model = shipped


def by_program(sweeps: Sweeps, logs: Path, model: Model) -> Said:
    side, sure, advice, loud = [], [], [], []
    with judged_by(model):
        for name, rate in zip(sweeps.ids, sweeps.rate, strict=True):
            run = diagnose(logs / name).runs[0]
            side.append(TOLD.get(run.cause.cause, NONE))
            sure.append(run.cause.probability)
            loud.append(run.verdict != "healthy" and run.cause.cause != "overfitting")
            wanted = run.recommendation.peak_lr or 10**rate * (run.recommendation.lr_factor or 1.0)
            advice.append(np.log10(wanted))
    return Said(sweeps.stacks, sweeps.stack, sweeps.place, np.array(side), np.array(sure), np.array(advice),
                np.array(loud))  # fmt: skip


def always(sweeps: Sweeps, side: int, rate: float | None) -> Said:
    count = len(sweeps.ids)
    advice = sweeps.rate if rate is None else np.full(count, np.log10(rate))
    return Said(sweeps.stacks, sweeps.stack, sweeps.place, np.full(count, side), np.ones(count), advice,
                np.full(count, side != 1))  # fmt: skip


def by_forest(fit: Sweeps, judged: Sweeps, *, curves: bool) -> Said:
    """Extremely randomised trees (scikit-learn) on the curve's numbers and the rate, or on the rate alone."""
    from sklearn.ensemble import ExtraTreesClassifier, ExtraTreesRegressor

    def columns(one: Sweeps) -> FloatArray:
        beside = np.array([[one.stacks[s].first, one.stacks[s].steps] for s in one.stack])
        known = [np.where(np.isfinite(one.x), one.x, -99.0), beside] if curves else []
        return np.column_stack([*known, one.rate])

    centre = np.array([stack.centre for stack in fit.stacks])[fit.stack]
    which = ExtraTreesClassifier(200, min_samples_leaf=4, max_features=0.35, random_state=0).fit(
        columns(fit), fit.cause
    )
    away = ExtraTreesRegressor(200, min_samples_leaf=4, max_features=0.35, random_state=0)
    away.fit(columns(fit), centre - fit.rate)
    share = which.predict_proba(columns(judged))
    side = share.argmax(1)
    advice = judged.rate + np.where(side == 1, 0.0, away.predict(columns(judged)))
    return Said(judged.stacks, judged.stack, judged.place, side, share.max(1), advice, side != 1)


def figures(said: Said) -> dict[str, float]:
    stacks = [said.stacks[s] for s in said.stack]
    truth = np.array([one.cause(int(p)) for one, p in zip(stacks, said.place, strict=True)])
    rate = np.array([one.rates[p] for one, p in zip(stacks, said.place, strict=True)])
    right = said.side == truth
    near = np.array([is_near(one, at) for one, at in zip(stacks, rate, strict=True)])
    usable = np.array([regret_at(one, at) <= USABLE for one, at in zip(stacks, said.advice, strict=True)])
    wrong = ((truth == 2) & (said.advice > rate + 0.18)) | ((truth == 0) & (said.advice < rate - 0.18))
    surest = said.sure >= 0.9
    return {
        "cause": float(right.mean()), "near": _mean(right[near]), "usable": float(usable.mean()),
        "three rounds": _rounds(said), "false alarms": _mean(said.loud[truth == 1]),
        "wrong way and sure": float((wrong & (said.sure > 0.8)).mean()), "right where ≥ 0.9": _mean(right[surest]),
        "calibration": calibration(said.sure, right),
    }  # fmt: skip


def _mean(values: np.ndarray[Any, Any]) -> float:
    return float(values.mean()) if len(values) else float("nan")


def _rounds(said: Said) -> float:
    """The share that stands on a usable rate after following the advice three times."""
    good = 0
    for stack in np.unique(said.stack):
        mine = np.flatnonzero(said.stack == stack)
        rates = said.stacks[stack].rates[said.place[mine]]
        after = np.array([int(np.argmin(np.abs(rates - one))) for one in said.advice[mine]])
        at = np.arange(len(mine))
        for _ in range(ROUNDS):
            at = after[at]
        good += int((said.stacks[stack].regret[said.place[mine[at]]] <= USABLE).sum())
    return good / len(said.stack)


def bootstrap(parts: list[Said]) -> dict[str, tuple[float, float]]:
    """95 % of the figures' mean over `parts`, whole sweeps drawn with replacement in each."""
    rng = np.random.default_rng(0)
    each = [[figures(part.of(stack)) | {"n": float((part.stack == stack).sum())} for stack in np.unique(part.stack)]
            for part in parts]  # fmt: skip
    drawn = []
    for _ in range(DRAWS):
        row = []
        for part in each:
            picked = [part[k] for k in rng.integers(0, len(part), len(part))]
            weight = np.array([one["n"] for one in picked])
            row.append([float(np.average([one[key] for one in picked], weights=weight)) for key in FIGURES[:4]])
        drawn.append(np.mean(row, axis=0))
    low, high = np.percentile(np.array(drawn), (2.5, 97.5), axis=0)
    return {key: (float(a), float(b)) for key, a, b in zip(FIGURES[:4], low, high, strict=True)}


def line(name: str, parts: list[Said]) -> str:
    each = [figures(part) for part in parts]
    ends = bootstrap(parts)
    cells = []
    for key in FIGURES:
        mean = float(np.nanmean([one[key] for one in each]))
        cells.append(f"{mean:.3f}" + (f" ({ends[key][0]:.2f} to {ends[key][1]:.2f})" if key in ends else ""))
    return f"| {name} | {len(parts[0].side) if len(parts) == 1 else ''} | " + " | ".join(cells) + " |"


def sweep_rows(sweeps: Sweeps | None, logs: Path) -> Iterator[str]:
    """Of the whole table; of None only the rows that need no other fit."""
    head = ("other people's sweeps", "runs", *FIGURES)
    yield "| " + " | ".join(head) + " |"
    yield "|---" * len(head) + "|"
    if sweeps is None:
        yield from standing_rows((ROOT / "README.md").read_text(encoding="utf-8"))
        yield from shipped_rows(gathered(iter(shared_stacks())), logs)
        return
    for count, words in ((1, "one problem of four left out of the fit"), (2, "two left out")):
        pairs = list(splits(sweeps, count))
        yield line(f"**LogLens**, {words}", [by_program(judged, logs, model_of(fit)) for fit, judged in pairs])
        yield line(f"forest on curve and rate, {words}", [by_forest(*pair, curves=True) for pair in pairs])
        yield line(f"the rate alone, {words}", [by_forest(*pair, curves=False) for pair in pairs])
    yield from shipped_rows(sweeps.of(np.array([one.shared for one in sweeps.stacks])), logs)


def standing_rows(readme: str) -> Iterator[str]:
    """The rows of README's table that name problems left out."""
    table = readme.split(MARKS[0], 1)[1].split(MARKS[1], 1)[0]
    yield from (row for row in table.splitlines() if row.startswith("|") and "left out" in row)


def shipped_rows(theirs: Sweeps, logs: Path) -> Iterator[str]:
    yield line("**LogLens** as shipped (all four in the fit)", [by_program(theirs, logs, forest.model())])
    yield line("always too high, 5e-4", [always(theirs, 2, 5e-4)])
    yield line("always left alone", [always(theirs, 1, None)])


def alone_rows(logs: Path) -> Iterator[str]:
    """Runs that stand alone, through the program as it is shipped, and all of its contradictions."""
    yield "| runs that stand alone | right | share (95 %) | calibration |"
    yield "|---|---|---|---|"
    sure: list[float] = []
    right: list[bool] = []
    if LABELLED.exists():
        truth = json.loads((LABELLED / "truth.json").read_text(encoding="utf-8"))
        for name, one in truth.items():
            run = diagnose(logs / name).runs[0]
            sure.append(run.cause.probability)
            right.append(run.cause.cause in {one["cause"], *one.get("accept", ())})
        yield _share("labelled runs: cause", right, calibration(np.array(sure), np.array(right)))
    yield _share("public cases", [not falls_short(case) for case in cases()], None)
    if real.LOGS.exists():
        known = {name: truth for name, truth in real.truths().items() if truth.judged}
        told = {name: real.judged(real.LOGS / name) for name in known}
        signed = [not isinstance(runs, str) and known[name].right(runs[0]) for name, runs in told.items()]
        yield _share("real logs: first cause an engineer would sign", signed, None)


def _share(name: str, right: Iterable[bool], error: float | None) -> str:
    hits = list(right)
    share = sum(hits) / max(1, len(hits))
    low, high = metrics.interval(share, len(hits))
    return (
        f"| {name} | {sum(hits)} of {len(hits)} | {share:.3f} ({low:.2f} to {high:.2f}) | "
        + ("" if error is None else f"{error:.3f}") + " |"
    )  # fmt: skip


def contradicting(paths: Iterable[Path]) -> tuple[int, int]:
    """(contradictions, diagnoses) of all runs under the paths."""
    found = judged = 0
    for path in paths:
        try:
            runs = diagnose(path).runs
        except LogLensError:
            continue
        judged += len(runs)
        found += sum(len(list(contradictions(run))) for run in runs)
    return found, judged


def unpacked(archive: Path, into: Path) -> Path:
    with tarfile.open(archive) as packed:
        packed.extractall(into, filter="data")
    return into / "logs"


def report(sweeps: Sweeps | None, say: Callable[[str], None]) -> list[str]:
    lines: list[str] = []

    def told(rows: Iterable[str]) -> None:
        for row in rows:
            say(row)
            lines.append(row)

    with tempfile.TemporaryDirectory() as folder:
        theirs, labelled = Path(folder, "sweeps"), Path(folder, "labelled")
        if (SHARED / "logs.tar.xz").exists():
            told(sweep_rows(sweeps, unpacked(SHARED / "logs.tar.xz", theirs)))
        told(["", *alone_rows(unpacked(LABELLED / "logs.tar.xz", labelled) if LABELLED.exists() else labelled)])
        everything = [*theirs.glob("logs/*"), *labelled.glob("logs/*"),
                      *(one for one in real.LOGS.glob("*") if one.is_dir())]  # fmt: skip
        found, judged = contradicting(everything)
        told(["", f"Contradictions in {judged} diagnoses of the sweeps, labelled runs and real logs: {found}."])
    return lines


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("sweeps", type=Path, nargs="?")
    parser.add_argument("--write", action="store_true", help="put the table into README.md")
    options = parser.parse_args()
    np.seterr(all="ignore")
    sweeps = None if options.sweeps is None else load(options.sweeps)
    lines = report(sweeps, lambda row: print(row, flush=True))
    if options.write:
        readme = ROOT / "README.md"
        text = readme.read_text(encoding="utf-8")
        before, rest = text.split(MARKS[0], 1)
        after = rest.split(MARKS[1], 1)[1]
        readme.write_text("\n".join([before + MARKS[0], *lines, MARKS[1] + after]), encoding="utf-8")


if __name__ == "__main__":
    main()
