"""The annealing law: what the loss would have been under another schedule, from a run whose rate decayed.

    L(s) = L0 + A S1(s)^-a - K S2(s)

(Tissue, Wang and Wang 2024, arXiv 2408.11029). S1 is the sum of the rates so far: how far training has come. S2 is the
annealing area: every fall of the rate goes into a memory that fades within T steps, and the memory is summed up (here
divided by T, so that K is what a decay to zero takes off the loss in the end). The first part is what a constant rate
gives, the second the noise that a decay takes away.

Six numbers are fitted to one run: L0, A, a, K, T, and where S1 begins (a log often starts after the warm-up, and the
first steps of a network follow no power law). What one run cannot tell of the last two and of a comes from what is
known of other runs, as a soft prior. The interval follows from the same fit: the curvature of its cost says which
numbers the run leaves open, and how far the prediction moves with them; the law's own error is added to that.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from loglens.advice.what_if.course import Course, travelled
from loglens.model.run import FloatArray, frozen_array

SKIPPED = 0.1
"""Share of S1 at the start that is left out: warm-up and the first steps follow no power law."""
LEAST_BLOCKS = 24
MEMORY, MEMORY_SHARE, MEMORY_WIDTH = 1_000.0, 0.03, 0.5
"""T before a run is seen: a thousand steps, or a share of a short run; the standard deviation of its logarithm."""
POWER, POWER_WIDTH = 0.5, 0.3
"""a before a run is seen, and the standard deviation of its logarithm."""
SHIFT_WIDTH = 1.0
"""Standard deviation of the logit of where S1 begins, between nothing and where the fit begins."""
UNMODELLED = 0.003
"""Share of the loss's fall by which the law is off at least, whatever its numbers."""
TEMPER = 3.0
"""Residuals of neighbouring stretches are alike: nine of them say what one would if they were independent."""
ROBUST = 2.0
"""Standard deviations from which a residual counts linearly: spikes are not the law's."""
RUN_OF_BLOCKS = 8
FURTHER, STEEPER, WAVE = 0.1, 0.05, 2.0
"""Standard deviation of the law's own error, in shares of what it says the further way, and another decay, will change,
and in sizes of the wave that it leaves in the run it was fitted to."""
L0, LOG_A, LOG_POWER, K, SHIFT, LOG_MEMORY = range(6)
Known = tuple[float, float]
"""Middle and standard deviation of a number, known before the fit."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Shape:
    """What a decay does, as another run showed it: K per unit of the rate, and log T."""

    taken: Known
    memory: Known


@dataclass(frozen=True, kw_only=True, eq=False)
class Annealed:
    """The law fitted to a run. `numbers` (6,): L0, log A, log a, K, logit of the shift, log T; `covariance` (6, 6).

    S1 is counted in units of `scale` (its value at the end of the run); `begins`: S1 where the fit begins; `fall`: of
    the run's loss; `wave`: root mean square of its slow departures from the law; `end`: the parts of the law at the end
    of the run (the power of S1, the area).
    """

    numbers: FloatArray
    covariance: FloatArray
    scale: float
    begins: float
    fall: float
    wave: float
    end: tuple[float, float]

    def __post_init__(self) -> None:
        object.__setattr__(self, "numbers", frozen_array(self.numbers, np.float64))

    @property
    def decay_seen(self) -> float:
        """How many standard deviations what a decay takes off the loss lies above zero."""
        return float(self.numbers[K] / max(float(np.sqrt(self.covariance[K, K])), 1e-12))

    def shape(self, peak: float) -> Shape:
        """What a decay does, for another run; `peak`: the peak rate of the fitted run."""
        deviation = np.sqrt(np.diag(self.covariance))
        taken, memory = float(self.numbers[K]), float(self.numbers[LOG_MEMORY])
        return Shape(taken=(taken / peak, float(deviation[K]) / peak), memory=(memory, float(deviation[LOG_MEMORY])))

    def loss(self, knots: FloatArray, rates: FloatArray, steps: FloatArray) -> tuple[FloatArray, FloatArray]:
        """Predicted loss and its standard deviation at `steps`, (n,) each, under (k,) `rates` in units of the fitted
        run's peak at (k,) equally spaced `knots`."""
        further, steeper = self._parts(self.numbers, knots, rates, steps)
        slopes = np.empty((6, len(steps)))
        for place in range(6):
            moved = np.zeros(6)
            moved[place] = 1e-3 * max(1.0, abs(float(self.numbers[place])))
            up, down = (self._law(self.numbers + sign * moved, knots, rates, steps) for sign in (1, -1))
            slopes[place] = (up - down) / (2 * moved[place])
        left_open = np.maximum(np.einsum("in,ij,jn->n", slopes, self.covariance, slopes), 0.0)
        own = (UNMODELLED * self.fall) ** 2 + (WAVE * self.wave) ** 2
        apart = (FURTHER * (further - self.end[0])) ** 2 + (STEEPER * (steeper - self.end[1])) ** 2
        return self.numbers[L0] + further - steeper, np.sqrt(left_open + own + apart)

    def _law(self, numbers: FloatArray, knots: FloatArray, rates: FloatArray, steps: FloatArray) -> FloatArray:
        further, steeper = self._parts(numbers, knots, rates, steps)
        return np.asarray(numbers[L0] + further - steeper)

    def _parts(
        self, numbers: FloatArray, knots: FloatArray, rates: FloatArray, steps: FloatArray
    ) -> tuple[FloatArray, FloatArray]:
        come = np.interp(steps, knots, travelled(knots, rates)) / self.scale
        return _parts(numbers, come, _area_at(steps, knots, rates, numbers[LOG_MEMORY]), self.begins)


