"""How right the regret of every rate is on problems it has not seen: `python -m tests.lab.sweeps.evaluate TABLE`.

Other people's sweeps, split by problem: two in the fit with the lab's, two judged, every pair once. Measured as
`../shared/data/lr_sweeps/score.py` does, with the baselines beside it.
"""

from __future__ import annotations

import argparse
from collections.abc import Iterator
from dataclasses import dataclass
from itertools import combinations
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from loglens.advice.regret.features import NAMES
from loglens.advice.regret.forest import Model
from loglens.advice.regret.outlook import OFFSETS, recommended_place
from loglens.advice.regret.posterior import RIGHT_KEPT, USABLE, Posterior, posterior
from loglens.advice.regret.prior import usual_rates
from loglens.model.run import FloatArray
from tests.lab.sweeps.fit import model_of
from tests.lab.sweeps.table import Stack, Sweeps, load

NEAR = np.log10(4.0)
ROUNDS = 3


@dataclass(frozen=True, slots=True, eq=False)
class Answers:
    """What was said of each run of `sweeps`: probabilities of the three causes (n, 3) and log10 of the advice (n,)."""

    sweeps: Sweeps
    causes: FloatArray
    advice: FloatArray


def regret_at(stack: Stack, rate: float) -> float:
    """Of log10 rate, linear between the rates of the sweep."""
    if rate <= stack.rates[0] - 0.3:
        return 10.0
    return float(np.interp(rate, stack.rates, stack.regret))


def asked(known: Model, x: FloatArray, stack: Stack, rate: float, *, told: bool) -> Posterior:
    numbers, alike, _ = known.alike(x)
    usual = usual_rates(10**stack.steps, stack.kind if told else None)
    return posterior(known, numbers, alike, rate, usual, OFFSETS, right_kept=RIGHT_KEPT)


def answers(known: Model, sweeps: Sweeps, *, told: bool = False) -> Answers:
    causes, advice = [], []
    for x, stack, rate in zip(sweeps.x, sweeps.stack, sweeps.rate, strict=True):
        found = asked(known, x, sweeps.stacks[stack], float(rate), told=told)
        causes.append(found.causes)
        advice.append(rate + OFFSETS[recommended_place(found)])
    return Answers(sweeps, np.array(causes), np.array(advice))


def figures(said: Answers) -> dict[str, float]:
    """cause, near (of rates within a factor of four of the right ones), usable, and one to three rounds."""
    sweeps = said.sweeps
    truth, right = sweeps.cause, said.causes.argmax(1) == sweeps.cause
    near = np.array([is_near(sweeps.stacks[s], rate) for s, rate in zip(sweeps.stack, sweeps.rate, strict=True)])
    usable = [regret_at(sweeps.stacks[s], rate) <= USABLE for s, rate in zip(sweeps.stack, said.advice, strict=True)]
    opposite = ((truth == 2) & (said.advice > sweeps.rate + 0.18)) | ((truth == 0) & (said.advice < sweeps.rate - 0.18))
    sure = said.causes.max(1)
    return {
        "cause": float(right.mean()), "near": float(right[near].mean()), "usable": float(np.mean(usable)),
        **{f"round {k + 1}": float(share) for k, share in enumerate(_rounds(said))},
        "opposite": float(opposite.mean()), "sure and opposite": float((opposite & (sure > 0.8)).mean()),
        "right where >= 0.9": float(right[sure >= 0.9].mean()), "calibration": calibration(sure, right),
    }  # fmt: skip


def is_near(stack: Stack, rate: float) -> bool:
    """Whether a log10 rate lies within a factor of four of the right ones."""
    low, high = stack.right
    return bool(stack.rates[low] - NEAR - 1e-6 <= rate <= stack.rates[high] + NEAR + 1e-6)


