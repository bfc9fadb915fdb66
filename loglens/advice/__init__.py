"""Why a run went as it did, with probabilities, and which learning rate to use next.

`features/` holds what is measured, `weights.json` what each measurement is worth (fitted by `python -m tests.lab.fit`),
`causes.py` and `recommend.py` how they become an answer.
"""

from __future__ import annotations

from loglens.advice.base import Advice
from loglens.advice.judge import advise
from loglens.advice.lost import advise_lost

__all__ = ["Advice", "advise", "advise_lost"]
