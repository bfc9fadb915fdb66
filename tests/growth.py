"""How the cost of something grows with its input, counted in CPU time: busy machines change no ratio by much."""

from __future__ import annotations

import time
from collections.abc import Callable

ROUNDS, TRIES = 3, 4
LIMIT = 2.5
"""Twice the input may cost this many times the CPU time: 2 is linear, 4 is quadratic."""
WORTH = 0.02
"""CPU seconds below which a measurement says nothing."""


def cpu_seconds(work: Callable[[], object]) -> float:
    """The least CPU time of a few rounds."""
    least = float("inf")
    for _ in range(ROUNDS):
        began = time.process_time()
        work()
        least = min(least, time.process_time() - began)
    return least


def growth(work: Callable[[int], Callable[[], object]], size: int) -> float:
    """How many times the CPU time twice the input takes. `work`: makes the call for a size, outside the clock; the
    size is doubled until it is worth measuring."""
    once = cpu_seconds(work(size))
    while once < WORTH:
        size *= 2
        once = cpu_seconds(work(size))
    small, large, twice = work(size), work(2 * size), float("inf")
    for _ in range(TRIES):  # a machine may slow down between the two; what grows too fast does so each time
        twice = min(twice, cpu_seconds(large))
        once = min(once, cpu_seconds(small))
        if twice <= LIMIT * once:
            break
    return twice / once
