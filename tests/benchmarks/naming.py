"""What the choice of roles costs: `python -m tests.benchmarks.naming`.

Names of a trainer with many series, never seen before by the process (caches emptied), each with 200 points. Processor
time, medians of seven: the grammar alone, then the whole choice with the behaviour of the candidates.
"""

from __future__ import annotations

import statistics
import time
from collections.abc import Callable

import numpy as np

from loglens.model.run import Series
from loglens.readers.naming import grammar, metric_names, words
from loglens.readers.naming.grammar import read_name
from loglens.readers.naming.roles import cast_roles

TIMES = 7
KINDS = (
    "grad_2.0_norm/layers.{}.attn.q_proj.weight", "train/head_{}_loss", "val/task_{}/accuracy", "gpu.{}.memory",
    "lr-AdamW/pg{}", "eval/set_{}/loss", "params/norm/block_{}", "time/phase_{}", "losses/aux_{}", "stats/x{}",
)  # fmt: skip


def names_of(many: int) -> list[str]:
    """Names as a run with many series has them, with the usual ones among them."""
    usual = ["train/loss", "val/loss", "train/grad_norm", "train/lr"]
    return usual + [KINDS[place % len(KINDS)].format(place) for place in range(many - len(usual))]


def fresh() -> None:
    """Nothing is remembered from before."""
    for cached in (read_name, metric_names.name_role, words.pieces):
        cached.cache_clear()


def median_ms(work: Callable[[], object]) -> float:
    """The median time of the work, in milliseconds."""
    taken = []
    for _ in range(TIMES):
        fresh()
        begun = time.process_time()
        work()
        taken.append(1e3 * (time.process_time() - begun))
    return statistics.median(taken)


def main() -> None:
    """The table."""
    metric_names.metric_names()
    values = np.asarray(2 * 0.99 ** np.arange(200), dtype=np.float64)
    for many in (10, 100, 1_000, 5_000):
        names = names_of(many)
        series = [Series(tag=name, steps=np.arange(200), values=values) for name in names]

        def read(names: list[str] = names) -> object:
            return [grammar.read_name(name) for name in names]

        def choose(series: list[Series] = series) -> object:
            return cast_roles(series)

        print(f"{many:>6} names: grammar {median_ms(read):7.2f} ms, roles {median_ms(choose):7.2f} ms")


if __name__ == "__main__":
    main()
