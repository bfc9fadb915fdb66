"""The learning rate in the name of a run."""

from __future__ import annotations

from pathlib import Path

import pytest

from loglens.readers import read
from loglens.readers.settings.named import rate_in_name


@pytest.mark.parametrize(
    ("path", "rate"),
    [
        ("lr=0.01/log.csv", 0.01),
        ("adam_lr1e-3_bs32.csv", 1e-3),
        ("runs/lr_0.001/seed1/log.csv", 1e-3),
        ("lr0.1_wd0.5.csv", 0.1),
        ("lr-3e-4.txt", 3e-4),
        ("learning_rate_5e-05/metrics.csv", 5e-5),
        ("a_lr_.01.log", 0.01),
        ("lr1/log.csv", None),
        ("xlr0.1.csv", None),
        ("lr0.1_lr0.2.csv", None),
        ("lrschedule_0.1", None),
        ("lr_0.0.csv", None),
        ("lr..5.csv", None),
        ("lr.csv", None),
        ("lr1e-999.csv", None),
        ("a/b/c/lr_500.5.csv", None),
    ],
)
def test_a_name_tells_the_rate(path: str, rate: float | None) -> None:
    assert rate_in_name(Path(path)) == rate


@pytest.mark.parametrize(("heading", "rate"), [("", 0.02), ("# lr=0.5\n", 0.5)])
def test_what_the_log_says_goes_before_its_name(tmp_path: Path, heading: str, rate: float) -> None:
    path = tmp_path / "lr0.02" / "log.csv"
    path.parent.mkdir()
    path.write_text(heading + "step,loss\n1,0.5\n2,0.4\n3,0.3\n", encoding="utf-8")
    (run,) = read(tmp_path).runs
    assert run.config["lr"] == rate
    assert any("taken from the name" in note.message for note in run.notes) is (not heading)


def test_a_rate_that_is_logged_needs_no_name(tmp_path: Path) -> None:
    path = tmp_path / "lr0.02" / "log.csv"
    path.parent.mkdir()
    path.write_text("step,loss,lr\n1,0.5,0.1\n2,0.4,0.1\n3,0.3,0.1\n", encoding="utf-8")
    (run,) = read(tmp_path).runs
    assert not run.config and not any("name" in note.message for note in run.notes)