def calibration(sure: FloatArray, right: NDArray[np.bool_]) -> float:
    """Expected calibration error over tenths (Naeini et al. 2015)."""
    bins = np.minimum(9, (10 * sure).astype(int))
    return float(sum(abs(float((right[bins == b] - sure[bins == b]).sum())) for b in range(10)) / len(sure))


def _rounds(said: Answers) -> Iterator[float]:
    """The share that stands on a usable rate after following the advice once, twice, three times."""
    sweeps, at = said.sweeps, np.arange(len(said.advice))
    regret = np.array([sweeps.stacks[s].regret[p] for s, p in zip(sweeps.stack, sweeps.place, strict=True)])
    for _ in range(ROUNDS):
        at = np.array([_nearest(sweeps, sweeps.stack[i], said.advice[i]) for i in at])
        yield float((regret[at] <= USABLE).mean())


def _nearest(sweeps: Sweeps, stack: int, rate: float) -> int:
    mine = np.flatnonzero(sweeps.stack == stack)
    return int(mine[np.argmin(np.abs(sweeps.rate[mine] - rate))])


def splits(sweeps: Sweeps, count: int) -> Iterator[tuple[Sweeps, Sweeps]]:
    """(in the fit, judged): every `count` problems of other people judged once, the lab always in the fit."""
    problems = sorted({one.problem for one in sweeps.stacks if one.shared})
    for judged in combinations(problems, count):
        out = np.array([one.shared and one.problem in judged for one in sweeps.stacks])
        yield sweeps.of(~out), sweeps.of(out)


def left_out(sweeps: Sweeps, *, told: bool = False, **options: Any) -> list[Answers]:
    return [answers(model_of(fit, **options), judged, told=told) for fit, judged in splits(sweeps, 2)]


def always(sweeps: Sweeps, rate: float, cause: int) -> Answers:
    return Answers(sweeps, np.tile(np.eye(3)[cause], (len(sweeps.ids), 1)), np.full(len(sweeps.ids), np.log10(rate)))


def table(rows: dict[str, list[Answers]]) -> list[str]:
    """One line a row: the mean of its splits."""
    out: list[str] = []
    for name, said in rows.items():
        each = [figures(one) for one in said]
        if not out:
            out = ["| | " + " | ".join(each[0]) + " |", "|---" * (len(each[0]) + 1) + "|"]
        means = [np.mean([one[key] for one in each]) for key in each[0]]
        out.append(f"| {name} | " + " | ".join(f"{value:.3f}" for value in means) + " |")
    return out


def by_sweep(said: list[Answers]) -> list[str]:
    """cause, usable and three rounds of each sweep, over all splits that judged it."""
    found: dict[str, list[list[float]]] = {}
    for one in said:
        for number, stack in enumerate(one.sweeps.stacks):
            keep = one.sweeps.stack == number
            only = np.arange(len(one.sweeps.stacks)) == number
            part = figures(Answers(one.sweeps.of(only), one.causes[keep], one.advice[keep]))
            found.setdefault(stack.name, []).append([part["cause"], part["usable"], part["round 3"]])
    return [f"{name:36s} " + " ".join(f"{v:.2f}" for v in np.mean(parts, 0)) for name, parts in sorted(found.items())]


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("table", type=Path)
    parser.add_argument("--sweeps", action="store_true", help="each sweep's figures as well")
    options = parser.parse_args()
    sweeps = load(options.table)
    shared = sweeps.of(np.array([one.shared for one in sweeps.stacks]))
    said = left_out(sweeps)
    print(f"{len(sweeps.ids)} runs of {len(sweeps.stacks)} sweeps, {len(NAMES)} numbers")
    rows = {
        "problems left out by pairs": said,
        "always too high, 5e-4": [always(shared, 5e-4, 2)],
        "always too high, 1e-3": [always(shared, 1e-3, 2)],
    }
    print("\n".join(table(rows)))
    if options.sweeps:
        print("\n".join(by_sweep(said)))


if __name__ == "__main__":
    main()
