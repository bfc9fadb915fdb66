"""unknown: the log does not tell

Too few points, or signs that point in several directions. LogLens says so rather than guess.

What to change: log every step, with the learning rate and the gradient norm, and a validation loss; or give the
rate with `--lr` and the schedule with `--schedule`.
"""

from __future__ import annotations

from loglens.model.causes.info import CauseInfo

INFO = CauseInfo(
    page=__doc__ or "",
    title="Cause unknown",
    doubt="A gradient norm, a validation loss or the learning rate in the log would narrow this down.",
    action="collect_more",
    advice="The log does not tell: log every step, with learning rate and gradient norm.",
)
