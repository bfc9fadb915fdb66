"""How names are cut into words."""

from __future__ import annotations

import pytest

from loglens.readers.naming.words import words_of


@pytest.mark.parametrize(
    ("name", "words"),
    [
        ("train/LossTotal", ["train", "loss", "total"]),
        ("learning rate", ["lr"]),
        ("Learning_Rate/group0", ["lr", "group", "0"]),
        ("trainloss", ["train", "loss"]),
        ("GLoss", ["g", "loss"]),
        ("mAP50-95(B)", ["map", "50", "95", "b"]),
        ("mIoU", ["miou"]),
        ("grad_2.0_norm", ["grad", "2.0", "norm"]),
        ("optim.lr", ["optim", "lr"]),
        ("L.r.", ["lr"]),
        ("lr/d*lr/unet", ["lr", "dlr", "unet"]),
        ("cross-entropy", ["ce"]),
        ("训练损失", ["train", "loss"]),
        ("lossless", ["lossless"]),
        ("l_pix", ["loss", "pix"]),
        ("train/l_percep", ["train", "loss", "percep"]),
        ("l_rate", ["lr"]),
        ("l_1", ["l1"]),
        ("val_l_x", ["val", "l", "x"]),
        ("color", ["color"]),
        ("", []),
    ],
)
def test_a_name_comes_apart(name: str, words: list[str]) -> None:
    assert [one.text for one in words_of(name)] == words


def test_slashes_and_dots_make_segments() -> None:
    assert [one.segment for one in words_of("eval/wiki/loss")] == [0, 1, 2]
    assert [one.segment for one in words_of("train.loss")] == [0, 1]
