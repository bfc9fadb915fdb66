"""Validation against training loss."""

from __future__ import annotations

import math

import numpy as np

from loglens.advice.features.measure import Measure, clipped, log_ratio, of_a_run, percent, times
from loglens.model.run import FloatArray
from loglens.signals.numerics.robust import differences, edge_padded, median, row_medians
from loglens.signals.scaled import ScaledRun

CALM_VAL = math.log(3e-3)

EARLY_POINTS = 200


def _val(r: ScaledRun) -> FloatArray | None:
    return r.val if r.val is not None and len(r.val) >= 4 else None


@of_a_run
def _smooth(r: ScaledRun) -> FloatArray | None:
    """The validation loss as the medians of three points."""
    val = _val(r)
    if val is None:
        return None
    padded = edge_padded(val, 1)
    return row_medians(np.stack([padded[:-2], padded[1:-1], padded[2:]], axis=1))


def val_rise(r: ScaledRun) -> float | None:
    """How far the validation loss climbed back from its lowest point, over all it had come down (at most 5)."""
    smooth = _smooth(r)
    if smooth is None:
        return None
    low = int(np.argmin(smooth))
    span = max(float(np.max(smooth[: low + 1])), r.first) - float(smooth[low])
    return float(min(5.0, (np.mean(smooth[-3:]) - smooth[low]) / max(span, 1e-3 * abs(r.first), 1e-12)))


def val_rise_steady(r: ScaledRun) -> float | None:
    """Share of the steps up among the validation points after the lowest, 0.5 where that is noise; 0 where fewer than
    four points follow it."""
    smooth = _smooth(r)
    if smooth is None:
        return None
    rest = smooth[int(np.argmin(smooth)) :]
    return float(np.mean(differences(rest) > 0)) if len(rest) > 4 else 0.0


def val_low_at(r: ScaledRun) -> float | None:
    """When the validation loss was lowest, as a share of the run."""
    smooth = _smooth(r)
    return None if smooth is None else float(np.argmin(smooth) / (len(smooth) - 1))


def gap(r: ScaledRun) -> float | None:
    """Validation minus train loss at the end, over the gain: positive where the run memorises, negative where the
    train labels are worse than the validation's (label noise) or the train loss is regularised."""
    val = _val(r)
    return None if val is None else clipped((median(val[-3:]) - r.end) / r.gain, -3, 5)


def gap_ratio(r: ScaledRun) -> float | None:
    """ln of validation over train loss at the end, for positive losses."""
    val = _val(r)
    if val is None or r.end <= 0 or median(val[-3:]) <= 0:
        return None
    return clipped(log_ratio(median(val[-3:]), r.end), -4, 9)


