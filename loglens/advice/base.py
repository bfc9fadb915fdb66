"""What the advice hands to the pipeline."""

from __future__ import annotations

from dataclasses import dataclass

from loglens.model.diagnosis import Cause, LearningRate, Recommendation, Verdict
from loglens.model.fact import Fact
from loglens.model.finding import Finding


@dataclass(frozen=True, slots=True, kw_only=True)
class Advice:
    """Why, and what to do.

    `causes`: ranked, probabilities sum to 1, the first is the diagnosis. `findings`: those that came in, each with its
    `cause` where it is one finding's own. `facts`: what is established, whatever the probabilities.
    `learning_rate`: whether the rate is right, None where there is nothing to say about it.
    """

    causes: tuple[Cause, ...]
    recommendation: Recommendation
    verdict: Verdict
    findings: tuple[Finding, ...]
    facts: tuple[Fact, ...] = ()
    learning_rate: LearningRate | None = None
