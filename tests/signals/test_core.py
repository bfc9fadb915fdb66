"""Signals: which series is judged, what is cached, and the small derived facts."""

from __future__ import annotations

import numpy as np
import pytest

from loglens.errors import NotJudgeable
from loglens.model.run import Rewind, Run
from loglens.signals.core import Signals
from loglens.signals.lr.spec import given_lr
from tests.factories import falling, healthy, lr_curve, make_run, with_spikes


def test_the_train_loss_is_judged_where_there_is_one() -> None:
    signals = Signals(make_run({"loss": falling(50), "val": falling(20)}))
    assert signals.loss.tag == "loss"
    assert signals.has_train_loss
    assert signals.track("train_loss") is signals.loss


@pytest.mark.parametrize("train", [None, np.full(20, np.nan)])
def test_the_validation_loss_stands_in(train: np.ndarray | None) -> None:
    columns = {"val": falling(20)} if train is None else {"loss": train, "val": falling(20)}
    signals = Signals(make_run(columns))
    assert signals.loss.tag == "val"
    assert not signals.has_train_loss
    assert signals.val_excursions == ()


@pytest.mark.parametrize("columns", [{}, {"lr": np.ones(5)}, {"loss": np.full(5, np.nan)}, {"loss": np.zeros(0)}])
def test_nothing_to_judge_is_said_so(columns: dict[str, np.ndarray]) -> None:
    with pytest.raises(NotJudgeable, match="loss"):
        Signals(make_run(columns))


def test_non_finite_points_are_set_aside_and_listed() -> None:
    values = falling(50)
    values[[3, 40]] = (np.nan, np.inf)
    signals = Signals(make_run({"loss": values}))
    assert signals.non_finite_steps.tolist() == [3, 40]
    assert len(signals.loss) == 48
    assert len(signals.level) == len(signals.noise) == len(signals.z) == 48


def test_hidden_nans_are_no_points_of_the_loss() -> None:
    values, grad = falling(30), np.ones(30)
    values[20:], grad[20:] = 0.0, np.nan
    signals = Signals(make_run({"loss": values, "grad": grad}))
    assert len(signals.loss) == 20
    assert signals.hidden_non_finite_steps.tolist() == list(range(20, 30))


def test_level_and_noise_are_in_the_unit_of_the_loss() -> None:
    signals = healthy(1, noise=0.05).signals
    assert np.median(np.abs(signals.level / falling(1500) - 1)) < 0.02
    assert np.median(signals.noise / falling(1500)) == pytest.approx(0.05, rel=0.25)


def test_a_given_rate_takes_the_place_of_the_logged_one() -> None:
    run = make_run({"loss": falling(100), "lr": lr_curve("constant", 100)})
    signals = Signals(run, given_lr=given_lr(3e-4, "cosine", np.arange(100)))
    assert signals.schedule.kind == "cosine"
    assert signals.schedule.source == "given"
    assert signals.schedule.peak_lr == pytest.approx(3e-4)


def test_without_a_rate_the_schedule_is_unknown() -> None:
    signals = Signals(make_run({"loss": falling(100)}))
    assert signals.schedule.kind == "unknown"
    assert signals.lr_at(np.array([3])) is None
    assert signals.phase_at(3) is None


def test_the_planned_peak_is_the_one_before_a_jump() -> None:
    lr = lr_curve("constant", 400)
    lr[200:] *= 9
    signals = Signals(make_run({"loss": falling(400), "lr": lr}))
    assert signals.schedule.peak_lr == pytest.approx(9e-3)
    assert signals.planned_peak_lr == pytest.approx(1e-3)


def test_a_rate_logged_at_other_steps_is_interpolated() -> None:
    run = make_run({"loss": falling(300), "lr": (np.arange(0, 300, 100), np.array([1.0, 0.5, 0.25]))})
    rates = Signals(run).lr_at(np.array([0, 50, 250]))
    assert rates is not None
    assert rates.tolist() == pytest.approx([1.0, 0.75, 0.25])


def test_excursions_of_loss_and_gradient() -> None:
    signals = with_spikes((500,), height=4.0).signals
    assert [one.peak for one in signals.excursions] == [500]
    assert [one.peak for one in signals.grad_excursions] == [500]


def test_growth_rate_above_a_level() -> None:
    values = 0.5 + 1e-4 * np.exp(0.1 * np.arange(100))
    assert Signals(make_run({"loss": values})).growth_rate(20, 80, over=0.5) == pytest.approx(0.1)


def test_a_resume_that_resets_the_rate_is_known_to_the_schedule() -> None:
    lr = lr_curve("cosine", 500)
    run = make_run(
        {"loss": falling(600), "lr": np.concatenate((lr[:300], lr[:300]))},
        rewinds=(Rewind(resumed_at=300, last_step=320, rewritten=21, how="new file"),),
    )
    assert [event.kind for event in Signals(run).schedule.events if event.step == 300] == ["reset"]


@pytest.mark.parametrize("tag", ["rollout/ep_rew_mean", "Train_AverageReturn", "Generator loss", "train/policy_loss",
                                 "losses/td_loss", "losses/q_values", "charts/episodic_return", "loss/actor",
                                 "actor_loss", "critic_2/loss"])  # fmt: skip
def test_losses_that_are_no_objective(tag: str) -> None:
    assert not Signals(make_run({"loss": falling(20), tag: np.ones(20)})).is_objective


@pytest.mark.parametrize(
    "tag", ["grad_norm", "train/cls_loss", "learning_rate", "box_loss", "regularization", "std_loss", "values",
            "lr_factor", "damping_factor", "feature_extractor/norm", "critical_temperature"]
)  # fmt: skip
def test_losses_that_are(tag: str) -> None:
    assert Signals(make_run({"loss": falling(20), tag: np.ones(20)})).is_objective


def test_everything_is_computed_once() -> None:
    signals = healthy().signals
    assert signals.local is signals.local
    assert signals.trend(10, 500) is signals.trend(10, 500)
    assert signals.spectrum is signals.spectrum


@pytest.mark.parametrize(
    ("tags", "objective"),
    [
        (("loss_gen", "loss_dis"), False),
        (("gen_loss", "disc_loss"), False),
        (("gen loss", "KLD"), True),
        (("dis_loss", "loss"), True),
    ],
)
def test_short_names_of_two_players_are_a_game_and_either_alone_is_not(tags: tuple[str, ...], objective: bool) -> None:
    run = Run.from_arrays({tag: np.linspace(1, 0.5, 20) for tag in tags}, roles={"train_loss": tags[0]})
    assert Signals(run).is_objective is objective
