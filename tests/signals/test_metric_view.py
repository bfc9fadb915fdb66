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


@pytest.mark.parametrize(
    ("values", "best"),
    [
        ([0.1, 0.9], 1.0), ([0.0, 1.0], 1.0), ([0.1, 1.01], 1.01), ([-0.1, 0.9], 0.9),
        ([10.0, 51.0], 100.0), ([10.0, 50.0], 50.0), ([0.0, 100.0], 100.0), ([10.0, 101.0], 101.0),
        ([-1.0, 60.0], 60.0),
    ],
)  # fmt: skip
def test_what_is_missing_is_missing_to_all_of_a_share_or_to_the_best_that_was_seen(
    values: list[float], best: float
) -> None:
    view = metric_view(run({"val_accuracy": "a"}, a=values))
    assert view is not None
    turned = view.run.role("train_loss")
    assert turned is not None
    least = 1e-3 * (max(values) - min(values))
    assert turned.values.tolist() == pytest.approx([best + least - value for value in values])


@pytest.mark.parametrize(("value", "least"), [(0.0, 1e-3), (3.0, 3e-3), (-3.0, 3e-3), (0.5, 1e-3)])
def test_a_metric_of_one_value_lies_a_thousandth_off_the_best(value: float, least: float) -> None:
    view = metric_view(run({"episode_return": "r"}, r=[value] * 3))
    assert view is not None
    turned = view.run.role("train_loss")
    assert turned is not None
    top = 1.0 if 0 <= value <= 1 else value
    assert turned.values.tolist() == pytest.approx([top - value + least] * 3)


def test_the_first_metric_that_can_be_judged_takes_the_place_of_the_loss() -> None:
    columns = {"r": [1.0, np.nan], "a": [0.1, 0.5], "e": [0.9, 0.4], "p": [9.0, 4.0], "t": [0.2, 0.6]}
    roles = {"episode_return": "r", "val_accuracy": "a", "val_error": "e", "perplexity": "p", "train_accuracy": "t"}
    seen = []
    while (view := metric_view(run(roles, **columns))) is not None:
        seen.append((view.series.tag, view.title, view.higher_is_better))
        roles = {role: tag for role, tag in roles.items() if tag != view.series.tag}
    assert seen == [
        ("a", "validation metric", True), ("e", "validation error", False), ("p", "perplexity", False),
        ("t", "training metric", True),
    ]  # fmt: skip
