"""Figures that are called after their data, or after what they are a part or the whole of, and after nothing else:
"train 0.43, val 0.50", "x 0.25, y 0.28, conf 3.7, total 9.8"."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from loglens.model.run import FloatArray

BARE_TRAIN = ("train", "training", "tr", "trn")
BARE_HELD_OUT = ("val", "valid", "validation", "test", "dev", "va", "eval")
"""Data by its name alone."""
BARE_SUMS = ("total", "tot", "sum", "overall")
BARE_PARTS = frozenset({"x", "y", "w", "h", "xy", "wh", "conf", "cls", "class", "box", "obj", "noobj", "giou", "iou",
                        "reg", "kl", "kld", "recon", "rec", "bce", "mse", "l1", "l2", "smooth_l1"})  # fmt: skip
"""Losses that are called after what they are of, or how they are taken, beside their sum."""
SMOOTHED = ("ema", "avg", "mean", "running", "smooth", "smoothed", "ma", "average")
"""What stands beside the figure of a step: the whole of its parts, or its running mean."""
RATES = frozenset({"lr", "learning rate", "learning_rate", "lrate"})
BEGUN = 0.15
"""Share of the points within which figures that only rise are lowest."""


def of_data(tags: Sequence[str]) -> bool:
    """Whether figures are named after their data alone, those of the training beside others, beside their running mean
    or beside the rate: "Epoch 3 | train 0.43 | val 0.50", "batch 3: train= 196.8 ema= 198.8", "3: total 0.43 lr 0.1";
    a sum beside its parts as well: "x 0.25, y 0.28, conf 3.7, cls 0.80, total 9.8"."""
    bare = {tag.casefold() for tag in tags}
    beside = not bare.isdisjoint(RATES) or not bare.isdisjoint(BARE_HELD_OUT)
    if not bare.isdisjoint(BARE_TRAIN):
        return beside or not bare.isdisjoint(SMOOTHED)
    return (beside or len(bare & BARE_PARTS) >= 2) and not bare.isdisjoint(BARE_SUMS)


def looks_like(values: FloatArray) -> str | None:
    """A loss where the figures (n,) come down at any time, an accuracy where they rise from the beginning and stay
    within a hundred; None where they do neither, or are whole and never less than before, which counts something."""
    values = values[np.isfinite(values)]
    if not len(values):
        return "loss"
    if len(values) > 1 and bool(np.all(values == np.round(values)) and np.all(np.diff(values) >= 0)):
        return None
    end = float(np.median(values[-max(1, len(values) // 3) :]))
    if end <= values[0] or int(np.argmin(values)) > BEGUN * len(values):
        return "loss"
    return "accuracy" if values.min() >= 0 and values.max() <= 100 else None
