"""What the live monitor costs a training of 5 ms a step: `python -m tests.benchmarks.callbacks [steps]`.

Each step computes for 5 ms of CPU time; the monitor's own CPU time is measured beside it, judging included.
"""

from __future__ import annotations

import math
import sys
import time

import numpy as np

from loglens.callbacks import Monitor

STEP_SECONDS = 0.005


class Optimizer:
    """What the monitor reads the rate from."""

    param_groups = ({"lr": 1e-3},)


def measure(steps: int, noise: float) -> tuple[float, int]:
    """Share of the training's CPU time, and how often an alert was given, for a healthy loss with that noise."""
    rng = np.random.default_rng(0)
    weights = rng.normal(size=(64, 64))
    monitor = Monitor(optimizer=Optimizer(), on_alert=print)
    inside = total = 0.0
    for step in range(steps):
        began = time.thread_time()
        while time.thread_time() - began < STEP_SECONDS:
            weights = np.tanh(weights @ weights)
        total += time.thread_time() - began
        loss = 3 * math.exp(-step / (steps / 4)) + 0.3 + rng.normal(0, noise)
        began = time.thread_time()
        monitor.step(loss, grad_norm=1.0)
        inside += time.thread_time() - began
    return inside / total, len(monitor.alerts)


if __name__ == "__main__":
    wanted = int(sys.argv[1]) if len(sys.argv) > 1 else 4000
    for scatter in (0.02, 0.1, 0.3):
        part, told = measure(wanted, scatter)
        print(f"noise {scatter}: {part:.2%} of {wanted} steps of 5 ms, {told} alerts")
