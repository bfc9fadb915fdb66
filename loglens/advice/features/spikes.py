"""The shape of spikes: a bad batch jumps in one step and is gone; too high a rate grows over steps and heals slowly."""

from __future__ import annotations

import math

import numpy as np

from loglens.advice.features.measure import Measure, clipped, log_ratio, percent, times, unlog1p
from loglens.model.run import FloatArray
from loglens.signals.excursions import Excursion
from loglens.signals.numerics.robust import median, quantiles
from loglens.signals.scaled import BEGUN, ScaledRun


def _top(r: ScaledRun) -> Excursion | None:
    return r.spikes[0] if r.spikes else None


def _last(excursion: Excursion) -> int:
    """The last point off the level."""
    return max(excursion.peak, excursion.calm - 1)


def spike_height(r: ScaledRun) -> float | None:
    """ln(1 + height in sigmas) of the highest spike, 0 where there is none."""
    top = _top(r)
    return math.log1p(top.height) if top else 0.0


def spike_share(r: ScaledRun) -> float | None:
    """ln(1 + 10 × height over the gain) of the highest spike, 0 where there is none."""
    top = _top(r)
    return math.log1p(10 * max(0.0, float(r.loss[top.peak]) - top.before) / r.gain) if top else 0.0


def spike_count(r: ScaledRun) -> float | None:
    """ln(1 + number of spikes)."""
    return math.log1p(len(r.spikes))


def spike_points(r: ScaledRun) -> float | None:
    """Share of the run that lies within spikes, per mille, ln(1 + x)."""
    return math.log1p(1000 * sum(_last(spike) - spike.onset + 1 for spike in r.spikes) / len(r))


def spike_rise(r: ScaledRun) -> float | None:
    """Points the highest spike takes from the level to its peak; a corrupted batch takes none.

    BLOOM-176B's loss spike, which was an instability, grew over four steps, the gradient norm first.
    """
    top = _top(r)
    return None if top is None else math.log1p(top.peak - top.onset)


def spike_fall(r: ScaledRun) -> float | None:
    """ln(1 + points) the highest spike takes back to the level."""
    top = _top(r)
    return None if top is None else math.log1p(_last(top) - top.peak)


def spike_isolation(r: ScaledRun) -> float | None:
    """ln of the highest point over the 99.5th percentile of the points outside spikes, in sigmas: one odd batch stands
    alone, a heavy tail or an unstable run has all heights."""
    top = _top(r)
    if top is None:
        return None
    z = (r.local.x - r.local.level) / r.local.noise
    rest = np.delete(z, np.arange(max(0, top.onset - 1), min(len(z), _last(top) + 2)))
    return log_ratio(top.height, quantiles(rest[int(BEGUN * len(z)) :], 0.995)[0] if len(rest) > 20 else 3.0, least=1.0)


