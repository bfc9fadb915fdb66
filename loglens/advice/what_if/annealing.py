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

from loglens.advice.what_if.course import travelled
from loglens.model.run import FloatArray, frozen_array

TINY = 1e-300
UNMODELLED = 0.004
"""Share of the fitted stretch's fall by which the law is off at least, whatever its numbers."""
FURTHER, STEEPER, WAVE = 0.1, 0.05, 2.0
"""Standard deviation of the law's own error, in shares of what it says the further way, and another decay, will change,
and in sizes of the wave that it leaves in the run it was fitted to."""
L0, LOG_A, LOG_POWER, K, SHIFT, LOG_MEMORY = range(6)
Known = tuple[float, float]
"""Middle and standard deviation of a number, known before the fit."""


@dataclass(frozen=True, slots=True, kw_only=True)
class DecayShape:
    """What a decay does, as another run showed it: K per unit of the rate, and log T."""

    taken: Known
    memory: Known


@dataclass(frozen=True, kw_only=True, eq=False)
class Annealed:
    """The law fitted to a run. `numbers` (6,): L0, log A, log a, K, logit of the shift, log T; `covariance` (6, 6).

    S1 is counted in units of `scale` (its value at the end of the run); `begins`: S1 where the fit begins; `fall`: of
    the loss from there on; `wave`: root mean square of its slow departures from the law; `end`: the parts of the law at
    the end of the run (the power of S1, the area).
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

    def shape(self, peak: float) -> DecayShape:
        """What a decay does, for another run; `peak`: the peak rate of the fitted run."""
        deviation = np.sqrt(np.diag(self.covariance))
        taken, memory = float(self.numbers[K]), float(self.numbers[LOG_MEMORY])
        return DecayShape(
            taken=(taken / peak, float(deviation[K]) / peak), memory=(memory, float(deviation[LOG_MEMORY]))
        )

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
        return parts(numbers, come, area_at(steps, knots, rates, numbers[LOG_MEMORY]), self.begins)


def annealing_area(knots: FloatArray, rates: FloatArray, memory: float) -> FloatArray:
    """(k,) S2 up to each of the equally spaced knots: the sum of a memory of the rate's falls that fades in `memory`
    steps, divided by `memory`. Exact for a rate that is linear between knots."""
    from scipy.signal import lfilter

    width = float(knots[1] - knots[0])
    fall = -np.diff(rates) / width
    kept = float(np.exp(-width / max(memory, TINY)))
    held = np.concatenate(([0.0], lfilter([1.0], [1.0, -kept], fall * memory * (1.0 - kept))))
    return np.concatenate(([0.0], np.cumsum(fall * width - np.diff(held))))


def area_at(steps: FloatArray, knots: FloatArray, rates: FloatArray, log_memory: float) -> FloatArray:
    return np.interp(steps, knots, annealing_area(knots, rates, float(np.exp(log_memory))))


def parts(numbers: FloatArray, come: FloatArray, area: FloatArray, begins: float) -> tuple[FloatArray, FloatArray]:
    """A S1^-a and K S2, (n,) each."""
    shift = begins / (1.0 + np.exp(-numbers[SHIFT]))
    with np.errstate(over="ignore"):  # a fit tries numbers whose loss is beyond all floats: infinite is what it is
        further = np.exp(numbers[LOG_A]) * np.maximum(come - shift, 1e-6) ** -np.exp(numbers[LOG_POWER])
    return np.asarray(further), np.asarray(numbers[K] * area)
