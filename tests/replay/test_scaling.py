from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
import torch
from torch import nn
from torch.optim import lr_scheduler as kinds

from loglens.replay.scaling import scaled_checkpoint, scaled_state

SCHEDULERS: dict[str, Callable[[Any], Any]] = {
    "lambda": lambda o: kinds.LambdaLR(o, lambda step: min(1.0, (step + 1) / 10) * 0.99**step),
    "cosine": lambda o: kinds.CosineAnnealingLR(o, T_max=40, eta_min=1e-3),
    "restarts": lambda o: kinds.CosineAnnealingWarmRestarts(o, T_0=7, eta_min=1e-4),
    "one cycle": lambda o: kinds.OneCycleLR(o, max_lr=0.2, total_steps=60),
    "step": lambda o: kinds.StepLR(o, step_size=5, gamma=0.5),
    "exponential": lambda o: kinds.ExponentialLR(o, gamma=0.95),
    "cyclic": lambda o: kinds.CyclicLR(o, base_lr=0.01, max_lr=0.1, step_size_up=6, cycle_momentum=False),
    "polynomial": lambda o: kinds.PolynomialLR(o, total_iters=50),
    "sequential": lambda o: kinds.SequentialLR(
        o, [kinds.LinearLR(o, 0.1, total_iters=8), kinds.CosineAnnealingLR(o, T_max=40)], milestones=[8]
    ),
}


def rates(name: str, factor: float, *, patched_at: int) -> list[float]:
    """LR per step over 30 steps; after `patched_at` steps both states are saved, scaled and loaded into new objects."""

    def fresh() -> tuple[Any, Any]:
        optimizer = torch.optim.SGD(nn.Linear(2, 2).parameters(), lr=0.1)
        return optimizer, SCHEDULERS[name](optimizer)

    optimizer, scheduler = fresh()
    found: list[float] = []
    for step in range(30):
        if step == patched_at:
            states = optimizer.state_dict(), scheduler.state_dict()
            optimizer, scheduler = fresh()
            optimizer.load_state_dict(scaled_state(states[0], factor))
            scheduler.load_state_dict(scaled_state(states[1], factor))
        found.append(float(optimizer.param_groups[0]["lr"]))
        optimizer.step()
        scheduler.step()
    return found


@pytest.mark.filterwarnings("ignore:The epoch parameter in `scheduler.step")
@pytest.mark.parametrize("name", SCHEDULERS)
def test_every_scheduler_goes_on_at_the_scaled_rate(name: str) -> None:
    usual, lower = rates(name, 1.0, patched_at=12), rates(name, 0.1, patched_at=12)
    assert lower[:12] == usual[:12]
    assert lower[12:] == pytest.approx([rate * 0.1 for rate in usual[12:]], rel=1e-6)


def test_plateau_keeps_its_floor_in_proportion() -> None:
    optimizer = torch.optim.SGD(nn.Linear(2, 2).parameters(), lr=0.1)
    state = scaled_state(kinds.ReduceLROnPlateau(optimizer, min_lr=1e-3, threshold=0.5).state_dict(), 0.5)
    assert state["min_lrs"] == [5e-4] and state["threshold"] == 0.5


def test_factor_one_changes_no_bit() -> None:
    state = {"param_groups": [{"lr": 0.1 + 0.2}], "state": {}}
    assert scaled_state(state, 1.0) == state


def test_only_states_are_touched_inside_a_checkpoint() -> None:
    moments = torch.ones(3)
    content = {
        "hyper_parameters": {"lr": 0.1},
        "optimizer_states": [
            {"state": {0: {"lr": 9.0, "exp_avg": moments}}, "param_groups": [{"lr": 0.1, "eps": 1e-8}]}
        ],
        "lr_schedulers": [{"base_lrs": [0.1], "_last_lr": [0.05], "last_epoch": 3}],
        "step": 5,
    }
    scaled, places = scaled_checkpoint(content, 0.1)
    assert scaled["hyper_parameters"] == {"lr": 0.1}
    assert scaled["optimizer_states"][0]["param_groups"][0] == {"lr": pytest.approx(0.01), "eps": 1e-8}
    assert scaled["optimizer_states"][0]["state"][0]["exp_avg"] is moments
    assert scaled["optimizer_states"][0]["state"][0]["lr"] == 9.0
    assert scaled["lr_schedulers"][0]["base_lrs"] == [pytest.approx(0.01)]
    assert places == (
        "optimizer_states[0].param_groups[0].lr", "lr_schedulers[0].base_lrs", "lr_schedulers[0]._last_lr",
    )  # fmt: skip
    assert content["optimizer_states"][0]["param_groups"][0]["lr"] == 0.1, "the original stays as it was"  # type: ignore[index]


def test_a_rate_that_is_a_tensor_is_scaled() -> None:
    scaled, _ = scaled_checkpoint({"param_groups": [{"lr": torch.tensor(0.2)}]}, 0.5)
    assert float(scaled["param_groups"][0]["lr"]) == pytest.approx(0.1)


def test_a_model_parameter_named_lr_is_no_rate() -> None:
    _, places = scaled_checkpoint({"model": {"lr": torch.ones(1), "min_lr": 3.0}}, 0.5)
    assert places == ()
