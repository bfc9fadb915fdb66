from __future__ import annotations

from pathlib import Path

import pytest

from loglens.readers import read
from loglens.readers.console.text.languages import in_english, speaks_another

LOSSES = (0.91, 0.74, 0.62, 0.55, 0.51, 0.49)
WRITTEN = {
    "Russian": "Эпоха {at}/6, потери: {loss}, точность: 0.5",
    "Russian, the number first": "{at}-я эпоха | потери на обучении: {loss} | потери на валидации: 0.9",
    "Ukrainian": "Епоха {at}: втрати = {loss}",
    "Chinese": "第{at}轮 训练损失：{loss}，验证损失：0.9，学习率：0.001",
    "Chinese, counted by its own word": "轮次 {at}/6 - 损失: {loss} - 准确率: 0.5",
    "Chinese, steps": "第{at}次迭代，损失值为 损失={loss}",
    "Japanese": "エポック {at}/6 損失: {loss} 検証損失: 0.9 正解率: 0.5",
    "Korean": "에포크 {at}/6 - 손실: {loss} - 검증 손실: 0.9",
    "Korean, the number first": "{at}번째 에포크 훈련 손실: {loss}",
    "Spanish": "Época {at}/6 - Pérdida: {loss} - Pérdida de validación: 0.9",
    "Portuguese": "Epoca {at} | Perda: {loss} | Acurácia: 0.5",
    "French": "Époque {at}/6, perte d'entraînement: {loss}, perte de validation: 0.9",
    "German": "Epoche {at}/6: Trainingsverlust: {loss}, Validierungsverlust: 0.9",
    "Italian": "Epoca {at}: perdita = {loss}",
    "Polish": "Epoka {at}, strata: {loss}",
    "Russian, an agent": "INFO - эпизод {at}: средняя награда за последние 100 эпизодов = {loss}",
    "Turkish": "Epok {at} kayıp: {loss} doğruluk: 0.5",
}


def log(line: str) -> str:
    return "".join(line.format(at=at, loss=loss) + "\n" for at, loss in enumerate(LOSSES, start=1))


@pytest.mark.parametrize("language", WRITTEN)
def test_a_log_in_another_language_has_its_loss_and_its_counter(language: str, tmp_path: Path) -> None:
    path = tmp_path / "train.log"
    path.write_text(log(WRITTEN[language]), encoding="utf-8")
    (run,) = read(path).runs
    series = run.role("episode_return" if "agent" in language else "train_loss")
    assert series is not None, [item.tag for item in run.series]
    assert series.steps.tolist() == [1, 2, 3, 4, 5, 6]
    assert series.values.tolist() == list(LOSSES)
    assert series.axis == ("step" if "steps" in language else "epoch")
    assert (run.role("val_loss") is not None) == ("0.9" in WRITTEN[language])


def test_what_was_read_as_english_is_told(tmp_path: Path) -> None:
    path = tmp_path / "train.log"
    path.write_text(log(WRITTEN["Russian"]), encoding="utf-8")
    (run,) = read(path).runs
    assert any("Эпоха, потери" in note.message for note in run.notes)


@pytest.mark.parametrize(
    "text",
    [
        "Epoch 1: loss 0.5\n" * 9,
        "Epoch 1: loss 0.5 ✓ saved → best.pt\n" * 9,
        "Author: José Pérez, Zürich, Москва\nEpoch 1: loss 0.5\n",
        "media/epochs/perda.py: step 3 loss 0.5\n" * 9,
    ],
)
def test_english_stays_as_it_is(text: str) -> None:
    assert not speaks_another(text.encode())


def test_lines_stay_lines_and_bytes_that_are_no_text_stay_bytes() -> None:
    text = "Эпоха 1\r\n\xff потери: 0.5\n".encode().replace("\xff".encode(), b"\xff")
    english, words = in_english(text)
    assert english == b"epoch 1\r\n\xff loss: 0.5\n"
    assert words == ("Эпоха", "потери")


def test_a_plain_word_inside_another_is_none() -> None:
    english, _ = in_english(b"Epoca 3: perdita 0.5, superperdita, Epochen\n")
    assert english == b"epoch 3: loss 0.5, superperdita, epoch\n"


def test_a_sign_for_a_number_and_a_set_in_brackets() -> None:
    line = "Époque n° 3 — perte (app.) : 0.5 — perte (val.) : 0.6".encode()
    read_as, _ = in_english(line)
    assert read_as.decode() == "epoch 3 — loss (train) : 0.5 — loss (val) : 0.6"


def test_the_count_of_the_training_is_a_step() -> None:
    assert in_english("训练次数：100, Loss：1.98".encode())[0].decode().split("：")[0].strip() == "step"
