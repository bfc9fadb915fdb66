"""lr_jump: the rate stepped up in the middle of the run

A schedule restarted with other settings, a resume with a new config, a change of batch size that scaled the rate.

What speaks for it: the logged rate goes to a value it has never had, not in a warm-up, and the loss rises at that
step and stays up. Without a logged rate: a good run whose level jumps at one moment, and whose scatter is larger
from then on.

What to change: take the jump out; the peak the report recommends is the one from before. If more rate is wanted,
raise it over a few hundred steps.

Look-alikes: a planned restart or cycle (`healthy`: it returns to a rate the run has lived with, and the loss comes
back), `resume_discontinuity` (the steps go back, the rate does not change), `bad_data` (the loss is back within a
few steps).
"""

from __future__ import annotations

from loglens.model.causes.info import CauseInfo

INFO = CauseInfo(
    page=__doc__ or "",
    title="Learning rate jumps",
    doubt="A loss that reacts the same way where the rate does not jump would clear the jump.",
    action="remove_lr_jump",
    ruinous=True,
    tested_by="rate",
    prior=0.05,
)
