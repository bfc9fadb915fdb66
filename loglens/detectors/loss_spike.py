"""Loss spike: the loss jumps or climbs out of its own level.

What it is. A stretch in which the loss leaves its recent level upwards by more than its own noise explains. It is
transient where the loss comes back to where it was, persistent where it stays higher.

Why it matters. A corrupted batch makes one step high and is gone the next; a learning rate at its limit makes the
loss climb over several steps, gradient norm first, and heal slowly; a spike that never heals has cost what was
learned.

How it decides. Level: the median of the points before (4 % of the log, 7 to 101 points), or of the points around where
that is lower. Noise: the robust spread about the level, on a log scale where the loss is judged by ratios. A point is
an outlier where z = (loss - level) / noise exceeds a limit that the log sets itself: the upper tail of z is taken to
fall exponentially, at the rate seen between its 90th and 98th percentile, and the limit is where 0.05 such points are
expected in the whole run, at least 5 sigma; neighbouring points above 5 sigma count once, as their highest, so that a
few spikes that heal slowly are not taken for a heavy tail. Where the gradient norm jumps at the same step, 80 % of it
suffices. The point must also stand above the five points before it. A point whose loss comes back to about that of the
untrained model is judged on the linear scale as well (see `signals.log_scale_outliers`). What follows before an
excursion has healed counts from a tenth of its height on. A spike ends where the median of three points is back within
two sigma of the
level. `lost_share` is the height as a share of what had been gained since the start. A spike is a warning from
`warn_share` on (and `clear_ratio` times the limit), or where it stays (`shift_z` sigmas and `stay_share` of the gain,
not healed); else a note.

A validation loss that rises by `val_share` of its level where the train loss does not move is a note of its own.

Stays silent when. Heavy-tailed losses (single points far off are their normal state and raise the limit), noise that
grows with the learning rate, stair steps down, a jump and back within the first seven points of a log (and within its
first 4 % up to twice the limit), the slow rise after a planned LR restart.

What to try. See which batch was drawn at `peak_step` and whether runs with the same data order spike there too. If
the gradient rose first or spikes come in numbers: lower the learning rate, lengthen the warm-up, clip gradients.

References. Chowdhery et al. 2022 (PaLM, 5.1); OLMo-core's stability monitor (6 sigma over the 128 values before);
Davison and Smith 1990 (peaks over threshold); Molybog et al. 2023 (Adam instability).
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import ClassVar

import numpy as np

from loglens.detectors.base import capped, clip01
from loglens.model import figures
from loglens.model.finding import DetectorMeta, Evidence, Finding, Severity
from loglens.model.run import StepSpan
from loglens.signals.core import Signals
from loglens.signals.excursions import Excursion
from loglens.signals.local import WINDOW_SHARE, Local
from loglens.signals.track import Track

LEVEL_POINTS = 7
"""The shortest level window; a spike needs as many points before it, where the log is long enough to spare them."""
EARLY = 2.0
"""Times the limit a jump has to reach within the first level window (4 % of the log)."""


FIRST = 3
"""Losses that show where the run began."""


@dataclass(frozen=True, slots=True, kw_only=True)
class LossSpike:
    """See the module's docstring; the fields are the limits it names."""

    meta: ClassVar[DetectorMeta] = DetectorMeta(
        id="loss_spike",
        kinds=("loss_spike",),
        title="Loss spikes",
        helped_by=("grad_norm", "learning_rate"),
        min_points=12,
        score_name="spike",
    )
    warn_share: float = 0.25  # a quarter of the progress gone, if only for a moment, is worth a look
    stay_share: float = 0.05
    clear_ratio: float = 1.25  # a point that just reaches the limit is one that noise reaches in one run of twenty
    shift_z: float = 3.0
    val_share: float = 0.5  # a validation loss is measured on few examples, and wobbles
    most: int = 50  # findings; a run with more is not a run with spikes but one without a level

    def detect(self, signals: Signals) -> Iterator[Finding]:
        found = [
            spike
            for spike in signals.excursions
            if not (_runs_away(spike, signals) or _planned(spike, signals) or _before_any_level(spike, signals))
        ]
        highest = sorted(found, key=lambda spike: -spike.height)[: self.most]
        shown = sorted(highest, key=lambda spike: spike.onset)
        for spike, alike in zip(shown, _alike(shown), strict=True):
            yield self._finding(signals, spike, count=len(found), alike=alike)
        if signals.val is None or signals.val_local is None:
            return
        for spike in signals.val_excursions[: self.most]:
            if self._only_in_validation(signals, spike, signals.val, signals.val_local):
                yield self._validation_finding(signals, spike, signals.val, signals.val_local)

    def _only_in_validation(self, signals: Signals, spike: Excursion, val: Track, local: Local) -> bool:
        """Whether the validation loss jumps and comes back while the train loss knows nothing of it.

        By `val_share` of its level and twice its limit at least, because the noise of few points is known badly; and
        the train loss has no spike since the validation before, nor one that has yet to heal.
        """
        loss = signals.loss
        if spike.recovered is None or spike.height < 2 * local.limit:
            return False
        if val.values[spike.peak] - spike.before < self.val_share * abs(spike.before):
            return False
        before, at = int(val.steps[max(0, spike.onset - 1)]), int(val.steps[spike.peak])
        for other in signals.excursions:
            end = int(loss.steps[-1]) if other.recovered is None else int(loss.steps[other.recovered])
            # a log line stands for the steps since the line before it
            if int(loss.steps[other.onset - 1]) < at and end >= before:
                return False
        return True

    def _validation_finding(self, signals: Signals, spike: Excursion, val: Track, local: Local) -> Finding:
        start, peak = int(val.steps[spike.onset]), int(val.steps[spike.peak])
        value = float(val.values[spike.peak])
        ratio = value / spike.before if spike.before else None
        end = int(val.steps[max(spike.peak, min(spike.calm, len(val)) - 1)])
        healing = None if spike.recovered is None else int(val.steps[spike.recovered]) - peak
        return Finding(
            kind="loss_spike",
            severity="info",
            score=0.15,
            confidence=clip01(1.0 - 0.5 * np.exp(-max(0.0, spike.height - local.limit) / 3.0)),
            steps=StepSpan(start=start, end=max(end, peak)),
            series=val.tag,
            peak_step=peak,
            lr_phase=signals.phase_at(peak),
            summary=f"The validation loss alone rises from {figures.loss(spike.before)} to {figures.loss(value)} "
            f"at step {peak}: look at "
            "the evaluation (batch-norm statistics, averaged weights), for the train loss does not move.",
            evidence=(
                Evidence(name="height", value=round(spike.height, 2), unit="sigma", note=f"limit {local.limit:.1f}"),
                Evidence(name="ratio", value=ratio, note="peak over level before"),
                Evidence(name="recovery_steps", value=healing, unit="steps", note="from the peak back to the level"),
            ),
        )  # fmt: skip

    def _finding(self, signals: Signals, spike: Excursion, *, count: int, alike: int) -> Finding:
        loss = signals.loss
        stays = spike.recovered is None and spike.shift > self.shift_z
        end = spike.recovered if spike.recovered is not None else min(spike.calm, len(loss) - 1)
        # a log line stands for the steps since the line before it
        start = int(loss.steps[spike.onset - 1]) + 1
        last = spike.peak if stays else max(spike.peak, min(end, spike.calm) - 1)
        span = StepSpan(start=start, end=max(start, int(loss.steps[last])))
        peak_value = float(loss.values[spike.peak])
        lost = lost_share(signals, spike, peak_value)
        kept_lost = lost_share(signals, spike, spike.after) if stays else 0.0
        phase = signals.phase_at(int(loss.steps[spike.peak]))
        clear = spike.height >= self.clear_ratio * spike.limit
        severity = self._severity(lost if clear else 0.0, kept_lost, phase)
        healing = None if spike.recovered is None else int(loss.steps[spike.recovered] - loss.steps[spike.peak])
        at = f"{'' if loss.interval == 1 else 'about '}step {int(loss.steps[spike.peak])}"
        tail = (
            f"comes back within {healing} step{'' if healing == 1 else 's'}"
            if healing is not None
            else f"stays at {figures.loss(spike.after)}"
            if stays
            else "is not back before the log ends"
        )
        return Finding(
            kind="loss_spike",
            severity=capped(severity, signals),
            score=clip01(0.15 + 0.35 * min(1.0, lost) + 0.3 * min(1.0, kept_lost) + 0.2 * min(1.0, count / 10)),
            confidence=clip01(1.0 - 0.5 * np.exp(-max(0.0, spike.height - spike.limit) / 3.0)),
            steps=span,
            series=loss.tag,
            peak_step=_likely_step(signals, spike),
            lr_phase=phase,
            summary=f"The loss rises from {figures.loss(spike.before)} to {figures.loss(peak_value)} at {at} "
            f"and {tail}.",
            evidence=tuple(self._evidence(signals, spike, lost, kept_lost, healing, count, alike)),
        )

    def _severity(self, lost: float, kept_lost: float, phase: str | None) -> Severity:
        if phase == "rewarm":
            return "info"
        return "warning" if lost >= self.warn_share or kept_lost >= self.stay_share else "info"

    def _evidence(
        self,
        signals: Signals,
        spike: Excursion,
        lost: float,
        kept_lost: float,
        healing: int | None,
        count: int,
        alike: int,
    ) -> Iterator[Evidence]:
        loss, local = signals.loss, signals.local
        limit = f"limit {spike.limit:.1f}; level and noise of {local.window} points"
        yield Evidence(name="height", value=round(spike.height, 2), unit="sigma", note=limit)
        rise = int(loss.steps[spike.peak] - loss.steps[spike.onset - 1])
        yield Evidence(name="rise_steps", value=rise, unit="steps", note="from the level to the peak")
        yield Evidence(name="recovery_steps", value=healing, unit="steps", note="from the peak back to the level")
        yield Evidence(name="lost_share", value=round(lost, 4), note="height over what had been gained since the start")
        yield Evidence(name="level_before", value=spike.before)
        yield Evidence(name="level_after", value=spike.after)
        yield Evidence(name="shift", value=round(spike.shift, 2), unit="sigma", note="level after against level before")
        if kept_lost:
            yield Evidence(name="kept_lost_share", value=round(kept_lost, 4), note="of the gain, still lost afterwards")
        lead = gradient_lead(signals, spike)
        if lead is not None:
            yield Evidence(name="gradient_lead", value=lead, unit="steps", note="gradient norm rose before the loss")
        if (growth := _growth(signals, spike)) is not None:
            yield Evidence(name="growth_rate", value=growth, unit="1/step", note="exponential, on the way up")
        yield Evidence(name="number", value=count, note="spikes in this run")
        yield Evidence(name="alike", value=alike, note="spikes of about the same height and shape")


