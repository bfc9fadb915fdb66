"""Loss spikes: found where they were planted, in every kind of log, and not where noise merely is noise."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from loglens.detectors.loss_spike import LossSpike, _alike, _before_any_level, _likely_step, _runs_away, lost_share
from loglens.model.finding import Finding
from loglens.model.run import Run
from loglens.signals.core import Signals
from loglens.signals.excursions import Excursion
from tests.factories import falling, healthy, lr_curve, make_run, thinned, windowed, with_spikes


def found(run: Run) -> list[Finding]:
    return list(LossSpike().detect(Signals(run)))


def peaks(run: Run) -> list[int]:
    return [one.peak_step for one in found(run) if one.peak_step is not None]


# fires


@pytest.mark.parametrize("noise", [0.02, 0.1, 0.3])
@pytest.mark.parametrize("at", [(120,), (700,), (400, 407, 1490), (300, 600, 900, 1200)])
def test_single_step_spikes_are_found_to_the_step(at: tuple[int, ...], noise: float) -> None:
    assert peaks(with_spikes(at, height=4.0, noise=noise, seed=sum(at)).run) == list(at)


@pytest.mark.parametrize("heal", [5.0, 25.0, 60.0])
def test_a_slow_recovery_is_one_spike(heal: float) -> None:
    (spike,) = found(with_spikes((700,), heal=heal).run)
    assert spike.peak_step == 700
    assert spike.evidence_value("rise_steps") == 1
    # back within two sigma of 0.05 x 0.44 from a height of 3: ln(3 / 0.044) = 4.2 time constants
    assert spike.evidence_value("recovery_steps") == pytest.approx(4.2 * heal, rel=0.35)


def test_a_second_spike_before_the_first_has_healed_is_a_second_spike() -> None:
    run = with_spikes((700, 720), height=5.0, heal=15.0).run
    assert peaks(run) == [700, 720]


@pytest.mark.parametrize("size", [5, 10])
def test_window_means_still_show_it_within_the_window(size: int) -> None:
    at = (412, 803, 1207)
    seen = peaks(windowed(with_spikes(at, height=4.0).run, size))
    assert len(seen) == len(at)
    assert all(abs(one - true) <= size for one, true in zip(seen, at, strict=True))


def test_a_thinned_log_shows_the_aftermath() -> None:
    seen = peaks(thinned(with_spikes((701,), height=6.0, heal=25.0).run, 10))
    assert len(seen) == 1
    assert abs(seen[0] - 701) <= 10


def test_growth_over_many_steps_is_measured() -> None:
    values = falling(1000) * np.exp(0.03 * np.random.default_rng(0).standard_normal(1000))
    values[600:630] += 0.01 * np.exp(0.2 * np.arange(30))
    values[630:660] += 0.01 * np.exp(0.2 * 30) * np.exp(-np.arange(30) / 6)
    (spike,) = found(make_run({"loss": values}))
    assert abs((spike.peak_step or 0) - 630) <= 2
    assert (spike.evidence_value("rise_steps") or 0) >= 8
    assert spike.evidence_value("growth_rate") == pytest.approx(0.2, abs=0.05)


def test_a_gradient_that_rises_first_is_told() -> None:
    planted = with_spikes((700,), height=4.0, heal=10.0)
    grad = planted.run.series[1].values.copy()
    grad[694:706] *= 12
    run = make_run({"loss": planted.run.series[0].values, "grad": grad})
    (spike,) = found(run)
    assert spike.evidence_value("gradient_lead") == 6


def test_a_spike_that_stays_is_a_warning_and_says_so() -> None:
    values = healthy(1).run.series[0].values.copy()
    values[800:] += 0.6
    (spike,) = found(make_run({"loss": values}))
    assert spike.severity == "warning"
    assert "stays at" in spike.summary
    assert spike.evidence_value("kept_lost_share") is not None


def test_a_gradient_that_jumps_too_helps_a_faint_spike() -> None:
    rng = np.random.default_rng(5)
    values = falling(1200) * np.exp(0.05 * rng.standard_normal(1200))
    level = falling(1200)[640]
    values[640] = level * np.exp(0.05 * 4.6)
    calm = np.exp(0.1 * rng.standard_normal(1200))
    shaken = calm.copy()
    shaken[640] *= 8
    assert 640 not in peaks(make_run({"loss": values, "grad": calm}))
    assert 640 in peaks(make_run({"loss": values, "grad": shaken}))


def test_the_validation_loss_alone() -> None:
    values = 1.2 * falling(60)
    values[20] *= 30
    (spike,) = found(make_run({"loss": falling(60), "val": values}))
    assert spike.series == "val"
    assert spike.severity == "info"
    assert spike.peak_step == 20


def test_a_shift_that_stays_spans_its_rise_only() -> None:
    values = healthy(1).run.series[0].values.copy()
    values[800:] += 0.6
    (spike,) = found(make_run({"loss": values}))
    assert spike.steps.start <= 800 <= spike.steps.end
    assert spike.steps.steps <= 40


def test_a_batch_as_bad_as_an_untrained_model_among_noise_of_decades() -> None:
    rng = np.random.default_rng(0)
    values = (0.05 + 2.25 * np.exp(-np.arange(800) / 40)) * np.exp(np.minimum(1.1 * rng.standard_normal(800), 1.4))
    assert peaks(make_run({"loss": values})) == []
    values[500] = 4.0
    (spike,) = found(make_run({"loss": values}))
    assert spike.peak_step == 500
    assert spike.severity == "warning"


def test_a_blow_up_in_the_first_steps_that_takes_ten_to_heal_is_told() -> None:
    values = falling(800) * np.exp(0.03 * np.random.default_rng(3).standard_normal(800))
    values[2:12] += 2500 * np.exp(-np.arange(10.0))
    assert peaks(make_run({"loss": values})) == [2]


# stays quiet


def test_a_jump_and_back_before_there_is_a_level_is_quiet() -> None:
    values = falling(800) * np.exp(0.03 * np.random.default_rng(3).standard_normal(800))
    values[3] *= 3
    assert peaks(make_run({"loss": values})) == []
    values[[3, 60]] *= 3
    assert peaks(make_run({"loss": values})) == [60]


def test_noise_of_every_size_is_quiet() -> None:
    loud = sum(len(found(healthy(seed, noise=noise).run)) for seed in range(15) for noise in (0.02, 0.1, 0.5))
    assert loud <= 3  # 45 runs, one in twenty may show one


def test_heavy_tails_are_quiet() -> None:
    rng = np.random.default_rng(0)
    for sigma in (1.0, 2.0, 3.0):
        assert len(found(make_run({"loss": 0.01 * np.exp(sigma * rng.standard_normal(5000))}))) <= 1


def test_stairs_down_are_quiet() -> None:
    values = np.repeat([2.0, 1.4, 1.0, 0.8, 0.7], 200) * np.exp(0.03 * np.random.default_rng(1).standard_normal(1000))
    assert peaks(make_run({"loss": values})) == []


def test_the_rise_after_a_planned_restart_is_quiet() -> None:
    lr = lr_curve("restarts", 1200)
    level = falling(1200) * (1 + 0.25 * lr / lr.max())
    values = level * np.exp(0.04 * np.random.default_rng(2).standard_normal(1200))
    assert peaks(make_run({"loss": values, "lr": lr})) == []


@pytest.mark.parametrize(("top", "quiet"), [(1.3, True), (4.0, False)])
def test_a_steep_rise_at_a_restart_is_its_plan_while_it_stays_below_the_start(top: float, quiet: bool) -> None:
    """Told where it goes beyond the first losses: no restart of a planned schedule undoes more than all."""
    lr = np.concatenate([0.06 * 0.5 * (1 + np.cos(np.pi * np.arange(length) / length)) for length in (50, 50, 100)])
    values = 0.5 + 1.5 * np.exp(-np.arange(200) / 15) + 0.002 * np.random.default_rng(2).standard_normal(200)
    values[100:130] += (top - 0.5) * np.exp(-np.arange(30) / 6)
    assert (100 not in peaks(make_run({"loss": values, "lr": lr}))) is quiet


def test_noise_that_grows_with_the_rate_is_quiet() -> None:
    lr = lr_curve("cyclic", 1600)
    noise = 0.02 + 0.1 * lr / lr.max()
    values = falling(1600) * np.exp(noise * np.random.default_rng(3).standard_normal(1600))
    assert len(found(make_run({"loss": values, "lr": lr}))) <= 1


def test_the_first_points_of_a_log_are_its_start() -> None:
    values = np.concatenate(([9.0, 5.0, 3.0], falling(200)))
    assert peaks(make_run({"loss": values})) == []


def test_a_validation_bump_after_a_train_spike_is_not_told_twice() -> None:
    planted = with_spikes((700,), height=5.0, heal=40.0)
    steps = np.arange(0, 1500, 50)
    val = falling(1500)[steps] * 1.1
    val[15:17] *= 4
    spikes = found(make_run({"loss": planted.run.series[0].values, "val": (steps, val)}))
    assert [one.series for one in spikes] == ["loss"]


# edges


def test_a_reward_run_is_never_warned() -> None:
    values = healthy(1).run.series[0].values.copy()
    values[800:] += 5.0
    run = make_run({"loss": values, "rollout/ep_rew_mean": np.ones(1500)})
    assert {one.severity for one in found(run)} <= {"info"}


@pytest.mark.parametrize("shift", [0.0, -10.0])
def test_a_loss_below_zero_has_spikes_too(shift: float) -> None:
    values = with_spikes((700,), height=4.0).run.series[0].values + shift
    assert 700 in peaks(make_run({"loss": values}))


def test_spans_are_tight() -> None:
    for one in found(with_spikes((300, 900), height=4.0, heal=10.0).run):
        assert one.steps.steps <= 100


def excursion(
    onset: int = 100, *, peak: int | None = None, recovered: int | None = 102, height: float = 20.0
) -> Excursion:
    return Excursion(
        onset=onset, peak=onset if peak is None else peak, calm=onset + 3, recovered=recovered, height=height,
        limit=5.0, before=1.0, after=1.0, shift=0.0,
    )  # fmt: skip


def test_spikes_are_alike_within_half_as_much_again_and_with_the_same_kind_of_rise() -> None:
    sudden = [excursion(height=height) for height in (10.0, 14.9, 15.1, 22.5)]
    assert _alike(sudden) == [1, 2, 2, 1]
    assert _alike([excursion(peak=101), excursion(peak=101), excursion(peak=103)]) == [1, 1, 0]
    assert _alike([]) == []


def test_a_spike_at_the_end_of_the_log_runs_away_where_it_climbed_for_points() -> None:
    signals = Signals(make_run({"loss": falling(200)}))
    assert _runs_away(excursion(196, peak=198, recovered=None), signals)
    assert not _runs_away(excursion(196, peak=197, recovered=None), signals), "two points before the last"
    assert not _runs_away(excursion(197, peak=198, recovered=None), signals), "two points are no climb"
    assert not _runs_away(excursion(196, peak=198, recovered=199), signals)


@pytest.mark.parametrize(
    ("spike", "early"),
    [
        (excursion(6, recovered=8), True), (excursion(7, recovered=9, height=10.1), False),
        (excursion(7, recovered=9, height=9.9), True), (excursion(8, recovered=10, height=9.9), False),
        (excursion(6, recovered=9), False), (excursion(6, recovered=None), False),
        (excursion(5, peak=7, recovered=8), False), (excursion(5, peak=6, recovered=8), True),
    ],
)  # fmt: skip
def test_nobody_knows_the_level_of_the_first_seven_points_nor_well_that_of_the_first_4_percent(
    spike: Excursion, early: bool
) -> None:
    assert _before_any_level(spike, Signals(make_run({"loss": falling(200)}))) is early


def test_a_short_log_spares_fewer_points() -> None:
    signals = Signals(make_run({"loss": falling(64)}))
    assert _before_any_level(excursion(3, recovered=5), signals)
    assert not _before_any_level(excursion(4, recovered=6), signals)
    assert _before_any_level(excursion(2, recovered=4), Signals(make_run({"loss": falling(20)})))


def test_the_peak_lies_a_third_of_an_interval_before_its_line_unless_the_line_is_a_point() -> None:
    for interval, back in ((1, 0), (4, 1), (10, 3), (11, 3)):
        run = make_run({"loss": falling(200)}, interval=interval)
        assert _likely_step(Signals(run), excursion()) == 100 * interval - back
        point = make_run({"loss": falling(200)}, interval=interval, aggregate="point")
        assert _likely_step(Signals(point), excursion()) == 100 * interval


def test_what_a_spike_costs_is_a_share_of_what_had_been_gained() -> None:
    signals = Signals(make_run({"loss": np.concatenate((np.full(100, 3.0), np.full(100, 1.0)))}))
    progress = signals.progress
    assert (progress.initial, progress.gain) == pytest.approx((3.0, 2.0))
    assert lost_share(signals, excursion(), 2.0) == pytest.approx(0.5)
    assert lost_share(signals, excursion(), 0.5) == 0.0
    late, barely = replace(excursion(), before=2.9), replace(excursion(), before=2.5)
    assert lost_share(signals, late, 3.1) == pytest.approx(1.0), "a tenth of the whole gain stands in"
    assert lost_share(signals, barely, 3.0) == pytest.approx(1.0)
    flat = Signals(make_run({"loss": np.full(100, 3.0)}))
    assert lost_share(flat, replace(excursion(), before=3.0), 3.3) == pytest.approx(2.0), "a twentieth of the start"


@pytest.mark.parametrize(("lost", "kept", "severity"), [
    (0.25, 0.0, "warning"), (0.24, 0.0, "info"), (0.0, 0.05, "warning"), (0.0, 0.049, "info"),
])  # fmt: skip
def test_a_spike_is_a_warning_by_what_it_cost(lost: float, kept: float, severity: str) -> None:
    assert LossSpike()._severity(lost, kept, "decay") == severity
    assert LossSpike()._severity(lost, kept, "rewarm") == "info"
