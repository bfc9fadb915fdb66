"""warmup_too_short: the peak rate is fine, it was reached too soon

At the start the loss surface is at its sharpest and Adam's second moments are estimated from few gradients. A rate
that is fine later can throw the network off in the first steps: post-norm transformers and deep networks without
normalisation are known for it (Liu et al. 2020, Xiong et al. 2020).

What speaks for it: a rise above the first loss within the first few per cent, at or just after the end of the
warm-up, and calm at the same rate afterwards.

What to change: keep the peak and warm up over the number of steps the report gives. Lowering the peak rate works as
well and costs speed.

Look-alikes: `lr_too_high` (trouble goes on while the rate is high). The two need the same first step and are often
both likely.
"""

from __future__ import annotations

from loglens.model.causes.info import CauseInfo

INFO = CauseInfo(
    page=__doc__ or "",
    title="Warm-up too short",
    doubt=(
        "A replay with a warm-up five times as long that fails at the same rate would blame the peak, not the warm-up."
    ),
    action="lengthen_warmup",
    family="lr_too_high",
    clips=True,
    ruinous=True,
    tested_by="rate",
    prior=0.016,
)
