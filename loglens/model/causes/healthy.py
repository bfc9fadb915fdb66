"""healthy: nothing to change

The run learnt about what it could in the steps it had. There may still be findings: a single hard batch, a restart
of the schedule, stairs at the ends of epochs, or wobble at the edge of stability are part of training.

What speaks for it: most of the gain came early and the last doubling of the steps still brought a little; the
scatter is small against the gain and does not grow; the loss never stays above its start.

What to change: nothing. "Healthy" is relative to the schedule and length of this run: a longer run may well reach
lower.

Look-alikes: a rate somewhat too low (`lr_too_low`: the last doubling still brings several per cent of the gain),
labels that are partly wrong (`label_noise`: a smooth run to a floor that is too high).
"""

from __future__ import annotations

from loglens.model.causes.info import CauseInfo

INFO = CauseInfo(
    page=__doc__ or "",
    title="Nothing to change",
    doubt="A longer log or a validation loss could show what this one does not.",
    action="keep",
    advice="Nothing speaks against this learning rate.",
    prior=0.4,
)
