"""Harmless changes to a log change nothing that is said of it, and the same input gives the same bytes anywhere.

Limits: where the base run's first cause is surer than `SURE`, it stays among the first two; the verdict moves by one
step at most; what is doubled or shuffled is the same log, so that nothing may move at all.
"""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Callable
from dataclasses import replace
from functools import cache
from pathlib import Path
from random import Random
from tempfile import TemporaryDirectory

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

import loglens
from loglens.model.diagnosis import RunDiagnosis
from loglens.model.run import FloatArray, Run
from tests.hostile.changes import CHANGES, rows_of
from tests.hostile.changes import judged as written_and_judged

ROOT = Path(__file__).parents[2]
SAMPLES = sorted(one for one in (ROOT / "sample_logs" / "runs").iterdir() if one.is_dir())
INPUTS = Path(__file__).parent / "inputs"
VERDICTS = ("healthy", "warning", "critical")
SURE = 0.9
OTHERWISE = ("epochs for steps", "steps times 10", "a healthy tail", "every 2nd point", "event file")
samples = st.sampled_from(SAMPLES)
few = settings(max_examples=12, deadline=None, derandomize=True, suppress_health_check=list(HealthCheck))


@cache
def run_of(path: Path) -> Run:
    return loglens.read(path).runs[0]


def judged(run: Run) -> RunDiagnosis:
    return loglens.diagnose(run).runs[0]


@cache
def base(path: Path) -> RunDiagnosis:
    return judged(run_of(path))


def with_losses(run: Run, change: Callable[[FloatArray], FloatArray]) -> Run:
    roles = [one.tag for role in ("train_loss", "val_loss") if (one := run.role(role)) is not None]
    return replace(
        run,
        series=tuple(replace(one, values=change(one.values)) if one.tag in roles else one for one in run.series),
    )


def agrees(path: Path, found: RunDiagnosis) -> None:
    """Within the stated limits."""
    before = base(path)
    assert abs(VERDICTS.index(found.verdict) - VERDICTS.index(before.verdict)) <= 1
    if before.cause.probability > SURE:
        kept = {one.cause for one in found.causes[:2]}
        assert before.cause.cause in kept, f"{path.name}: {before.cause} became {found.cause}"
    if before.cause.cause != "dead_network":
        assert found.cause.cause != "dead_network"


@few
@given(samples, st.integers(-3, 4))
def test_another_unit_of_the_loss(path: Path, power: int) -> None:
    agrees(path, judged(with_losses(run_of(path), lambda values: values * 10.0**power)))


@few
@given(samples)
def test_numbers_of_single_precision(path: Path) -> None:
    agrees(path, judged(with_losses(run_of(path), lambda values: values.astype(np.float32).astype(np.float64))))


@few
@given(st.sampled_from([one for one in SAMPLES if one.name != "overfitting"]), st.floats(0.1, 10))
def test_a_constant_added_to_the_loss_is_no_dead_network(path: Path, constant: float) -> None:
    agrees(path, judged(with_losses(run_of(path), lambda values: values + constant)))


@few
@given(samples, st.floats(1, 1e9))
def test_other_times_on_the_clock(path: Path, shift: float) -> None:
    run = run_of(path)
    moved = tuple(
        one if one.wall_times is None else replace(one, wall_times=one.wall_times + shift) for one in run.series
    )
    found, before = judged(replace(run, series=moved)), base(path)
    assert [one.cause for one in found.causes] == [one.cause for one in before.causes]
    assert found.findings == before.findings


def table(run: Run) -> tuple[str, list[str]]:
    """The run as the lines of a table: one column a role, one row a step of the loss."""
    loss = run.role("train_loss")
    assert loss is not None
    columns = {"loss": dict(zip(loss.steps.tolist(), loss.values.tolist(), strict=True))}
    for role, name in (("learning_rate", "lr"), ("grad_norm", "grad_norm"), ("val_loss", "val_loss")):
        if (one := run.role(role)) is not None:
            columns[name] = dict(zip(one.steps.tolist(), one.values.tolist(), strict=True))
    rows = [
        ",".join([str(step), *(str(values.get(step, "")) for values in columns.values())])
        for step in loss.steps.tolist()[:600]
    ]
    return ",".join(["step", *columns]), rows


