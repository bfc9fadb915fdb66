"""A run none of whose losses is a number: one critical finding, said to be the detector's own, and a cause."""

from __future__ import annotations

import numpy as np
import pytest

from loglens.judging import diagnose_run
from tests.factories import make_run


@pytest.mark.parametrize("value", [np.nan, np.inf])
def test_a_loss_without_a_number_is_lost(value: float) -> None:
    judged = diagnose_run(make_run({"loss": np.full(50, value), "lr": np.full(50, 0.1)}))
    (finding,) = judged.findings
    assert (judged.verdict, finding.kind, finding.severity) == ("critical", "non_finite", "critical")
    assert judged.found_by("non_finite") == (finding,)
    assert [one.detector for one in judged.outcomes] == ["non_finite"]
    assert finding.evidence_value("count") == 50
    assert judged.causes[0].because
