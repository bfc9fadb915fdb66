"""Which series is judged, which is passed over, and what the user's own mapping does."""

from __future__ import annotations

import math

import numpy as np
import pytest

from loglens.errors import SettingsError
from loglens.model.run import RoleChoice, Series
from loglens.readers.naming.roles import ALWAYS, cast_roles, check_mapping, choose_roles


def series(tag: str, values: list[float] | int = 10, *, axis: str = "step") -> Series:
    numbers = np.linspace(2, 1, values) if isinstance(values, int) else np.array(values, dtype=float)
    return Series(tag=tag, steps=np.arange(len(numbers)), values=numbers, axis=axis)


def chosen(*given: Series, mapping: dict[str, str] | None = None) -> dict[str, RoleChoice]:
    return {choice.role: choice for choice in choose_roles(given, mapping)}


def test_the_four_roles_are_always_there() -> None:
    choices = chosen(series("a"))
    assert [choices[role].series for role in ALWAYS] == [None] * 4
    assert all(choices[role].reason for role in ALWAYS)


def test_a_validation_split_comes_before_a_test_split() -> None:
    choice = chosen(series("test_loss", 50), series("val_loss", 5))["val_loss"]
    assert choice.series == "val_loss"
    assert choice.passed_over[0].series == "test_loss"


def test_the_step_curve_comes_before_its_epoch_mean() -> None:
    assert (
        chosen(series("train_loss_epoch", 50), series("train_loss_step", 20))["train_loss"].series == "train_loss_step"
    )


def test_the_fullest_wins_in_finite_points() -> None:
    torn = series("train loss", [1.0] + [math.nan] * 40)
    assert chosen(torn, series("loss", 30))["train_loss"].series == "loss"


def test_the_same_curve_over_samples_is_passed_over() -> None:
    choice = chosen(series("lm loss vs samples", 20), series("lm loss", 20))["train_loss"]
    assert choice.series == "lm loss"


def test_parts_never_become_the_whole() -> None:
    choice = chosen(series("train/cls_loss"), series("loss_rpn_loc", 9))["train_loss"]
    assert choice.series is None
    assert "train/cls_loss" in choice.reason and "--map" in choice.reason


def test_a_loss_of_metric_learning_is_a_part() -> None:
    assert chosen(series("l_mos"), series("l_metric", 9))["train_loss"].series is None
    assert chosen(series("metric/loss"))["train_loss"].series == "metric/loss"


def test_an_unknown_loss_is_offered_and_not_judged() -> None:
    choice = chosen(series("odd_loss"), series("weird_loss", 9))["train_loss"]
    assert choice.series is None
    assert "odd_loss" in choice.reason and "weird_loss" in choice.reason


@pytest.mark.parametrize(
    ("rates", "best"),
    [
        ({"lr/pg0": 0.1, "lr/pg1": 0.2, "lr/pg2": 0.05}, "lr/pg1"),
        ({"lr": 1e-5, "base_lr": 1e-4}, "base_lr"),
        ({"lr": 1e-4, "max_lr": 1e-2, "min_lr": 1e-6}, "lr"),
    ],
)
def test_of_several_rates_the_largest_is_judged(rates: dict[str, float], best: str) -> None:
    choice = chosen(*(series(tag, [rate, rate]) for tag, rate in rates.items()))["learning_rate"]
    assert choice.series == best
    assert {one.series for one in choice.passed_over} == set(rates) - {best}


def test_a_critic_is_no_validation_and_an_rl_loss_is_marked() -> None:
    choices = chosen(series("train/loss"), series("train/value_loss"), series("rollout/ep_rew_mean"))
    assert choices["val_loss"].series is None
    assert "reinforcement learning" in choices["train_loss"].reason
    assert any(one.series == "train/value_loss" and "critic" in one.reason for one in choices["train_loss"].passed_over)


def test_validation_over_the_axis_of_the_training_is_preferred() -> None:
    choices = chosen(
        series("train/epoch_loss", 3, axis="epoch"),
        series("validation/evaluation_loss_vs_iterations", 3),
        series("validation/epoch_loss", 3, axis="epoch"),
    )
    assert choices["val_loss"].series == "validation/epoch_loss"


def test_the_users_mapping_wins() -> None:
    choices = chosen(series("loss"), series("objective"), mapping={"train_loss": "objective"})
    assert choices["train_loss"].series == "objective"
    assert choices["train_loss"].reason == "given by the user"
    assert choices["train_loss"].passed_over[0].series == "loss"


