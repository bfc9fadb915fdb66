"""A finding is known again when the same log is read again, longer."""

from __future__ import annotations

from dataclasses import replace

import numpy as np

import loglens
from loglens.model.diagnosis import RunDiagnosis
from loglens.model.documents.to_json import to_document
from loglens.model.fingerprint import fingerprints
from loglens.model.run import Run, StepSpan
from tests.factories import with_spikes


def judged(run: Run) -> RunDiagnosis:
    return loglens.diagnose(run).runs[0]


def cut(run: Run, last: int) -> Run:
    """The run as it stood at that step."""
    series = []
    for one in run.series:
        many = int(np.searchsorted(one.steps, last, side="right"))
        times = None if one.wall_times is None else one.wall_times[:many]
        series.append(replace(one, steps=one.steps[:many], values=one.values[:many], wall_times=times))
    return replace(run, series=tuple(series))


def spikes(run: RunDiagnosis) -> dict[int, str]:
    """Peak -> fingerprint."""
    return {
        one.peak_step: mark
        for one, mark in zip(run.findings, fingerprints(run), strict=True)
        if one.kind == "loss_spike" and one.peak_step is not None
    }


def test_spikes_keep_their_fingerprints_while_the_run_grows() -> None:
    shared = 0
    for seed in range(6):
        run = with_spikes((320, 610, 850, 1250), seed=seed).run
        early, late = spikes(judged(cut(run, 1000))), spikes(judged(run))
        for peak in early.keys() & late.keys():
            shared += 1
            assert early[peak] == late[peak]
    assert shared >= 6


def test_fingerprints_are_unique_within_a_run_and_in_its_document() -> None:
    diagnosis = loglens.diagnose(with_spikes((320, 610, 850, 1250)).run)
    marks = fingerprints(diagnosis.runs[0])
    assert len(set(marks)) == len(marks) > 0
    assert [one["fingerprint"] for one in to_document(diagnosis)["runs"][0]["findings"]] == list(marks)


def test_a_step_or_two_change_nothing_and_twins_are_counted() -> None:
    run = judged(with_spikes((320, 610, 850, 1250)).run)
    first = next(one for one in run.findings if one.kind == "loss_spike")
    place = 20_000
    far = replace(first, peak_step=place, steps=StepSpan(start=place - 2, end=place + 3))
    moved = replace(far, peak_step=place + 2)
    alone = fingerprints(replace(run, findings=(far,)))
    assert fingerprints(replace(run, findings=(moved,))) == alone
    both = fingerprints(replace(run, findings=(far, moved)))
    assert both[0] == alone[0] != both[1]
