"""What stands in for a loss where a log holds none."""

from __future__ import annotations

import numpy as np
import pytest

from loglens.model.run import Run
from loglens.signals.core import Signals
from loglens.signals.metric_view import as_logged, metric_view


def run(roles: dict[str, str], **columns: list[float]) -> Run:
    return Run.from_arrays(columns, roles=roles)


def test_an_accuracy_is_turned_over() -> None:
    view = metric_view(run({"val_accuracy": "acc"}, acc=[0.1, 0.5, 0.9]))
    assert view is not None and view.higher_is_better
    turned = view.run.role("train_loss")
    assert turned is not None
    assert np.allclose(turned.values, [0.9, 0.5, 0.1], atol=1e-3)
    logged = as_logged(view).role("train_loss")
    assert logged is not None and list(logged.values) == [0.1, 0.5, 0.9]


def test_an_error_rate_stays_as_it_is() -> None:
    view = metric_view(run({"val_error": "wer"}, wer=[0.9, 0.5, 0.3]))
    assert view is not None and not view.higher_is_better
    turned = view.run.role("train_loss")
    assert turned is not None and list(turned.values) == [0.9, 0.5, 0.3]


def test_the_return_goes_before_other_metrics() -> None:
    view = metric_view(run({"train_accuracy": "a", "episode_return": "r"}, a=[0.1, 0.2], r=[-200.0, 150.0]))
    assert view is not None and view.series.tag == "r"


@pytest.mark.parametrize(
    ("roles", "columns"),
    [
        ({"train_loss": "l", "val_accuracy": "a"}, {"l": [2.0, 1.0], "a": [0.1, 0.5]}),
        ({"val_loss": "l", "val_accuracy": "a"}, {"l": [2.0, 1.0], "a": [0.1, 0.5]}),
        ({"val_accuracy": "a"}, {"a": [0.1]}),
        ({}, {"a": [0.1, 0.2]}),
    ],
)
def test_a_loss_needs_no_stand_in_and_one_point_makes_none(
    roles: dict[str, str], columns: dict[str, list[float]]
) -> None:
    assert metric_view(run(roles, **columns)) is None


@pytest.mark.parametrize("returns", [[-294.0, *[-10.0] * 29], [-10.0] * 30])
def test_a_metric_that_stands_still_is_no_loss_of_zero(returns: list[float]) -> None:
    view = metric_view(run({"episode_return": "reward"}, reward=returns))
    assert view is not None
    assert len(Signals(view.run).hidden_non_finite_steps) == 0
