"""data_order: the batches come in an order that shows

Data sorted by class, by length or by source and not shuffled: each stretch of the pass trains one class and
unlearns the others.

What speaks for it: the loss repeats itself with the epoch, and that period holds much of the scatter.
The gradient norm does the same. It keeps time with the epoch, not with the learning rate's cycle.

What to change: shuffle before every pass (and seed the shuffle anew each time). The learning rate stays.

Look-alikes: cyclic rates and restarts (`healthy`: the period is the schedule's), stairs at the ends of epochs
(`healthy`: memorised examples; the level steps down and does not come back), `lr_too_high` (bounces without keeping
time).
"""

from __future__ import annotations

from loglens.model.causes.info import CauseInfo

INFO = CauseInfo(
    page=__doc__ or "",
    title="Data not shuffled",
    doubt="The same pattern under a fresh shuffle would clear the order.",
    action="shuffle_data",
    advice="Shuffle the data before every pass.",
    rate_free=True,
    tested_by="data",
    prior=0.032,
)
