"""Divergence: running away, breaking off in a climb, never coming back; and what only looks like it."""

from __future__ import annotations

import numpy as np
import pytest

from loglens.detectors.divergence import Divergence, _began, _best, _blown_up_at_once, _level_before, _split
from loglens.model.finding import Finding
from loglens.model.run import Run
from loglens.signals.core import Signals
from tests.factories import diverging, falling, healthy, lr_curve, make_run, windowed


def found(run: Run) -> list[Finding]:
    return list(Divergence().detect(Signals(run)))


def noisy(values: np.ndarray, seed: int = 0, sigma: float = 0.04) -> np.ndarray:
    return values * np.exp(sigma * np.random.default_rng(seed).standard_normal(len(values)))


@pytest.mark.parametrize("at", [60, 400, 900, 1300])
@pytest.mark.parametrize("rate", [0.05, 0.5])
def test_a_run_away_is_found_where_it_begins(at: int, rate: float) -> None:
    (one,) = found(diverging(at=at, rate=rate).run)
    assert one.severity == "critical"
    # the growth leaves the noise about ln(0.05 x 5) / rate steps after its start
    assert at - 5 <= one.steps.start <= at + 10 + 2 / rate


@pytest.mark.parametrize("rate", [0.1, 1.0])
def test_a_climb_into_nan(rate: float) -> None:
    (one,) = found(diverging(at=900, rate=rate, nan=True).run)
    assert one.severity == "critical"
    assert "still climbing" in one.summary
    assert one.evidence_value("growth_rate") == pytest.approx(rate, rel=0.25)


def test_three_points_that_explode() -> None:
    (one,) = found(make_run({"loss": np.array([4.9, 2e28, 3e28, np.nan, np.nan])}))
    assert one.severity == "critical"
    assert one.summary.startswith("The loss leaves 4.9 at step 0 and is still climbing when it turns NaN")


def test_blown_up_from_the_first_steps_and_never_back() -> None:
    values = noisy(np.full(800, 40.0))
    values[:3] = (2.3, 2.4, 9.0)
    (one,) = found(make_run({"loss": values}))
    assert "never well below its start" in one.summary


def test_a_blow_up_inside_the_warm_up_is_placed_there() -> None:
    values = np.concatenate((np.linspace(5, 3, 60), np.full(940, 4.9)))
    run = make_run({"loss": noisy(values, sigma=0.01), "lr": lr_curve("cosine", 1000, warmup=100)})
    (one,) = found(run)
    assert one.lr_phase == "warmup"
    assert abs(one.steps.start - 60) <= 10


def test_window_means_do_not_hide_it() -> None:
    (one,) = found(windowed(diverging(at=900).run, 10))
    assert abs(one.steps.start - 920) <= 40


def test_half_of_the_gain_lost_is_a_warning_all_of_it_is_critical() -> None:
    for lost, severity in ((0.4, "warning"), (0.9, "critical")):
        values = np.concatenate((np.linspace(3, 1, 600), np.full(400, 1 + 2 * lost)))
        (one,) = found(make_run({"loss": noisy(values)}))
        assert one.severity == severity
        assert one.evidence_value("lost_share") == pytest.approx(lost, abs=0.08)


# stays quiet


@pytest.mark.parametrize("noise", [0.02, 0.3, 1.5])
def test_healthy_runs_are_quiet(noise: float) -> None:
    assert all(not found(healthy(seed, noise=noise).run) for seed in range(8))


def test_a_small_rise_at_the_end_is_no_divergence() -> None:
    values = np.concatenate((falling(800), np.linspace(falling(800)[-1], falling(800)[-1] + 0.2, 200)))
    assert found(make_run({"loss": noisy(values)})) == []


def test_a_level_that_wanders_in_a_narrow_window_is_no_divergence() -> None:
    rng = np.random.default_rng(4)
    level = 0.037 * (1 - 0.05 * np.sin(np.linspace(0, 7.5, 400)))
    values = level * np.exp(0.01 * rng.standard_normal(400))
    steps = np.arange(49_601, 50_001)
    assert not found(make_run({"loss": (steps, values)}))
    assert found(make_run({"loss": (steps, values * np.linspace(1, 1.6, 400))}))


def test_the_middle_of_a_cycle_is_not_the_end() -> None:
    lr = lr_curve("restarts", 1200)[:960]
    level = falling(960) * (1 + 2.5 * lr / lr.max())
    assert found(make_run({"loss": noisy(level), "lr": lr})) == []


@pytest.mark.parametrize(("kind", "part"), [("restarts", 0.78), ("restarts", 0.8), ("cyclic", 0.8), ("cyclic", 0.9)])
def test_a_loss_that_the_rate_of_a_cycle_holds_up_is_not_the_end(kind: str, part: float) -> None:
    """The same losses without their rate are one: a good part of what was gained is lost at the end."""
    lr = lr_curve(kind, 1200)[: int(1200 * part)]
    loss = noisy(falling(len(lr)) + 6 * lr / lr.max())
    assert found(make_run({"loss": loss, "lr": lr})) == []
    assert found(make_run({"loss": loss}))


