"""Fit the regret of every rate: `python -m tests.lab.sweeps.fit TABLE [--out loglens/advice/regret/weights.npz]`.

A forest of extremely randomised trees (scikit-learn) is grown on where the right rates lie from each run's own; kept
are its splits and which runs its leaves hold. Every sweep weighs the same, other people's more than the lab's.
"""

from __future__ import annotations

import argparse
import zlib
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray
from sklearn.ensemble import ExtraTreesRegressor

from loglens.advice.regret.forest import POSITION_UNIT, REGRET_UNIT, WEIGHTS, Model, unpacked
from loglens.advice.regret.posterior import LOST
from loglens.advice.regret.prior import KINDS
from loglens.model.run import FloatArray
from tests.lab.sweeps.table import BLOWN, GRID, Sweeps, load

TREES = 40
LEAF = 8
LAB_SHARE = 0.5
"""Of the lab's runs this share is in the forest."""
FEATURES = 0.35
SHARED_WEIGHT = 3.0
"""How much more a run of other people's sweeps weighs than one of the lab's."""
BORDER = 3.0
"""What it counts, in decades, to tell too low, right and too high apart."""
FARTHEST = 4.0
OFFSETS = np.round(np.arange(-12, 12.01, 0.1), 2)
MARGINAL_WIDTH = 0.4
SEED = 7


def weights_of(sweeps: Sweeps) -> FloatArray:
    """(n,) every sweep weighs the same, whether 36 or 18 of its rates were trained."""
    counts = np.bincount(sweeps.stack, minlength=len(sweeps.stacks))
    shared = np.array([SHARED_WEIGHT if one.shared else 1.0 for one in sweeps.stacks])
    return np.asarray((shared * 36 / np.maximum(12, counts))[sweeps.stack], dtype=np.float64)


def grow(sweeps: Sweeps, weight: FloatArray, *, trees: int = TREES, leaf: int = LEAF, seed: int = SEED) -> Any:
    low = np.array([one.rates[one.right[0]] for one in sweeps.stacks])[sweeps.stack]
    high = np.array([one.rates[one.right[1]] for one in sweeps.stacks])[sweeps.stack]
    sides = BORDER * np.eye(3)[sweeps.cause]
    target = np.column_stack(
        [np.clip(sweeps.rate - low, -FARTHEST, FARTHEST), np.clip(sweeps.rate - high, -FARTHEST, FARTHEST), sides]
    )
    forest = ExtraTreesRegressor(trees, min_samples_leaf=leaf, max_features=FEATURES, random_state=seed, n_jobs=1)
    return forest.fit(sweeps.x, target, sample_weight=weight)


def thinned(sweeps: Sweeps, share: float, seed: int) -> Sweeps:
    """A share of the lab's runs, drawn at random, and all of other people's: what the file of weights has room for."""
    shared = np.array([one.shared for one in sweeps.stacks])[sweeps.stack]
    ends = np.array(
        [p in (0, len(sweeps.stacks[s].rates) - 1) for s, p in zip(sweeps.stack, sweeps.place, strict=True)]
    )
    keep = shared | ends | (np.random.default_rng(seed).random(len(shared)) < share)
    ids = tuple(one for one, kept in zip(sweeps.ids, keep, strict=True) if kept)
    return Sweeps(sweeps.stacks, sweeps.x[keep], sweeps.stack[keep], sweeps.place[keep], ids)


def fitted(
    sweeps: Sweeps, *, trees: int = TREES, leaf: int = LEAF, share: float = LAB_SHARE, seed: int = SEED
) -> dict[str, NDArray[Any]]:
    """The packed arrays of the model (see `loglens.advice.regret.forest`)."""
    whole = f"{len(sweeps.ids)} runs of {len(sweeps.stacks)} sweeps, {_fingerprint(sweeps)}"
    sweeps = thinned(sweeps, share, seed)
    weight = weights_of(sweeps)
    forest = grow(sweeps, weight, trees=trees, leaf=leaf, seed=seed)
    centre = np.array([one.centre for one in sweeps.stacks])
    kind = np.array([one.kind for one in sweeps.stacks])
    reach = _reach(sweeps)
    cells = np.array([np.interp(GRID, one.rates, one.regret) for one in sweeps.stacks])
    return _packed_trees(forest, sweeps, weight) | {
        "weight": weight.astype(np.float32), "stack": sweeps.stack.astype(np.int16),
        "rate": sweeps.rate.astype(np.float32), "cause": sweeps.cause.astype(np.int8), "reach": reach,
        "centre": centre.astype(np.float32), "kind": kind.astype(np.int8),
        "regret": np.round(np.clip(cells, 0, LOST) * REGRET_UNIT).astype(np.uint8), "grid": GRID,
        "offsets": OFFSETS, "marginal": _marginal(sweeps, weight, reach).astype(np.float32),
        "fingerprint": np.array(whole),
    }  # fmt: skip