def annealing_area(knots: FloatArray, rates: FloatArray, memory: float) -> FloatArray:
    """(k,) S2 up to each of the equally spaced knots: the sum of a memory of the rate's falls that fades in `memory`
    steps, divided by `memory`. Exact for a rate that is linear between knots."""
    from scipy.signal import lfilter

    width = float(knots[1] - knots[0])
    fall = -np.diff(rates) / width
    kept = float(np.exp(-width / memory))
    held = np.concatenate(([0.0], lfilter([1.0], [1.0, -kept], fall * memory * (1.0 - kept))))
    return np.concatenate(([0.0], np.cumsum(fall * width - np.diff(held))))


def fit(course: Course, shape: Shape | None = None) -> Annealed | None:
    """The law fitted to a run; None where it is too short for six numbers. `shape`: what a decay does, from elsewhere."""
    from scipy.optimize import least_squares

    come = np.interp(course.steps, course.knots, course.travel)
    scale = float(come[-1])
    used = come >= SKIPPED * scale
    if scale <= 0 or np.count_nonzero(used) < LEAST_BLOCKS:
        return None
    begins = float(come[used][0] / scale)
    steps, x, y = course.steps[used], come[used] / scale, course.loss[used]
    fall = max(course.fall, 1e-12)
    sigma = np.hypot(course.noise[used], UNMODELLED * fall)
    priors = _priors(course, shape)
    usual = priors[LOG_MEMORY][0]

    def law(numbers: FloatArray) -> FloatArray:
        further, steeper = _parts(numbers, x, _area_at(steps, course.knots, course.rates, numbers[LOG_MEMORY]), begins)
        return np.asarray(numbers[L0] + further - steeper)

    def cost(numbers: FloatArray) -> FloatArray:
        off = (law(numbers) - y) / sigma
        far = np.sign(off) * np.sqrt(np.maximum(2 * ROBUST * np.abs(off) - ROBUST**2, 0.0))
        known = [(numbers[place] - middle) / wide for place, (middle, wide) in priors.items()]
        return np.concatenate((np.where(np.abs(off) < ROBUST, off, far) / TEMPER, known))

    best = None
    area = _area_at(steps, course.knots, course.rates, usual)
    for power in (0.3, 0.6):
        columns = np.column_stack((np.ones_like(x), (x - 0.5 * begins) ** -power, -area))
        start, *_ = np.linalg.lstsq(columns, y, rcond=None)
        guess = np.array([start[0], np.log(max(start[1], 1e-3 * fall)), np.log(power), start[2], 0.0, usual])
        found = least_squares(cost, guess, x_scale=[fall, 0.3, 0.3, fall, 1.0, 0.5], max_nfev=200)
        best = found if best is None or found.cost < best.cost else best
    assert best is not None
    rest = np.convolve(y - law(best.x), np.ones(RUN_OF_BLOCKS) / RUN_OF_BLOCKS, "valid")
    further, steeper = _parts(best.x, x, _area_at(steps, course.knots, course.rates, best.x[LOG_MEMORY]), begins)
    return Annealed(
        numbers=best.x,
        covariance=np.linalg.pinv(best.jac.T @ best.jac),
        scale=scale,
        begins=begins,
        fall=fall,
        wave=float(np.sqrt(np.mean(rest**2))),
        end=(float(further[-1]), float(steeper[-1])),
    )


def _priors(course: Course, shape: Shape | None) -> dict[int, Known]:
    length = course.last - float(course.knots[0])
    priors: dict[int, Known] = {
        LOG_POWER: (float(np.log(POWER)), POWER_WIDTH),
        SHIFT: (0.0, SHIFT_WIDTH),
        LOG_MEMORY: (float(np.log(min(MEMORY, MEMORY_SHARE * length))), MEMORY_WIDTH),
    }
    if shape is not None:
        peak = course.peak or 1.0
        priors[K] = (shape.taken[0] * peak, shape.taken[1] * peak)
        priors[LOG_MEMORY] = shape.memory
    return priors


def _area_at(steps: FloatArray, knots: FloatArray, rates: FloatArray, log_memory: float) -> FloatArray:
    return np.interp(steps, knots, annealing_area(knots, rates, float(np.exp(log_memory))))


def _parts(numbers: FloatArray, come: FloatArray, area: FloatArray, begins: float) -> tuple[FloatArray, FloatArray]:
    """A S1^-a and K S2, (n,) each."""
    shift = begins / (1.0 + np.exp(-numbers[SHIFT]))
    further = np.exp(numbers[LOG_A]) * np.maximum(come - shift, 1e-6) ** -np.exp(numbers[LOG_POWER])
    return np.asarray(further), np.asarray(numbers[K] * area)
