"""What the shape of a loss curve says about its learning rate: numbers without units, NaN where the log cannot tell.

Nothing here knows the rate itself, the number of steps or the unit of the loss: two runs of which one is the other at
a tenth of the rate and ten times the steps read the same.
"""

from __future__ import annotations

import math

import numpy as np

from loglens.model.run import FloatArray
from loglens.signals.numerics.robust import differences, mean, median, parts, quantiles, row_medians, windows

CLIP = 12.0
"""Shares of the gain beyond which no difference is made."""
OCTAVES = 9
"""Times at which the level is read: the end, half of the run, a quarter ..."""
WINDOW = 0.72
"""The level at a time is the median from this share of it on."""
BLOCKS = 48
SPIKE = 8.0
TINY = 1e-12


def log10(value: float) -> float:
    return math.log10(max(value, TINY))


def clipped(value: float, low: float = -CLIP, high: float = CLIP) -> float:
    return float(min(max(value, low), high))


class CurveShape:
    """The finite losses of a run, (m,) with m >= 2, on a clock of 0..1, with the levels everything is measured by."""

    def __init__(self, steps: FloatArray, loss: FloatArray) -> None:
        self.steps, self.loss = steps, loss
        self.clock = (steps - steps[0]) / max(1.0, float(steps[-1] - steps[0]))
        self.first = float(loss[0])
        self.scale = max(abs(self.first), 1e-9)
        self.levels = [self.level(WINDOW * 0.5**k, 0.5**k) for k in range(OCTAVES)]
        self.end, self.low = self.levels[0], min(self.levels)
        self.gain = max(self.first - self.end, 1e-3 * self.scale, TINY)
        self.best_gain = max(self.first - self.low, 1e-3 * self.scale)
        self.moves = np.abs(differences(loss))
        self.noise = self.noise_between(0.7, 1.0)
        cut = np.clip(loss, -50 * self.scale, 50 * self.scale)
        bounds = parts(len(loss), min(BLOCKS, max(4, len(loss) // 4)))
        self.blocks = np.array([mean(cut[a:b]) if b > a else self.end for a, b in bounds])

    def level(self, start: float, stop: float) -> float:
        """The median loss between two times; of the nearest three points where there are fewer."""
        a, b = int(np.searchsorted(self.clock, start, "left")), int(np.searchsorted(self.clock, stop, "right"))
        if b - a < 3:
            a = max(0, min(a, len(self.loss) - 3))
            b = min(len(self.loss), a + 3)
        return median(self.loss[a:b])

    def noise_between(self, start: float, stop: float) -> float:
        """Standard deviation of the points about their local level, from the differences of neighbours."""
        a = int(start * len(self.moves))
        part = self.moves[a : max(a + 3, int(stop * len(self.moves)))]
        return float(1.4826 / math.sqrt(2) * median(part)) if len(part) else 0.0

    def start(self) -> dict[str, float]:
        """What the first updates did."""
        m, out = len(self.loss), {}
        for k in (1, 2, 4):
            out[f"jump_{k}"] = clipped((float(self.loss[min(k, m - 1)]) - self.first) / self.scale, high=1e6)
        tops = {"top": self.loss, "early_top": self.loss[: max(3, m // 50)], "late_top": self.loss[m // 2 :]}
        for name, part in tops.items():
            out[f"log_{name}"] = log10(float(part.max()) / self.scale) if self.first > 0 else math.nan
        return out

    def course(self) -> dict[str, float]:
        """How the fall is spread over the run, in octaves of time."""
        ratio = self.end / self.first if self.first > 0 and self.end > 0 else math.nan
        out = {
            "end_over_first": math.log10(ratio) if ratio > 0 else math.nan,
            "gain_share": clipped((self.first - self.end) / self.scale, high=2.0),
            "end_above_best": clipped((self.end - self.low) / self.best_gain, 0.0),
        }
        for k in range(1, OCTAVES):
            out[f"left_{k}"] = clipped((self.levels[k] - self.end) / self.gain)
        for k in range(6):
            late, early = self.levels[k], self.levels[k + 1]
            out[f"ratio_{k}"] = clipped(math.log(early / late), -5, 5) if late > 0 and early > 0 else math.nan
        return out

    def scatter(self) -> dict[str, float]:
        """How much the points scatter, against what was gained and against how they scattered before."""
        floor = 1e-9 * self.scale
        early, middle = self.noise_between(0.0, 0.15), self.noise_between(0.3, 0.6)
        out = {
            "noise_over_level": log10(self.noise / max(abs(self.end), 1e-9)),
            "noise_over_gain": log10(self.noise / self.gain),
            "noise_trend": log10((self.noise + floor) / (early + floor)),
            "noise_late_trend": log10((self.noise + floor) / (middle + floor)),
            "gain_over_noise": log10(self.gain / max(self.noise, floor)),
            "spikes": math.nan, "skew": math.nan, "neighbours": math.nan,
        }  # fmt: skip
        half = self.loss[len(self.loss) // 2 :]
        if len(self.loss) > 20:
            away, unit = half - median(half), max(self.noise, TINY)
            high, low = quantiles(away, 0.97, 0.03)
            out["spikes"] = float(np.mean(away > SPIKE * unit))
            out["skew"] = clipped((high + low) / unit, -20, 50)
            out["neighbours"] = _correlation(half[:-1], half[1:])
        return out

    def wandering(self) -> dict[str, float]:
        """Whether the level of the loss keeps falling, climbs or wanders about."""
        blocks, count = self.blocks, len(self.blocks)
        time = (np.arange(count) + 0.5) / count
        ups, lowest = differences(blocks) > 0, np.minimum.accumulate(blocks)
        out = {
            "ups_early": float(ups[: count // 2].mean()) if count // 2 else math.nan,
            "ups_late": float(ups[count // 2 :].mean()) if len(ups) > count // 2 else math.nan,
            "climb": clipped(float((blocks - lowest).max()) / self.best_gain, 0.0),
            "best_at": float(time[int(np.argmin(blocks))]),
        }
        late = blocks[count // 2 :]
        if len(late) < 4:
            return out
        bends = late[2:] - 2 * late[1:-1] + late[:-2]
        wobble = float(np.sqrt(np.mean(bends**2) / 6))
        by_chance = max(self.noise / math.sqrt(max(1.0, len(self.loss) / count)), TINY)
        slope = -_slope(np.log(time[count // 2 :]), late)
        straight = late - _slope(time[count // 2 :], late) * time[count // 2 :]
        rest = straight - straight.mean()
        return out | {
            "wobble_over_gain": log10(wobble / self.gain),
            "wobble_over_noise": clipped(math.log10((wobble + TINY) / by_chance), -3, 4),
            "wobble_over_level": log10(wobble / max(abs(self.end), 1e-9)),
            "late_slope": clipped(slope / self.gain, -5, 5),
            "late_slope_over_wobble": clipped(slope / (wobble + TINY), -100, 100),
            "late_slope_over_level": clipped(slope / max(abs(self.end), 1e-9), -5, 5),
            "late_autocorrelation": clipped(
                float((rest[1:] * rest[:-1]).sum()) / max(float((rest * rest).sum()), 1e-30), -1, 1
            ),
        }

    def milestones(self) -> dict[str, float]:
        """When half, four fifths and nearly all of the gain was made: log10 of the share of the run."""
        m = len(self.loss)
        short = m < 15
        smooth = self.loss if short else row_medians(windows(self.loss, 5))
        span, out = max(1.0, float(self.steps[-1] - self.steps[0])), {}
        for share in (50, 80, 95):
            under = np.flatnonzero(smooth <= self.first - share / 100 * (self.first - self.low))
            at = self.steps[under[0] + (0 if short else 2)] - self.steps[0] if len(under) else span
            out[f"at_{share}"] = log10(max(float(at), 0.5) / span)
        return out


def _slope(x: FloatArray, y: FloatArray) -> float:
    away = x - x.mean()
    return float((away * y).sum() / max(float((away * away).sum()), 1e-30))


def _correlation(x: FloatArray, y: FloatArray) -> float:
    a, b = x - x.mean(), y - y.mean()
    size = math.sqrt(float((a * a).sum()) * float((b * b).sum()))
    return clipped(float((a * b).sum()) / size, -1, 1) if size > 0 else math.nan
