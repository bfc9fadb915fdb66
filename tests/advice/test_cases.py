"""Generated cases of forty kinds: faults that are established are named, curves that only look like one stay quiet."""

from __future__ import annotations

import pytest

from loglens.pipeline import diagnose_run
from tests.advice.cases import KINDS, cases, falls_short

SHARE = 0.9
COUNT = 6


@pytest.mark.parametrize("kind", [one.__name__ for one in KINDS])
def test_a_kind_is_judged_right(kind: str) -> None:
    wrong = [said for case in cases(COUNT, kind=kind) if (said := falls_short(case, diagnose_run(case.run)))]
    assert len(wrong) <= 1, wrong


def test_no_quiet_curve_that_ends_in_nan_is_told_healthy_or_to_raise() -> None:
    for kind in ("quiet_nan", "stopped_on_nan", "hidden_nan", "lost_at_once"):
        for case in cases(COUNT, kind=kind, seed=9):
            judged = diagnose_run(case.run)
            assert judged.cause.cause not in ("healthy", "lr_too_low")
            assert (judged.recommendation.lr_factor or 1.0) <= 1.5
