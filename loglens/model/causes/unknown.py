"""unknown: the log does not tell

Too few points, or signs that point in several directions. LogLens says so rather than guess.

What to change: the report says what this log lacks: points, the learning rate, the gradient norm or a validation
loss. The rate can be given with `--lr` and the schedule with `--schedule`.
"""

from __future__ import annotations

from loglens.model.causes.info import CauseInfo

INFO = CauseInfo(
    page=__doc__ or "",
    title="Cause unknown",
    doubt="A gradient norm, a validation loss and the learning rate, where the log lacks them, would narrow this down.",
    action="collect_more",
    advice="The log does not tell more.",
)