def _fingerprint(sweeps: Sweeps) -> str:
    return f"{zlib.crc32(np.nan_to_num(sweeps.x, nan=-1.0).astype(np.float16).tobytes()):08x}"


def model_of(sweeps: Sweeps, **options: Any) -> Model:
    return unpacked(fitted(sweeps, **options))


def _reach(sweeps: Sweeps) -> NDArray[np.int8]:
    """+1: blew up at the highest rate of its sweep; -1: did not move at the lowest."""
    last = np.array([len(one.rates) - 1 for one in sweeps.stacks])[sweeps.stack]
    regret = np.array([sweeps.stacks[s].regret[p] for s, p in zip(sweeps.stack, sweeps.place, strict=True)])
    died = (sweeps.place == last) & (regret >= BLOWN / 2)
    still = (sweeps.place == 0) & (sweeps.cause == 0) & (regret > 0.9)
    return np.where(died, 1, np.where(still, -1, 0)).astype(np.int8)


def _marginal(sweeps: Sweeps, weight: FloatArray, reach: NDArray[np.int8]) -> FloatArray:
    """(kinds, m) log density of rate minus centre among the trainings, those beyond the ends of a sweep included."""
    from loglens.advice.regret.posterior import _reaching

    kind = np.array([one.kind for one in sweeps.stacks])[sweeps.stack]
    distance = sweeps.rate - np.array([one.centre for one in sweeps.stacks])[sweeps.stack]
    place, away = _reaching(distance, reach.astype(np.int64))
    out = []
    total = float(weight[place].sum())
    for k in range(len(KINDS)):
        mine = kind[place] == k
        away_k, weight_k = away[mine], weight[place][mine]
        if not len(away_k):
            out.append(np.full(len(OFFSETS), np.log(1e-4)))
            continue
        density = np.array(
            [float((weight_k * np.exp(-0.5 * ((away_k - at) / MARGINAL_WIDTH) ** 2)).sum()) for at in OFFSETS]
        )
        out.append(np.log(density / density.sum() + 1e-4) + np.log(weight_k.sum() / total))
    return np.array(out)


def _packed_trees(forest: Any, sweeps: Sweeps, weight: FloatArray) -> dict[str, NDArray[Any]]:
    side = (sweeps.cause - 1).astype(np.float64)
    parts: dict[str, list[NDArray[Any]]] = {
        name: [] for name in ("feature", "threshold", "right", "missing_left", "position", "held", "members")
    }
    roots, base = [], 0
    where = forest.apply(sweeps.x)
    paths = [one.decision_path(sweeps.x.astype(np.float32)) for one in forest.estimators_]
    for number, grown in enumerate(forest.estimators_):
        tree = grown.tree_
        roots.append(base)
        leaf = tree.children_left < 0
        parts["feature"].append(np.where(leaf, -1, tree.feature))
        parts["threshold"].append(np.where(leaf, 0.0, tree.threshold))
        parts["right"].append(np.where(leaf, 0, tree.children_right - np.arange(tree.node_count)))
        parts["missing_left"].append(np.asarray(tree.missing_go_to_left, dtype=np.bool_))
        through = paths[number].T
        mean = np.asarray(through @ (weight * side) / np.maximum(through @ weight, 1e-12))
        parts["position"].append(np.round(mean * POSITION_UNIT))
        order = np.argsort(where[:, number], kind="stable")
        parts["members"].append(order)
        parts["held"].append(np.bincount(where[:, number], minlength=tree.node_count))
        base += tree.node_count
    joined = {name: np.concatenate(values) for name, values in parts.items()}
    kinds = {
        "feature": np.int8, "threshold": np.float16, "right": np.uint16, "missing_left": np.bool_,
        "position": np.int8, "held": np.uint16, "members": np.uint16,
    }  # fmt: skip
    return {name: joined[name].astype(kind) for name, kind in kinds.items()} | {"roots": np.array(roots, np.int32)}


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("table", type=Path)
    parser.add_argument("--out", type=Path, default=WEIGHTS)
    options = parser.parse_args()
    packed = fitted(load(options.table))
    np.savez_compressed(options.out, **packed)  # type: ignore[arg-type]  # numpy types its keywords as flags
    print(f"{packed['fingerprint']}: {options.out.stat().st_size / 1e6:.2f} MB")


if __name__ == "__main__":
    main()
