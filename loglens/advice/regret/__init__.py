"""The regret of every learning rate, from one log: is the rate right, and which one to use next.

`features` measures the curve, `forest` finds trainings with curves like it among sweeps whose every rate is known,
`prior` says where rates usually lie, `posterior` joins the two, `outlook` is what the rest of the program asks for.
The weights are made by `python -m tests.lab.sweeps.fit`.
"""

from __future__ import annotations

from loglens.advice.regret.outlook import RateEvidence, RateOutlook, rate_outlook

__all__ = ["RateEvidence", "RateOutlook", "rate_outlook"]
