# ruff: noqa: E501 - lines as programs print them
from __future__ import annotations

from pathlib import Path

from loglens.readers import read as read_path
from tests.readers.text_lines import read
from tests.readers.written import only, role, write

HOST = "[host:0/1] 2021-01-01 00:00:00,000"


def test_marian(tmp_path: Path) -> None:
    rows = []
    for update in (1000, 2000, 3000):
        rows.append(
            f"[2025-01-01 12:00:00] Ep. 1 : Up. {update} : Sen. 64,000 : Cost {9000 / update:.8f} * 1,234,567 @ 12,345 after 1,000,000 : Time 123.45s : 12345.67 words/s : gNorm 1.2345 : L.r. 3.0000e-04"
        )
        rows.append(f"[2025-01-01 12:00:00] [valid] Ep. 1 : Up. {update} : cross-entropy : 45.5 : new best")
        rows.append(
            f"[2025-01-01 12:00:00] [valid] Ep. 1 : Up. {update} : ce-mean-words : 2.25 : stalled 1 times (last best: 2.1)"
        )
    points = read("\n".join(rows), "marian")
    assert points["Cost"] == [(1000, 9.0), (2000, 4.5), (3000, 3.0)]
    assert points["valid ce-mean-words"][0] == (1000, 2.25)
    run = only(read_path(write(tmp_path / "train.log", "\n".join(rows) + "\n")))
    found = [role(run, one) for one in ("train_loss", "val_loss", "learning_rate", "grad_norm")]
    assert found == ["Cost", "valid ce-mean-words", "L.r.", "gNorm"]
