"""Small pictures: an outlier is cut and marked, a curve that falls stays whole, axes say what is shown."""

from __future__ import annotations

import numpy as np
import pytest

from loglens.render.page.svg_chart import Line, draw
from loglens.render.page.thumbnail import robust_range, thumbnail
from tests.fleet.comparisons import run

STEPS = np.arange(500)


def losses(seed: int = 0) -> np.ndarray[tuple[int], np.dtype[np.float64]]:
    """A loss that falls from 3 to 1 with noise."""
    return np.asarray(1 + 2 * np.exp(-STEPS / 100) + np.random.default_rng(seed).normal(0, 0.05, len(STEPS)))


@pytest.mark.parametrize("seed", range(4))
def test_a_loss_that_only_falls_is_shown_whole(seed: int) -> None:
    assert robust_range([losses(seed)]) is None


@pytest.mark.parametrize("height", [20.0, 1e6, 1e300])
def test_one_spike_does_not_press_the_rest_flat(height: float) -> None:
    values = losses()
    values[250] = height
    limits = robust_range([values])
    assert limits is not None
    low, high = limits
    assert low <= 1
    assert 3 < high < 12
    picture = draw(
        [Line(style="x", steps=STEPS, values=values)], height=72, width=170, span=(0, 499), labels=False, limits=limits
    )
    cuts = [one for one in picture.marks if one.style == "cut"]
    assert len(cuts) == 1
    assert cuts[0].d.count("M") == 1


def test_nothing_is_cut_where_everything_fits_or_hardly_anything_is_there() -> None:
    assert robust_range([]) is None
    assert robust_range([np.array([1.0, 1e9])]) is None
    assert robust_range([np.full(100, np.nan)]) is None
    assert robust_range([np.full(100, 0.0)]) is None
    picture = thumbnail(run("a"), 100)
    assert not [one for one in picture.marks if one.style == "cut"]


def test_the_ends_of_both_axes_are_labelled() -> None:
    picture = thumbnail(run("a", points=1000), 100)
    assert [tick.label for tick in picture.x_ticks] == ["0", "999"]
    assert len(picture.y_ticks) == 2
    assert all(0 <= tick.at <= picture.width for tick in picture.x_ticks)
    nan = thumbnail(run("a", ends_nan=True), 100)
    assert [one for one in nan.marks if one.style == "lost"]
