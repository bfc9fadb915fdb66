"""label_noise: part of the targets is wrong

What speaks for it: a smooth run to a floor that is high for what was learnt, gradient norms that stay large while
the loss no longer falls, a validation loss (on clean labels) below the train loss, and late memorisation when it
comes.

What to change: check the labels; the examples with the highest loss late in training are the first to look at. The
learning rate stays.

Look-alikes: `healthy` with label smoothing, dropout or an entropy floor: one curve alone cannot always tell them
apart, and the probabilities say so.
"""

from __future__ import annotations

from loglens.model.causes.info import CauseInfo

INFO = CauseInfo(
    page=__doc__ or "",
    title="Noisy labels",
    doubt="A loss that falls further at a lower rate would make this the rate's noise, not the labels'.",
    action="inspect_data",
    advice="Check the labels: wrong ones hold the loss where it stalls.",
    rate_free=True,
    tested_by="data",
    prior=0.024,
)