def test_a_loss_of_reinforcement_learning_is_a_note_at_most() -> None:
    values = noisy(np.linspace(1e5, 4e5, 100), sigma=0.1)
    run = make_run({"loss": values, "Train_AverageReturn": np.linspace(10, 200, 100)})
    assert {one.severity for one in found(run)} <= {"info"}


def test_a_spike_that_heals_is_no_divergence() -> None:
    values = noisy(falling(1000))
    values[700:710] = 50.0
    assert found(make_run({"loss": values})) == []


# edges


def test_a_loss_below_zero_can_diverge() -> None:
    values = np.concatenate((np.linspace(-1, -5, 500), np.full(300, -1.2)))
    values += 0.05 * np.random.default_rng(0).standard_normal(800)
    (one,) = found(make_run({"loss": values}))
    assert abs(one.steps.start - 500) <= 10


def test_spans_point_at_the_climb() -> None:
    for at in (300, 1000):
        (one,) = found(diverging(at=at, rate=0.02).run)
        assert one.steps.steps <= max(100, 1500 // 8)


def test_a_loss_that_had_reached_nothing_at_all() -> None:
    values = noisy(2.0 * np.exp(-np.arange(600) / 15.0), sigma=0.3)
    values[250:400] = 0.0
    values[400:] = noisy(np.full(200, 3.0))
    (one,) = found(make_run({"loss": values}))
    assert one.severity == "critical"
    assert 380 <= one.steps.start <= 405


@pytest.mark.parametrize(("at", "rate", "points"), [(900, 0.02, 310), (60, 0.05, 120), (300, 0.01, 400)])
def test_a_slow_climb_begins_where_it_left_the_level_before_it(at: int, rate: float, points: int) -> None:
    n = at + points
    values = noisy(0.5 + 4 * np.exp(-np.arange(n) / (at / 10)), sigma=0.02)
    values[at:] *= np.exp(rate * np.arange(points))
    (one,) = found(make_run({"loss": values}))
    assert at - 5 <= one.steps.start <= at + 0.8 / rate
    assert float(one.summary.split()[3]) < 1.5


def test_a_level_is_split_where_its_parts_differ_most() -> None:
    assert _split(np.array([0.0, 0, 0, 1, 1])) == 3
    assert _split(np.array([0.0, 1, 1, 1, 1])) == 1
    assert _split(np.array([0.0, 0.1, 0.5, 2.0, 2.1, 2.2])) == 3
    assert _split(np.array([3.0, 2, 1])) == 0
    assert _split(np.array([1.0])) == 0


@pytest.mark.parametrize(
    ("values", "climb"),
    [
        (np.linspace(1, 2.1, 12), (0, 11)), (np.linspace(1, 2.1, 13), None), (np.linspace(1, 2.0, 12), None),
        (np.array([1.0, 3.0]), (0, 1)), (np.array([1.0]), None), (np.array([1.0, 3.0, 2.9]), None),
        (np.array([-1.0, 2.1]), (0, 1)), (np.array([-1.0, 1.9]), None),
    ],
)  # fmt: skip
def test_a_handful_of_points_that_only_rise_to_twice_the_first_is_a_climb_into_nan(
    values: np.ndarray, climb: tuple[int, int] | None
) -> None:
    assert _blown_up_at_once(Signals(make_run({"loss": np.append(values, np.nan)}))) == climb
    assert _blown_up_at_once(Signals(make_run({"loss": values}))) is None
    assert _blown_up_at_once(Signals(make_run({"loss": np.concatenate(([np.nan], values))}))) is None


def test_a_climb_that_was_first_seen_on_its_way_began_at_a_tenth_of_it() -> None:
    smooth = np.array([0.0, 0.05, 0.1, 0.11, 0.2, 0.3, 1.0])
    assert _began(smooth, 5, since=0, bottom=0.0, top=1.0) == 5, "what stands at a fifth is still near the level"
    assert _began(smooth, 6, since=0, bottom=0.0, top=1.0) == 3
    assert _began(smooth, 6, since=3, bottom=0.0, top=1.0) == 6, "nothing there is as low as a tenth"
    assert _began(smooth, 6, since=6, bottom=0.0, top=1.0) == 6
    assert _began(np.array([0.0, 0.25, 1.0]), 2, since=0, bottom=0.0, top=1.0) == 2
    assert _began(np.array([0.0, 0.26, 1.0]), 2, since=0, bottom=0.0, top=1.0) == 1
    assert _began(smooth * 2 + 1, 6, since=0, bottom=1.0, top=3.0) == 3


def test_within_the_first_points_the_level_before_is_made_of_the_climb() -> None:
    signals = Signals(make_run({"loss": np.concatenate(([4.0, 5.0, 6.0, 7.0], np.full(60, 9.0)))}))
    assert _level_before(signals, 3) == pytest.approx(float(signals.level[2]))
    assert _level_before(signals, 2) == pytest.approx(min(signals.progress.initial, 5.0))
    assert _level_before(signals, 0) == pytest.approx(4.0)


def test_a_best_that_is_no_better_than_the_start_is_not_told() -> None:
    better, worse = (Signals(make_run({"loss": noisy(level)})).progress for level in (falling(200), 3 - falling(200)))
    assert _best(better) == f"; its lowest level was {better.best:.4g}, about step {better.best_step}"
    assert (_best(worse) == "") is (worse.gain <= 0)
