"""The numbers of every run of every sweep as one table: `python -m tests.lab.sweeps.table [--lab FOLDER] --out FILE`.

Two sources: the lab's own sweeps (`build.py`), each run logged once in a style drawn at random, and other people's
(`../shared/data/lr_sweeps`, where it is there). Regret is (final train loss - best of the sweep) / (first - best).
"""

from __future__ import annotations

import argparse
import csv
import io
import json
import tarfile
import zlib
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from loglens.advice.regret.features import measure, vector
from loglens.model.run import FloatArray, IntArray
from tests.lab.sweeps.build import CACHE, RATES

SHARED = Path(__file__).parents[4] / "shared" / "data" / "lr_sweeps"
GRID = np.log10(RATES)
RIGHT = 0.05
"""Regret up to which the rates around the best count as right."""
BLOWN = 10.0
TAIL = 0.08
KINDS = {"adam": 0, "momentum": 1, "sgd": 2, "Adam": 0, "Momentum": 1, "GradientDescent": 2}
FINE_TUNED = 3
LEAST_GAIN = 0.03
"""A task whose best rate brings its loss down by a smaller share is not learnt."""


@dataclass(frozen=True, slots=True, eq=False)
class Stack:
    """One sweep. `regret` (r,) at `rates` (r,), log10, rising; `first`: log10 of the first loss, 0.36 where it is
    negative; `steps`: log10 of how many."""

    name: str
    problem: str
    kind: int
    shared: bool
    rates: FloatArray
    regret: FloatArray
    first: float
    steps: float

    @property
    def right(self) -> tuple[int, int]:
        """The first and the last of the rates around the best whose regret is small."""
        low = high = int(np.argmin(self.regret))
        while low > 0 and self.regret[low - 1] <= RIGHT:
            low -= 1
        while high < len(self.regret) - 1 and self.regret[high + 1] <= RIGHT:
            high += 1
        return low, high

    @property
    def centre(self) -> float:
        low, high = self.right
        return float(self.rates[low] + self.rates[high]) / 2

    def cause(self, place: int) -> int:
        """0 too low, 1 right, 2 too high."""
        low, high = self.right
        return 0 if place < low else 2 if place > high else 1


@dataclass(frozen=True, slots=True, eq=False)
class Sweeps:
    """`x` (n, f): the numbers of each run; `stack`, `place` (n,): which sweep, and which of its rates; `ids` (n,)."""

    stacks: tuple[Stack, ...]
    x: FloatArray
    stack: IntArray
    place: IntArray
    ids: tuple[str, ...]

    @property
    def rate(self) -> FloatArray:
        return np.array([self.stacks[s].rates[p] for s, p in zip(self.stack, self.place, strict=True)])

    @property
    def cause(self) -> IntArray:
        return np.array([self.stacks[s].cause(int(p)) for s, p in zip(self.stack, self.place, strict=True)])

    def of(self, keep: NDArray[np.bool_]) -> Sweeps:
        """The runs of some sweeps; `keep` (s,)."""
        new = np.cumsum(keep) - 1
        rows = np.flatnonzero(keep[self.stack])
        stacks = tuple(one for one, kept in zip(self.stacks, keep, strict=True) if kept)
        ids = tuple(self.ids[row] for row in rows)
        return Sweeps(stacks, self.x[rows], new[self.stack[rows]], self.place[rows], ids)


Found = tuple[Stack, list[tuple[int, str, FloatArray]]]


