from __future__ import annotations

import numpy as np
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays

from loglens.model.run import FloatArray
from loglens.replay.drivers.stop_rule import PAST
from loglens.replay.judging.symptom import (
    ControlSymptom,
    end_level,
    jumps,
    read_symptom,
    typical_peak,
)
from tests.replay import small

BASE = ControlSymptom(level=0.8, sigma=0.02, largest=0.05, usual=0.0, progress=1.5)


def slow_jumps(values: FloatArray) -> FloatArray:
    """The obvious way: one point after the other. Of an even number of points, the lower middle one."""
    found = [0.0] * len(values)
    for place in range(1, len(values)):
        past = sorted(values[max(0, place - PAST) : place])
        found[place] = float(values[place] - past[(len(past) - 1) // 2])
    return np.array(found)


@given(arrays(np.float64, st.integers(0, 60), elements=st.floats(-1e6, 1e6)))
def test_jumps_equal_their_slow_twin(values: FloatArray) -> None:
    np.testing.assert_array_equal(jumps(values), slow_jumps(values))


def read(losses: FloatArray) -> tuple[str, ...]:
    return read_symptom(np.arange(len(losses)), losses, onset=60, base=BASE).signs


def test_each_sign_alone() -> None:
    assert read(small.calm()) == ()
    one = small.calm()
    one[80] += 0.5
    assert read(one) == ("spike",)
    slow = small.calm()
    slow[60:] += np.linspace(0, 1.0, 60)
    assert "climbs" in read(slow)
    rough = small.calm()
    rough[60:] += 0.15 * (-1.0) ** np.arange(60)
    assert "rough" in read(rough)
    gone = small.calm()
    gone[-1] = np.nan
    assert read(gone) == ("no number",)


def test_what_comes_before_the_onset_is_no_sign() -> None:
    early = small.calm()
    early[30] += 0.5
    assert read(early) == ()


def test_levels() -> None:
    assert end_level(np.array([5.0, 1.0, 1.0, 1.0])) == 1.0
    assert end_level(np.array([1.0, np.nan])) == np.inf
    assert end_level(np.array([])) == np.inf


def test_a_runs_usual_jumps_are_not_those_of_its_few_bad_batches() -> None:
    values = small.calm(points=600)
    usual = typical_peak(values)
    values[[200, 300, 400]] += 5.0
    assert typical_peak(values) < 2 * usual
    values[np.arange(100, 600, 40)] += 5.0
    assert typical_peak(values) > 4.0
    assert typical_peak(values[:20]) == 0.0
