"""The sweep lab on its sample: what is fitted on some tasks is right on others more often than the plain rules are."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from loglens.advice.regret.posterior import LOST
from tests.lab.sweeps.evaluate import always, answers, figures
from tests.lab.sweeps.fit import model_of
from tests.lab.sweeps.table import SHARED, Stack, Sweeps, load, shared_stacks

SAMPLE = Path(__file__).with_name("sample.npz")


@pytest.fixture(scope="module")
def sweeps() -> Sweeps:
    return load(SAMPLE)


def test_regret_has_its_best_and_the_right_rates_lie_around_it() -> None:
    stack = Stack("s", "p", 0, False, np.arange(5.0), np.array([0.5, 0.04, 0.0, 0.03, 10.0]), 0.3, 3.0)
    assert stack.right == (1, 3)
    assert [stack.cause(place) for place in range(5)] == [0, 1, 1, 1, 2]
    assert stack.centre == 2.0


def test_on_tasks_left_out_the_forest_beats_the_plain_rules(sweeps: Sweeps) -> None:
    tasks = sorted({one.problem for one in sweeps.stacks})
    judged = np.array([one.problem in tasks[::3] for one in sweeps.stacks])
    model = model_of(sweeps.of(~judged), trees=12, share=1.0)
    said = figures(answers(model, sweeps.of(judged)))
    best_rule = max(figures(always(sweeps.of(judged), 1e-2, cause))["cause"] for cause in range(3))
    assert said["cause"] > best_rule + 0.15
    assert said["usable"] > figures(always(sweeps.of(judged), 5e-4, 2))["usable"]


def test_the_packed_model_keeps_every_training_of_its_sweeps(sweeps: Sweeps) -> None:
    model = model_of(sweeps, trees=3, share=1.0)
    assert len(model.weight) == len(sweeps.ids)
    assert len(model.forest.members) == 3 * len(sweeps.ids)
    assert float(model.regret.max()) == pytest.approx(LOST)
    numbers, alike, _ = model.alike(sweeps.x[0])
    assert float(alike.sum()) == pytest.approx(1.0)
    assert 0 in numbers


@pytest.mark.skipif(not (SHARED / "truth.json").exists(), reason="other people's sweeps are not beside this checkout")
def test_the_labels_are_those_of_the_sweeps_own_truth() -> None:
    import json

    truth = json.loads((SHARED / "truth.json").read_text(encoding="utf-8"))
    words = ("lr_too_low", "healthy", "lr_too_high")
    stack, rows = next(iter(shared_stacks()))
    said = [words[stack.cause(place)] == truth[name]["cause"] for place, name, _ in rows]
    assert np.mean(said) == 1.0
