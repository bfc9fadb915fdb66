"""What happens to logs on their way to a screen, on a handful of trainings that ship: what must not matter does not."""

from __future__ import annotations

from pathlib import Path

import pytest

import loglens
from tests.contradictions.check import contradictions
from tests.lab.evaluate.anatomies import ANATOMIES, Table, diagnosed, table_of

RUNS = Path(__file__).resolve().parents[3] / "sample_logs" / "runs"
HARMLESS = ("rows doubled", "parts beside the sum", "three digits")


def shipped(name: str) -> Table:
    table = table_of(loglens.read(RUNS / name)[0])
    assert table is not None
    return table


@pytest.mark.parametrize("anatomy", HARMLESS)
@pytest.mark.parametrize("name", ["healthy", "lr-too-high"])
def test_what_does_not_matter_changes_no_cause(anatomy: str, name: str, tmp_path: Path) -> None:
    table = shipped(name)
    before, after = diagnosed(table, tmp_path), diagnosed(ANATOMIES[anatomy][0](table), tmp_path)
    assert before is not None and after is not None
    assert after.cause.cause == before.cause.cause


@pytest.mark.parametrize(
    "anatomy", ["two runs appended", "counter goes back", "sudden NaN", "20 points", "negative loss"]
)
def test_no_anatomy_makes_a_diagnosis_contradict_itself(anatomy: str, tmp_path: Path) -> None:
    for name in ("healthy", "overfitting"):
        run = diagnosed(ANATOMIES[anatomy][0](shipped(name)), tmp_path)
        assert run is not None
        assert list(contradictions(run)) == []
