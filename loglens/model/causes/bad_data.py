"""bad_data: single batches are not like the others

Corrupted records, wrong scaling, an empty or mislabelled shard, a sequence of one repeated token.

What speaks for it: the loss leaves its level within one step, far above anything else in the run, with the gradient
norm in the same step and not before, and is back within a few steps. It happens at any rate, also where the rate is
low.

What to change: look at the batches at the steps named in the findings; skip or repair them. Clipping the gradient
limits the damage. The learning rate stays.

Look-alikes: `lr_too_high` (spikes grow over several steps, the gradient first, and heal slowly), heavy-tailed
losses (`healthy`: high points come in all sizes), `data_order` (the spikes come once per pass). A spike that
returns at the same step in another run with the same data order settles it.
"""

from __future__ import annotations

from loglens.model.causes.info import CauseInfo

INFO = CauseInfo(
    page=__doc__ or "",
    title="Bad batches",
    doubt="Other batches spiking after a reshuffle, at the same steps, would clear the data.",
    action="inspect_data",
    advice="Look at the batches at the steps of the spikes.",
    rate_free=True,
    clips=True,
    tested_by="data",
    prior=0.08,
)
