"""The lab's runs as they are kept between training and fitting: one `.npz` a stack, outside the repository."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np

from tests.lab.table.logs import Curve

CACHE = Path(__file__).resolve().parents[3] / "lab-cache"
Truth = dict[str, Any]


def save(path: Path, runs: list[tuple[Truth, Curve]]) -> None:
    """One compressed file: the arrays of each run under its number, the truths as JSON."""
    arrays: dict[str, Any] = {"truth": np.array(json.dumps([truth for truth, _ in runs]))}
    for number, (_, curve) in enumerate(runs):
        for name in Curve.__slots__:
            arrays[f"{number}/{name}"] = np.asarray(getattr(curve, name))
    path.parent.mkdir(parents=True, exist_ok=True)
    part = path.with_suffix(".part.npz")
    np.savez_compressed(part, **arrays)
    part.replace(path)


def load(path: Path) -> Iterator[tuple[Truth, Curve]]:
    with np.load(path, allow_pickle=False) as arrays:
        for number, truth in enumerate(json.loads(str(arrays["truth"]))):
            values = {name: arrays[f"{number}/{name}"] for name in Curve.__slots__}
            yield truth, Curve(**values | {"epoch_steps": float(values["epoch_steps"])})
