"""What a finding is worth as evidence: `python -m tests.lab.findings`, after `tests.lab.fit`.

How often each kind of finding (warning or worse) comes up among the lab's runs of each cause, against the healthy ones.
Half of the logarithm of that ratio goes into the weights: findings rest on the same curves as the evidence, and
counting both in full would count them twice.
"""

from __future__ import annotations

import argparse
import json
import math
from collections import Counter
from collections.abc import Iterator
from concurrent.futures import ProcessPoolExecutor
from functools import partial
from pathlib import Path

from loglens.detectors.limits import configured
from loglens.errors import NotJudgeable
from loglens.model.finding import FindingKind
from loglens.model.settings import Options
from loglens.signals.core import Signals
from tests.lab.fit import CAUSES, WEIGHTS, write
from tests.lab.logs import to_run
from tests.lab.store import CACHE
from tests.lab.table import chosen, styles

KINDS: tuple[FindingKind, ...] = (
    "divergence", "gradient_explosion", "gradient_vanishing", "non_finite", "overfitting", "periodic_pattern",
    "slow_progress", "stagnation",
)  # fmt: skip
"""The kinds that speak of a cause; spikes and oscillation are in the evidence with their shapes."""
SMOOTHING = 0.02
COUNTED = 0.5
Seen = tuple[str, frozenset[str]]


def seen_in(path: Path, *, each: int) -> list[Seen]:
    """(cause, kinds found) of at most `each` runs of a cause from one stack."""
    detectors = [one for one in configured(Options()) if set(one.meta.kinds) & set(KINDS)]
    taken: Counter[str] = Counter()
    out: list[Seen] = []
    for name, truth, curve in chosen(path):
        taken[truth["cause"]] += 1
        if taken[truth["cause"]] > each:
            continue
        try:
            signals = Signals(to_run(curve, next(styles(name, truth["steps"]))[1]))
        except NotJudgeable:
            continue
        able = [d for d in detectors if all(signals.track(role) is not None for role in d.meta.needs)]
        enough = [d for d in able if len(signals.loss) >= d.meta.min_points]
        kinds = {f.kind for d in enough for f in d.detect(signals) if f.severity != "info"}
        out.append((truth["cause"], frozenset(kinds & set(KINDS))))
    return out


def points(seen: Iterator[Seen] | list[Seen]) -> dict[str, dict[str, float]]:
    """Log-odds against `healthy` by kind and cause, those below a tenth left out."""
    runs: Counter[str] = Counter()
    hits: Counter[tuple[str, str]] = Counter()
    for cause, kinds in seen:
        runs[cause] += 1
        hits.update((kind, cause) for kind in kinds)
    out: dict[str, dict[str, float]] = {}
    for kind in KINDS:
        base = hits[kind, "healthy"] / max(1, runs["healthy"]) + SMOOTHING
        worth = {
            cause: round(COUNTED * math.log((hits[kind, cause] / max(1, runs[cause]) + SMOOTHING) / base), 2)
            for cause in CAUSES
        }
        out[kind] = {cause: value for cause, value in worth.items() if abs(value) >= 0.1}
    return out


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--lab", type=Path, default=CACHE)
    parser.add_argument("--each", type=int, default=2, help="runs of a cause from each stack")
    parser.add_argument("--out", type=Path, default=WEIGHTS)
    options = parser.parse_args()
    paths = sorted(path for path in options.lab.glob("*.npz") if not path.name.endswith(".part.npz"))
    with ProcessPoolExecutor(2) as pool:
        seen = [one for part in pool.map(partial(seen_in, each=options.each), paths) for one in part]
    made = json.loads(options.out.read_text(encoding="utf-8"))
    made["findings"] = points(seen)
    write(made, options.out)
    print(f"{len(seen)} runs: {made['findings']}")


if __name__ == "__main__":
    main()
