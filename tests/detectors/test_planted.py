"""What each detector says of runs in which its fault is planted in growing strength, to the digit."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from loglens.detectors import DETECTORS
from loglens.detectors.running import detected
from loglens.signals.core import Signals
from tests.detectors.planted import PLANTED, line_of
from tests.tables import compare

FOLDER = Path(__file__).parent / "planted"
BY_ID = {one.meta.id: one for one in DETECTORS}


def table(name: str) -> Iterator[str]:
    for planted, run in PLANTED[name]():
        outcome = detected(Signals(run), [BY_ID[name]])
        yield planted
        yield from (f"    {line_of(one)}" for one in outcome.findings)


@pytest.mark.parametrize("name", sorted(PLANTED))
def test_a_detector_says_of_planted_runs_what_its_table_holds(name: str, rewrite_goldens: bool) -> None:
    compare(FOLDER / f"{name}.txt", table(name), rewrite=rewrite_goldens)


@pytest.mark.parametrize("name", sorted(PLANTED))
def test_a_table_holds_runs_on_both_sides_of_the_limit(name: str) -> None:
    lines = (FOLDER / f"{name}.txt").read_text(encoding="utf-8").splitlines()
    planted = [line for line in lines if not line.startswith(" ")]
    silent = [one for one, after in zip(lines, [*lines[1:], ""], strict=True)
              if not one.startswith(" ") and not after.startswith(" ")]  # fmt: skip
    assert len(planted) == len(set(planted))
    if name != "logging":  # which always has something to say of a short log
        assert silent
    levels = {line.split()[1] for line in lines if line.startswith(" ")}
    assert len(levels) >= 2
