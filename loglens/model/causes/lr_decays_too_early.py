"""lr_decays_too_early: the rate was spent while it was still of use

What speaks for it: the rate falls to a few per cent of its peak within a small part of the run; until then each
doubling of the rate spent brought a large share of the gain; afterwards the curve is flat and its scatter does not
change.

What to change: keep the peak rate; let the decay begin later or run over the whole length (a cosine or linear decay
whose end is the end of the run; the usual cause is a schedule set for fewer steps, or stepped per batch instead of
per epoch).

Look-alikes: `lr_too_low` (the rate lives and progress goes on slowly), `healthy` (the loss had converged before the
decay).
"""

from __future__ import annotations

from loglens.model.causes.info import CauseInfo

INFO = CauseInfo(
    page=__doc__ or "",
    title="Learning rate decays too early",
    doubt="A run that holds its rate longer and flattens at the same loss would clear the schedule.",
    action="decay_later",
    family="lr_too_low",
    prior=0.05,
)