def lab_stack(path: Path) -> Found | None:
    """A sweep of the lab with its runs' numbers; None where the task is not learnt, or every rate is right."""
    with np.load(path) as arrays:
        loss, grad, val = (arrays[name].astype(np.float64) for name in ("loss", "grad", "val"))
        rates, plan = arrays["rates"], arrays["plan"] if "plan" in arrays.files else np.ones(len(loss))
    ends = loss[-max(10, int(TAIL * len(loss))) :].mean(0)
    ends = np.where(np.isfinite(ends), ends, np.inf)
    first, best = float(np.nanmean(loss[: max(2, len(loss) // 200), 0])), float(ends.min())
    if not np.isfinite(best) or first - best < LEAST_GAIN * abs(first):
        return None
    task, optimizer, _ = path.stem.rsplit("-", 2)
    regret = np.minimum((ends - best) / (first - best), BLOWN)
    size = float(np.log10(first)) if first > 0 else 0.36
    kind = FINE_TUNED if task.startswith("finetune") and optimizer == "adam" else KINDS[optimizer]
    stack = Stack(path.stem, task, kind, False, np.log10(rates), regret, size, float(np.log10(len(loss))))
    if stack.right == (0, len(rates) - 1):
        return None
    rows = []
    for k, rate in enumerate(rates):
        draw = np.random.default_rng(zlib.crc32(f"{path.stem}{k}".encode()))
        rows.append((k, f"{path.stem}/{k}", _logged(draw, loss[:, k], grad[:, k], val[:, k], rate * plan)))
    return stack, rows


def _logged(
    draw: np.random.Generator, loss: FloatArray, grad: FloatArray, val: FloatArray, lr: FloatArray
) -> FloatArray:
    """The numbers of a run as one of many styles would have logged it."""
    every = int(draw.choice([one for one in (1, 1, 1, 2, 5, 10, 20, 50, 100) if len(loss) / one >= 6]))
    mean = draw.random() < 0.6 and every > 1
    count = len(loss) // every
    at = np.arange(every - 1, count * every, every) if mean else np.arange(0, len(loss), every)
    picked = (
        [one[: count * every].reshape(count, every).mean(1) for one in (loss, grad)] if mean else [loss[at], grad[at]]
    )
    has_val, has_grad = draw.random() < 0.8, draw.random() < 0.3
    # regularised trainings validate far below their train loss, small ones above it; losses have floors of all heights
    spread = 0.12 if draw.random() < 0.75 else 0.7
    floor = abs(float(loss[0])) * draw.uniform(0, 1.5) if draw.random() < 0.15 else 0.0
    numbers = measure(
        at.astype(np.float64), picked[0] + floor, lr=lr[at],
        val=(val + floor) * np.exp(spread * draw.standard_normal()) if has_val else None,
        grad=picked[1] if has_grad else None,
    )  # fmt: skip
    return vector(numbers)


def shared_stacks(folder: Path = SHARED) -> Iterator[Found]:
    """Other people's sweeps, their runs as they were logged."""
    truth = json.loads((folder / "truth.json").read_text(encoding="utf-8"))
    with tarfile.open(folder / "logs.tar.xz") as packed:
        logs = {m.name.split("/")[-2]: packed.extractfile(m) for m in packed if m.name.endswith("log.csv")}
        read = {name: _columns(file.read()) for name, file in logs.items() if file is not None}
    for problem, optimizer in sorted({(one["problem"], one["optimizer"]) for one in truth.values()}):
        mine = {name: one for name, one in truth.items() if (one["problem"], one["optimizer"]) == (problem, optimizer)}
        sweep = sorted((float(rate), regret) for rate, regret in next(iter(mine.values()))["sweep"].items())
        rates = np.log10([rate for rate, _ in sweep])
        first = next(float(np.log10(read[name][1][0])) for name in mine)
        steps = float(np.log10(max(float(read[name][0][-1]) for name in mine)))
        regret = np.array([one for _, one in sweep])
        stack = Stack(f"{problem}-{optimizer}", problem, KINDS[optimizer], True, rates, regret, first, steps)
        yield (
            stack,
            [
                (int(np.argmin(np.abs(rates - np.log10(one["lr"])))), name, _numbers(*read[name], one["lr"]))
                for name, one in mine.items()
            ],
        )


def _columns(text: bytes) -> tuple[FloatArray, FloatArray, FloatArray]:
    rows = list(csv.DictReader(io.StringIO(text.decode())))
    steps, loss = (np.array([float(row[name]) for row in rows if row["loss"]]) for name in ("iteration", "loss"))
    return steps, loss, np.array([float(row["val_loss"]) for row in rows if row["val_loss"]])


def _numbers(steps: FloatArray, loss: FloatArray, val: FloatArray, lr: float) -> FloatArray:
    return vector(measure(steps, loss, lr=np.full(len(loss), lr), val=val))


def gathered(found: Iterator[Found | None]) -> Sweeps:
    known = [one for one in found if one is not None]
    rows = [(number, *row) for number, (_, mine) in enumerate(known) for row in mine]
    return Sweeps(
        tuple(stack for stack, _ in known),
        np.array([row[3] for row in rows]), np.array([row[0] for row in rows]), np.array([row[1] for row in rows]),
        tuple(row[2] for row in rows),
    )  # fmt: skip


def save(sweeps: Sweeps, path: Path) -> None:
    """Numbers as half floats, facts of the stacks as JSON."""
    facts = [
        [one.name, one.problem, one.kind, one.shared, one.rates.round(3).tolist(), one.regret.round(4).tolist(),
         round(one.first, 3), round(one.steps, 3)]
        for one in sweeps.stacks
    ]  # fmt: skip
    np.savez_compressed(
        path,
        x=np.clip(sweeps.x, -6e4, 6e4).astype(np.float16), stack=sweeps.stack.astype(np.int16),
        place=sweeps.place.astype(np.int8), ids=np.array(json.dumps(sweeps.ids)), stacks=np.array(json.dumps(facts)),
    )  # fmt: skip


def load(path: Path) -> Sweeps:
    with np.load(path, allow_pickle=False) as arrays:
        stacks = tuple(
            Stack(name, problem, kind, shared, np.array(rates), np.array(regret), first, steps)
            for name, problem, kind, shared, rates, regret, first, steps in json.loads(str(arrays["stacks"]))
        )
        return Sweeps(
            stacks, arrays["x"].astype(np.float64), arrays["stack"].astype(np.int64),
            arrays["place"].astype(np.int64), tuple(json.loads(str(arrays["ids"]))),
        )  # fmt: skip


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--lab", type=Path, default=CACHE)
    parser.add_argument("--out", type=Path, default=Path("sweeps.npz"))
    options = parser.parse_args()
    np.seterr(all="ignore")

    def found() -> Iterator[Found | None]:
        if (SHARED / "truth.json").exists():
            yield from shared_stacks()
        for path in sorted(options.lab.glob("*.npz")):
            yield lab_stack(path)

    sweeps = gathered(found())
    save(sweeps, options.out)
    print(
        f"{len(sweeps.ids)} runs of {len(sweeps.stacks)} sweeps, {np.bincount(sweeps.cause)} too low, right, too high"
    )


if __name__ == "__main__":
    main()
