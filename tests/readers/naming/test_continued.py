from __future__ import annotations

from itertools import pairwise
from pathlib import Path

import numpy as np
import pytest

from loglens.readers import read
from loglens.readers.contract.base import Column
from loglens.readers.naming.continued import begins_anew
from tests.readers.written import only, steps, values, write

EPOCHS, BATCHES = 6, 40


def rows(lost: float, *, falls: bool = True) -> list[tuple[int, float]]:
    """(batch, loss) of six epochs of forty batches, of which some lines are missing."""
    random = np.random.default_rng(2)
    there = [
        (batch, 10.0 / (1 + batch + BATCHES * epoch * falls)) for epoch in range(EPOCHS) for batch in range(BATCHES)
    ]
    return [row for row in there if random.random() >= lost]


def csv_of(found: list[tuple[int, float]]) -> str:
    return "step,loss\n" + "".join(f"{batch},{loss:.6f}\n" for batch, loss in found)


@pytest.mark.parametrize("lost", [0.0, 0.1])
def test_batches_that_begin_anew_with_each_epoch_are_counted_on_where_lines_are_missing(
    lost: float, tmp_path: Path
) -> None:
    found = rows(lost)
    run = only(read(write(tmp_path / "log.csv", csv_of(found))))
    assert len(values(run, "loss")) == len(found)
    assert EPOCHS * BATCHES - 10 < steps(run, "loss")[-1] < EPOCHS * BATCHES
    assert [rewind.rewritten for rewind in run.rewinds] == [0] * (EPOCHS - 1)


@pytest.mark.parametrize("lost", [0.0, 0.1])
@pytest.mark.parametrize("falls", [True, False])
def test_stretches_that_do_not_go_on_are_trainings_of_their_own(lost: float, falls: bool) -> None:
    """Whether lines of them are missing or not."""
    found = rows(lost, falls=falls)
    begins = [at for at, (before, after) in enumerate(pairwise(found), 1) if after[0] < before[0]]
    stretches = [
        Column(tag="loss", steps=np.array([batch for batch, _ in part]), values=np.array([loss for _, loss in part]))
        for part in (found[begin:end] for begin, end in pairwise([0, *begins, len(found)]))
    ]
    assert begins_anew(stretches) is not falls