def spike_gap(r: ScaledRun) -> float | None:
    """ln of the highest rise over the fifth highest, in the unit of the loss: a few bad batches stand far above all
    other points, whereas hard batches come in all sizes."""
    rises = r.loss - r.local.to_values(r.local.level)
    rises = rises[max(3, int(BEGUN * len(r))) :]
    if len(rises) < 20:
        return None
    apart = np.sort(np.max(rises[: len(rises) // 4 * 4].reshape(-1, 4), axis=1))
    return log_ratio(float(apart[-1]), float(apart[-5]), least=1e-6 * max(1e-12, r.gain))


def spike_single(r: ScaledRun) -> float | None:
    """ln of the second difference at the highest point over that of the points around it: one point that belongs to
    neither neighbour, on the scale of how much neighbours differ anyway."""
    if len(r) < 20:
        return None
    bend = (r.loss[1:-1] - (r.loss[:-2] + r.loss[2:]) / 2)[max(3, int(BEGUN * len(r))) :]
    at = int(np.argmax(bend))
    near = np.abs(np.concatenate([bend[max(0, at - 25) : max(0, at - 2)], bend[at + 3 : at + 26]]))
    return log_ratio(float(bend[at]), quantiles(near, 0.9)[0], least=1e-6 * max(1e-12, r.gain)) if len(near) else None


def sharp_spikes(r: ScaledRun) -> float | None:
    """Share of the spikes that rise within one point."""
    found = r.spikes
    return None if not found else float(np.mean([item.peak == item.onset for item in found]))


def spike_damage(r: ScaledRun) -> float | None:
    """Level after the highest spike minus the level before it, over the gain: what did not heal."""
    top = _top(r)
    if top is None:
        return None
    reach = max(5, len(r) // 40)
    before = r.loss[max(0, top.onset - reach) : max(1, top.onset)]
    after = r.loss[_last(top) + 1 : _last(top) + 1 + reach]
    if not len(before) or not len(after):
        return None
    return clipped((median(after) - median(before)) / r.gain, -1, 2)


def _grad_level(grad: FloatArray, at: int) -> float:
    near = np.concatenate([grad[max(0, at - 20) : max(0, at - 6)], grad[at + 7 : at + 20]])
    near = near[np.isfinite(near)]
    return median(near) if len(near) else 0.0


def gradient_at_spike(r: ScaledRun) -> float | None:
    """ln of the gradient norm at the highest spike over the gradient norm around it."""
    top = _top(r)
    if top is None or r.grad is None:
        return None
    level = _grad_level(r.grad, top.peak)
    return min(8.0, log_ratio(float(r.grad[top.peak]), level, least=1e-9)) if level > 0 else None


def gradient_before_spike(r: ScaledRun) -> float | None:
    """ln of the largest gradient norm in the five points before the highest spike over the norm around it: where the
    gradient leads, the step was too long; where it comes with the loss, the batch was bad."""
    top = _top(r)
    if top is None or r.grad is None or top.onset < 6:
        return None
    level = _grad_level(r.grad, top.peak)
    return (
        min(8.0, log_ratio(float(np.max(r.grad[top.onset - 5 : top.onset])), level, least=1e-9)) if level > 0 else None
    )


def spike_lr(r: ScaledRun) -> float | None:
    """The rate at the spikes over the mean rate of the run: instability comes where the rate is high, a bad batch
    anywhere."""
    found = r.spikes
    if not found or r.lr is None:
        return None
    mean = float(np.mean(r.lr))
    return float(np.mean([r.lr[item.peak] for item in found]) / mean) if mean > 0 else None


def dips(r: ScaledRun) -> float | None:
    """Highest downward outlier against the highest upward one, ln of the ratio of sigmas: symmetric tails are noise."""
    z = ((r.local.x - r.local.level) / r.local.noise)[max(3, int(BEGUN * len(r))) :]
    return log_ratio(float(np.max(z)), float(-np.min(z)), least=1.0) if len(z) else None


MEASURES = (
    Measure(
        "spike_height",
        spike_height,
        "the highest spike stands {value} sigmas above the level",
        unlog1p,
        absent="there is no spike",
    ),
    Measure(
        "spike_share",
        spike_share,
        "the highest spike is {value} of the gain",
        lambda v: percent(math.expm1(v) / 10),
        absent="there is no spike",
    ),
    Measure("spike_count", spike_count, "there are {value} spikes", unlog1p, absent="there is no spike"),
    Measure(
        "spike_points",
        spike_points,
        "{value} ‰ of the points lie in spikes",
        unlog1p,
        absent="no point lies in a spike",
    ),
    Measure("spike_rise", spike_rise, "the highest spike rises over {value} points before its peak", unlog1p),
    Measure("spike_fall", spike_fall, "the highest spike needs {value} points to come back", unlog1p),
    Measure("spike_isolation", spike_isolation, "the highest spike is {value} as high as what else sticks out", times),
    Measure("spike_gap", spike_gap, "the highest point rises {value} as far as the fifth highest", times),
    Measure("spike_single", spike_single, "one point sticks out {value} as far as those around it", times),
    Measure(
        "sharp_spikes",
        sharp_spikes,
        "{value} of the spikes rise within one point",
        percent,
        absent="no spike rises within one point",
    ),
    Measure(
        "spike_damage",
        spike_damage,
        "the highest spike leaves the level changed by {value} of the gain",
        percent,
        absent="no spike changes the level for good",
    ),
    Measure("gradient_at_spike", gradient_at_spike, "the gradient norm at the spike is {value} its level", times),
    Measure(
        "gradient_before_spike",
        gradient_before_spike,
        "before the spike the gradient norm reached {value} its level",
        times,
    ),
    Measure("spike_lr", spike_lr, "spikes come at {value} times the mean learning rate"),
    Measure("dips", dips, "the highest outlier is {value} as far out as the lowest", times),
)
