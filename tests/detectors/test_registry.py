"""The list of detectors, what each says of itself, and what all of them must bear."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import fields
from importlib import import_module
from inspect import getmodule
from pathlib import Path
from typing import get_args

import numpy as np
import pytest

from loglens.detectors import DETECTORS
from loglens.detectors.base import Detector
from loglens.detectors.limits import configured
from loglens.detectors.loss_spike import LossSpike
from loglens.detectors.running import detected
from loglens.errors import NotJudgeable
from loglens.model.finding import Broke, DetectorMeta, Finding, NotApplicable
from loglens.model.kinds import FindingKind
from loglens.model.run import FloatArray, Run
from loglens.model.settings import Options
from loglens.signals.core import Signals
from tests.factories import diverging, falling, healthy, make_run, scaled, with_spikes

FOLDER = Path(import_module("loglens.detectors").__file__ or "").parent
NOT_DETECTORS = {"__init__", "base", "limits", "running"}
IDS = [one.meta.id for one in DETECTORS]
HEADINGS = (
    "What it is.", "Why it matters.", "How it decides.", "Stays silent when.", "What to try.", "References."
)  # fmt: skip


def asked(detector: Detector, run: Run) -> list[Finding]:
    """What the detector finds, asked as the pipeline asks it: only where its inputs are there."""
    try:
        signals = Signals(run)
    except NotJudgeable:
        return []
    first = signals.track(detector.meta.needs[0])
    missing = any(signals.track(role) is None for role in detector.meta.needs)
    if missing or first is None or len(first) < detector.meta.min_points:
        return []
    return list(detector.detect(signals))


def test_the_list_names_every_file_of_the_room() -> None:
    files = {path.stem for path in FOLDER.glob("*.py")} - NOT_DETECTORS
    listed = {Path(getmodule(type(one)).__file__ or "").stem for one in DETECTORS}  # type: ignore[union-attr]
    assert listed == files


def test_the_list_is_in_alphabetical_order() -> None:
    names = [type(one).__name__ for one in DETECTORS]
    assert names == sorted(names)


def test_every_kind_of_finding_has_one_detector() -> None:
    kinds = [kind for one in DETECTORS for kind in one.meta.kinds]
    assert sorted(kinds) == sorted(get_args(FindingKind))


def test_ids_are_unique() -> None:
    assert len(set(IDS)) == len(IDS)


@pytest.mark.parametrize("detector", DETECTORS, ids=IDS)
def test_the_page_for_the_user_is_complete(detector: Detector) -> None:
    page = getmodule(type(detector)).__doc__ or ""
    for heading in HEADINGS:
        assert heading in page, f"{heading} is missing"
    named = set(re.findall(r"`(\w+)`", page))
    limits = {one.name for one in fields(detector)}  # type: ignore[arg-type]
    # a limit that the page does not explain cannot be set with sense
    assert limits - named <= {"most", "blocks"}, f"not explained: {limits - named}"


@pytest.mark.parametrize("detector", DETECTORS, ids=IDS)
def test_limits_are_numbers_a_settings_file_can_hold(detector: Detector) -> None:
    assert {one.type for one in fields(detector)} <= {"int", "float"}  # type: ignore[arg-type]


def awkward() -> dict[str, Run]:
    rng = np.random.default_rng(0)
    nan_tail = falling(200)
    nan_tail[150:] = np.nan
    nan_holes = falling(200)
    nan_holes[::9] = np.nan
    huge = falling(300) * 1e300
    sparse_grad = (np.arange(0, 300, 50), np.ones(6))
    cases: dict[str, dict[str, FloatArray | tuple[np.ndarray, FloatArray]]] = {
        "two points": {"loss": np.array([2.0, 1.0])},
        "three points": {"loss": np.array([2.0, 1.0, 3.0])},
        "constant": {"loss": np.full(100, 2.0), "lr": np.full(100, 0.1), "grad": np.full(100, 1.0)},
        "constant zero": {"loss": np.zeros(100), "lr": np.zeros(100), "grad": np.zeros(100), "val": np.zeros(100)},
        "nan tail": {"loss": nan_tail, "grad": nan_tail * 2, "lr": np.full(200, 0.1)},
        "nan holes": {"loss": nan_holes, "val": nan_holes},
        "one finite point": {"loss": np.array([np.nan, 1.0, np.nan])},
        "infinities": {"loss": np.where(np.arange(100) % 10 == 5, np.inf, falling(100))},
        "negative": {"loss": -falling(300)[::-1], "val": -falling(300)},
        "huge": {"loss": huge, "grad": huge},
        "tiny": {"loss": falling(300) * 1e-300},
        "sign changes": {"loss": rng.standard_normal(400)},
        "heavy tails": {"loss": np.exp(4 * rng.standard_normal(400))},
        "irregular steps": {"loss": (np.cumsum(rng.integers(1, 50, 300)), falling(300))},
        "few gradients": {"loss": falling(300), "grad": sparse_grad, "lr": sparse_grad},
        "epochs": {"loss": falling(300), "epoch": np.arange(300) / 37.0},
        "whole epochs": {"loss": falling(60), "epoch": np.arange(60.0)},
        "huge steps": {"loss": (np.arange(300) * 10**14, falling(300)), "lr": np.full(300, 1e-3)},
        "rounded": {"loss": np.round(falling(300), 1)},
        "stairs of the rate": {"loss": falling(300), "lr": np.repeat([1.0, 0.5, 2.0, 0.1, 0.1, 3.0], 50)},
        "only validation": {"val": falling(60)},
    }
    return {name: make_run(columns) for name, columns in cases.items()}


AWKWARD = awkward()


@pytest.mark.parametrize("name", AWKWARD)
@pytest.mark.parametrize("detector", DETECTORS, ids=IDS)
def test_awkward_runs_are_borne(detector: Detector, name: str) -> None:
    run = AWKWARD[name]
    found = asked(detector, run)
    steps = np.concatenate([one.steps for one in run.series])
    tags = {one.tag for one in run.series}
    for finding in found:
        assert steps.min() <= finding.steps.start <= finding.steps.end <= steps.max() + 100
        assert finding.kind in detector.meta.kinds
        assert finding.series in tags
        assert finding.peak_step is None or finding.steps.start <= finding.peak_step <= finding.steps.end
        assert finding.summary.endswith(".")
        assert finding.summary.count("nan") == 0


SICK = {
    "healthy": healthy(3).run,
    "spikes": with_spikes((400, 900), heal=20.0).run,
    "divergence": diverging().run,
    "nan": diverging(nan=True).run,
}


@pytest.mark.parametrize("name", SICK)
@pytest.mark.parametrize("detector", DETECTORS, ids=IDS)
def test_the_same_run_gives_the_same_findings(detector: Detector, name: str) -> None:
    assert asked(detector, SICK[name]) == asked(detector, SICK[name])


@pytest.mark.parametrize("detector", DETECTORS, ids=IDS)
def test_the_run_is_left_as_it_was(detector: Detector) -> None:
    run = SICK["divergence"]
    before = [one.values.copy() for one in run.series]
    asked(detector, run)
    assert all(np.array_equal(one.values, old, equal_nan=True) for one, old in zip(run.series, before, strict=True))


@pytest.mark.parametrize("factor", [1e-3, 7.0, 1e4])
@pytest.mark.parametrize("name", SICK)
@pytest.mark.parametrize("detector", DETECTORS, ids=IDS)
def test_the_unit_of_the_loss_does_not_matter(detector: Detector, name: str, factor: float) -> None:
    one, other = asked(detector, SICK[name]), asked(detector, scaled(SICK[name], factor))
    assert [(f.kind, f.steps) for f in one] == [(f.kind, f.steps) for f in other]
    if detector.meta.id != "stagnation":  # whose severity knows the loss of guessing, ln k: a number with a unit
        assert [f.severity for f in one] == [f.severity for f in other]


@pytest.mark.parametrize("noise", [0.02, 0.05, 0.15, 0.4])
@pytest.mark.parametrize("points", [15, 30, 60, 150, 600, 1500])
def test_healthy_runs_raise_no_warning(points: int, noise: float) -> None:
    for seed in range(4):
        run = healthy(seed, points=points, noise=noise).run
        loud = [f.summary for one in DETECTORS for f in asked(one, run) if f.severity != "info"]
        assert loud == [], f"seed {seed}"


def test_a_limit_that_a_user_sets_replaces_that_one_alone() -> None:
    own = configured(Options())
    assert own == tuple(DETECTORS)
    set_ = configured(Options(limits={"loss_spike": {"most": 3.0, "warn_share": 1}}, disabled=("resume",)))
    changed = {one.meta.id: one for one in set_ if one not in own}
    assert list(changed) == ["loss_spike"]
    spikes = changed["loss_spike"]
    assert isinstance(spikes, LossSpike)
    assert (spikes.most, spikes.warn_share, spikes.stay_share) == (3, 1.0, LossSpike().stay_share)
    assert type(spikes.most) is int
    assert {one.meta.id for one in own} - {one.meta.id for one in set_} == {"resume"}


class Breaks:
    meta = DetectorMeta(id="breaks", kinds=(), title="", needs=("val_loss",), min_points=2)

    def detect(self, signals: Signals) -> Iterator[Finding]:
        yield from [1 // 0] if signals.span.end == 29 else []  # type: ignore[misc]  # nothing comes of it


def test_a_detector_that_breaks_costs_its_own_outcome_unless_it_is_looked_for(monkeypatch: pytest.MonkeyPatch) -> None:
    at = np.arange(30)
    run = make_run({"loss": falling(30), "val": (at[:2], falling(2))})
    monkeypatch.delenv("LOGLENS_ON_ERROR", raising=False)
    (outcome,) = detected(Signals(run), [Breaks()]).outcomes
    assert outcome == Broke(detector="breaks", error="ZeroDivisionError: integer division or modulo by zero")
    monkeypatch.setenv("LOGLENS_ON_ERROR", "raise")
    with pytest.raises(ZeroDivisionError):
        detected(Signals(run), [Breaks()])


@pytest.mark.parametrize(
    ("val", "reason"),
    [
        (None, "no validation loss in this log"), (np.array([np.nan, np.nan]), "the validation loss is never a number"),
        (np.array([1.0]), "1 finite point of the validation loss; 2 are needed"),
    ],
)  # fmt: skip
def test_why_a_detector_cannot_be_asked_is_told(val: FloatArray | None, reason: str) -> None:
    loss = falling(30)
    run = make_run({"loss": loss} if val is None else {"loss": loss, "val": (np.arange(len(val)), val)})
    (outcome,) = detected(Signals(run), [Breaks()]).outcomes
    assert outcome == NotApplicable(detector="breaks", reason=reason)
