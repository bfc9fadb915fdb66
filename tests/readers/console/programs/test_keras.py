# ruff: noqa: E501 - lines as the programs print them
from __future__ import annotations

from tests.readers.text_lines import read


def test_keras_3() -> None:
    text = """Epoch 1/2
\x1b[1m 1/469\x1b[0m \x1b[37m━━━━━━━━━━━━━━━━━━━━\x1b[0m \x1b[1m1:00\x1b[0m 130ms/step - accuracy: 0.1 - loss: 2.4
\x1b[1m469/469\x1b[0m \x1b[32m━━━━━━━━━━━━━━━━━━━━\x1b[0m\x1b[37m\x1b[0m \x1b[1m2s\x1b[0m 4ms/step - accuracy: 0.90 - loss: 0.35
469/469 ━━━━━━━━━━━━━━━━━━━━ 3s 5ms/step - accuracy: 0.91 - loss: 0.34 - val_accuracy: 0.95 - val_loss: 0.2
Epoch 2/2
469/469 ━━━━━━━━━━━━━━━━━━━━ 3s 5ms/step - accuracy: 0.95 - loss: nan - val_accuracy: 0.96 - val_loss: 0.15
"""
    points = read(text, "keras-console")
    assert points["val_loss"] == [(1, 0.2), (2, 0.15)]
    assert points["loss"][0] == (1, 0.34) and len(points["loss"]) == 2


def test_keras_2_with_a_bar_and_without() -> None:
    text = """Epoch 1/2
 1/10 [==>...........................] - ETA: 0s - loss: 2.5
10/10 [==============================] - 2s 4ms/step - loss: 0.5000 - val_loss: 0.4000
Epoch 2/2
10/10 - 2s - loss: 0.3 - val_loss: 0.35 - 2s/epoch - 4ms/step
"""
    points = read(text, "keras-console")
    assert points["loss"] == [(1, 0.5), (2, 0.3)]
    assert points["val_loss"] == [(1, 0.4), (2, 0.35)]


def test_keras_1_quiet() -> None:
    text = "Epoch 1/2\n - 2s - loss: 0.5 - acc: 0.8\nEpoch 2/2\n2s - loss: 0.4 - acc: 0.9\n"
    assert read(text, "keras-console")["loss"] == [(1, 0.5), (2, 0.4)]


def test_the_bar_of_an_evaluation_is_no_epoch() -> None:
    lines = []
    for at in range(1, 4):
        lines += [f"    Epoch {at}/3", f"    100/100 [====] - 1s - loss: {2.5 - at / 2} - val_loss: {3.0 - at / 2}"]
    lines += ["    40/40 [====] - 0s - loss: 9.0", "313/313 - 1s - loss: 8.0"]
    points = read("\n".join(lines), "keras-console")
    assert points["loss"] == [(at, 2.5 - at / 2) for at in range(1, 4)]
    assert points["val_loss"] == [(at, 3.0 - at / 2) for at in range(1, 4)]