def test_a_mapping_may_differ_in_case_and_blanks() -> None:
    assert chosen(series("My Loss"), mapping={"train_loss": "my loss"})["train_loss"].series == "My Loss"


@pytest.mark.parametrize(
    ("mapping", "said"),
    [({"loss": "a"}, "train_loss"), ({"train_loss": "objectve"}, "objective"), ({"val_loss": "zzz"}, "objective")],
)
def test_a_mapping_that_names_nothing_is_an_error_with_the_candidates(mapping: dict[str, str], said: str) -> None:
    with pytest.raises(SettingsError, match=said):
        check_mapping(mapping, ["objective", "step_time"])


def test_a_curve_written_twice_is_no_rival() -> None:
    choice = chosen(series("loss_double"), series("loss_half"))["train_loss"]
    assert choice.series == "loss_double"
    assert choice.doubt


def test_a_rate_printed_once_is_a_setting() -> None:
    choice = chosen(series("loss", 60), series("lr", [1e-3]))["learning_rate"]
    assert choice.series is None
    assert "setting" in choice.passed_over[0].reason and "0.001" in choice.passed_over[0].reason


def test_a_rate_that_is_logged_and_never_moves_is_a_rate() -> None:
    assert chosen(series("loss", 60), series("lr", [1e-3] * 60))["learning_rate"].series == "lr"


def test_the_biases_warm_up_is_not_the_rate() -> None:
    warm, bias = [0.0, 0.005, 0.01, 0.01], [0.1, 0.05, 0.01, 0.01]
    choice = chosen(series("lr/pg0", bias), series("lr/pg1", warm), series("lr/pg2", warm))["learning_rate"]
    assert choice.series == "lr/pg1"
    assert any(one.series == "lr/pg0" and "bias" in one.reason for one in choice.passed_over)


def test_the_parts_of_a_detector_are_added_up_and_named() -> None:
    parts = [series("train/box_loss", [3.0, 2.0]), series("train/cls_loss", [1.0, 0.5])]
    cast = cast_roles(parts)
    total = next(one for one in cast.series if one.tag == "train/loss")
    assert list(total.values) == [4.0, 2.5]
    assert cast.choices[0].series == "train/loss" and not cast.choices[0].doubt
    assert any("train/box_loss, train/cls_loss" in note.message for note in cast.notes)


def test_of_two_players_the_generators_parts_are_added_up_with_a_doubt() -> None:
    cast = cast_roles([series(tag, [3.0, 2.0]) for tag in ("G_GAN", "G_L1", "D_real", "D_fake")])
    choice = cast.choices[0]
    assert choice.series == "loss" and choice.doubt
    assert "G_GAN, G_L1" in choice.reason and "D_real" not in choice.reason


def test_parts_at_different_steps_are_not_added_up() -> None:
    assert len(cast_roles([series("box_loss", 10), series("cls_loss", 9)]).series) == 2


def test_a_doubtful_choice_is_noted() -> None:
    cast = cast_roles([series("loss_G"), series("loss_D", 9)])
    assert cast.choices[0].doubt
    assert [note.kind for note in cast.notes] == ["guess"]
    assert "--map train_loss" in cast.notes[0].message


def test_a_curve_that_counts_is_a_clock() -> None:
    choice = chosen(series("cost", [3.5 * place for place in range(40)]))["train_loss"]
    assert choice.series is None


@pytest.mark.parametrize("tag", ["mse", "MSE", "rmse", "mae", "train rmse", "error", "Err", "mean squared error"])
def test_an_error_is_what_is_minimised_where_no_loss_is_logged(tag: str) -> None:
    choice = chosen(series("w"), series(tag), series("time_s"))["train_loss"]
    assert choice.series == tag and "error measure" in choice.doubt
    assert chosen(series(tag), series("loss"))["train_loss"].series == "loss"


@pytest.mark.parametrize("tag", ["wer", "fid", "val_mse", "td_error", "best_rmse", "eer"])
def test_a_measure_of_the_evaluation_is_not_minimised(tag: str) -> None:
    assert chosen(series(tag))["train_loss"].series is None


