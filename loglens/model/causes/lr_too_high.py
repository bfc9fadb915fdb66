"""lr_too_high: the peak learning rate is above what this training bears

Above the stability limit (2 over the sharpness for gradient descent, about 38 over the preconditioned sharpness for
Adam) steps overshoot. The loss blows up, or bounces at a level that is proportional to the rate, or the network is
thrown into a state in which nothing learns any more and sits at chance level (ln k for k classes).

What speaks for it: the loss rises above its first value early on and by more than noise; the level itself wobbles;
the scatter is a large share of the gain, and falls when the rate falls; neighbouring points alternate; the gradient
norm grows before the loss does; after an early blow-up the curve is flat; values stop being finite.

What to change: lower the peak rate. The report gives a factor with its interval, estimated from how violent the
signs are. Clipping the gradient hides the blow-up but not the noise floor. Lower values of Adam's beta2 can help
against single spikes.

Look-alikes: `bad_data` (jumps in one step, heals at once), `warmup_too_short` (hurts once, then the same rate is
fine), `lr_jump` (fine until the rate steps up), `data_order` (the bouncing keeps time with the epoch),
`dead_network` (flat from the first step, without a blow-up before).

Sources: Cohen et al. 2021 (edge of stability), Lewkowycz et al. 2020 (catapult), Mandt et al. 2017 (noise floor).
"""

from __future__ import annotations

from loglens.model.causes.info import CauseInfo

INFO = CauseInfo(
    page=__doc__ or "",
    title="Learning rate too high",
    doubt="A replay at a lower rate that shows the same fault would clear the learning rate.",
    action="lower_lr",
    direction=-1,
    family="lr_too_high",
    clips=True,
    ruinous=True,
    tested_by="rate",
    prior=0.114,
)
