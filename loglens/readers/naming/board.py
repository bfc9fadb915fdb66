"""The candidates of a run: every series that could play one of the four roles, best first."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import numpy as np

from loglens.model.run import Series
from loglens.readers.naming.candidates import Candidate
from loglens.readers.naming.grammar import ACTOR, KIND, MEASURE, OTHER, NameReading
from loglens.readers.naming.losses import REFUSED, training, validation
from loglens.readers.naming.plain_roles import per_parameter
from loglens.readers.naming.rates import norms, rates

_BARE = {"train": "train", "training": "train", "learn": "train", "val": "val", "valid": "val", "validation": "val",
         "dev": "val", "test": "test"}  # fmt: skip


class Board:
    """`train`, `val`, `rates`, `norms`: the candidates, refused ones last; `refused`: series whose name speaks of one
    of these quantities and takes it back ("loss_scale"); `reinforcement`: an agent that learns by its returns."""

    def __init__(self, series: Sequence[Series], readings: Mapping[str, NameReading]) -> None:
        pool = [Candidate(one, readings[one.tag], place) for place, one in enumerate(series)
                if readings[one.tag].quantity]  # fmt: skip
        fit = [one for one in pool if not one.reading.trap]
        self.refused = [one for one in pool if one.reading.trap]
        self.reinforcement = _reinforcement(fit)
        losses = _without_bare([one for one in fit if one.reading.quantity == "loss"])
        errors = [one for one in fit if one.reading.quantity == "error"]
        if not losses:
            losses = _bare_curves(series, readings)
        self.refused += [one for one in losses if one.reading.rank == ACTOR]
        train = [one for one in losses + errors if one.reading.split == "train"
                 or (one.reading.quantity == "loss" and not one.reading.split)]  # fmt: skip
        if any(one.reading.quantity == "loss" and one.reading.rank < ACTOR for one in train):
            train = [one for one in train if one.reading.quantity == "loss"]
        if any(one.reading.sure and one.reading.rank <= OTHER for one in train):
            train = [one for one in train if one.reading.sure or one.reading.rank <= KIND]
        self.train = training([one for one in train if not self.reinforcement or one.reading.rank <= MEASURE])
        best = self.train[0] if self.train and self.train[0].tier < REFUSED else None
        parts = frozenset(part for one in train for part in one.reading.parts)
        self.val = validation([one for one in losses + errors if one.reading.split in ("val", "test")], best, parts)
        longest = max((len(one.series) for one in losses or fit), default=0)
        self.rates = rates([one for one in fit if one.reading.quantity == "rate"], longest)
        self.norms = norms(
            [one for one in fit if one.reading.quantity == "gradient" and not per_parameter(one.reading)]
        )


def _without_bare(losses: list[Candidate]) -> list[Candidate]:
    """Terms of a game that are not called losses count where nothing is called one, and both players are there."""
    named = [one for one in losses if not one.reading.bare]
    players = {one.reading.network for one in losses}
    return named if named or not players >= {"generator", "discriminator"} else losses


def _reinforcement(fit: Sequence[Candidate]) -> bool:
    if any(one.reading.quantity == "return" and one.reading.sure and not one.reading.parts for one in fit):
        return True
    terms = [one for one in fit if one.reading.quantity == "loss" and one.reading.rank == ACTOR]
    return len(terms) >= 2 and not any(one.reading.network == "generator" for one in fit)


def _bare_curves(series: Sequence[Series], readings: Mapping[str, NameReading]) -> list[Candidate]:
    """Curves that are called by their split and nothing else, in a log without a loss: losses, where they fall."""
    found = []
    for place, one in enumerate(series):
        split = _BARE.get(one.tag.strip().casefold())
        values = one.values[one.finite]
        if split and not readings[one.tag].quantity and len(values) >= 2 and values[-1] < values[0]:
            said = NameReading("loss", split, MEASURE, sure=False)
            found.append(Candidate(one, said, place))
    both = {one.reading.split for one in found}
    return found if "train" in both and len(both) > 1 and _alike(found) else []


def _alike(found: Sequence[Candidate]) -> bool:
    """Of the same order of size, as two splits' losses are."""
    middles = [float(np.median(np.abs(one.series.values[one.series.finite]))) for one in found]
    return max(middles) <= 100 * max(min(middles), 1e-12)
