"""A forest that finds runs with curves like this one, among trainings whose whole sweep is known.

The trees were grown by scikit-learn (`tests/lab/sweeps/fit.py`); here they are only descended, all at once.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from loglens.model.run import FloatArray, IntArray

WEIGHTS = Path(__file__).with_name("weights.npz")
DEEPEST = 64
"""No tree is deeper: a bound on the descent, so that a damaged file cannot make it endless."""


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Forest:
    """Trees as flat arrays over all their nodes.

    `feature` (N,), -1 at a leaf; `threshold` (N,); `right` (N,): node numbers, the left child is the next node;
    `missing_left` (N,): where an unknown number goes; `position` (N,): mean of +1 for a rate too high and -1 for one
    too low among the trainings of the node. `roots` (T,). `start` (N + 1,): where a leaf's trainings begin in
    `members`.
    """

    feature: NDArray[np.int16]
    threshold: FloatArray
    right: IntArray
    missing_left: NDArray[np.bool_]
    position: FloatArray
    roots: IntArray
    start: IntArray
    members: IntArray

    def descend(self, x: FloatArray) -> tuple[IntArray, FloatArray]:
        """x (f,) -> the leaf of each tree (T,), and what each number moved the position by on the way, (f,)."""
        at, moved = self.roots.copy(), np.zeros(len(x))
        for _ in range(DEEPEST):
            inner = np.flatnonzero(self.feature[at] >= 0)
            if not len(inner):
                break
            node = at[inner]
            feature = self.feature[node].astype(np.int64)
            value = x[feature]
            left = np.where(np.isnan(value), self.missing_left[node], value <= self.threshold[node])
            at[inner] = np.where(left, node + 1, self.right[node])
            np.add.at(moved, feature, self.position[at[inner]] - self.position[node])
        return at, moved / len(self.roots)


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Model:
    """The forest and the trainings its leaves hold.

    Of each training (n,): `weight`; `stack`, the sweep it belongs to; `rate`, log10 of its rate; `cause`: 0 too low,
    1 right, 2 too high; `reach`: +1 where it died at the highest rate there was (it would have at any higher one), -1
    where the lowest rate left the loss where it was. Of each sweep (s,): `centre`, log10 of the middle of its right
    rates; `kind`, an index into `KINDS`; `regret` (s, r) at the rates `grid` (r,), log10.
    `marginal` (kinds, m): log density of rate minus centre at `offsets` (m,), as the trainings have it.
    `fingerprint`: of how many trainings of how many sweeps, and a checksum of their numbers.
    """

    forest: Forest
    weight: FloatArray
    stack: IntArray
    rate: FloatArray
    cause: IntArray
    reach: IntArray
    centre: FloatArray
    kind: IntArray
    regret: FloatArray
    grid: FloatArray
    offsets: FloatArray
    marginal: FloatArray
    fingerprint: str

    def alike(self, x: FloatArray) -> tuple[IntArray, FloatArray, FloatArray]:
        """Trainings with curves like x (f,): their numbers (k,), how alike each is (k,), which sums to 1; and what each
        number of x moved the position by, (f,)."""
        leaves, moved = self.forest.descend(x)
        parts, shares = [], []
        for leaf in leaves:
            members = self.forest.members[self.forest.start[leaf] : self.forest.start[leaf + 1]]
            weight = self.weight[members]
            parts.append(members)
            shares.append(weight / max(float(np.add.reduce(weight)), 1e-12))
        found = np.concatenate(parts)
        numbers = np.bincount(found).nonzero()[0]
        alike = np.bincount(found, weights=np.concatenate(shares))[numbers] / len(leaves)
        return numbers, alike, moved


@cache
def model(path: Path = WEIGHTS) -> Model:
    """The fitted model as it was packed."""
    with np.load(path, allow_pickle=False) as packed:
        return unpacked({name: packed[name] for name in packed.files})


def unpacked(arrays: dict[str, NDArray[Any]]) -> Model:
    """The model from its packed arrays: small integers and half floats, which is what keeps the file small."""
    forest = Forest(
        feature=arrays["feature"].astype(np.int16),
        threshold=arrays["threshold"].astype(np.float64),
        right=np.arange(len(arrays["right"])) + arrays["right"].astype(np.int64),
        missing_left=arrays["missing_left"].astype(np.bool_),
        position=arrays["position"].astype(np.float64) / POSITION_UNIT,
        roots=arrays["roots"].astype(np.int64),
        start=np.append(0, np.cumsum(arrays["held"].astype(np.int64))),
        members=arrays["members"].astype(np.int64),
    )
    return Model(
        forest=forest,
        weight=arrays["weight"].astype(np.float64),
        stack=arrays["stack"].astype(np.int64),
        rate=arrays["rate"].astype(np.float64),
        cause=arrays["cause"].astype(np.int64),
        reach=arrays["reach"].astype(np.int64),
        centre=arrays["centre"].astype(np.float64),
        kind=arrays["kind"].astype(np.int64),
        regret=arrays["regret"].astype(np.float64) / REGRET_UNIT,
        grid=arrays["grid"].astype(np.float64),
        offsets=arrays["offsets"].astype(np.float64),
        marginal=arrays["marginal"].astype(np.float64),
        fingerprint=str(arrays["fingerprint"]),
    )


POSITION_UNIT = 127.0
REGRET_UNIT = 200.0
"""Regrets are kept as whole numbers of 1/200, up to 1.275: more is lost altogether."""
