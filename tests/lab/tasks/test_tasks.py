"""The lab's tasks: their data is what it says, and each learns something in a few steps."""

from __future__ import annotations

import numpy as np
import pytest
import torch

from tests.lab.tasks import TASKS
from tests.lab.tasks.base import Task
from tests.lab.tasks.data import found, made
from tests.lab.trainings.faults import Lane
from tests.lab.trainings.optimizers import CENTRE_LR
from tests.lab.trainings.schedules import factors
from tests.lab.trainings.train import train_stack


def test_every_task_has_a_name_of_its_own() -> None:
    names = [one.name for one in TASKS]
    assert len(set(names)) == len(names) >= 80


@pytest.mark.parametrize("one", TASKS, ids=lambda one: one.name)
def test_a_task_learns_at_some_rate_and_its_data_is_finite(one: Task) -> None:
    data = one.load()
    assert len(data.x) == len(data.y) == len(data.order)
    for part in (data.x, data.x_val):
        assert torch.isfinite(part.float()).all()
    lanes = [
        Lane(family="f", peak=CENTRE_LR["adam"] * 4.0**k, plan=factors("constant", 40), seed=0) for k in range(-1, 3)
    ]
    curves = train_stack(one, "adam", lanes, batch=one.batches[-1], val_points=2)
    ends = np.mean(curves.loss[-8:], axis=0)
    assert np.nanmin(ends) < np.mean(curves.loss[:3])
    assert curves.val.shape[1] == len(lanes)


def test_sums_modulo_and_marked_sums_are_right() -> None:
    data = made.modular(7)
    assert torch.equal(data.x.sum(1) % 7, data.y)
    data = made.adding(6)
    assert torch.allclose((data.x[..., 0] * data.x[..., 1]).sum(1, keepdim=True), data.y)
    assert torch.equal(data.x[..., 1].sum(1), torch.full((data.size,), 2.0))


def test_sequences_say_everything_twice() -> None:
    data = made.repeats(12, 9)
    whole = torch.cat([data.x, data.y[:, -1:]], 1)
    assert torch.equal(whole[:, :6], whole[:, 7:])


def test_a_graph_is_wired_both_ways_with_a_loop_at_every_node() -> None:
    adjacency = made.graphs(8).x[..., :8]
    assert torch.equal(adjacency, adjacency.transpose(1, 2))
    assert bool((adjacency.diagonal(dim1=1, dim2=2) > 0).all())


def test_brackets_are_as_deep_as_they_say() -> None:
    data = made.brackets(14)
    opened = ((data.x < 3).int() - ((data.x >= 3) & (data.x < 6)).int()).sum(1)
    assert torch.equal(opened.clamp(max=5).long(), data.y)


def test_hidden_words_are_hidden_and_asked_for() -> None:
    data = found.masked(10)
    assert torch.equal(data.x == 256, data.y != -100)
    assert bool((data.y != -100).any(1).all())


def test_a_teachers_opinions_are_probabilities_and_mostly_right() -> None:
    data = found.distilled()
    assert torch.allclose(data.y.sum(1), torch.ones(data.size), atol=1e-5)
    assert float((data.y.argmax(1) == data.order).float().mean()) > 0.9
