"""Every detector asked about one run. The one place that catches what a detector raises."""

from __future__ import annotations

import os
from collections.abc import Sequence
from dataclasses import replace
from typing import NamedTuple

from loglens.detectors.base import Detector
from loglens.model.finding import Broke, Clean, Finding, Found, NotApplicable, Outcome
from loglens.signals.core import Signals


class Detected(NamedTuple):
    """One outcome a detector, and all findings in the order of the detectors, each with its detector's id."""

    outcomes: tuple[Outcome, ...]
    findings: tuple[Finding, ...]


def detected(signals: Signals, detectors: Sequence[Detector]) -> Detected:
    """What each detector says of a run: findings, none, that it could not be asked, or that it broke."""
    said = [_asked(detector, signals) for detector in detectors]
    return Detected(
        tuple(outcome for outcome, _ in said), tuple(finding for _, findings in said for finding in findings)
    )


def _asked(detector: Detector, signals: Signals) -> tuple[Outcome, tuple[Finding, ...]]:
    name = detector.meta.id
    reason = _missing(detector, signals)
    if reason:
        return NotApplicable(detector=name, reason=reason), ()
    try:
        findings = tuple(replace(finding, detector=name) for finding in detector.detect(signals))
    except Exception as error:
        # one broken detector must not cost the user the rest; it is shown as broken in every output
        if os.environ.get("LOGLENS_ON_ERROR") == "raise":
            raise
        return Broke(detector=name, error=f"{type(error).__name__}: {error}"), ()
    return Found(detector=name) if findings else Clean(detector=name), findings


ROLE_WORDS = {
    "train_loss": "training loss",
    "val_loss": "validation loss",
    "learning_rate": "learning rate",
    "grad_norm": "gradient norm",
}


def _missing(detector: Detector, signals: Signals) -> str:
    """Why a detector cannot be asked, '' where it can."""
    meta = detector.meta
    for role in meta.needs:
        track = signals.track(role)
        word = ROLE_WORDS.get(role, role.replace("_", " "))
        if track is None:
            held = signals.run.role(role)
            return f"no {word} in this log" if held is None or not len(held) else f"the {word} is never a number"
        if role == meta.needs[0] and len(track) < meta.min_points:
            points = "1 finite point" if len(track) == 1 else f"{len(track)} finite points"
            return f"{points} of the {word}; {meta.min_points} are needed"
    return ""
