"""From signals and findings to causes, a verdict and a recommendation."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import replace

from loglens.advice.base import Advice
from loglens.model.diagnosis import Action, Cause, Recommendation, Verdict
from loglens.model.finding import CauseName, Finding, FindingKind
from loglens.signals.core import Signals

SPEAKS_FOR: Mapping[FindingKind, tuple[CauseName, float]] = {
    "loss_spike": ("bad_data", 2.0),
    "oscillation": ("lr_too_high", 1.5),
    "stagnation": ("dead_network", 1.5),
    "divergence": ("lr_too_high", 3.0),
    "non_finite": ("lr_too_high", 3.0),
    "slow_progress": ("lr_too_low", 2.5),
    "overfitting": ("overfitting", 3.0),
    "lr_jump": ("lr_jump", 3.0),
    "resume": ("resume_discontinuity", 4.0),
    "gradient_explosion": ("lr_too_high", 1.0),
    "gradient_vanishing": ("dead_network", 2.0),
    "periodic_pattern": ("data_order", 2.5),
}
"""What each kind of finding speaks for, in log-odds at full score."""

ACTIONS: Mapping[CauseName, Action] = {
    "healthy": "keep",
    "lr_too_high": "lower_lr",
    "lr_too_low": "raise_lr",
    "warmup_too_short": "lengthen_warmup",
    "lr_jump": "remove_lr_jump",
    "lr_decays_too_early": "decay_later",
    "bad_data": "inspect_data",
    "data_order": "shuffle_data",
    "label_noise": "inspect_data",
    "overfitting": "regularize_or_stop_early",
    "dead_network": "fix_network",
    "resume_discontinuity": "fix_resume",
    "unknown": "collect_more",
}
FACTORS: Mapping[Action, float] = {"lower_lr": 0.25, "raise_lr": 4.0}


def advise(signals: Signals, findings: tuple[Finding, ...]) -> Advice:
    """Causes by what the findings speak for, against a prior for a healthy run."""
    odds: dict[CauseName, float] = {"healthy": 1.0}
    for one in findings:
        if one.severity != "info" and one.kind in SPEAKS_FOR:
            cause, points = SPEAKS_FOR[one.kind]
            odds[cause] = odds.get(cause, 0.0) + points * one.score
    total = sum(math.exp(points) for points in odds.values())
    causes = tuple(
        Cause(
            cause=name,
            probability=math.exp(points) / total,
            because=tuple(one.summary for one in findings if SPEAKS_FOR.get(one.kind, ("", 0))[0] == name)[:3],
        )
        for name, points in sorted(odds.items(), key=lambda pair: -pair[1])
    )
    top = causes[0].cause
    verdict: Verdict = "warning" if findings else "healthy"
    if top != "healthy":
        verdict = "critical" if any(one.severity == "critical" for one in findings) else "warning"
    action = ACTIONS[top]
    factor = FACTORS.get(action, 1.0)
    peak = signals.schedule.peak_lr
    return Advice(
        causes=causes,
        recommendation=Recommendation(
            action=action,
            current_peak_lr=peak,
            peak_lr=None if peak is None else peak * factor,
            lr_factor=factor,
            why=f"The likeliest cause is {top.replace('_', ' ')}.",
        ),
        verdict=verdict,
        findings=tuple(_owned(one) for one in findings),
    )


def _owned(finding: Finding) -> Finding:
    owner = SPEAKS_FOR.get(finding.kind)
    return finding if owner is None else replace(finding, cause=owner[0])
