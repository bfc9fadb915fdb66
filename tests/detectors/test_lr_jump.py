"""Jumps of the learning rate and the loss's answer."""

from __future__ import annotations

import numpy as np
import pytest

from loglens.detectors.lr_jump import LrJump
from loglens.model.finding import Finding
from loglens.model.run import Run
from loglens.signals.core import Signals
from tests.factories import falling, lr_curve, make_run, windowed


def found(run: Run) -> list[Finding]:
    return list(LrJump().detect(Signals(run)))


def jumped(*, at: int = 870, by: float = 10.0, answer: float = 1.0, kind: str = "cosine", seed: int = 0) -> Run:
    lr = lr_curve(kind, 1500, warmup=50)
    lr[at:] *= by
    loss = falling(1500)
    loss[at:] += answer
    loss = loss * np.exp(0.04 * np.random.default_rng(seed).standard_normal(1500))
    return make_run({"loss": loss, "lr": lr})


@pytest.mark.parametrize("kind", ["constant", "cosine", "linear", "step"])
@pytest.mark.parametrize("at", [200, 870, 1400])
def test_a_jump_is_found_at_its_step(kind: str, at: int) -> None:
    (one,) = found(jumped(at=at, kind=kind))
    assert one.steps.start == one.steps.end == at
    assert one.severity in ("warning", "critical")
    assert one.evidence_value("ratio") == pytest.approx(10, rel=0.05)


def test_window_means_place_it_within_the_window() -> None:
    (one,) = found(windowed(jumped(at=873), 10))
    assert one.steps.start - 10 <= 873 <= one.steps.end + 10


def test_a_jump_without_an_answer_is_a_note() -> None:
    (one,) = found(jumped(answer=0.0))
    assert one.severity == "info"


def test_a_jump_that_costs_most_of_the_gain_is_critical() -> None:
    (one,) = found(jumped(answer=1.8))
    assert one.severity == "critical"


@pytest.mark.parametrize("kind", ["restarts", "cyclic", "one_cycle", "cosine", "step", "wsd", "constant"])
def test_planned_rises_are_quiet(kind: str) -> None:
    run = make_run({"loss": falling(1200), "lr": lr_curve(kind, 1200, warmup=60 if kind != "one_cycle" else 0)})
    assert found(run) == []


def test_a_return_to_the_start_of_the_warm_up_is_told() -> None:
    lr = lr_curve("linear", 1000, warmup=100)
    (one,) = found(make_run({"loss": falling(1000), "lr": np.concatenate((lr[:600], lr[:400]))}))
    assert next(e.value for e in one.evidence if e.name == "event") == "reset"
    assert one.steps.end == 600


def test_a_jump_at_the_very_end_has_no_answer_yet() -> None:
    (one,) = found(jumped(at=1499, answer=0.0, kind="constant"))
    assert one.severity == "info"
