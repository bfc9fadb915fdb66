"""Periods: what repeats with the epoch, with the learning rate's cycle, or with neither."""

from __future__ import annotations

import math
from functools import lru_cache

import numpy as np

from loglens.advice.features.measure import Measure, of_a_run, percent
from loglens.model.run import FloatArray, IntArray
from loglens.signals.numerics.robust import differences, edge_padded, median, quantiles
from loglens.signals.numerics.spectrum import evened
from loglens.signals.scaled import ScaledRun

HARMONICS = 8
MOST_POINTS = 8192
"""Periods are looked for in the last so many points: more only cost time."""


def _late(r: ScaledRun, values: FloatArray) -> FloatArray:
    """What comes after the first tenth of the values at the run's points, `MOST_POINTS` at most; at even distances
    where single points are missing."""
    values = _evened(r, values)
    return values[max(len(values) // 10, len(values) - MOST_POINTS) :]


def _evened(r: ScaledRun, values: FloatArray) -> FloatArray:
    return evened(r.steps, values, max(1, int(median(differences(r.steps)))) if len(r) > 1 else 1)


@of_a_run
def _epoch(r: ScaledRun) -> float | None:
    """Points that an epoch takes, the missing ones counted; None where it is unknown."""
    return None if r.epoch is None else r.epoch * len(_evened(r, r.loss)) / len(r)


def _detrended(values: FloatArray) -> FloatArray:
    """The values less their moving mean over a sixth of them."""
    width = max(5, len(values) // 6) | 1
    total = np.concatenate([[0.0], np.cumsum(edge_padded(values, width // 2))])
    return np.asarray(values - (total[width:] - total[:-width]) / width)


@of_a_run
def _rest(r: ScaledRun) -> FloatArray | None:
    """The detrended, clipped loss after the first tenth, on the working scale of the log."""
    part = _late(r, r.local.x)
    if len(part) < 30:
        return None
    rest = _detrended(part)
    low, high = quantiles(rest, 0.02, 0.98)
    return np.asarray(np.clip(rest, low, high))


@of_a_run
def _rest_autocorrelation(r: ScaledRun) -> FloatArray | None:
    rest = _rest(r)
    return None if rest is None else _autocorrelation(rest)


def _autocorrelation(rest: FloatArray) -> FloatArray:
    x = rest - rest.mean()
    size = 1 << (2 * len(x) - 1).bit_length()
    spectrum = np.fft.rfft(x, size)
    power = np.fft.irfft(spectrum * np.conj(spectrum), size)[: len(x)]
    counts = np.arange(len(x), 0, -1)
    return np.asarray(power / counts / max(power[0] / len(x), 1e-300))


def repeats_with_epoch(r: ScaledRun) -> float | None:
    """Autocorrelation of the loss at one epoch, less that at half an epoch: unshuffled data repeats the
    same order of batches every epoch. None where the log has no epochs, or less than three points in one."""
    auto, epoch = _rest_autocorrelation(r), _epoch(r)
    if auto is None or epoch is None or not 3 <= epoch <= len(auto) / 2:
        return None
    places = np.arange(len(auto))
    return float(np.interp(epoch, places, auto) - np.interp(epoch / 2, places, auto))


def repeats(r: ScaledRun) -> float | None:
    """The highest autocorrelation that comes back after having gone down, at any lag from 4 points to a third of the
    run: a period of whatever origin."""
    auto = _rest_autocorrelation(r)
    if auto is None:
        return None
    auto = auto[: len(auto) // 3]
    lowest = np.minimum.accumulate(auto[2:])
    return float(np.max((auto[2:] - lowest)[2:], initial=0.0))


def repeats_twice(r: ScaledRun) -> float | None:
    """The smaller of the autocorrelations at the best lag and at twice that lag: a period keeps time, chance does
    not."""
    auto = _rest_autocorrelation(r)
    if auto is None:
        return None
    third = auto[: len(auto) // 3]
    lowest = np.minimum.accumulate(third[2:])
    back = (third[2:] - lowest)[2:]
    if not len(back):
        return None
    lag = 4 + int(np.argmax(back))
    return float(min(auto[lag], np.max(auto[max(0, 2 * lag - 1) : 2 * lag + 2])))


def strongest_line(r: ScaledRun) -> float | None:
    """Share of the detrended variance in the strongest spectral line and its harmonics, ln."""
    rest = _rest(r)
    if rest is None:
        return None
    power = np.abs(np.fft.rfft(rest * np.hanning(len(rest)))) ** 2
    total = float(power[3:].sum())
    if total <= 0 or len(power) < 12:
        return None
    best = 0.0
    for places in _harmonics(len(power)):
        lines = power.take(places).sum(axis=1)
        best = max(best, float((lines / total / math.sqrt(places.shape[1])).max(initial=0.0)))
    return math.log(best + 1e-3)


@lru_cache(maxsize=8)
def _harmonics(frequencies: int) -> tuple[IntArray, ...]:
    """Where frequencies and their harmonics lie in a spectrum, by how many of these lie below the highest frequency
    there is: (k, 1), (k, 2), ..."""
    places = np.arange(3, frequencies // 2)
    many = np.minimum((frequencies - 1) // places, HARMONICS)
    return tuple(places[many == count][:, None] * np.arange(1, count + 1) for count in range(1, HARMONICS + 1))


def follows_rate(r: ScaledRun) -> float | None:
    """Correlation of the detrended loss with the detrended rate: a period that is the schedule's own."""
    rest = _rest(r)
    if rest is None or r.lr is None:
        return None
    rate = _detrended(_late(r, r.lr))
    power = math.sqrt(float(rest @ rest) * float(rate @ rate))
    if float(rate @ rate) < 1e-6 * len(rate) * float(np.max(r.lr)) ** 2 or power <= 0:
        return 0.0
    return float(rest @ rate) / power


def gradient_repeats_with_epoch(r: ScaledRun) -> float | None:
    """The same as `repeats_with_epoch` for the gradient norm."""
    epoch = _epoch(r)
    if r.grad is None or epoch is None:
        return None
    part = np.log(np.maximum(_late(r, r.grad), 1e-12))
    if not 3 <= epoch <= len(part) / 2:
        return None
    rest = _detrended(part)
    auto = _autocorrelation(rest)
    places = np.arange(len(auto))
    return float(np.interp(epoch, places, auto) - np.interp(epoch / 2, places, auto))


def passes(r: ScaledRun) -> float | None:
    """ln of the epochs; None where the log does not count them or holds less than two."""
    return None if r.epoch is None else math.log(len(r) / r.epoch)


def period_share(r: ScaledRun) -> float | None:
    """Share of the detrended variance in the strongest period that chance does not explain (p < 0.01), 0 without
    one."""
    if len(r) < 32:
        return None
    return max((periodicity.share for periodicity in r.periodicities if periodicity.chance < 0.01), default=0.0)


def period_at_epoch(r: ScaledRun) -> float | None:
    """The share of a period in step with the epoch (its period one to four passes, or a whole part of
    one, within 4 %), 0 without one, None where the log does not count passes or is too coarse to show them."""
    if r.epoch is None or r.epoch < 2.5 or len(r) < 32:
        return None
    epoch = r.epoch * float(r.steps[-1] - r.steps[0]) / (len(r) - 1)
    return max(
        (
            periodicity.share
            for periodicity in r.periodicities
            if periodicity.chance < 0.01 and _in_step(periodicity.period / epoch)
        ),
        default=0.0,
    )


def _in_step(ratio: float) -> bool:
    turns = max(ratio, 1 / ratio)
    return turns < 4.5 and abs(turns / round(turns) - 1) < 0.04


def period_amplitude(r: ScaledRun) -> float | None:
    """Half the height of the strongest period's mean cycle, in sigmas, ln(1 + x)."""
    if len(r) < 32:
        return None
    return max(
        (math.log1p(periodicity.amplitude) for periodicity in r.periodicities if periodicity.chance < 0.01), default=0.0
    )


MEASURES = (
    Measure(
        "period_share",
        period_share,
        "one period holds {value} of the scatter",
        percent,
        absent="the loss has no period",
    ),
    Measure(
        "period_at_epoch",
        period_at_epoch,
        "a period in step with the epoch holds {value} of the scatter",
        percent,
        absent="no period is in step with the epoch",
    ),
    Measure(
        "period_amplitude",
        period_amplitude,
        "the periodic part swings by {value} sigmas",
        lambda v: f"{math.expm1(v):.1f}",
        absent="the loss has no period",
    ),
    Measure(
        "repeats_with_epoch",
        repeats_with_epoch,
        "the loss repeats itself with every epoch, by {value} more than at half an epoch",
        ordinary=(-2.0, 0.1),
    ),
    Measure("repeats", repeats, "shifted by some lag the loss resembles itself again (autocorrelation up by {value})"),
    Measure(
        "repeats_twice",
        repeats_twice,
        "the loss resembles itself at a lag and at twice that lag (autocorrelation {value})",
    ),
    Measure(
        "strongest_line",
        strongest_line,
        "the strongest period holds {value} of the scatter",
        lambda v: percent(math.exp(v)),
    ),
    Measure(
        "follows_rate", follows_rate, "the loss goes with the learning rate (correlation {value})", ordinary=(-0.2, 0.2)
    ),
    Measure(
        "gradient_repeats_with_epoch",
        gradient_repeats_with_epoch,
        "the gradient norm repeats itself with every epoch (correlation {value})",
        ordinary=(-2.0, 0.1),
    ),
    Measure(
        "passes",
        passes,
        "the data was passed over {value} times",
        lambda v: f"{math.exp(v):.0f}",
        ordinary=(-math.inf, math.inf),
    ),
)
