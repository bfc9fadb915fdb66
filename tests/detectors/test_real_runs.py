"""The detectors on logs of real trainings: quiet where careful people saw nothing, right where something was put in.

The logs are not part of the project; the checks are left out where they are not to be had.
"""

from __future__ import annotations

import json
import re
import tarfile
from functools import cache
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from loglens.detectors import DETECTORS
from loglens.detectors.loss_spike import LossSpike
from loglens.errors import NotJudgeable
from loglens.model.finding import Finding
from loglens.model.run import Run
from loglens.pipeline import read
from loglens.signals.core import Signals
from tests.detectors.test_registry import asked
from tests.factories import windowed

Truth = dict[str, dict[str, Any]]


def table(shared: Path) -> dict[str, tuple[str, list[int]]]:
    """Folder -> (verdict, steps named in the column 'about at')."""
    rows: dict[str, tuple[str, list[int]]] = {}
    for line in (shared / "real_logs" / "README.md").read_text(encoding="utf-8").splitlines():
        cells = [cell.strip() for cell in line.split("|")]
        if len(cells) > 8 and cells[1].startswith("`"):
            rows[cells[1].strip("`")] = (cells[5], [int(n) for n in re.findall(r"\d+", cells[7])])
    return rows


@cache
def findings(folder: Path) -> tuple[Finding, ...]:
    """What all detectors find in all runs of a folder."""
    found: list[Finding] = []
    for run in read(folder).runs:
        try:
            Signals(run)
        except NotJudgeable:
            continue
        found += [finding for one in DETECTORS for finding in asked(one, run)]
    return tuple(found)


def test_healthy_logs_raise_no_warning(shared: Path) -> None:
    loud = {
        name: [one.summary for one in findings(shared / "real_logs" / name) if one.severity != "info"]
        for name, (verdict, _) in table(shared).items()
        if verdict == "healthy"
    }
    assert len(loud) > 20
    assert sum(bool(one) for one in loud.values()) <= 1, loud


KINDS = {
    "spike": {"loss_spike"},
    "divergence": {"divergence"},
    "nan": {"non_finite"},
    "plateau": {"stagnation", "slow_progress"},
    "overfit": {"overfitting"},
}


def test_what_careful_people_saw_is_found_where_they_saw_it(shared: Path) -> None:
    missed = []
    judged = 0
    for name, (verdict, places) in table(shared).items():
        if verdict not in KINDS:
            continue
        judged += 1
        found = [one for one in findings(shared / "real_logs" / name) if one.kind in KINDS[verdict]]
        near = [
            any(one.steps.start - 5 <= at <= one.steps.end + 5 for one in found)
            for at in (places if verdict in ("spike", "nan") else [])
        ]
        # a diverging NaN run is told by its climb at the first of its places
        if not found or (near and not any(near)):
            missed.append(name)
    assert judged > 15
    assert len(missed) <= 0.1 * judged, missed


@pytest.fixture(scope="module")
def labelled(shared: Path, tmp_path_factory: pytest.TempPathFactory) -> tuple[dict[str, Run], Truth]:
    folder = tmp_path_factory.mktemp("labelled")
    with tarfile.open(shared / "labelled_runs" / "logs.tar.xz") as archive:
        archive.extractall(folder, filter="data")
    truth: Truth = json.loads((shared / "labelled_runs" / "truth.json").read_text(encoding="utf-8"))
    runs = {run.name.split("/")[0]: run for run in read(folder / "logs").runs}
    return runs, truth


@pytest.mark.parametrize(("size", "recall"), [(1, 0.95), (5, 0.95), (10, 0.9)])
def test_corrupted_batches(labelled: tuple[dict[str, Run], Truth], size: int, recall: float) -> None:
    runs, truth = labelled
    said = right = planted = seen = 0
    for name, one in truth.items():
        if one["cause"] != "bad_data":
            continue
        run = runs[name] if size == 1 else windowed(runs[name], size)
        loss = Signals(run).loss
        near = max(3, loss.interval)
        peaks = [f.peak_step for f in LossSpike().detect(Signals(run)) if f.peak_step is not None]
        said += len(peaks)
        right += sum(any(abs(peak - at) <= near for at in one["at"]) for peak in peaks)
        planted += len(one["at"])
        seen += sum(any(abs(peak - at) <= near for peak in peaks) for at in one["at"])
    assert right / said >= 0.97
    assert seen / planted >= recall


def test_healthy_labelled_runs_raise_no_warning(labelled: tuple[dict[str, Run], Truth]) -> None:
    runs, truth = labelled
    loud = {
        name: [f.summary for one in DETECTORS for f in asked(one, runs[name]) if f.severity != "info"]
        for name, said in truth.items()
        if said["cause"] == "healthy"
    }
    assert not any(loud.values()), loud


def test_faults_are_located(labelled: tuple[dict[str, Run], Truth]) -> None:
    runs, truth = labelled
    hits: list[bool] = []
    for name, said in truth.items():
        run = runs[name]
        found = [f for one in DETECTORS for f in asked(one, run)]
        reach = max(5, said["logged_every"])
        short = max(100, said["steps"] // 8)
        for at in said.get("at", []):
            spans = [f.steps for f in found if f.steps.steps <= short]
            hits.append(any(span.start - reach <= at <= span.end + reach for span in spans))
    assert len(hits) > 25
    assert np.mean(hits) >= 0.95
