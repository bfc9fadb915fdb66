"""Every sample of the formats set, as `expected.json` and the rules beside it say. Skipped where the set is missing."""

from __future__ import annotations

import json
import math
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from loglens.model.run import ReadResult, Run, Series
from loglens.readers import read

SAMPLES = Path(__file__).parents[2].parent / "shared" / "data" / "formats"
EXPECTED: dict[str, Any] = (
    json.loads((SAMPLES / "expected.json").read_text(encoding="utf-8")) if (SAMPLES / "expected.json").is_file() else {}
)
needs_samples = pytest.mark.skipif(not EXPECTED, reason="the formats set (../shared/data/formats) is not here")
SPECIAL = {"NaN": math.nan, "Infinity": math.inf, "-Infinity": -math.inf}


def result_of(sample: str) -> ReadResult:
    return read(SAMPLES / sample)


def number(value: float | str) -> float:
    return SPECIAL[value] if isinstance(value, str) else float(value)


def close(found: float, expected: float | str) -> bool:
    wanted = number(expected)
    return bool(np.isclose(found, wanted, rtol=1e-5, atol=1e-9, equal_nan=True))


def run_of(result: ReadResult, expected: dict[str, Any]) -> Run:
    names = [expected["run"], *(expected.get("also") or [])]
    found = [run for run in result.runs if run.name in names]
    assert len(found) == 1, f"{names} among {[run.name for run in result.runs]}"
    return found[0]


def series_of(run: Run, tag: str, expected: dict[str, Any]) -> Series:
    for name in (tag, *expected.get("also_named", [])):
        if (series := run.get(name)) is not None:
            return series
    raise AssertionError(f"{run.name} has no series {tag!r}, but {[one.tag for one in run.series]}")


def faults(series: Series, expected: dict[str, Any]) -> Iterator[str]:
    finite = series.values[series.finite]
    if len(series) != expected["points"]:
        yield f"{len(series)} points, not {expected['points']}"
        return
    if len(series) - len(finite) != expected["nonfinite"]:
        yield f"{len(series) - len(finite)} non-finite, not {expected['nonfinite']}"
    for place, at in (("first", 0), ("last", -1)):
        step = expected[f"{place}_step"]
        if step is not None and int(series.steps[at]) != step:
            yield f"{place} step {series.steps[at]}, not {step}"
        if not close(float(series.values[at]), expected[f"{place}_value"]):
            yield f"{place} value {series.values[at]}, not {expected[f'{place}_value']}"
    if expected.get("mean") is not None and not close(float(finite.mean()), expected["mean"]):
        yield f"mean {finite.mean()}, not {expected['mean']}"


@needs_samples
@pytest.mark.parametrize("sample", sorted(EXPECTED))
def test_finds_exactly_the_runs_of_the_sample(sample: str) -> None:
    result = result_of(sample)
    accepted = {name for run in EXPECTED[sample]["runs"] for name in (run["run"], *(run.get("also") or []))}
    accepted |= set(EXPECTED[sample].get("may_also") or [])
    names = [run.name for run in result.runs]
    assert len(set(names)) == len(names)
    assert set(names) <= accepted
    for expected in EXPECTED[sample]["runs"]:
        run_of(result, expected)


@needs_samples
@pytest.mark.parametrize("sample", sorted(EXPECTED))
def test_gives_each_role_to_the_right_series(sample: str) -> None:
    result = result_of(sample)
    for expected in EXPECTED[sample]["runs"]:
        run = run_of(result, expected)
        roles = {choice.role: choice.series for choice in run.roles}
        for role, wanted in expected["roles"].items():
            accepted = wanted if isinstance(wanted, list) else [wanted]
            assert roles[role] in accepted, f"{run.name}: {role} is {roles[role]}, not {wanted}"


@needs_samples
@pytest.mark.parametrize("sample", sorted(EXPECTED))
def test_reads_every_series_exactly(sample: str) -> None:
    result = result_of(sample)
    wrong = []
    for expected in EXPECTED[sample]["runs"]:
        run = run_of(result, expected)
        for tag, wanted in expected["series"].items():
            wrong += [f"{run.name} {tag}: {fault}" for fault in faults(series_of(run, tag, wanted), wanted)]
    assert wrong == []


@needs_samples
@pytest.mark.parametrize("sample", sorted(EXPECTED))
def test_reports_the_damage_and_nothing_else(sample: str) -> None:
    paths = [problem.path for problem in result_of(sample).problems]
    assert sorted(set(paths)) == sorted({error["path"] for error in EXPECTED[sample]["errors"]})


@needs_samples
def test_the_whole_set_read_at_once_gives_the_same_runs() -> None:
    result = read(SAMPLES)
    several = {name: len(sample["runs"]) for name, sample in EXPECTED.items() if sample["runs"]}
    found = {name: sum(run.name.split("/")[0] == name for run in result.runs) for name in several}
    assert found == several