def lost_share(signals: Signals, spike: Excursion, value: float) -> float:
    """How far `value` lies above the level before the spike, as a share of what had been gained by then.

    Where next to nothing had been gained, a tenth of the run's gain and a twentieth of its starting loss stand in.
    """
    progress = signals.progress
    gained = max(progress.initial - spike.before, 0.1 * progress.gain, 0.05 * abs(progress.initial), 1e-300)
    return max(0.0, value - spike.before) / gained


def gradient_lead(signals: Signals, spike: Excursion) -> int | None:
    """Steps by which the gradient norm left its level before the loss did; 0 for the same step, None where the
    gradient norm stays calm or is not logged."""
    grad, local = signals.grad, signals.grad_local
    if grad is None or local is None:
        return None
    onset = int(signals.loss.steps[spike.onset])
    reach = max(20, 8 * grad.interval)
    near = grad.between(onset - reach, int(signals.loss.steps[spike.peak]))
    hot = np.flatnonzero(local.z[near] > max(3.0, 0.7 * local.limit))
    if not len(hot):
        return None
    # the last unbroken stretch of high gradients before the peak, a calm point or two allowed
    first = hot[-1]
    for earlier in hot[::-1]:
        if first - earlier > 3:
            break
        first = earlier
    return max(0, onset - int(grad.steps[near][first]))


