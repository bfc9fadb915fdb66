"""The annealing law on curves of the same language models under several schedules: fitted on one, scored on the others.

Every curve with a decay is fitted by itself, and the final loss of every other curve of the same model is predicted.
Beside it stands saying "the same final loss". Curves of a constant rate, which hold no decay, borrow one: from each
other curve of the same model, and from the other model.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import polars as pl

from loglens.advice.what_if.annealing import DecayShape
from loglens.advice.what_if.annealing_fit import fit
from loglens.advice.what_if.course import Course, course, travelled
from loglens.advice.what_if.siblings import lent
from loglens.advice.what_if.verdict import DECAY_SEEN, FARTHEST, LAWFUL, NORMAL_80, has_decay
from loglens.signals.track import Track

LAST = 24
"""The final loss is the mean of this part (one in ...) of a curve's stretches."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Scored:
    """One prediction of a final loss.

    `model`, `source`, `target`: whose; `lender`: whose decay was borrowed, '' for its own. `error`: predicted - real;
    `naive`: the source's own final loss - real; `spread`: the standard deviation that was told; `answered`: whether
    LogLens would have drawn the curve.
    """

    model: str
    source: str
    target: str
    lender: str
    error: float
    naive: float
    spread: float
    answered: bool

    @property
    def covered(self) -> bool:
        return abs(self.error) <= NORMAL_80 * self.spread


def curves(folder: Path) -> dict[str, dict[str, Course]]:
    """The courses by model and name, in the order of their names."""
    found: dict[str, dict[str, Course]] = {}
    for path in sorted(folder.glob("*/*.csv")):
        table = pl.read_csv(path)
        steps = table["step"].to_numpy().astype(np.int64)
        rate = Track(tag="lr", steps=steps, values=table["lr"].to_numpy().astype(np.float64))
        loss = table["loss"].to_numpy().astype(np.float64)
        found.setdefault(path.parent.name, {})[path.stem] = course(steps, loss, rate)
    return found


def scored(models: dict[str, dict[str, Course]]) -> list[Scored]:
    """Every curve with a decay predicts the others of its model."""
    return [
        one
        for model, own in models.items()
        for name, source in own.items()
        if has_decay(source)
        for one in _others(model, name, own)
    ]


def borrowed(models: dict[str, dict[str, Course]], *, same: bool) -> list[Scored]:
    """Every curve without a decay predicts the others of its model, with a decay from a curve of the same model or,
    where `same` is False, of another one."""
    found = []
    for model, own in models.items():
        for name, source in own.items():
            if has_decay(source):
                continue
            for lender, others in models.items():
                if (lender == model) != same:
                    continue
                for other, its in others.items():
                    shape = lent(its).shape
                    if shape is not None:
                        # a curve that lends its decay is no test of the prediction
                        skip = other if same else ""
                        found += list(_others(model, name, own, shape, f"{lender}/{other}", skip=skip))
    return found


def _others(
    model: str, name: str, own: dict[str, Course], shape: DecayShape | None = None, lender: str = "", skip: str = ""
) -> Iterator[Scored]:
    source = own[name]
    law = fit(source, shape)
    if law is None or source.peak is None:
        return
    clear = shape is not None or law.decay_seen >= DECAY_SEEN
    for target, real in own.items():
        if target in (name, skip) or real.peak is None:
            continue
        rates = real.rates * (real.peak / source.peak)
        told, spread = law.loss(real.knots, rates, real.steps[-_last(real) :])
        farther = travelled(real.knots, rates)[-1] / source.travel[-1]
        end = _final(real)
        yield Scored(
            model=model,
            source=name,
            target=target,
            lender=lender,
            error=float(told.mean()) - end,
            naive=_final(source) - end,
            spread=float(spread.mean()),
            answered=bool(clear and law.wave <= LAWFUL * law.fall and farther <= FARTHEST),
        )


def _last(one: Course) -> int:
    return max(1, len(one.loss) // LAST)


def _final(one: Course) -> float:
    return float(one.loss[-_last(one) :].mean())


def ratio(rows: list[Scored]) -> float:
    """Mean absolute error as a share of that of "the same final loss"."""
    return sum(abs(one.error) for one in rows) / sum(abs(one.naive) for one in rows)


def coverage(rows: list[Scored]) -> float:
    return sum(one.covered for one in rows) / len(rows)


def left_out(rows: list[Scored]) -> dict[str, float]:
    """Coverage of the interval on each model's curves, its width chosen on the other models' so that 80 % lie inside;
    {} where there is one model only."""
    models = sorted({one.model for one in rows})
    size = {model: [abs(one.error) / one.spread for one in rows if one.model == model] for model in models}
    found = {}
    for model in models if len(models) > 1 else ():
        others = [value for other in models if other != model for value in size[other]]
        found[model] = float(np.mean(np.array(size[model]) <= np.quantile(others, 0.8)))
    return found
