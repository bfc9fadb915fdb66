"""Every trainer's sample is read: its series, at the steps that were theirs."""

from __future__ import annotations

from pathlib import Path

import pytest

from loglens.readers import read
from tests.readers.console.trainers.samples import SAMPLES


@pytest.mark.parametrize("name", sorted(SAMPLES))
def test_a_popular_trainer_is_read(name: str, tmp_path: Path) -> None:
    sample = SAMPLES[name]
    path = tmp_path / "train.log"
    path.write_text(sample.text, encoding="utf-8")
    (run,) = read(path).runs
    for tag, wanted in sample.curves.items():
        series = run.get(tag)
        assert series is not None, f"{tag!r} is not among {[one.tag for one in run.series]}"
        assert tuple(series.steps.tolist()) == wanted.steps
        assert series.values[0] == pytest.approx(wanted.first, rel=1e-6, abs=1e-9)
        assert series.values[-1] == pytest.approx(wanted.last, rel=1e-6, abs=1e-9)
