"""The annealing law fitted to one run: least squares with soft priors on what a single run cannot tell."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np

from loglens.advice.what_if.annealing import (
    L0,
    LOG_MEMORY,
    LOG_POWER,
    SHIFT,
    UNMODELLED,
    Annealed,
    DecayShape,
    K,
    Known,
    area_at,
    parts,
)
from loglens.advice.what_if.course import Course
from loglens.model.run import FloatArray

SKIPPED = 0.1
"""Share of S1 at the start that is left out: warm-up and the first steps follow no power law."""
LEAST_BLOCKS = 24
MEMORY, MEMORY_SHARE, MEMORY_WIDTH = 1_000.0, 0.03, 0.5
"""T before a run is seen: a thousand steps, or a share of a short run; the standard deviation of its logarithm."""
POWER, POWER_WIDTH = 0.5, 0.3
"""a before a run is seen, and the standard deviation of its logarithm."""
SHIFT_WIDTH = 1.0
"""Standard deviation of the logit of where S1 begins, between nothing and where the fit begins."""
LOOSE = 10.0
"""Standard deviation of K before a run is seen, in falls of its loss: only a run without a decay feels it."""
TEMPER = 3.0
"""Residuals of neighbouring stretches are alike: nine of them say what one would if they were independent."""
ROBUST = 2.0
"""Standard deviations from which a residual counts linearly: spikes are not the law's."""
RUN_OF_BLOCKS = 8
"""Stretches over which a residual is averaged to see how the loss wanders about the law."""
STARTS = (0.3, 0.6)
"""Values of a from which the fit begins."""
MOST_CALLS = 200


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Seen:
    """The stretches of a run that are fitted, (n,) each: steps, S1 in units of its end, loss and its error; `begins`:
    the first S1; `scale`: S1 at the end, in steps at the peak rate; `fall`: of the loss from there on."""

    course: Course
    steps: FloatArray
    come: FloatArray
    loss: FloatArray
    error: FloatArray
    begins: float
    scale: float
    fall: float

    def parts(self, numbers: FloatArray) -> tuple[FloatArray, FloatArray]:
        """Both parts of the law at the stretches, (n,) each."""
        area = area_at(self.steps, self.course.knots, self.course.rates, float(numbers[LOG_MEMORY]))
        return parts(numbers, self.come, area, self.begins)

    def off(self, numbers: FloatArray) -> FloatArray:
        """(n,) how far the law lies above the loss."""
        further, steeper = self.parts(numbers)
        return np.asarray(numbers[L0] + further - steeper - self.loss)


def fit(course: Course, shape: DecayShape | None = None) -> Annealed | None:
    """The law fitted to a run; None where it is too short for six numbers. `shape`: what a decay did in another run."""
    from scipy.optimize import least_squares

    seen = _seen(course)
    if seen is None:
        return None
    priors = _priors(course, seen.fall, shape)
    scales = [seen.fall, 0.3, 0.3, seen.fall, 1.0, 0.5]
    with np.errstate(over="ignore"):  # a step that promises next to nothing is set against what it brought
        found = [
            least_squares(_cost, guess, args=(seen, priors), x_scale=scales, max_nfev=MOST_CALLS)
            for guess in _guesses(seen, priors[LOG_MEMORY][0])
        ]
    best = min(found, key=lambda fit: float(fit.cost))
    numbers, slopes = np.asarray(best.x, dtype=np.float64), np.asarray(best.jac, dtype=np.float64)
    waves = np.convolve(seen.off(numbers), np.ones(RUN_OF_BLOCKS) / RUN_OF_BLOCKS, "valid")
    further, steeper = seen.parts(numbers)
    return Annealed(
        numbers=numbers,
        covariance=np.linalg.pinv(slopes.T @ slopes).astype(np.float64),
        scale=seen.scale,
        begins=seen.begins,
        fall=seen.fall,
        wave=float(np.sqrt(np.mean(waves**2))),
        end=(float(further[-1]), float(steeper[-1])),
    )


def _seen(course: Course) -> Seen | None:
    come = np.interp(course.steps, course.knots, course.travel)
    scale = float(come[-1])
    used = come >= SKIPPED * scale
    if scale <= 0 or np.count_nonzero(used) < LEAST_BLOCKS:
        return None
    fall = float(course.level[used][0] - course.level[used].min())
    if fall <= 0:
        return None
    return Seen(
        course=course,
        steps=course.steps[used],
        come=come[used] / scale,
        loss=course.loss[used],
        error=np.hypot(course.noise[used], UNMODELLED * fall),
        begins=float(come[used][0] / scale),
        scale=scale,
        fall=fall,
    )


def _cost(numbers: FloatArray, seen: Seen, priors: Mapping[int, Known]) -> FloatArray:
    off = seen.off(numbers) / seen.error
    far = np.sign(off) * np.sqrt(np.maximum(2 * ROBUST * np.abs(off) - ROBUST**2, 0.0))
    known = [(numbers[place] - middle) / wide for place, (middle, wide) in priors.items()]
    return np.concatenate((np.where(np.abs(off) < ROBUST, off, far) / TEMPER, known))


def _guesses(seen: Seen, memory: float) -> list[FloatArray]:
    """Where the fit begins: for a few powers, the numbers in which the law is linear, by least squares."""
    area = area_at(seen.steps, seen.course.knots, seen.course.rates, memory)
    least = 1e-3 * seen.fall
    guesses = []
    for power in STARTS:
        columns = np.column_stack((np.ones_like(seen.come), (seen.come - 0.5 * seen.begins) ** -power, -area))
        found, *_ = np.linalg.lstsq(columns, seen.loss, rcond=None)
        floor, size, taken = (float(item) for item in found)
        guesses.append(np.array([floor, np.log(max(size, least)), np.log(power), taken, 0.0, memory]))
    return guesses


def _priors(course: Course, fall: float, shape: DecayShape | None) -> dict[int, Known]:
    length = course.last - float(course.knots[0])
    priors: dict[int, Known] = {
        LOG_POWER: (float(np.log(POWER)), POWER_WIDTH),
        SHIFT: (0.0, SHIFT_WIDTH),
        LOG_MEMORY: (float(np.log(min(MEMORY, MEMORY_SHARE * length))), MEMORY_WIDTH),
        K: (0.0, LOOSE * fall),
    }
    if shape is not None:
        peak = course.peak or 1.0
        priors[K] = (shape.taken[0] * peak, shape.taken[1] * peak)
        priors[LOG_MEMORY] = shape.memory
    return priors
