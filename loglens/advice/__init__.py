"""Why a run went as it did, with probabilities, and which learning rate to use next."""

from __future__ import annotations

from loglens.advice.base import Advice
from loglens.advice.judge import advise

__all__ = ["Advice", "advise"]
