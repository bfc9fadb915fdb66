"""The monitor in a plain loop: stops what blows up before NaN, is silent on what is well, and never raises."""

from __future__ import annotations

import math
from typing import Any

import numpy as np
import pytest
import torch

from loglens.callbacks import Alert, Monitor
from loglens.callbacks.timing import RESERVE, Alarm, StepBudget

HEALTHY = [3 * math.exp(-step / 150) + 0.3 + 0.03 * math.sin(2.3 * step) for step in range(800)]


def ignore(alert: Alert) -> None:
    """An alert needs nobody here."""


class Optimizer:
    """As much of a torch optimizer as the monitor reads."""

    def __init__(self, *rates: float) -> None:
        self.param_groups = [{"lr": one} for one in rates]


def train(rate: float, *, steps: int = 300, stop: bool = True, seed: int = 0) -> tuple[Monitor, list[float]]:
    """A least-squares problem by gradient descent, whose largest stable rate is 2 over its largest curvature."""
    generator = torch.Generator().manual_seed(seed)
    inputs = torch.randn(256, 20, generator=generator)
    inputs[:, 0] *= 3
    targets = inputs @ torch.randn(20, generator=generator) + 0.1 * torch.randn(256, generator=generator)
    model = torch.nn.Linear(20, 1)
    torch.nn.init.zeros_(model.weight)
    optimizer = torch.optim.SGD(model.parameters(), lr=rate)
    monitor = Monitor(optimizer=optimizer, stop=stop, on_alert=ignore)
    losses = []
    for _ in range(steps):
        chosen = torch.randint(0, 256, (64,), generator=generator)
        loss = torch.nn.functional.mse_loss(model(inputs[chosen]).squeeze(1), targets[chosen])
        optimizer.zero_grad()
        loss.backward()  # type: ignore[no-untyped-call]
        norm = torch.nn.utils.clip_grad_norm_(model.parameters(), math.inf)
        optimizer.step()
        losses.append(loss.item())
        if monitor.step(loss, grad_norm=norm):
            break
    return monitor, losses


@pytest.mark.parametrize("rate", [0.2, 0.25, 0.5])
def test_a_training_that_blows_up_is_stopped_before_nan(rate: float) -> None:
    monitor, losses = train(rate)
    assert monitor.should_stop
    assert len(losses) < 300
    assert all(math.isfinite(one) for one in losses)
    (first, *_) = monitor.alerts
    assert first.finding.severity == "critical"
    assert first.run.cause.cause == "lr_too_high"
    assert "peak_lr" in first.text
    advised = first.run.recommendation.peak_lr
    assert advised is not None
    assert advised < rate
    kept_on, whole = train(rate, stop=False)
    assert not kept_on.should_stop
    assert not math.isfinite(whole[-1])


@pytest.mark.parametrize("rate", [0.01, 0.05])
def test_a_training_that_is_well_is_left_alone(rate: float) -> None:
    monitor, losses = train(rate)
    assert len(losses) == 300
    assert monitor.alerts == []
    run = monitor.judge()
    assert run is not None
    assert run.verdict != "critical"


def test_a_slow_start_is_no_alarm() -> None:
    monitor = Monitor(on_alert=ignore, share=1.0)
    for step in range(400):
        monitor.step(2.3 - 1e-4 * step + 0.01 * math.sin(2.3 * step))
    monitor.judge()
    assert monitor.alerts == []


def test_each_finding_is_told_once_and_the_line_says_what_to_do(capsys: pytest.CaptureFixture[str]) -> None:
    monitor = Monitor(optimizer=Optimizer(0.1))
    for loss in [*HEALTHY[:300], *(HEALTHY[299] * 1.5**step for step in range(40)), *[math.nan] * 60]:
        monitor.step(loss)
    monitor.judge()
    said = capsys.readouterr().err.splitlines()
    assert said
    assert len(said) == len(monitor.alerts) == len({(one.finding.kind, one.finding.steps) for one in monitor.alerts})
    assert said[0].startswith("LogLens: step ")
    assert "To do: " in said[0]


def test_nothing_is_raised_into_the_training(capsys: pytest.CaptureFixture[str]) -> None:
    monitor = Monitor(optimizer=object(), stop=True)
    for _ in range(3):
        assert monitor.step(object()) is False
    assert monitor.validation("x") is False
    assert monitor.judge() is None
    said = capsys.readouterr().err
    assert said.count("the training goes on") == 1


def test_a_failing_callback_is_said_and_called_again(capsys: pytest.CaptureFixture[str]) -> None:
    def fails(alert: Alert) -> None:
        raise RuntimeError(alert.finding.kind)

    monitor = Monitor(on_alert=fails, stop=True)
    for loss in [*HEALTHY[:200], *[math.nan] * 20]:
        monitor.step(loss, lr=0.1)
    monitor.judge()
    assert monitor.should_stop
    assert "on_alert failed with RuntimeError" in capsys.readouterr().err


def test_the_log_in_hand_is_a_run_like_any_other() -> None:
    monitor = Monitor(optimizer=Optimizer(1e-4, 1e-3), share=0.0)
    for step, loss in enumerate(HEALTHY[:100]):
        monitor.step(torch.tensor(loss), step=10 * step, grad_norm=np.float32(0.5))
    monitor.validation(0.7)
    monitor.step(0.4, step=500)  # went back to a checkpoint
    run = monitor.log()
    losses = run.role("train_loss")
    rate = run.role("learning_rate")
    assert losses is not None
    assert rate is not None
    assert losses.steps.tolist() == [*range(0, 500, 10), 500]
    assert set(rate.values.tolist()) == {1e-3}
    assert run.live
    assert run.to_polars().height == sum(len(one) for one in run.series)


def test_judging_keeps_to_its_share_of_the_time() -> None:
    budget = StepBudget(share=0.005)
    seconds = 0.0
    for points in range(1, 100_000):
        if budget.due(points, 0.005 * points, alarmed=False):
            budget.judged(points, 0.05, alarmed=False, found=False)
            seconds += 0.05
        assert seconds <= 0.005 * 0.005 * points + 1e-9
    assert seconds > 0


def test_alarms_that_lead_to_nothing_are_answered_ever_more_rarely() -> None:
    budget = StepBudget(share=0.005)
    looked = 0
    for points in range(1, 5000):
        if budget.due(points, 0.0, alarmed=True):
            budget.judged(points, 0.01, alarmed=True, found=False)
            looked += 1
    assert 5 < looked < 40
    assert budget.spent <= RESERVE + 0.01


@pytest.mark.parametrize("seed", range(5))
def test_noise_rings_no_alarm_and_a_rise_does(seed: int) -> None:
    rng = np.random.default_rng(seed)
    alarm = Alarm()
    losses: list[Any] = [2 * math.exp(-step / 300) + 1 + rng.normal(0, 0.2) for step in range(2000)]
    assert not any(alarm.rings(float(one)) for one in losses)
    assert any(alarm.rings(1.0 * 1.3**step) for step in range(20))
    assert alarm.rings(math.nan)
