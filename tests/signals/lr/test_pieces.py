"""Curves cut into rises, falls, flats and jumps."""

from __future__ import annotations

from itertools import pairwise

import numpy as np
import pytest

from loglens.model.run import FloatArray
from loglens.signals.lr.pieces import jump_indices, pieces_of, quantum, without_halfway_points


def shapes(values: FloatArray) -> list[tuple[str, int, int, bool]]:
    return [(one.shape, one.first, one.last, one.jump) for one in pieces_of(np.arange(len(values)), values)]


def test_a_trapezium() -> None:
    values = np.concatenate((np.linspace(0.1, 1, 10), np.ones(40), np.linspace(1, 0, 21)[1:]))
    assert shapes(values) == [("rise", 0, 9, False), ("flat", 10, 49, False), ("fall", 50, 69, False)]


def test_jumps_part_pieces() -> None:
    assert shapes(np.repeat([1.0, 0.1, 3.0], 10)) == [
        ("flat", 0, 9, False),
        ("flat", 10, 19, True),
        ("flat", 20, 29, True),
    ]


def test_a_restart_seen_at_few_points_is_a_jump() -> None:
    cycle = np.array([1.0, 0.85, 0.5, 0.15])
    assert [(one[1], one[3]) for one in shapes(np.tile(cycle, 3))] == [(0, False), (4, True), (8, True)]


def test_every_point_belongs_to_one_piece() -> None:
    rng = np.random.default_rng(0)
    for seed in range(30):
        values = np.abs(np.cumsum(np.random.default_rng(seed).standard_normal(int(rng.integers(1, 60)))))
        found = pieces_of(np.arange(len(values)), values)
        assert found[0].first == 0
        assert found[-1].last == len(values) - 1
        assert all(a.last + 1 == b.first for a, b in pairwise(found))


@pytest.mark.parametrize("values", [np.linspace(1, 0, 50), np.geomspace(1, 1e-4, 50), np.cos(np.linspace(0, 1.5, 50))])
def test_smooth_curves_have_no_jumps(values: FloatArray) -> None:
    assert len(jump_indices(np.arange(50), values)) == 0


def test_uneven_steps_do_not_make_jumps() -> None:
    steps = np.cumsum(np.random.default_rng(1).integers(1, 40, 60))
    assert len(jump_indices(steps, 1 - steps / 3000)) == 0


def test_a_point_halfway_up_a_jump_joins_what_comes_after() -> None:
    values = np.array([1.0, 1.0, 1.0, 4.0, 8.0, 8.0, 8.0])
    assert without_halfway_points(values).tolist() == [1, 1, 1, 8, 8, 8, 8]
    slope = np.linspace(1, 0, 20)
    assert np.array_equal(without_halfway_points(slope), slope)


def test_the_rounding_of_a_log_is_read_off_it() -> None:
    smooth = np.linspace(1e-3, 1e-5, 400)
    assert quantum(np.array([float(f"{v:.2e}") for v in smooth]))[0] == pytest.approx(1e-5)
    assert quantum(np.round(300 * smooth, 6))[0] == pytest.approx(1e-6)
    assert quantum(smooth)[0] == pytest.approx(1e-9)
