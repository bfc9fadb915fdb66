from __future__ import annotations

from tests.readers.text_lines import read


def test_lstmtraining() -> None:
    rows = ["Loaded file model/base.lstm, unpacking...", "Continuing from model/base.lstm"]
    rows += [
        f"At iteration {98 * at}/{100 * at}/{100 * at}, Mean rms={6 - at}%, delta=47.481%, char train={100 - at}%, "
        f"word train=99.895%, skip ratio=0%,  New best char error = {100 - at} wrote checkpoint."
        for at in (1, 2, 3)
    ]
    points = read("\n".join(rows) + "\n", "tesseract")
    assert points["rms_loss"] == [(100, 5.0), (200, 4.0), (300, 3.0)]
    assert points["train_char_error"] == [(100, 99.0), (200, 98.0), (300, 97.0)]
