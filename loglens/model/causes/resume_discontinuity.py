"""resume_discontinuity: the run was resumed and something was not restored

Optimizer moments, the position in the schedule, the data order, the random state. Fresh Adam moments alone make a
spike.

What speaks for it: the steps go back or the log begins anew, and level, scatter, gradient norm or rate do not
continue where they were. A resume that does no harm is named too, since it is where to look.

What to change: save and restore the optimizer, the schedule and the data position with the weights. The learning
rate stays.

Look-alikes: `lr_jump` (the rate changes at the resume: then it is that), `bad_data` (a spike without a resume).
"""

from __future__ import annotations

from loglens.model.causes.info import CauseInfo

INFO = CauseInfo(
    page=__doc__ or "",
    title="State lost at a resume",
    doubt=(
        "A resume with the full state (optimizer, schedule, data position) that jumps again would clear the restart."
    ),
    action="fix_resume",
    advice="Restore weights, optimizer, schedule and data position on resume.",
    rate_free=True,
    prior=0.04,
)