def test_a_clipping_limit_is_not_the_norm() -> None:
    choice = chosen(series("loss", 30), series("max_grad_norm", [1.0] * 30))["grad_norm"]
    assert choice.series is None
    assert "setting" in choice.passed_over[0].reason


def test_split_names_alone_are_losses_where_they_fall_together() -> None:
    choices = chosen(series("train", [2.0, 1.0, 0.5]), series("valid", [2.1, 1.2, 0.9]))
    assert (choices["train_loss"].series, choices["val_loss"].series) == ("train", "valid")
    assert choices["train_loss"].doubt
    rising = chosen(series("train", [0.2, 0.5, 0.9]), series("valid", [0.2, 0.4, 0.8]))
    assert rising["train_loss"].series is None


@pytest.mark.parametrize(
    "names", [("avg_loss_tgt", "a_loss_tgt", "b_loss_tgt", "c_loss_tgt"), ("odd_loss", "weird_loss", "queer_loss")]
)
def test_the_loss_to_which_the_others_add_up_is_the_whole(names: tuple[str, ...]) -> None:
    whole, *parts = names
    curves = [series(name, [5.0 / (at + place) for at in range(1, 9)]) for place, name in enumerate(parts)]
    total = np.sum([curve.values for curve in curves], axis=0)
    printed = series(whole, [round(value, 3) for value in total.tolist()])
    choice = chosen(*curves, printed)["train_loss"]
    assert choice.series == whole
    assert "add up" in choice.reason
    assert chosen(*curves, series(whole, (total * 1.1).tolist()))["train_loss"].series is None


def test_of_two_equal_parts_neither_is_the_whole_and_a_constant_is_none() -> None:
    two = chosen(series("odd_loss", [2.0, 1.5, 1.0, 0.5]), series("weird_loss", [3.0, 2.9, 0.2, 0.1]))
    assert two["train_loss"].series is None
    flat = chosen(series("odd_loss", [1.0] * 8), series("weird_loss", [0.5] * 8), series("queer_loss", [0.5] * 8))
    assert flat["train_loss"].series is None


@pytest.mark.parametrize(
    ("whole", "parts"),
    [
        ("main/loss", ["main/loss_ctc", "main/loss_att"]),
        ("main/loss", ["main/loss_att", "main/loss_ctc", "main/loss_lm"]),
        ("main/loss", ["main/ctc_loss"]),
        ("main/loss", ["main/loss_rnnt"]),
        ("main/loss", ["main/lm_loss", "main/kl_loss"]),
        ("main/loss", ["main/l1_loss", "main/mse_loss", "main/bce_loss"]),
        ("main/loss", ["main/loss/ctc"]),
        ("loss", ["loss_ctc", "loss_att"]),
        ("train/loss", ["train/loss_ctc"]),
        ("loss_total", ["loss_ctc", "loss_seq2seq"]),
    ],
)
def test_the_whole_goes_before_a_part_that_has_more_points(whole: str, parts: list[str]) -> None:
    torn = [math.nan if at % 2 else 2.0 - at / 30 for at in range(30)]
    assert chosen(*(series(part, 30) for part in parts), series(whole, torn))["train_loss"].series == whole


def test_the_validation_of_chainer_has_its_whole_as_well() -> None:
    tags = ("main/loss_ctc", "main/loss", "validation/main/loss_ctc", "validation/main/loss")
    choices = chosen(*(series(tag) for tag in tags))
    assert choices["train_loss"].series == "main/loss"
    assert choices["val_loss"].series == "validation/main/loss"


def test_a_sum_since_the_start_is_no_loss_whatever_it_is_called() -> None:
    rising = [0.9 * (at + 1) for at in range(30)]
    assert chosen(series("train logloss", rising))["train_loss"].series is None
    assert chosen(series("train logloss", [5 + value for value in rising]))["train_loss"].series == "train logloss"


