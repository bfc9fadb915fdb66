"""What every room needs to say or to know of a cause."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

from loglens.model.actions import Action

Family = Literal["lr_too_high", "lr_too_low"]


@dataclass(frozen=True, slots=True, kw_only=True)
class CauseInfo:
    """A cause and its words.

    `page`: what `loglens explain` prints, its first line `name: what it is`. `title`: its heading. `doubt`: which
    observation would speak against it. `action`: what to change. `advice`: the sentence of the recommendation where it
    needs no number.

    `direction`: -1 where the peak rate is to go down, +1 where up, 0 where it stays. `family`: the causes whose
    probabilities count together when the size of a change is chosen. `rate_free`: no change of the rate is a remedy.
    `clips`: clipping the gradient helps. `ruinous`: it leaves nothing of a run that shows it clearly. `tested_by`: what
    a replay changes to test it: the learning rate, the data, or neither.

    `prior`: how often it comes up, in proportion to the others, where the weights are fitted; None for a cause that is
    not. Runs are healthy more often than sick, and a false alarm costs more trust than a miss: 0.26 for `healthy`
    instead of 0.40 answers one run in 150 more right, and raises the false alarms by half.
    """

    page: str
    title: str
    doubt: str
    action: Action
    advice: str = ""
    direction: int = 0
    family: Family | None = None
    rate_free: bool = False
    clips: bool = False
    ruinous: bool = False
    tested_by: Literal["rate", "data"] | None = None
    prior: float | None = None
