"""The shape of a piece of evidence: a name, a pure function of a reading, and the sentence a user is shown."""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping
from dataclasses import dataclass

from loglens.signals.scaled import ScaledRun


@dataclass(frozen=True, slots=True)
class Measure:
    """`of(reading)` is the number, None where the log cannot tell. Its docstring says where the idea comes from.

    `text`: the sentence, with `{value}` where the number goes; numbers on a log scale are given as they are read by
    people through `shown`.
    """

    name: str
    of: Callable[[ScaledRun], float | None]
    text: str
    shown: Callable[[float], str] = "{:.2f}".format

    def sentence(self, value: float) -> str:
        if self.name in ABSENT and abs(value) < NOTHING:
            return ABSENT[self.name]
        return self.text.format(value=self.shown(value))


NOTHING = 0.005
"""Below this a number that counts something says that it is not there."""
ABSENT: Mapping[str, str] = {
    "blown_then_stuck": "no early blow-up is followed by a flat level",
    "cycles": "the rate never climbs again",
    "early_rise": "early on the loss does not rise above its start",
    "end_above_best": "the run ends at its best level",
    "jump_ratio": "the rate never jumps",
    "largest_climb": "the level never rises for good",
    "later_rise": "later the loss does not rise above its start",
    "level_change_at_resume": "no resume leaves its mark on the level",
    "period_amplitude": "the loss has no period",
    "period_at_epoch": "no period is in step with the epoch",
    "period_share": "the loss has no period",
    "rise_at_jump": "no step up of the rate raises the loss",
    "rise_over_noise": "early on the loss does not rise above its start",
    "share_above_start": "no point lies above the first loss",
    "sharp_spikes": "no spike rises within one point",
    "spent_share": "the rate is never spent before the end",
    "spike_count": "there is no spike",
    "spike_damage": "no spike changes the level for good",
    "spike_height": "there is no spike",
    "spike_points": "no point lies in a spike",
    "spike_share": "there is no spike",
    "val_end_above_best": "the validation loss ends at its best level",
    "val_rise": "the validation loss ends at its best level",
    "went_back": "the steps never go back",
    "went_non_finite": "the loss stays a number",
}
"""What a user is told of a sign that is not there."""
ORDINARY: Mapping[str, tuple[float, float]] = {
    "follows_rate": (-0.2, 0.2),
    "gradient_repeats_with_epoch": (-2.0, 0.1),
    "gradient_scatter": (math.log(0.1), math.log(1.0)),
    "half_spent_at": (math.log(0.2), math.log(0.6)),
    "mean_rate": (math.log(0.3), 0.01),
    "passes": (-math.inf, math.inf),
    "repeats_with_epoch": (-2.0, 0.1),
}
"""Between these numbers a sign is what most runs show: it may weigh in, but nobody would name it as a reason."""
UNSPOKEN = frozenset(
    {
        "promise_kept_at_start", "promise_kept_midway", "promise_kept_late", "promise_lost", "scatter_over_promise",
        "promised_over_gain", "early_roughness", "val_largest_rise_in_wobbles", "val_above_best_in_wobbles",
        "val_fall_share", "val_wobble_over_fall", "val_moves_with_rate", "gradient_wander", "gained_apart_from_rate",
    }
)  # fmt: skip
"""Signs that take a paragraph to be understood: they weigh in and are listed, but are not told as a reason."""
MOST_PERCENT = 10.0
"""A share beyond ten times is a multiple, and nobody reads it as a percentage."""


def percent(value: float) -> str:
    """A share as a percentage, with one decimal below a tenth; what exceeds ten times is said to."""
    if abs(value) > MOST_PERCENT:
        return f"{'over' if value > 0 else 'below'} {100 * math.copysign(MOST_PERCENT, value):,.0f} %"
    return f"{100 * value:,.0f} %" if abs(value) >= 0.1 or abs(value) < 5e-4 else f"{100 * value:.1f} %"


def times(value: float) -> str:
    """A natural logarithm of a ratio, as a factor."""
    factor = math.exp(max(-30.0, min(30.0, value)))
    if factor > 10_000:
        return "over 10,000×"
    if factor < 1e-4:
        return "less than 0.0001×"
    return f"{factor:,.0f}×" if factor >= 10 else f"{factor:.2g}×"


def whole(value: float) -> str:
    return f"{value:.0f}"


def unlog1p(value: float) -> str:
    """ln(1 + x), as x."""
    number = math.expm1(min(value, 60.0))
    if number > 1e6:
        return "over a million"
    return f"{number:,.0f}" if number >= 100 else f"{number:.3g}"


def log_ratio(above: float, below: float, *, least: float = 1e-12) -> float:
    """ln(above / below) with both kept away from zero."""
    return math.log(max(above, least) / max(below, least))