@pytest.mark.parametrize(
    ("tag", "loss", "role"),
    [
        ("ppl", "ln ppl", "train_loss"),
        ("perplexity", "ln perplexity", "train_loss"),
        ("Perplexity", "ln Perplexity", "train_loss"),
        ("train_ppl", "ln train_ppl", "train_loss"),
        ("train/perplexity", "ln train/perplexity", "train_loss"),
        ("training ppl", "ln training ppl", "train_loss"),
        ("val_ppl", "ln val_ppl", "val_loss"),
        ("valid perplexity", "ln valid perplexity", "val_loss"),
        ("eval/perplexity", "ln eval/perplexity", "val_loss"),
        ("dev_ppl", "ln dev_ppl", "val_loss"),
    ],
)
def test_the_logarithm_of_a_perplexity_is_the_loss_where_none_is_logged(tag: str, loss: str, role: str) -> None:
    curves = [series(tag, [math.exp(3.0), math.exp(2.5), math.inf, math.exp(2.0)]), series("acc")]
    cast = cast_roles(curves)
    choice = next(choice for choice in cast.choices if choice.role == role)
    assert choice.series == loss
    found = next(item for item in cast.series if item.tag == loss)
    assert found.values.tolist() == pytest.approx([3.0, 2.5, math.inf, 2.0])
    assert any(note.series == loss and repr(tag) in note.message for note in cast.notes)


def test_bits_a_byte_are_the_loss_over_ln_2() -> None:
    cast = cast_roles([series("bpb", [2.0, 1.0])])
    assert next(item for item in cast.series if item.tag == "bpb * ln 2").values.tolist() == pytest.approx(
        [2 * math.log(2), math.log(2)]
    )


@pytest.mark.parametrize("other", ["loss", "train_nll", "val_loss", "episode_reward"])
def test_a_perplexity_beside_a_loss_or_a_return_stays_what_it_is(other: str) -> None:
    assert {item.tag for item in cast_roles([series("ppl"), series(other)]).series} == {"ppl", other}


def test_a_cost_stands_behind_whatever_is_named_a_loss() -> None:
    seconds, loss = [385.0 - place for place in range(40)], [3 - place / 20 for place in range(40)]
    assert chosen(series("Training cost", seconds), series("CrossEntropy", loss))["train_loss"].series == "CrossEntropy"
    assert chosen(series("cost", loss))["train_loss"].series == "cost"


@pytest.mark.parametrize(
    ("tag", "values", "turned"),
    [
        ("train log-likelihood", [-208.0, -150.0, -120.0, -98.0], True),
        ("ELBO", [-548.0, -200.0, -120.0, -90.0], True),
        ("log_likelihood", [208.0, 150.0, 120.0, 98.0], False),  # named so, and minimised
        ("ELBO", [-90.0, -120.0, -200.0, -548.0], False), ("neg_elbo", [-548.0, -200.0, -120.0, -90.0], False),
        ("elbo_loss", [-5.0, -4.0, -3.0, -2.0], False),
    ],
)  # fmt: skip
def test_what_is_maximised_is_judged_with_its_sign_turned(tag: str, values: list[float], turned: bool) -> None:
    cast = cast_roles([series(tag, values)])
    judged = next(choice.series for choice in cast.choices if choice.role == "train_loss")
    assert judged == (f"negative {tag}" if turned else tag)
    made = [item for item in cast.series if item.tag == judged]
    assert made[0].values.tolist() == ([-value for value in values] if turned else values)
    assert any("sign turned" in note.message for note in cast.notes) is turned


@pytest.mark.parametrize("ratio", ["si-snr", "SI_SDR", "sdri", "snr"])
def test_a_ratio_of_signal_to_distortion_that_is_minimised(ratio: str) -> None:
    falls, rises = [-4.4, -9.0, -15.0, -20.0], [4.4, 9.0, 15.0, 20.0]
    both = [series(f"train {ratio}", falls), series(f"valid {ratio}", [value + 1 for value in falls])]
    assert {role: chosen(*both)[role].series for role in ("train_loss", "val_loss")} == {
        "train_loss": f"train {ratio}", "val_loss": f"valid {ratio}",
    }  # fmt: skip
    assert chosen(series(ratio, rises))["train_loss"].series is None
    assert chosen(series("loss", rises), series(ratio, falls))["train_loss"].series == "loss"


@pytest.mark.parametrize(
    ("tags", "judged"),
    [
        (("l_g_pix", "l_g_gan", "l_d_real", "l_d_fake"), "l"), (("l_pix", "l_percep"), "l"),
        (("ntxent", "l_rate"), "ntxent"),
    ],
)  # fmt: skip
def test_a_letter_for_the_loss_and_contrastive_names(tags: tuple[str, ...], judged: str) -> None:
    choices = cast_roles([series(tag) for tag in tags]).choices
    assert next(choice.series for choice in choices if choice.role == "train_loss") == judged
