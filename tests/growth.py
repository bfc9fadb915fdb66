"""How the cost of something grows with its input, counted in CPU time: busy machines change no ratio by much."""

from __future__ import annotations

import time
from collections.abc import Callable

ROUNDS, PAIRS, TRIES = 3, 3, 3
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
    least, small = float("inf"), work(size)
    for _ in range(TRIES):  # a machine may slow down between two calls; what grows too fast does so each time
        large = work(2 * size)
        least = min(least, *(ratio(small, large) for _ in range(PAIRS)))
        if least <= LIMIT:
            break
        size, small = 2 * size, large
    return least


def ratio(small: Callable[[], object], large: Callable[[], object]) -> float:
    """Of two calls measured one beside the other: a lucky moment of the one alone says nothing."""
    return cpu_seconds(large) / cpu_seconds(small)
