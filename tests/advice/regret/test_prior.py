from __future__ import annotations

from dataclasses import replace
from typing import Any

import numpy as np
import pytest

from loglens.advice.regret.outlook import rate_outlook
from loglens.advice.regret.prior import is_game, is_tuned, kind_of, usual_rates
from loglens.model.run import Run
from loglens.signals.core import Signals
from tests.advice.runs import falling, run_of


@pytest.mark.parametrize(
    ("config", "kind"),
    [
        ({"optimizer": "AdamW"}, 0), ({"train/optim": "adamw_torch_fused"}, 0), ({"optimizer": "SGD"}, 2),
        ({"optimizer": "sgd", "momentum": 0.9}, 1), ({"optimizer": "torch.optim.Adam"}, 0),
        ({"optimizer": "mystery"}, None), ({"batch_size": 8}, None), ({"optimizer": 3}, None),
    ],
)  # fmt: skip
def test_the_settings_tell_the_optimizer(config: dict[str, Any], kind: int | None) -> None:
    assert kind_of(replace(run_of(falling()), config=config)) == kind


def test_the_name_tells_it_where_the_settings_do_not() -> None:
    assert kind_of(replace(run_of(falling()), name="resnet-sgd-momentum")) == 1
    assert kind_of(replace(run_of(falling()), name="sgd-or-adam")) is None


@pytest.mark.parametrize(
    ("name", "config", "kind"),
    [
        ("llama-lora-r8", {}, 3), ("vit", {"lora_r": 8}, 3), ("bert-sft", {"optimizer": "adamw_torch"}, 3),
        ("resnet-finetuned", {"optimizer": "sgd"}, 2), ("explore", {"lora_r": 0}, None),
    ],
)  # fmt: skip
def test_a_fine_tuning_is_told_by_name_or_settings_unless_its_optimizer_is_another(
    name: str, config: dict[str, Any], kind: int | None
) -> None:
    assert kind_of(replace(run_of(falling()), name=name, config=config)) == kind


def test_a_known_optimizer_narrows_the_usual_rates() -> None:
    unknown, adam = usual_rates(5000, None), usual_rates(5000, 0)
    assert adam.below(-1.0) > unknown.below(-1.0)
    assert "does not say" in unknown.line
    assert "does not say" not in adam.line


def test_a_longer_training_is_done_at_lower_rates() -> None:
    short, long = usual_rates(1_000, None).mean, usual_rates(20_000, None).mean
    assert (long < short).all()


@pytest.mark.parametrize("unit", [1e-3, 1e3])
def test_another_unit_of_the_loss_leaves_the_rate_as_it_is(unit: float) -> None:
    base = run_of(falling(), lr=np.full(len(falling()), 1e-3))
    other = run_of(unit * falling(), lr=np.full(len(falling()), 1e-3))
    one, two = rate_outlook(Signals(base)), rate_outlook(Signals(other))
    assert one is not None and two is not None
    assert two.factor == one.factor
    assert two.probabilities == pytest.approx(one.probabilities, abs=1e-6)


def test_the_density_is_highest_at_the_mean() -> None:
    usual = usual_rates(5000, None)
    rates = np.linspace(-8, 3, 500)
    for kind in range(3):
        assert abs(rates[np.argmax(usual.log_density(rates, kind))] - usual.mean[kind]) < 0.05


@pytest.mark.parametrize(
    ("names", "start", "tuned"),
    [
        (("loss", "learning_rate", "epoch", "grad_norm"), 1.9, True),
        (("train/loss", "train/learning_rate", "train/epoch", "train/total_flos"), 1.9, True),
        (("loss", "learning_rate", "epoch", "grad_norm"), 10.8, False),
        (("loss", "learning_rate", "epoch"), 1.9, False), (("loss", "lr", "epoch", "grad_norm"), 1.9, False),
    ],
)  # fmt: skip
def test_what_the_trainer_of_trained_networks_writes_is_a_fine_tuning(
    names: tuple[str, ...], start: float, tuned: bool
) -> None:
    columns = {name: np.ones(9) for name in names[1:]}
    run = Run.from_arrays({names[0]: np.linspace(start, 1.0, 9), **columns}, roles={"train_loss": names[0]})
    assert is_tuned(run) is tuned


@pytest.mark.parametrize(
    ("names", "game"),
    [
        (("loss_G", "loss_D"), True), (("l_g_pix", "l_d_real"), True), (("gen/loss", "disc/loss"), True),
        (("loss", "grad_norm"), False), (("g_loss", "val_loss"), False), (("dloss_weight", "loss"), False),
    ],
)  # fmt: skip
def test_a_generator_beside_a_discriminator_is_a_game(names: tuple[str, ...], game: bool) -> None:
    assert is_game(Run.from_arrays({name: np.ones(9) for name in names}, roles={"train_loss": names[0]})) is game


@pytest.mark.parametrize(
    ("beside", "first", "tuned"),
    [("token_acc", 0.36, True), ("mean_token_accuracy", 0.7, True), ("token_acc", 0.02, False),
     ("acc", 0.36, False), ("ppl", 65.0, False)],
)  # fmt: skip
def test_a_language_model_whose_first_tokens_are_right_had_been_trained_before(
    beside: str, first: float, tuned: bool
) -> None:
    columns = {"loss": np.linspace(3.3, 2.5, 40), beside: np.linspace(first, first + 0.1, 40)}
    assert is_tuned(Run.from_arrays(columns, roles={"train_loss": "loss"})) is tuned


def test_settings_and_names_tell_a_fine_tuning_too() -> None:
    assert is_tuned(replace(run_of(falling()), name="llama-lora"))
    assert is_tuned(replace(run_of(falling()), config={"lora_r": 8}))
    assert not is_tuned(run_of(falling()))
