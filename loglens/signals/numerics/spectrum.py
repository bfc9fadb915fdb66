"""Periods of the loss: the strongest periods of its detrended, clipped course, and how unlikely chance makes them."""

from __future__ import annotations

import math
from dataclasses import dataclass, replace

import numpy as np

from loglens.model.run import FloatArray, IntArray
from loglens.signals.local import Local
from loglens.signals.numerics.robust import knot_median, rolling_median
from loglens.signals.track import Track

CLIP = 3.0
"""Residuals beyond three sigmas are clipped: a spike must not look like every period at once."""
LEAST_CYCLES = 4.0
"""A period has to be seen four times."""
HELD = 0.6
"""Share of the evenly spaced steps that a log has to hold where lines of it are missing."""
MOST_POINTS = 16_384
MOST_OVERTONES = 64
"""A class-sorted epoch of some thousand steps has its strongest line at most this far above its own frequency."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Periodicity:
    """A period of the loss. `period` in steps; `share` of the detrended variance in it and its overtones (0-1);
    `chance`: the probability that noise of the same colour shows a line this strong anywhere; `amplitude`: half the
    peak-to-peak size of the mean cycle, in sigmas of the noise; `cycles`: how often it was seen; `phase_step`: the step
    within the period (0 = first step of the log) at which the mean cycle is highest."""

    period: float
    share: float
    chance: float
    amplitude: float
    cycles: float
    phase_step: float


def periodicities(track: Track, local: Local, *, most: int = 3) -> tuple[Periodicity, ...]:
    """The strongest periodicities of a track, strongest first; () where it is too short or too irregular.

    The periodogram of the clipped residual is compared with its own smoothed course (the colour of the noise): a line
    of r times the local mean has probability exp(-r) by chance at one frequency, and n / 2 frequencies are looked at.
    A line is often an overtone of a sharp cycle; the cycle itself is where the autocorrelation first comes back to its
    full height.
    """
    if len(track) < 32 or not _regular(track):
        return ()
    whole = evened(track.steps, _residual(local), track.interval)
    take = slice(max(0, len(whole) - MOST_POINTS), len(whole))
    residual = whole[take]
    m = len(residual)
    power = np.abs(np.fft.rfft(residual * np.hanning(m))) ** 2
    ratio = power / _background(power)
    ratio[: int(LEAST_CYCLES)] = 0.0
    correlation = _autocorrelation(residual)
    found: list[Periodicity] = []
    for _ in range(most):
        k = int(np.argmax(ratio))
        # the background is itself a median of few lines, a tenth off: the limit is raised by as much and half again
        if ratio[k] < 1.15 * math.log(len(ratio) / 0.01):
            break
        period = _fundamental(correlation, _line_period(power, k, m))
        if all(abs(period * track.interval / item.period - 1) > 0.02 for item in found):
            found.append(_periodicity(track, residual, power, float(ratio[k]), period, int(take.start)))
        lines = np.arange(1, int(period / 2) + 2) * m / period
        for line in lines[lines < len(ratio)]:
            ratio[max(0, int(line) - 2) : int(line) + 4] = 0.0
        ratio[max(0, k - 2) : k + 3] = 0.0
    return tuple(found)


def _line_period(power: FloatArray, k: int, points: int) -> float:
    """The period in points of the line at bin k: its peak lies between bins, on a parabola through the log powers."""
    a, b, c = (math.log(max(float(power[j]), 1e-300)) for j in (k - 1, k, min(k + 1, len(power) - 1)))
    bend = a - 2 * b + c
    offset = 0.5 * (a - c) / bend if bend < 0 else 0.0
    return points / (k + max(-0.5, min(0.5, offset)))


def _autocorrelation(residual: FloatArray) -> FloatArray:
    """The autocorrelation at lags 0..n/4, unbiased for its shrinking overlap."""
    n = len(residual)
    spectrum = np.fft.rfft(residual, 2 * n)
    raw = np.fft.irfft(np.abs(spectrum) ** 2, 2 * n)[: n // 4 + 1]
    scaled = raw / np.maximum(n - np.arange(len(raw)), 1) * n
    return np.asarray(scaled / max(float(raw[0]), 1e-300))


def _fundamental(correlation: FloatArray, period: float) -> float:
    """The cycle of which `period` is an overtone: the first multiple of it at which the autocorrelation reaches three
    quarters of the best multiple's height (the rest is its sampling error)."""
    multiples = np.arange(1, int((len(correlation) - 1) / period) + 1)
    if not len(multiples):
        return period
    lags = np.round(multiples * period).astype(int)
    heights = correlation[np.minimum(lags, len(correlation) - 1)]
    usable = multiples <= MOST_OVERTONES
    best = float(heights[usable].max())
    if best <= 0:
        return period
    first = int(np.flatnonzero(heights[usable] >= 0.75 * best)[0]) + 1
    exact = first * period
    # only a whole number of points can be read off the autocorrelation; take it where it fits the line
    return float(round(exact)) if abs(exact - round(exact)) < 0.01 * exact and first > 1 else exact


