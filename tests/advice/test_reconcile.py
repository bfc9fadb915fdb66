from __future__ import annotations

from dataclasses import replace

import pytest

from loglens.advice.facts import say
from loglens.advice.reconcile import reconciled
from loglens.model.fact import FactKind
from loglens.model.finding import Finding
from loglens.model.run import StepSpan

LEFT = Finding(
    kind="divergence", severity="critical", score=1.0, confidence=0.9, steps=StepSpan(start=613, end=623),
    series="loss", lr_phase=None, summary="The loss leaves 1.872 at step 613 and ends at 1.914.", evidence=(),
)  # fmt: skip


@pytest.mark.parametrize(
    ("told", "severity"),
    [
        (("starts_late", "settled"), "info"), (("starts_late",), "critical"), (("settled",), "critical"),
        (("starts_late", "settled", "ran_away"), "critical"),
    ],
)  # fmt: skip
def test_a_window_that_has_arrived_has_nothing_to_lose(told: tuple[FactKind, ...], severity: str) -> None:
    facts = tuple(say.fact(kind, "It is so.", 1, 2, "loss") for kind in told)
    (found,) = reconciled((LEFT,), facts)
    assert found.severity == severity


@pytest.mark.parametrize(
    ("told", "severity"), [(("settled",), "info"), ((), "critical"), (("settled", "lost_ground"), "critical")]
)
def test_a_loss_that_repeats_may_end_at_the_top_of_a_cycle(told: tuple[FactKind, ...], severity: str) -> None:
    facts = tuple(say.fact(kind, "It is so.", 1, 2, "loss") for kind in told)
    cycle = replace(LEFT, kind="periodic_pattern", severity="info")
    found, _ = reconciled((LEFT, cycle), facts)
    assert found.severity == severity


@pytest.mark.parametrize(
    ("told", "score", "severity"),
    [(("flat_noise",), 0.5, "info"), (("flat_noise",), 0.8, "critical"), (("settled",), 0.5, "critical")],
)
def test_the_tail_of_a_noise_that_is_all_there_is_is_no_spike(
    told: tuple[FactKind, ...], score: float, severity: str
) -> None:
    facts = tuple(say.fact(kind, "It is so.", 1, 2, "loss") for kind in told)
    (found,) = reconciled((replace(LEFT, kind="loss_spike", score=score),), facts)
    assert found.severity == severity


@pytest.mark.parametrize(
    ("told", "severity"),
    [(("often_non_finite", "learned"), "warning"), (("often_non_finite",), "critical"),
     (("often_non_finite", "learned", "ran_away"), "critical")],
)  # fmt: skip
def test_numbers_lost_here_and_there_in_a_training_that_learns(told: tuple[FactKind, ...], severity: str) -> None:
    facts = tuple(say.fact(kind, "It is so.", 1, 2, "loss") for kind in told)
    (found,) = reconciled((replace(LEFT, kind="non_finite"),), facts)
    assert found.severity == severity
