"""Are faults found where they strike: what counts as found."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

from tests.factories import falling
from tests.lab.evaluate.baselines import SPIKES
from tests.lab.evaluate.places import UNSEEN, Found, judge, steps_that_show, table
from tests.lab.table.logs import Curve, Floats, Style, to_run
from tests.lab.tasks import TASKS
from tests.lab.trainings.store import Truth

STEPS = 600


def curve(values: Floats, steps: Any = None) -> Curve:
    counted = np.arange(len(values)) if steps is None else steps
    flat = np.full(len(values), 0.1)
    return Curve(
        steps=counted.astype(np.int32), loss=values, lr=flat, grad_norm=flat, val=values[::50],
        val_at=np.arange(0, len(values), 50, dtype=np.int32), epoch_steps=50.0,
    )  # fmt: skip


def quiet(points: int = STEPS) -> Floats:
    return falling(points) * np.exp(0.03 * np.random.default_rng(0).standard_normal(points))


def truth(cause: str, at: list[int], **more: Any) -> Truth:
    return {"task": "toy", "cause": cause, "at": at, "steps": STEPS, "gain": 1.0, **more}


def judged(values: Floats, said: Truth, style: Style | None = None) -> Found | None:
    style = style or Style(has_val=False)
    return judge(said, to_run(curve(values), style), style)


def test_a_corrupted_batch_is_located_and_right() -> None:
    values = quiet()
    values[[200, 207, 400]] += 2.0
    found = judged(values, truth("bad_data", [200, 400], planted=[200, 207, 400]))
    assert found is not None
    assert (found.steps, found.located) == (2, 2)
    assert (found.said, found.right, found.batches, found.found) == (3, 3, 2, 2)
    assert len(found.rules) == len(SPIKES)
    assert all(right <= said for said, right, _ in found.rules)


def test_a_spike_that_nobody_planted_is_wrong() -> None:
    values = quiet()
    values[[200, 500]] += 2.0
    found = judged(values, truth("bad_data", [200]))
    assert found is not None
    assert (found.said, found.right, found.found) == (2, 1, 1)


def test_a_batch_that_the_log_left_out_does_not_count() -> None:
    values = quiet()
    values[403] += 8.0
    assert judged(values, truth("bad_data", [403]), Style(every=10, mean=False, has_val=False)) is None
    assert judged(values, truth("bad_data", [403]), Style(every=10, mean=True, has_val=False)) is not None


@pytest.mark.parametrize(("every", "shows"), [(1, True), (50, False)])
def test_a_resume_within_one_logging_interval_leaves_no_trace(every: int, shows: bool) -> None:
    steps = np.concatenate((np.arange(330), np.arange(320, 590)))
    run = to_run(curve(quiet(), steps), Style(every=every, has_val=False))
    assert bool(run.rewinds) == shows
    assert bool(steps_that_show(run, truth("resume_discontinuity", [320]))) == shows


def test_the_table_counts_rules_beside_the_program() -> None:
    rules = tuple((4, 1, 1) for _ in SPIKES)
    rows = [
        Found("a", "bad_data", 2, 1, 3, 2, 2, 1, rules=rules),
        Found("a", "lr_jump", 1, 1),
        Found("a", "healthy", healthy_spikes=2),
        Found("b", "healthy"),
    ]
    lines = {cells[1].strip(): cells[3] for line in table(rows) if len(cells := line.split("|")) > 3}
    assert lines["faults located"].startswith(" 0.667")
    assert lines["spikes: precision"].startswith(" 0.667")
    assert lines["spikes: recall"].startswith(" 0.500")
    assert lines["OLMo-core, 6 sigma of 128: precision"].startswith(" 0.250")
    assert lines["healthy runs with a spike"].startswith(" 0.500")


def test_tasks_whose_misses_were_looked_at_are_kept_apart() -> None:
    seen = next(one.name for one in TASKS if one.name not in UNSEEN)
    rows = [Found(seen, "lr_jump", 1, 0), Found(min(UNSEEN), "lr_jump", 1, 1)]
    lines = {cells[1].strip(): cells[3] for line in table(rows) if len(cells := line.split("|")) > 3}
    assert lines["faults located"].startswith(" 0.500")
    assert lines["tasks not looked at: located"].startswith(" 1.000")