def gap_growth(r: ScaledRun) -> float | None:
    """How much the gap grew from the first third to the end, over the gain: validation stood still or rose while the
    train loss went on falling."""
    val, at = _val(r), r.val_at
    if val is None or at is None:
        return None
    inside = np.flatnonzero((at > 0.1) & (at < 0.4))
    if not len(inside):
        return None
    # a median needs no more than this many of them, and each costs a median of its own
    picked = inside[:: -(-len(inside) // EARLY_POINTS)]
    early = val[picked] - r.levels_about(at[picked], 0.03)
    return clipped((median(val[-3:]) - r.end - median(early)) / r.gain, -3, 5)


def train_end_over_start(r: ScaledRun) -> float | None:
    """ln of the end of the train loss over its start, for positive losses: memorised data ends near nothing."""
    return None if min(r.first, r.end) <= 0 else max(-10.0, math.log(r.end / r.first))


def val_jumpy(r: ScaledRun) -> float | None:
    """ln of the typical change between validation points over the gain: an unstable run's validation is thrown
    about."""
    val = _val(r)
    if val is None or len(val) < 6:
        return None
    late = val[len(val) // 3 :]
    return log_ratio(median(np.abs(differences(late))), r.gain, least=1e-6 * max(1e-12, r.gain))


def _val_between(r: ScaledRun, start: float, stop: float) -> float | None:
    """The mean validation loss between two shares of the run, interpolated where no point lies there."""
    val, at = _val(r), r.val_at
    if val is None or at is None:
        return None
    inside = (at >= start) & (at <= stop)
    return float(np.mean(val[inside])) if inside.any() else float(np.interp((start + stop) / 2, at, val))


def val_gained_per_doubling(r: ScaledRun) -> float | None:
    """What the second half of the steps brought on the validation loss, over the gain of the train loss. Validation
    uses the same examples each time, so that it moves with the network and not with the batch."""
    half, end = _val_between(r, 0.4, 0.6), _val_between(r, 0.9, 1.01)
    return None if half is None or end is None else clipped((half - end) / r.gain, -2, 2)


def val_ups(r: ScaledRun) -> float | None:
    """ln of the summed rises of the validation loss over the last two thirds against the gain: unstable networks are
    thrown about even where single batches hide it. Less than three per mille counts as that: it says that few
    points were logged or that the run still improves, not how calm it is."""
    val = _val(r)
    if val is None or len(val) < 6:
        return None
    ups = np.maximum(0.0, differences(val[len(val) // 3 :]))
    return max(CALM_VAL, log_ratio(float(np.mean(ups)), r.gain, least=1e-6 * max(1e-12, r.gain)))


def val_share_of_gain(r: ScaledRun) -> float | None:
    """How far the validation loss came down, over how far the train loss did."""
    val = _val(r)
    return None if val is None else clipped((r.first - median(val[-3:])) / r.gain, -2, 2)


def val_scatter(r: ScaledRun) -> float | None:
    """ln of the typical change of the validation loss between two points over the scatter of the train loss, second
    half: validation uses the same examples each time, so its changes are the network's own."""
    val = _val(r)
    if val is None or len(val) < 12:
        return None
    change = median(np.abs(differences(val[len(val) // 2 :])))
    return log_ratio(change, r.noise_between(0.5, 1.0), least=1e-9 * max(1e-12, r.gain))


def val_end_above_best(r: ScaledRun) -> float | None:
    """How far the validation loss ended above its best, over the gain of the train loss."""
    val = _val(r)
    if val is None or len(val) < 8:
        return None
    return clipped((np.mean(val[-3:]) - np.min(val)) / r.gain, 0, 5)


def _sided(value: float, side: str) -> str:
    return f"{percent(abs(value))} of the gain {side}"


def _grew(value: float) -> str:
    return f"{'shrank' if value < 0 else 'grew'} by {percent(abs(value))}"


MEASURES = (
    Measure(
        "val_gained_per_doubling",
        val_gained_per_doubling,
        "the second half of the steps brought {value} of the gain on the validation loss",
        percent,
    ),
    Measure(
        "val_ups",
        val_ups,
        "from one point to the next the validation loss {value}",
        lambda v: "hardly ever rises" if v <= CALM_VAL else f"rises by {percent(math.exp(v))} of the gain on average",
    ),
    Measure(
        "val_share_of_gain",
        val_share_of_gain,
        "the validation loss ended {value} where training began",
        lambda v: _sided(v, "above" if v < 0 else "below"),
    ),
    Measure(
        "val_rise",
        val_rise,
        "the validation loss climbed back by {value} of what it had come down",
        percent,
        absent="the validation loss ends at its best level",
    ),
    Measure(
        "val_rise_steady",
        val_rise_steady,
        "{value} of the validation points after the best are worse than the one before",
        percent,
    ),
    Measure("val_low_at", val_low_at, "the validation loss was lowest after {value} of the run", percent),
    Measure("gap", gap, "validation ends {value} training", lambda v: _sided(v, "below" if v < 0 else "above")),
    Measure("gap_ratio", gap_ratio, "validation ends at {value} the train loss", times),
    Measure("gap_growth", gap_growth, "the gap to validation {value} of the gain", _grew),
    Measure("train_end_over_start", train_end_over_start, "the train loss ended at {value} its start", times),
    Measure(
        "val_jumpy",
        val_jumpy,
        "the validation loss changes by {value} of the gain from point to point",
        lambda v: percent(math.exp(v)),
    ),
    Measure("val_scatter", val_scatter, "between two points the validation loss changes by {value} the scatter", times),
    Measure(
        "val_end_above_best",
        val_end_above_best,
        "the validation loss ended above its best by {value} of the gain on the train loss",
        percent,
        absent="the validation loss ends at its best level",
    ),
)
