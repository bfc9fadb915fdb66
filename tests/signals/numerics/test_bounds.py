"""What no training produces is judged as the infinity or zero it stands for, and the run says so."""

from __future__ import annotations

import numpy as np
import pytest

from loglens.model.run import Run
from loglens.signals.numerics.bounds import bounded
from tests.factories import make_run


def run_of(values: list[float], steps: list[int] | None = None, lr: float = 0.1) -> Run:
    at = np.arange(len(values)) if steps is None else np.array(steps)
    return make_run({"loss": (at, np.array(values)), "lr": (at, np.full(len(values), lr))})


def test_an_ordinary_run_is_the_same_object() -> None:
    run = run_of([3.0, np.nan, np.inf, 0.0, 1e99, 1e-99])
    assert bounded(run) is run


def test_values_beyond_any_loss_are_infinite_and_tiny_ones_zero() -> None:
    got = bounded(run_of([3.0, 1e300, -1e200, 1e-300]))
    loss = got.get("loss")
    assert loss is not None
    assert loss.values.tolist() == [3.0, np.inf, -np.inf, 0.0]
    assert [(one.series, one.message) for one in got.notes] == [
        ("loss", "2 values beyond 1e+100 are judged as infinite")
    ]


def test_steps_that_floats_cannot_tell_apart_are_left_out() -> None:
    got = bounded(run_of([3.0, 2.0, 1.0], steps=[0, 1, 2**60]))
    loss = got.get("loss")
    assert loss is not None and loss.steps.tolist() == [0, 1]
    assert "1 point at a step beyond 2^53 is left out" in got.notes[0].message


@pytest.mark.parametrize(("rate", "infinite"), [(1e29, False), (1e31, True)])
def test_a_learning_rate_has_a_lower_bound_of_its_own(rate: float, infinite: bool) -> None:
    lr = bounded(run_of([1.0, 1.0], lr=rate)).get("lr")
    assert lr is not None
    assert bool(np.isinf(lr.values).all()) is infinite
