"""The candidates of a run: every series that could play one of the four roles, best first."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import numpy as np

from loglens.model.run import Series
from loglens.readers.naming.behaviour import looks_like
from loglens.readers.naming.candidates import Candidate
from loglens.readers.naming.grammar import ACTOR, KIND, MEASURE, OTHER, NameReading
from loglens.readers.naming.losses import REFUSED, training, validation
from loglens.readers.naming.plain_roles import per_parameter
from loglens.readers.naming.rates import norms, rates

_BARE = {"train": "train", "training": "train", "learn": "train", "val": "val", "valid": "val", "validation": "val",
         "dev": "val", "test": "test"}  # fmt: skip

_PLAIN_ERRORS = frozenset({"error", "errors", "err", "errs"})


class Board:
    """`train`, `val`, `rates`, `norms`: the candidates, refused ones last; `refused`: series whose name speaks of one
    of these quantities and takes it back ("loss_scale"); `reinforcement`: an agent that learns by its returns."""

    def __init__(self, series: Sequence[Series], readings: Mapping[str, NameReading]) -> None:
        pool = [Candidate(curve, readings[curve.tag], place) for place, curve in enumerate(series)
                if readings[curve.tag].quantity]  # fmt: skip
        fit = [item for item in pool if not item.reading.trap]
        self.refused = [item for item in pool if item.reading.trap]
        self.reinforcement = _reinforcement(fit)
        losses = _without_bare([item for item in fit if item.reading.quantity == "loss"])
        errors = [item for item in fit if item.reading.quantity == "error"]
        if not losses:
            losses = _bare_curves(series, readings)
        self.refused += [loss for loss in losses if loss.reading.rank == ACTOR]
        train = [loss for loss in losses + errors if loss.reading.split == "train"
                 or (loss.reading.quantity == "loss" and not loss.reading.split)]  # fmt: skip
        if any(item.reading.quantity == "loss" and item.reading.rank < ACTOR for item in train):
            train = [item for item in train if item.reading.quantity == "loss"]
        if any(item.reading.sure and item.reading.rank <= OTHER for item in train):
            train = [item for item in train if item.reading.sure or item.reading.rank <= KIND]
        if not losses and not train:
            train = [error for error in errors if not error.reading.split and _minimised(error)]
        self.train = training([item for item in train if not self.reinforcement or item.reading.rank <= MEASURE])
        best = self.train[0] if self.train and self.train[0].tier < REFUSED else None
        parts = frozenset(part for item in train for part in item.reading.parts)
        self.val = validation([loss for loss in losses + errors if loss.reading.split in ("val", "test")], best, parts)
        longest = max((len(loss.series) for loss in losses or fit), default=0)
        self.rates = rates([item for item in fit if item.reading.quantity == "rate"], longest)
        self.norms = norms(
            [item for item in fit if item.reading.quantity == "gradient" and not per_parameter(item.reading)]
        )


def _without_bare(losses: list[Candidate]) -> list[Candidate]:
    """Terms of a game that are not called losses count where nothing is called one, and both players are there."""
    named = [loss for loss in losses if not loss.reading.bare]
    players = {loss.reading.network for loss in losses}
    return named if named or not players >= {"generator", "discriminator"} else losses


def _reinforcement(fit: Sequence[Candidate]) -> bool:
    if any(item.reading.quantity == "return" and item.reading.sure and not item.reading.parts for item in fit):
        return True
    terms = [item for item in fit if item.reading.quantity == "loss" and item.reading.rank == ACTOR]
    return len(terms) >= 2 and not any(item.reading.network == "generator" for item in fit)


def _bare_curves(series: Sequence[Series], readings: Mapping[str, NameReading]) -> list[Candidate]:
    """Curves that are called by their split and nothing else, in a log without a loss: losses, where they came down."""
    found = []
    for place, curve in enumerate(series):
        split = _BARE.get(curve.tag.strip().casefold())
        values = curve.values[curve.finite]
        if split and not readings[curve.tag].quantity and len(values) >= 2 and looks_like(values) == "loss":
            said = NameReading("loss", split, MEASURE, sure=False)
            found.append(Candidate(curve, said, place))
    both = {item.reading.split for item in found}
    return found if "train" in both and len(both) > 1 and _alike(found) else []


def _minimised(error: Candidate) -> bool:
    """A distance, or an error that is called nothing else: what scripts minimise that log no loss. A word error rate is
    an evaluation."""
    said = error.reading
    return not said.parts and (said.rank == MEASURE or said.metric in _PLAIN_ERRORS)


def _alike(found: Sequence[Candidate]) -> bool:
    """Of the same order of size, as two splits' losses are."""
    middles = [float(np.median(np.abs(item.series.values[item.series.finite]))) for item in found]
    return max(middles) <= 100 * max(min(middles), 1e-12)
