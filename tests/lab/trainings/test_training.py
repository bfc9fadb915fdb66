"""The lab's trainings are what they say: layers and optimizers agree with PyTorch, faults strike where they should."""

from __future__ import annotations

import numpy as np
import pytest
import torch
from torch import nn
from torch.nn import functional as F  # noqa: N812  # the name everybody reads

from tests.lab.tasks import task
from tests.lab.tasks.basic import BASIC
from tests.lab.trainings import layers
from tests.lab.trainings.faults import Lane
from tests.lab.trainings.optimizers import OPTIMIZERS, Optimizer
from tests.lab.trainings.schedules import SCHEDULES, collapse, factors, jump
from tests.lab.trainings.train import train_stack

STEPS = 60


def lane(peak: float = 0.01, **more: object) -> Lane:
    return Lane(family="f", peak=peak, plan=factors("constant", STEPS), **more)  # type: ignore[arg-type]


@pytest.mark.parametrize("stride", [1, 2])
def test_convolution_of_stacked_lanes_is_torchs(stride: int) -> None:
    x = torch.randn(2, 3, 4, 8, 8)
    weight, bias = torch.randn(2, 4 * 9, 5), torch.randn(2, 5)
    got = layers.conv3x3({"c.w": weight, "c.b": bias}, "c", x, stride=stride)
    for k in range(2):
        kernel = weight[k].T.reshape(5, 4, 3, 3)
        assert torch.allclose(got[k], F.conv2d(x[k], kernel, bias[k], stride=stride, padding=1), atol=1e-4)


def test_embedding_takes_each_lane_from_its_own_table() -> None:
    tables = torch.randn(3, 7, 2)
    tokens = torch.randint(0, 7, (3, 5))
    got = layers.embed({"t": tables}, "t", tokens)
    assert torch.equal(got, torch.stack([tables[k][tokens[k]] for k in range(3)]))


@pytest.mark.parametrize(
    ("kind", "reference"),
    [
        ("sgd", lambda p: torch.optim.SGD(p, lr=0.01)),
        ("momentum", lambda p: torch.optim.SGD(p, lr=0.01, momentum=0.9)),
        ("nesterov", lambda p: torch.optim.SGD(p, lr=0.01, momentum=0.9, nesterov=True)),
        ("adam", lambda p: torch.optim.Adam(p, lr=0.01)),
        ("rmsprop", lambda p: torch.optim.RMSprop(p, lr=0.01)),
        ("adagrad", lambda p: torch.optim.Adagrad(p, lr=0.01, eps=1e-8)),
    ],
)
def test_optimizers_step_as_torchs_do(kind: str, reference: object) -> None:
    torch.manual_seed(0)
    start = torch.randn(1, 6)
    weight = nn.Parameter(start[0].clone())
    theirs = reference([weight])  # type: ignore[operator]
    ours, mine = start.clone(), Optimizer(kind, start)
    for _ in range(8):
        gradient = torch.randn(1, 6)
        weight.grad = gradient[0].clone()
        theirs.step()
        ours = mine.step(ours, gradient, torch.tensor([[0.01]]))
    assert torch.allclose(ours[0], weight.detach(), atol=1e-5)


@pytest.mark.parametrize("kind", SCHEDULES)
def test_schedules_stay_between_nothing_and_the_peak(kind: str) -> None:
    plan = factors(kind, 200, warmup=0 if kind == "one_cycle" else 20, draw=0.4)
    assert plan.shape == (200,)
    assert 0 <= plan.min() <= plan.max() <= 1.0
    assert plan.max() > 0.9


def test_schedule_faults() -> None:
    plan = factors("constant", 100)
    assert collapse(plan, kind="exponential", at=0.02)[50] < 1e-6
    assert list(jump(plan, at=40, by=10)[[39, 40, 99]]) == [1, 10, 10]


@pytest.mark.parametrize("name", [one.name for one in BASIC if one.cost <= 2][::4])
def test_a_task_learns_at_a_sensible_rate_and_not_at_a_tiny_one(name: str) -> None:
    curves = train_stack(task(name), "adam", [lane(0.01), lane(1e-7)], batch=32, val_points=3)
    # the same batches in both lanes: what the tiny rate shows is the noise of the batches alone
    assert curves.loss[-8:, 0].mean() < curves.loss[-8:, 1].mean() - 0.02 * abs(curves.loss[0, 0])


def test_lanes_do_not_touch_each_other() -> None:
    both = train_stack(task("spirals"), "sgd", [lane(0.1), lane(1e6)], batch=16, val_points=2)
    alone = train_stack(task("spirals"), "sgd", [lane(0.1)], batch=16, val_points=2)
    assert np.allclose(both.loss[:, 0], alone.loss[:, 0], atol=1e-5)
    assert not np.isfinite(both.loss[-1, 1]) or both.loss[-1, 1] > both.loss[-1, 0]


def test_faults_strike_where_they_are_planted() -> None:
    clean, bad, resumed, dead = (
        lane(), lane(bad_batches=(30,), bad_size=20.0), lane(resume_at=40, resume_to=25), lane(dead=True),
    )  # fmt: skip
    curves = train_stack(task("digits_mlp3"), "adam", [clean, bad, resumed, dead], batch=16, val_points=2)
    assert np.allclose(curves.loss[:30, 1], curves.loss[:30, 0], atol=1e-5)
    assert curves.loss[30, 1] > 2 * curves.loss[30, 0]
    assert list(curves.steps[39:43, 2]) == [39, 40, 25, 26]
    assert abs(float(curves.loss[-5:, 3].mean()) - np.log(10)) < 0.2
    assert curves.loss[59, 0] < 1.5


@pytest.mark.parametrize("kind", OPTIMIZERS)
def test_a_reset_forgets_one_lane_only(kind: str) -> None:
    like = torch.zeros(2, 3)
    state = Optimizer(kind, like)
    state.step(like, torch.ones(2, 3), torch.full((2, 1), 0.1))
    state.reset(torch.tensor([0]))
    assert float(state.count[0]) == 0
    assert float(state.count[1]) == 1
