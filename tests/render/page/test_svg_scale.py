"""Places in a picture: ends meet, a logarithm is one, and steps beyond 2^53 keep their order."""

from __future__ import annotations

import numpy as np
import pytest

from loglens.render.page.svg_scale import Scale, StepScale


@pytest.mark.parametrize("logarithmic", [False, True])
def test_the_range_meets_the_ends_and_what_lies_outside_is_clipped(logarithmic: bool) -> None:
    scale = Scale(1.0, 100.0, 200.0, 0.0, logarithmic)
    np.testing.assert_allclose(scale(np.array([1.0, 100.0])), [200.0, 0.0])
    assert scale.at(10.0) == (100.0 if logarithmic else 181.8)
    assert scale(np.array([1e300, -1e300 if not logarithmic else 1e-300])).tolist() == [-10.0, 210.0]
    assert np.isnan(scale(np.array([np.nan]))).all()


def test_neighbouring_steps_above_what_a_float_can_tell_stand_apart() -> None:
    origin = 2**60
    at = StepScale(origin, Scale(0.0, 2.0, 0.0, 100.0))
    assert at(np.array([origin, origin + 1, origin + 2])).tolist() == [0.0, 50.0, 100.0]
    widest = StepScale(-(2**63), Scale(0.0, 2.0**64, 0.0, 100.0))
    assert widest(np.array([-(2**63), 2**63 - 1])).tolist() == [0.0, 100.0]
