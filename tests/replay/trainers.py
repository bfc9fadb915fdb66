"""Fake trainers for the command driver: small scripts without torch that do one thing wrong each.

python trainers.py KIND OUT START STEPS LR
"""

from __future__ import annotations

import csv
import math
import os
import sys
import time
from pathlib import Path

GOOD_BELOW = 0.06
"""The rate above which this 'training' spikes at step 60."""


def loss_at(step: int, lr: float, *, bad_batch: bool = False) -> float:
    noise = 0.01 * math.sin(step * 12.9898) * math.cos(step * 78.233)
    spike = 3.0 * math.exp(-(step - 60) / 6) if step >= 60 and (lr > GOOD_BELOW or bad_batch) else 0.0
    return 2.0 * math.exp(-step / 80) + 0.3 + noise + spike


def train(kind: str, out: Path, start: int, steps: int, lr: float) -> None:
    if kind == "hangs":
        time.sleep(600)
    if kind == "dies":
        raise SystemExit("RuntimeError: CUDA out of memory. Tried to allocate 20 GiB")
    if kind == "crashes":
        raise SystemExit("no such dataset")
    if kind == "silent":
        return
    if kind == "elsewhere":
        out = Path(os.environ["ORIGINAL_RUN"])
    if kind == "ignores_lr":
        lr = 0.1
    if kind == "never_stops":
        steps = 10**9
    with (out / "metrics.csv").open("a" if kind == "elsewhere" else "w", newline="") as file:
        log = csv.writer(file)
        if kind != "elsewhere":
            log.writerow(["step", "loss", "learning_rate"])
        for step in range(start, start + steps):
            loss = loss_at(step, lr, bad_batch=kind == "bad_batch")
            if kind == "nan" and step >= 60 and lr > GOOD_BELOW:
                loss = math.nan
            log.writerow([step, loss, lr])
            if kind == "never_stops" and step > start + 50:
                file.flush()
                time.sleep(0.002)


if __name__ == "__main__":
    train(sys.argv[1], Path(sys.argv[2]), int(sys.argv[3]), int(sys.argv[4]), float(sys.argv[5]))