def _regular(track: Track) -> bool:
    """Whether the points are evenly spaced, a few gaps aside, or stand at even distances of which not all are held."""
    if bool(np.mean(np.diff(track.steps) == track.interval) > 0.9):
        return True
    return _places(track.steps, track.interval) is not None


def evened(steps: IntArray, values: FloatArray, interval: int) -> FloatArray:
    """(n,) values with those of steps that the log does not hold between theirs, one every `interval` steps: a period
    counted in points is none where points are missing. As they are where none are, or too many."""
    places = _places(steps, interval)
    if places is None or len(values) != len(places) or places[-1] + 1 == len(places):
        return values
    return np.asarray(np.interp(np.arange(places[-1] + 1), places, values))


def _places(steps: IntArray, interval: int) -> IntArray | None:
    """(n,) the place of each point on an even grid, None where the points stand on none, or hold too little of it."""
    away = steps - steps[0]
    places = away // interval
    held = len(places) >= HELD * (int(places[-1]) + 1)
    on_grid = held and bool(np.all(places * interval == away)) and bool(np.all(np.diff(places) > 0))
    return places if on_grid else None


def _residual(local: Local) -> FloatArray:
    """The course about a slow level (an eighth of the log), in sigmas of its own spread, clipped."""
    n = len(local.x)
    wide = max(9, n // 8)
    slow = knot_median(local.x, wide) if wide > 101 else rolling_median(local.x, wide | 1)
    about = local.x - slow
    spread = 1.4826 * knot_median(np.abs(about), max(9, n // 4))
    with np.errstate(over="ignore"):  # what a flat course makes infinite is clipped
        scaled = about / np.where(spread > 0, spread, max(float(np.max(spread)), 1e-300))
    clipped = np.clip(scaled, -CLIP, CLIP)
    return np.asarray(clipped - clipped.mean())


def _background(power: FloatArray) -> FloatArray:
    """The running median of the periodogram over its mean for exponential noise (ln 2): what a line stands out of."""
    wide = max(9, len(power) // 6) | 1
    median = rolling_median(power, min(wide, 201))
    return np.maximum(median / math.log(2.0), 1e-12 * float(power.max()) + 1e-300)


def _periodicity(
    track: Track, residual: FloatArray, power: FloatArray, ratio: float, period: float, start: int
) -> Periodicity:
    """The periodicity of `period` points: the residual folded at it."""
    m = len(residual)
    bins = int(max(2, min(32, period)))
    place = np.minimum(((np.arange(m) % period) / period * bins).astype(int), bins - 1)
    counts = np.maximum(np.bincount(place, minlength=bins), 1)
    cycle = np.bincount(place, weights=residual, minlength=bins) / counts
    explained = float((cycle[place] ** 2).sum() / max(float((residual**2).sum()), 1e-300))
    chance_share = bins / m  # what folding noise into as many bins explains by itself
    return Periodicity(
        period=period * track.interval,
        share=max(0.0, (explained - chance_share) / (1 - chance_share)),
        chance=float(min(1.0, len(power) * math.exp(-min(ratio, 700.0)))),
        amplitude=float(cycle.max() - cycle.min()) / 2,
        cycles=m / period,
        phase_step=(start + (int(np.argmax(cycle)) + 0.5) / bins * period) * track.interval,
    )


def periodicity_at(track: Track, local: Local, period: float) -> Periodicity | None:
    """The periodicity at a period known from elsewhere (an epoch, a cycle of the LR), None where it cannot be
    told: fewer than four cycles or three points a cycle. `chance` is that of the folded means' chi-squared."""
    points = period / track.interval
    if points < 3 or len(track) / points < LEAST_CYCLES or not _regular(track):
        return None
    whole = evened(track.steps, _residual(local), track.interval)
    take = slice(max(0, len(whole) - MOST_POINTS), len(whole))
    residual = whole[take]
    periodicity = _periodicity(track, residual, np.ones(1), 0.0, points, int(take.start))
    bins = int(max(2, min(32, points)))
    # Wilson and Hilferty (1931): the cube root of chi-squared over its freedom is nearly normal
    freedom = bins - 1
    noise_share = bins / len(residual)
    explained = periodicity.share * (1 - noise_share) + noise_share
    scaled = (explained * len(residual) / freedom) ** (1 / 3)
    z = (scaled - (1 - 2 / (9 * freedom))) / math.sqrt(2 / (9 * freedom))
    return replace(periodicity, chance=0.5 * math.erfc(z / math.sqrt(2)))


def lag_correlation(local: Local, lag: int = 1) -> float:
    """The autocorrelation of the clipped residual at `lag` points; -1 for a loss that flips every step, 0 for noise."""
    about = np.clip((local.x - local.level) / local.noise, -CLIP, CLIP)
    if len(about) <= lag + 8:
        return 0.0
    about = about - about.mean()
    norm = float(about @ about)
    return float(about[lag:] @ about[:-lag]) / norm if norm > 0 else 0.0
