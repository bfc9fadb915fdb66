"""A run that is still written: told as soon as it is sure, once, and not before."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from loglens.errors import ReadError
from loglens.fleet.watch import Watcher, WatchEvent
from loglens.model.diagnosis import Cause, RunDiagnosis, Verdict
from loglens.model.finding import Severity
from tests.diagnoses import run_diagnosis, spike

HEAD = "step,train_loss,lr\n"


def loss(steps: int, *, diverges_at: int | None = None, nan_at: int | None = None, seed: int = 0) -> np.ndarray:
    rng = np.random.default_rng(seed)
    at = np.arange(steps)
    values = (0.4 + 2.1 / (1 + 6 * at / 600) ** 2) * np.exp(0.04 * rng.standard_normal(steps))
    if diverges_at is not None:
        values[diverges_at:] *= np.exp(np.minimum(6.0, 0.05 * (at[diverges_at:] - diverges_at)))
    if nan_at is not None:
        values[nan_at:] = np.nan
    return values


def lines(values: np.ndarray, start: int = 0) -> str:
    return "".join(f"{step},{value:.6g},0.001\n" for step, value in enumerate(values.tolist(), start))


def follow(path: Path, grow: Iterator[Callable[[], None]], **how: float) -> list[WatchEvent]:
    """The events while `grow` writes a piece between two looks; the clock runs a second a look."""
    ticks = iter(range(10**6))
    now = {"at": 0.0}

    def pause(_: float) -> None:
        now["at"] = float(next(ticks))
        piece = next(grow, None)
        if piece is not None:
            piece()

    watcher = Watcher(path=path, silence=how.get("silence", 5.0), clock=lambda: now["at"], pause=pause)
    return list(watcher.events())


def pieces(path: Path, values: np.ndarray, size: int) -> Iterator[Callable[[], None]]:
    for start in range(0, len(values), size):
        text = lines(values[start : start + size], start)

        def write(text: str = text) -> None:
            with path.open("a", encoding="utf-8") as file:
                file.write(text)

        yield write


@pytest.fixture
def log(tmp_path: Path) -> Path:
    path = tmp_path / "log.csv"
    path.write_text(HEAD, encoding="utf-8")
    return path


def alerts(events: list[WatchEvent]) -> list[tuple[str, int]]:
    return [
        (event.finding.kind, event.run.last_step)
        for event in events
        if event.kind == "alert" and event.finding is not None and event.run is not None
    ]


def test_a_divergence_is_told_once_long_before_the_end(log: Path) -> None:
    told = alerts(follow(log, pieces(log, loss(600, diverges_at=250), 25)))
    steps = [step for kind, step in told if kind == "divergence"]
    # once, and once more where a warning became critical
    assert 1 <= len(steps) <= 2
    assert steps[0] <= 400


def test_a_nan_is_told_at_the_first_look(log: Path) -> None:
    told = alerts(follow(log, pieces(log, loss(400, nan_at=210), 20)))
    assert ("non_finite", 219) in [(kind, step) for kind, step in told] or dict(told)["non_finite"] <= 239


def test_a_healthy_run_ends_in_silence(log: Path) -> None:
    events = follow(log, pieces(log, loss(600), 50))
    assert alerts(events) == []
    assert events[-1].kind == "ended"


def test_a_log_written_anew_is_followed_from_its_beginning(log: Path) -> None:
    values = loss(600, diverges_at=250)

    def story() -> Iterator[Callable[[], None]]:
        yield from pieces(log, values, 50)

        def anew() -> None:
            log.write_text(HEAD + lines(loss(60)), encoding="utf-8")

        yield anew

    events = follow(log, story())
    assert "restarted" in [event.kind for event in events]


def test_a_log_without_a_point_is_waited_for(log: Path) -> None:
    events = follow(log, pieces(log, loss(300), 300))
    assert events[0].kind == "waiting"
    assert "look" in [event.kind for event in events]


def test_a_path_that_is_not_there_is_a_sentence(tmp_path: Path) -> None:
    with pytest.raises(ReadError, match="start the run first"):
        list(Watcher(path=tmp_path / "nothing").events())


def test_what_the_last_look_saw_is_told_when_the_run_ends(log: Path) -> None:
    log.write_text("step,loss,lr\n" + lines(loss(600, diverges_at=300)), encoding="utf-8")
    events = follow(log, iter(()))
    assert [event.kind for event in events[-2:]] == ["alert", "ended"]


def told_of(*looks: RunDiagnosis) -> list[str]:
    watcher = Watcher(path=Path())
    return [event.finding.kind for run in looks for event in watcher.alerts(run) if event.finding is not None]


def seen(*, verdict: Verdict, likely: float, severity: Severity = "warning") -> RunDiagnosis:
    cause = Cause(cause="bad_data", probability=likely)
    return replace(run_diagnosis(), verdict=verdict, causes=(cause,), findings=(spike(severity=severity),))


def test_a_finding_of_a_run_that_needs_nobody_waits_until_it_does() -> None:
    calm, bad = seen(verdict="healthy", likely=0.9), seen(verdict="warning", likely=0.9)
    assert told_of(calm, calm, calm) == []
    assert told_of(calm, bad) == ["loss_spike"]
    assert told_of(bad) == []


def test_a_warning_is_told_where_a_fault_is_likely_and_a_critical_finding_is_not_held_back() -> None:
    doubtful = seen(verdict="warning", likely=0.6)
    assert told_of(doubtful, doubtful) == []
    assert told_of(doubtful, seen(verdict="warning", likely=0.7)) == ["loss_spike"]
    critical = seen(verdict="critical", likely=0.6, severity="critical")
    assert told_of(critical, critical) == ["loss_spike"]
