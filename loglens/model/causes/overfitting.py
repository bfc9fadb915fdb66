"""overfitting: the train loss goes on falling while validation turns

What speaks for it: the validation loss has a minimum and climbs back by a good share of what it had come down; the
gap to the train loss grows; the train loss goes towards zero.

What to change: stop at the lowest validation loss, regularise (weight decay, dropout, augmentation), add data or
make the model smaller. The learning rate stays: a lower one mostly delays the same.

Look-alikes: a noisy validation set (points up and down without a trend), validation spikes while batch-norm
statistics settle.
"""

from __future__ import annotations

from loglens.model.causes.info import CauseInfo

INFO = CauseInfo(
    page=__doc__ or "",
    title="Overfitting",
    doubt="A validation loss that falls with the same train loss on more data would confirm it.",
    action="regularize_or_stop_early",
    advice="Stop at the lowest validation loss, regularise, or add data.",
    rate_free=True,
    prior=0.048,
)
