"""A folder of many runs, for the nightly: CSV logs of sweeps, a few of them sick.

python -m tests.benchmarks.many_runs FOLDER RUNS [STEPS]       make the folder
python -m tests.benchmarks.many_runs FOLDER RUNS STEPS --more  let one run in a hundred grow by a tenth
"""

from __future__ import annotations

import sys
from pathlib import Path

import numpy as np

SWEEP = 100
"""Runs a folder."""
RATES = (3e-5, 1e-4, 3e-4, 1e-3, 3e-3, 1e-2, 3e-2)


def columns(number: int, steps: int) -> dict[str, np.ndarray]:
    """Loss, validation loss, rate and gradient norm of the run of that number; rates of 1e-2 and more diverge or
    scatter."""
    rng = np.random.default_rng(number)
    at = np.arange(steps)
    rate = RATES[number % len(RATES)]
    tempo = 6.0 * min(1.0, rate / 1e-4)
    level = 0.4 + 2.1 / (1 + tempo * at / max(steps, 1500)) ** 2
    loss = level * np.exp(0.05 * rng.standard_normal(steps))
    if rate >= 3e-2:
        since = steps // 3
        loss[since:] *= np.exp(np.minimum(8.0, 0.02 * (at[since:] - since)))
    elif rate >= 1e-2:
        loss *= np.exp(0.25 * np.abs(rng.standard_normal(steps)))
    if number % SWEEP < 20:
        loss[min(steps - 1, 700)] *= 6  # what a whole sweep met at one step
    lr = rate * np.minimum(1.0, (at + 1) / 100) * 0.5 * (1 + np.cos(np.pi * at / max(steps, 1500)))
    return {
        "train_loss": loss,
        "val_loss": level * 1.1,
        "lr": lr,
        "grad_norm": 0.7 * np.exp(0.1 * rng.standard_normal(steps)),
    }


def write(folder: Path, number: int, steps: int) -> None:
    """One run as `metrics.csv`."""
    run = folder / f"sweep-{number // SWEEP:03}" / f"lr{RATES[number % len(RATES)]:g}-run{number:05}"
    run.mkdir(parents=True, exist_ok=True)
    made = columns(number, steps)
    lines = ["step," + ",".join(made)]
    rows = np.stack(list(made.values()), axis=1)
    lines += [f"{step},{','.join(f'{one:.6g}' for one in row)}" for step, row in enumerate(rows.tolist())]
    (run / "metrics.csv").write_text("\n".join(lines) + "\n", encoding="utf-8")


def main(arguments: list[str]) -> None:
    folder, runs = Path(arguments[0]), int(arguments[1])
    steps = int(arguments[2]) if len(arguments) > 2 else 1500
    more = "--more" in arguments
    for number in range(0, runs, 100 if more else 1):
        write(folder, number, steps + steps // 10 if more else steps)


if __name__ == "__main__":
    main(sys.argv[1:])
