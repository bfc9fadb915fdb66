"""lr_too_low: the same training with a higher rate would have got further

What speaks for it: every doubling of the steps, or of the learning rate spent, still brings a large share of the
whole gain; little was gained within the first tenth; the curve is close to a straight line; the scatter is small
against what is still being gained. In gradient flow a rate twice as high is the same curve in half the time, so
what the last doubling of steps brought is about what doubling the rate would bring.

What to change: raise the peak rate by the factor the report gives; check the first few hundred steps for a rise of
the loss.

Look-alikes: `lr_decays_too_early` (progress was fast and stopped when the rate was spent), `dead_network` (no trend
at all), `healthy` (each doubling brings less than half of the one before), and a task that is hard: only a second
run can tell.
"""

from __future__ import annotations

from loglens.model.causes.info import CauseInfo

INFO = CauseInfo(
    page=__doc__ or "",
    title="Learning rate too low",
    doubt="A short run at three times the rate that falls no faster would clear the learning rate.",
    action="raise_lr",
    direction=1,
    family="lr_too_low",
    prior=0.122,
)