def written(folder: Path, header: str, rows: list[str], name: str = "metrics.csv") -> RunDiagnosis:
    folder.mkdir(parents=True, exist_ok=True)
    (folder / name).write_text("\n".join([header, *rows]) + "\n")
    return loglens.diagnose(folder / name).runs[0]


def same(found: RunDiagnosis, before: RunDiagnosis) -> None:
    assert found.verdict == before.verdict
    assert [one.cause for one in found.causes] == [one.cause for one in before.causes]
    assert found.recommendation.peak_lr == before.recommendation.peak_lr
    assert [one.key for one in found.findings] == [one.key for one in before.findings]


@pytest.mark.parametrize("path", SAMPLES, ids=[one.name for one in SAMPLES])
def test_every_row_written_twice_is_the_same_log(path: Path, tmp_path: Path) -> None:
    header, rows = table(run_of(path))
    same(
        written(tmp_path / "twice", header, [one for row in rows for one in (row, row)]),
        written(tmp_path / "once", header, rows),
    )


@pytest.mark.parametrize("path", SAMPLES, ids=[one.name for one in SAMPLES])
def test_shuffled_rows_are_the_same_log(path: Path, tmp_path: Path) -> None:
    header, rows = table(run_of(path))
    mixed = rows.copy()
    Random(7).shuffle(mixed)  # noqa: S311  to be repeated
    same(written(tmp_path / "mixed", header, mixed), written(tmp_path / "in-order", header, rows))


@pytest.mark.parametrize("name", ["r1e9789", "re127fa"])
def test_rows_written_twice_that_were_judged_otherwise(name: str) -> None:
    same(loglens.diagnose(INPUTS / f"rows_x2_{name}").runs[0], loglens.diagnose(INPUTS / f"rows_x1_{name}").runs[0])


@few
@given(
    samples, st.sampled_from(["epochs for steps", "steps times 10", "a healthy tail", "every 2nd point", "event file"])
)
def test_another_axis_a_tail_fewer_points_and_another_format(path: Path, name: str) -> None:
    """... and where the cause stays, the rate stays within a factor of two."""
    rows, change = rows_of(run_of(path)), CHANGES[name]
    changed = change.change(rows)
    if changed is None:
        return
    with TemporaryDirectory() as place:
        found = written_and_judged(changed, change, Path(place) / "changed")
    assert found is not None
    agrees(path, found)
    before = base(path)
    was, now = before.recommendation.peak_lr, found.recommendation.peak_lr
    if was and now and before.cause.cause == found.cause.cause:
        assert 0.5 <= now / was <= 2


@few
@given(samples, st.floats(4, 50), st.floats(0.3, 0.8))
def test_a_spike_never_makes_a_run_healthier(path: Path, height: float, place: float) -> None:
    run = run_of(path)

    def spiked(values: FloatArray) -> FloatArray:
        at = int(len(values) * place)
        changed = values.copy()
        finite = values[np.isfinite(values)]
        if len(finite):
            changed[at] = np.max(np.abs(finite)) * height
        return changed

    found = judged(with_losses(run, spiked))
    assert VERDICTS.index(found.verdict) >= VERDICTS.index(base(path).verdict)


PLACES = (
    {"LC_ALL": "C", "TZ": "UTC", "PYTHONHASHSEED": "0"},
    {"LC_ALL": "C.UTF-8", "TZ": "Pacific/Kiritimati", "PYTHONHASHSEED": "4711", "COLUMNS": "40"},
    {"LC_ALL": "tr_TR.UTF-8", "LANG": "de_DE", "TZ": "America/St_Johns", "PYTHONHASHSEED": "1", "NO_COLOR": "1"},
)


def printed(place: dict[str, str], *words: str) -> bytes:
    """What LogLens prints there."""
    return subprocess.run(
        [sys.executable, "-m", "loglens", *words],
        cwd=ROOT, env={**os.environ, **place}, capture_output=True, check=True, timeout=240,
    ).stdout  # fmt: skip


def test_the_same_bytes_whatever_the_place(tmp_path: Path) -> None:
    saved = tmp_path / "diagnosis.json"
    written = set()
    for number, place in enumerate(PLACES):
        jobs = str(1 + number % 2)
        document = printed(place, "diagnose", "sample_logs/runs", "-f", "json", "--exit-zero", "--jobs", jobs)
        saved.write_bytes(document)
        written.add((document, *(printed(place, "render", str(saved), "-f", form) for form in ("markdown", "text"))))
    assert len(written) == 1
