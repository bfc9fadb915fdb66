"""Labels by intervention: what a sweep says of each learning rate, and whether a planted fault shows.

Regret of a run is (its final train loss - the best of its family) / (initial loss - best), over the same training at
sixteen peak learning rates; None where the run blew up.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.floating]

FINE = 0.02  # regret up to which a rate counts as good as the best
FAULTY = 0.08  # regret from which a rate, or a fault, costs enough to be called one


def tail(loss: Floats) -> float:
    """Mean train loss over the last 8 % of the run; NaN where any of it is not finite."""
    return float(np.mean(loss[-max(10, int(0.08 * len(loss))) :], dtype=np.float64))


@dataclass(frozen=True, slots=True)
class Sweep:
    """The sixteen runs of a family. `regrets`: in the order of `rates`, infinite where the run blew up."""

    rates: tuple[float, ...]
    regrets: tuple[float, ...]
    initial: float
    best: float

    @property
    def gentlest(self) -> int:
        """The lowest rate that is as good as the best."""
        return next(place for place, regret in enumerate(self.regrets) if regret <= FINE)

    @property
    def best_at(self) -> int:
        return int(np.argmin(self.regrets))

    @property
    def usable(self) -> bool:
        """Rates on both sides of the good ones, and a task that is learnt at all."""
        return self.gentlest >= 3 and self.best_at <= len(self.rates) - 2 and self.initial > self.best

    def regret(self, loss: Floats) -> float:
        """What a run of this family, planted fault included, leaves on the table."""
        last = tail(loss)
        return (last - self.best) / (self.initial - self.best) if np.isfinite(last) else float("inf")

    def cause(self, place: int) -> str | None:
        """The label of the run at that rate, None between the thresholds."""
        regret = self.regrets[place]
        if regret >= FAULTY:
            return "lr_too_high" if place > self.best_at else "lr_too_low"
        return "healthy" if regret <= FINE and place in (self.gentlest, self.gentlest + 1) else None

    def document(self) -> Mapping[str, float | None]:
        return {
            f"{rate:.6g}": round(regret, 4) if np.isfinite(regret) else None
            for rate, regret in zip(self.rates, self.regrets, strict=True)
        }


def sweep(rates: tuple[float, ...], losses: Floats) -> Sweep:
    """losses (T, 16): column by column the runs at `rates`, which rise."""
    finals = np.array([tail(losses[:, place]) for place in range(len(rates))])
    initial = float(np.nanmean(losses[: max(2, len(losses) // 200), 0]))
    best = float(np.nanmin(finals))
    regrets = (finals - best) / max(initial - best, 1e-9)
    return Sweep(rates, tuple(float(r) if np.isfinite(r) else float("inf") for r in regrets), initial, best)


def val_rise(val: Floats) -> float:
    """How far the validation loss climbs back from its lowest point, as a share of how far it had come."""
    if not np.all(np.isfinite(val)):
        return float("inf")
    low = int(np.argmin(val))
    return float((np.mean(val[-3:]) - val[low]) / max(np.max(val[: low + 1]) - val[low], 1e-9)) if low else 1.0


def stands_out(loss: Floats, at: int, *, scale: float, half: int = 15) -> bool:
    """Whether the loss at point `at` is an outlier of its neighbourhood: the corrupted batch shows.

    It has to rise by eight robust sigmas and by 8 % of `scale` (what the family gains), above every neighbour.
    """
    near = np.concatenate([loss[max(0, at - half) : at], loss[at + 5 : at + half]])
    near = near[np.isfinite(near)]
    if len(near) < 8 or at >= len(loss) or not np.isfinite(loss[at]):
        return False
    centre = float(np.median(near))
    spread = 1.4826 * float(np.median(np.abs(near - centre)))
    return float(loss[at]) - centre > max(8 * spread, 0.08 * scale) and float(loss[at]) > float(np.max(near))


def folded_share(loss: Floats, period: float) -> float:
    """Share of the detrended variance over the second half that repeats with the pass over the data."""
    half = np.asarray(loss[len(loss) // 2 :], dtype=np.float64)
    if not np.all(np.isfinite(half)) or len(half) < 2 * period:
        return 0.0
    width = max(3, int(period))
    smooth = np.convolve(np.pad(half, width // 2, mode="edge"), np.ones(width) / width, "same")[width // 2 :][
        : len(half)
    ]
    rest = half - smooth
    bins = (np.arange(len(half)) % period / period * min(20, int(period))).astype(int)
    means = np.array([rest[bins == b].mean() if np.any(bins == b) else 0.0 for b in range(bins.max() + 1)])
    return float(np.var(means[bins]) / max(np.var(rest), 1e-12))
