"""A setting of the loss or the task that moves makes the loss move: no fault of the rate."""

from __future__ import annotations

import math

import numpy as np
import pytest

from loglens.advice.facts import establish
from loglens.advice.facts.objective import objective_facts
from loglens.advice.facts.shape import shape_of
from loglens.advice.judge import advise
from loglens.signals.core import Signals
from tests.factories import make_run

STEPS = np.arange(400) * 10
WEIGHT = np.clip((np.arange(400) - 40) / 160, 0.0, 1.0)


def run(name: str, weight: np.ndarray, *, rises_at: int = 40) -> Signals:
    rng = np.random.default_rng(1)
    ramp = np.clip((np.arange(400) - rises_at) / 160, 0.0, 1.0)
    loss = (1.1 + 3 * np.exp(-np.arange(400) / 12) + 0.8 * ramp) * np.exp(0.01 * rng.standard_normal(400))
    columns = {"loss": (STEPS, loss), "lr": (STEPS, np.full(400, 3e-4)), name: (STEPS, weight)}
    return Signals(make_run(columns))


def kinds(signals: Signals) -> dict[str, str]:
    return {one.kind: one.text for one in establish(signals, ())}


@pytest.mark.parametrize("name", ["kl_weight", "beta", "train/kl_coef", "lambda_kl", "kld_weight"])
def test_a_weight_that_is_annealed_explains_the_rise_of_the_loss(name: str) -> None:
    signals = run(name, WEIGHT)
    found = kinds(signals)
    assert f"“{name}” goes from 0 to 1 between steps" in found["objective_changed"]
    assert not found.keys() & {"lost_ground", "drifts_up"}
    judged = advise(signals, ())
    assert judged.causes[0].cause in ("healthy", "unknown")
    assert (judged.recommendation.lr_factor or 1.0) > 0.67


def test_a_sampling_rate_that_falls_makes_the_task_harder() -> None:
    assert "objective_changed" in kinds(run("teacher_forcing_ratio", 1.0 - WEIGHT))


@pytest.mark.parametrize(
    ("name", "weight", "rises_at"),
    [
        ("loss_scale", 65536 * WEIGHT, 40), ("adam_beta", WEIGHT, 40), ("kl_weight", np.full(400, 0.5), 40),
        ("beta", 0.5 + 0.5 * np.sin(np.arange(400) / 9), 40), ("kl_weight", WEIGHT, 230), ("kl", WEIGHT, 40),
    ],
)  # fmt: skip
def test_what_is_no_weight_or_does_not_move_meanwhile_explains_nothing(
    name: str, weight: np.ndarray, rises_at: int
) -> None:
    found = kinds(run(name, weight, rises_at=rises_at))
    assert "objective_changed" not in found
    assert "lost_ground" in found


def run_of(train: list[float], val: list[float]) -> Signals:
    return Signals(make_run({"loss": np.array(train), "val": np.array(val)}))


def alone(train: list[float], val: list[float]) -> list[str]:
    signals = run_of(train, val)
    return [fact.kind for fact in objective_facts(signals, shape_of(signals))]


STEPPED = [0.225, *[0.28, 0.284, 0.282, 0.281, 0.283, 0.279, 0.28, 0.281, 0.279, 0.276, 0.277, 0.276, 0.276]]


def test_a_train_loss_that_steps_up_while_the_validation_stays_is_of_the_data() -> None:
    stays = [0.505, 0.515, 0.515, 0.514, 0.511, 0.515, 0.516, 0.519, 0.502, 0.496, 0.514, 0.512, 0.512, 0.506]
    assert alone(STEPPED, stays) == ["objective_changed"]
    assert alone(STEPPED, [0.505, *[value * 1.2 for value in stays[1:]]]) == []  # the weights are worse


def test_a_train_loss_that_rises_while_the_validation_falls_is_of_the_data() -> None:
    train = [2.3, 2.2, 2.25, 2.3, 2.2, 3.1, 3.0, 3.05, 3.0, 3.05, 3.0, 3.1]
    assert alone(train, [2.3 - 0.1 * at for at in range(12)]) == ["objective_changed"]
    assert alone([*train[:5], *[value * 9 for value in train[5:]]], [2.3 - 0.1 * at for at in range(12)]) == []
    assert alone([*train[:-1], math.nan], [2.3 - 0.1 * at for at in range(12)]) == []
