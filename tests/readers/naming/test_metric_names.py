"""The names file and what it says about names."""

from __future__ import annotations

import pytest

from loglens.readers.naming.metric_names import metric_names, name_role, normalise
from loglens.readers.naming.roles import ROLES


def test_every_exact_name_is_normalised_belongs_to_one_role_and_is_not_denied() -> None:
    names = metric_names()
    for name, entries in names.exact.items():
        assert name == normalise(name)
        assert len({entry.role for entry in entries}) == 1, name
        assert name not in names.denied, name


def test_roles_that_are_chosen_exist_in_the_file() -> None:
    assert set(ROLES) <= set(metric_names().roles)


@pytest.mark.parametrize(
    ("name", "role"),
    [
        ("Loss/train", "train_loss"), ("  Training_Loss ", "train_loss"), ("ray/tune/loss", "train_loss"),
        ("lr-AdamW/pg1", "learning_rate"), ("eval_wikitext_loss", "val_loss"), ("loss_rpn_cls", "train_loss_component"),
        ("grad_2.0_norm/l.weight", "grad_norm_per_parameter"), ("train/epoch_loss", "train_loss"),
        ("validation/epoch_loss", "val_loss"), ("loss_val/loss", "val_loss"), ("loss_train/loss", "train_loss"),
        ("loss/val/loss", "val_loss"), ("loss/train/loss", "train_loss"), ("validate_loss", "val_loss"),
        ("trainLoss", "train_loss"), ("valLoss", "val_loss"), ("gradNorm", "grad_norm"),
        ("train/batch_loss", "train_loss"), ("validation/epoch_mae", "val_error"),
        ("train/cls_loss", "train_loss_component"), ("my_loss", "candidate_loss"),
        ("time/total_timesteps", "step"), ("train/epoch", "epoch"),
        ("losses/train", "train_loss"), ("train-logloss", "train_loss"), ("train_ce", "train_loss"),
        ("train/mse", "train_loss"), ("val/mse", "val_loss"), ("val_mse", "val_error"),
        ("validation-logloss", "val_loss"),
        ("learning_rate/group0", "learning_rate"), ("lr/param_group_1", "learning_rate"),
    ],
)  # fmt: skip
def test_names_that_have_a_role(name: str, role: str) -> None:
    assert name_role(name).role == role


@pytest.mark.parametrize(
    "name",
    ["train/value_loss", "loss_scale", "accumulated_eval_time", "lr-Adam-momentum", "train/train_loss", "hp_metric",
     "interval", "valuation", "lrap", "color", "loss_fn", "eval_runtime", "actor_loss", "validation/lr", "perf/loss"],
)  # fmt: skip
def test_names_that_only_look_like_one(name: str) -> None:
    assert name_role(name).role is None
