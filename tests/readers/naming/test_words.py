"""How names are cut into words."""

from __future__ import annotations

from pathlib import Path

import pytest

from loglens.readers import read
from loglens.readers.naming.metric_names import axis_role, name_role
from loglens.readers.naming.words import in_english, words_of
from tests.readers.written import only, role, write


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


@pytest.mark.parametrize(
    ("name", "english"),
    [
        ("Época", "epoch"),
        ("epoche", "epoch"),
        ("перда_эпоха", "перда_epoch"),
        ("pérdida_entrenamiento", "loss_train"),
        ("PerdaTreino", "loss train"),
        ("Trainingsverlust", "train loss"),
        ("Validierungsgenauigkeit", "val accuracy"),
        ("验证损失", "val loss"),
        ("학습률", "lr"),
        ("学習損失", "train loss"),
        ("tasa_de_aprendizaje", "lr"),
        ("taux d'apprentissage", "lr"),
        ("ÖĞRENME ORANI", "lr"),
    ],
)
def test_words_are_told_in_english(name: str, english: str) -> None:
    assert in_english(name) == english


@pytest.mark.parametrize("name", ["val_loss", "train/Loss", "epoch", "media", "tap", "timestep", "passthrough", "Ä"])
def test_a_name_without_a_known_word_stays(name: str) -> None:
    assert in_english(name) == name


@pytest.mark.parametrize(
    ("name", "found"),
    [
        ("Perte", "train_loss"),
        ("perda_validação", "val_loss"),
        ("val_perdida", "val_loss"),
        ("точность_валидации", "val_accuracy"),
        ("acurácia_teste", "val_accuracy"),
        ("Lernrate", "learning_rate"),
        ("скорость обучения", "learning_rate"),
        ("奖励", "episode_return"),
        ("tempo_epoca", None),
        ("Episodio", None),
    ],
)
def test_their_roles(name: str, found: str | None) -> None:
    assert name_role(name).role == found


@pytest.mark.parametrize(
    ("name", "axis"),
    [
        ("Эпоха", "epoch"),
        ("epok", "epoch"),
        ("轮次", "epoch"),
        ("Schritt", "step"),
        ("iteración", "step"),
        ("步", "step"),
    ],
)
def test_what_counts(name: str, axis: str) -> None:
    assert axis_role(name) == axis


def test_a_table_in_spanish_is_counted_in_epochs(tmp_path: Path) -> None:
    rows = "".join(f"{at},{3 / at},{3.3 / at},{60 + at}\n" for at in range(1, 12))
    run = only(read(write(tmp_path / "historial.csv", f"época,pérdida,pérdida_val,exactitud_val\n{rows}")))
    assert run.x_axis == "epoch"
    assert [role(run, one) for one in ("train_loss", "val_loss", "val_accuracy")] == [
        "pérdida", "pérdida_val", "exactitud_val"]  # fmt: skip
