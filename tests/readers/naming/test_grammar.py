"""What the words of a name say."""

from __future__ import annotations

import pytest

from loglens.readers.naming.grammar import ACTOR, AUXILIARY, KIND, NETWORK, OTHER, PART, WHOLE, read_name


@pytest.mark.parametrize(
    ("name", "split", "rank"),
    [
        ("loss", "", WHOLE), ("train/total_loss", "train", WHOLE), ("loss_all", "", WHOLE), ("Loss value", "", WHOLE),
        ("lm loss validation", "val", KIND), ("val/cross_entropy", "val", KIND), ("train/kl_loss", "train", AUXILIARY),
        ("box_loss", "", PART), ("loss_G", "", NETWORK), ("loss/g/total", "", NETWORK), ("value_loss", "", ACTOR),
        ("weird_loss", "", OTHER), ("train/val_loss", "val", WHOLE), ("eval_g0_loss", "val", OTHER),
    ],
)  # fmt: skip
def test_a_loss_and_how_much_of_it(name: str, split: str, rank: int) -> None:
    said = read_name(name)
    assert (said.quantity, said.split, said.rank, said.trap) == ("loss", split, rank, "")


@pytest.mark.parametrize(
    "name",
    ["loss_scale", "loss weight", "best_val_loss", "min_loss", "loss_std", "loss_time", "time cost", "reader_cost",
     "loss/ratio", "hparams/loss", "num_losses", "lr_factor", "lr_decay", "lr_scheduler", "lr-Adam-momentum", "val/lr",
     "grad_norm_std", "best_acc", "reward_std"],
)  # fmt: skip
def test_a_name_that_takes_back_what_it_names(name: str) -> None:
    assert read_name(name).trap


@pytest.mark.parametrize(
    "name", ["color", "lossless", "interval", "degradation", "normalized", "epoch", "plr", "flrap"]
)
def test_letters_inside_other_words_say_nothing(name: str) -> None:
    assert read_name(name).quantity == ""


@pytest.mark.parametrize(
    ("name", "clip"),
    [("grad_norm", ""), ("gnorm", ""), ("norm/grad", ""), ("grad_norm_before_clip", "before"),
     ("raw_grad_norm", "before"), ("clipped_grad_norm", "after"), ("gradient magnitude", ""),
     ("l2_norm/grad/global", ""), ("grad.norm", "")],
)  # fmt: skip
def test_gradient_and_norm_in_any_order(name: str, clip: str) -> None:
    said = read_name(name)
    assert (said.quantity, said.clip, said.sure, said.parts) == ("gradient", clip, True, ())


def test_a_limit_is_called_one() -> None:
    assert read_name("min_lr").limit and read_name("max_grad_norm").limit
    assert not read_name("lr").limit and not read_name("grad_norm").limit


def test_an_optimizer_that_is_called_momentum_has_a_rate_and_a_momentum_has_none() -> None:
    assert read_name("lr-Momentum").trap == ""
    assert read_name("lr-SGD-momentum").trap != ""
    assert read_name("lr-SGD/pg1-momentum").trap != ""


@pytest.mark.parametrize(("name", "network"), [("Err_G", "generator"), ("errD", "discriminator")])
def test_the_errors_of_two_networks_at_play_are_their_losses(name: str, network: str) -> None:
    found = read_name(name)
    assert (found.quantity, found.network) == ("loss", network)