def _growth(signals: Signals, spike: Excursion) -> float | None:
    """The growth rate on the way up, where there are three points to fit."""
    if spike.rise_points < 3:
        return None
    loss = signals.loss
    return signals.growth_rate(int(loss.steps[spike.onset]), int(loss.steps[spike.peak]), over=spike.before)


def _likely_step(signals: Signals, spike: Excursion) -> int:
    """The step the peak most likely happened at: a third of a logging interval before its log line. A window mean says
    half an interval, a point none, and a log rarely says which it is."""
    loss = signals.loss
    back = 0 if loss.aggregate == "point" else (loss.interval - 1) // 3
    return max(int(loss.steps[spike.onset - 1]) + 1, int(loss.steps[spike.peak]) - back)


def _runs_away(spike: Excursion, signals: Signals) -> bool:
    """Whether the log ends on the way up: that is a divergence."""
    return spike.recovered is None and spike.peak >= len(signals.loss) - 2 and spike.rise_points > 2


def _planned(spike: Excursion, signals: Signals) -> bool:
    """Whether this is the rise that a planned restart of the learning rate brings, and no more: a small one, or one
    that begins with the restart, stays below the first losses and is over before the next."""
    loss = signals.loss
    onset, near = int(loss.steps[spike.onset]), 2 * signals.local.window * loss.interval
    restarts = [event.step for event in signals.schedule.events if event.kind == "restart"]
    since = max((step for step in restarts if onset - near < step <= onset), default=None)
    if since is None:
        return False
    if spike.height < 2 * signals.local.limit and spike.rise_points > 1:
        return True
    if spike.recovered is None or onset - since > loss.interval:
        return False
    again = any(onset < step <= int(loss.steps[spike.recovered]) for step in restarts)
    return not again and float(loss.values[spike.peak]) <= float(loss.values[:FIRST].max())


def _before_any_level(spike: Excursion, signals: Signals) -> bool:
    """Whether it is a jump and back within the first points, of which nobody can say yet what their level is, or one
    that is not high enough to say so within the first level window, where curve and noise change fastest."""
    if spike.recovered is None or spike.rise_points > 2 or spike.recovered - spike.peak > 2:
        return False
    points = len(signals.loss)
    seen = min(LEVEL_POINTS, max(3, points // 16))
    return spike.onset < seen or (spike.onset < WINDOW_SHARE * points and spike.height < EARLY * spike.limit)


def _alike(spikes: list[Excursion]) -> list[int]:
    """For each spike how many others have a similar height (within a factor of 1.5) and the same kind of rise."""
    heights = np.log([max(spike.height, 1e-9) for spike in spikes])
    sudden = np.array([spike.rise_points <= 2 for spike in spikes])
    return [
        int(np.count_nonzero((np.abs(heights - h) < np.log(1.5)) & (sudden == s))) - 1
        for h, s in zip(heights, sudden, strict=True)
    ]
