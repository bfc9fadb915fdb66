"""The order of things: what goes in, what comes out, and what happens to what cannot be judged."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import ClassVar

import numpy as np
import pandas as pd
import polars as pl
import pytest

import loglens
from loglens import pipeline
from loglens.errors import LogLensError, NotJudgeable, ReadError, SettingsError
from loglens.model.documents.to_json import from_document, to_document
from loglens.model.finding import Broke, DetectorMeta, Finding, NotApplicable
from loglens.model.run import Run
from loglens.model.settings import Options
from loglens.signals.core import Signals

SAMPLES = Path(__file__).parent.parent / "sample_logs" / "runs"


def falling(n: int = 200, seed: int = 0) -> np.ndarray:
    return 2.0 * np.exp(-np.arange(n) / 60) + 0.3 + np.random.default_rng(seed).normal(0, 0.01, n)


def run(n: int = 200) -> Run:
    return Run.from_arrays({"loss": falling(n)}, roles={"train_loss": "loss"}, name="made-up")


def test_a_run_and_both_kinds_of_frame_give_the_same_verdict() -> None:
    loss = falling()
    frames = (pl.DataFrame({"step": range(len(loss)), "loss": loss}), pd.DataFrame({"loss": loss}))
    causes = [loglens.diagnose(one).runs[0].causes for one in (run(), *frames)]
    assert causes[0] == causes[1] == causes[2]


def test_anything_else_is_a_type_error() -> None:
    with pytest.raises(TypeError, match="int"):
        loglens.diagnose(3)  # type: ignore[arg-type]


def test_a_short_log_is_judged_or_refused_by_name() -> None:
    diagnosis = loglens.diagnose(run(6)).runs[0]
    reasons = [one.reason for one in diagnosis.outcomes if isinstance(one, NotApplicable)]
    assert any("6 finite points" in reason for reason in reasons)


@pytest.mark.parametrize(
    ("columns", "roles", "says"),
    [
        ({"speed": [1.0, 2.0, 1.5]}, {}, "no loss and no metric among its 1 series .speed.*--map train_loss=speed"),
        ({"loss": [float("nan")]}, {"train_loss": "loss"}, "no finite point in 'loss' .1 logged"),
        ({"loss": [1.0]}, {"train_loss": "loss"}, "a single finite point"),
    ],
)
def test_what_cannot_be_judged_is_named(columns: dict[str, list[float]], roles: dict[str, str], says: str) -> None:
    with pytest.raises(NotJudgeable, match=says):
        loglens.diagnose(Run.from_arrays(columns, roles=roles))


def test_the_loss_of_one_of_two_players_is_judged_with_a_doubt(tmp_path: Path) -> None:
    (tmp_path / "log.csv").write_text("step,d_loss,g_loss\n" + "".join(f"{n},0.7,1.{n}\n" for n in range(30)))
    found = loglens.diagnose(tmp_path).runs[0]
    assert found.roles["train_loss"] == "g_loss"
    assert any("doubtful" in note.message for note in found.notes)


def test_parts_that_do_not_add_up_are_refused_with_the_reason(tmp_path: Path) -> None:
    (tmp_path / "log.csv").write_text("step,odd_loss,weird_loss\n" + "".join(f"{n},0.7,1.{n}\n" for n in range(30)))
    with pytest.raises(LogLensError, match=r"odd_loss, a loss of odd; weird_loss, .*--map train_loss=odd_loss"):
        loglens.diagnose(tmp_path)


def test_one_that_cannot_be_judged_does_not_cost_the_others(tmp_path: Path) -> None:
    (tmp_path / "good").mkdir()
    (tmp_path / "bad").mkdir()
    (tmp_path / "good" / "log.csv").write_text("step,loss\n" + "\n".join(f"{n},{v}" for n, v in enumerate(falling())))
    (tmp_path / "bad" / "log.csv").write_text("step,speed\n0,1\n1,2\n2,3\n")
    diagnosis = loglens.diagnose(tmp_path)
    assert [one.run for one in diagnosis.runs] == ["good"]
    assert [one.path for one in diagnosis.problems] == ["bad"]
    assert "speed" in diagnosis.problems[0].message


def test_a_missing_path_is_a_read_error(tmp_path: Path) -> None:
    with pytest.raises(ReadError, match="nowhere"):
        loglens.diagnose(tmp_path / "nowhere")


def test_several_paths_keep_their_runs_apart() -> None:
    found = loglens.read([SAMPLES / "healthy", SAMPLES / "lr-too-low"])
    assert sorted(one.name for one in found.runs) == ["healthy", "lr-too-low"]


def test_a_backend_that_cannot_work_is_a_sentence() -> None:
    with pytest.raises(SettingsError, match=r"no backend .nowhere.: choose from loky"):
        loglens.diagnose([SAMPLES / "healthy", SAMPLES / "lr-too-low"], options=Options(jobs=2, backend="nowhere"))


@dataclass(frozen=True, kw_only=True)
class Raises:
    meta: ClassVar[DetectorMeta] = DetectorMeta(id="logging", kinds=("logging",), title="raises")

    def detect(self, signals: Signals) -> Iterator[Finding]:
        raise ZeroDivisionError(signals.run.name)


def test_a_broken_detector_costs_only_itself(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("LOGLENS_ON_ERROR", raising=False)
    diagnosis = pipeline.diagnose_run(run(), detectors=(Raises(),))
    assert diagnosis.outcomes == (Broke(detector="logging", error="ZeroDivisionError: made-up"),)


def test_limits_reach_the_detector_and_are_checked() -> None:
    judged = pipeline.diagnose_run(run(), Options(disabled=("loss_spike",)))
    assert "loss_spike" not in {one.detector for one in judged.outcomes}
    with pytest.raises(SettingsError, match="there is no detector 'spikes'"):
        loglens.diagnose(run(), options=Options(limits={"spikes": {"z": 1}}))
    with pytest.raises(SettingsError, match="has no limit 'nonsense'"):
        loglens.diagnose(run(), options=Options(limits={"loss_spike": {"nonsense": 1}}))


def test_a_given_learning_rate_stands_in_for_one_that_is_not_logged() -> None:
    without = loglens.diagnose(run()).runs[0]
    assert without.schedule.peak_lr is None
    given = loglens.diagnose(run(), lr=3e-4, schedule="cosine:warmup=10").runs[0]
    assert given.schedule.peak_lr == pytest.approx(3e-4, rel=0.02)
    assert given.schedule.source == "given"
    assert given.curve("learning_rate") is not None
    with pytest.raises(SettingsError, match="--lr"):
        loglens.diagnose(run(), schedule="cosine")


def test_a_given_peak_scales_the_rate_that_was_logged() -> None:
    rates = 1e-3 * np.linspace(1, 0.01, 200)
    logged = Run.from_arrays(
        {"loss": falling(), "lr": rates}, roles={"train_loss": "loss", "learning_rate": "lr"}, name="made-up"
    )
    judged = loglens.diagnose(logged, lr=5e-3).runs[0]
    assert judged.schedule.kind == "linear"
    curve = judged.curve("learning_rate")
    assert curve is not None
    assert curve.values[0] == pytest.approx(5e-3)
    assert loglens.diagnose(logged, schedule="constant").runs[0].schedule.peak_lr == pytest.approx(1e-3)


def test_many_runs_in_several_processes_give_what_one_gives() -> None:
    alone = loglens.diagnose(SAMPLES, options=Options(jobs=1))
    together = loglens.diagnose(SAMPLES, options=Options(jobs=2))
    assert to_document(alone) == to_document(together)


def test_the_document_of_every_sample_comes_back_as_it_was() -> None:
    document = to_document(loglens.diagnose(SAMPLES))
    assert to_document(from_document(document)) == document


def test_render_stays_a_function_once_its_room_is_loaded() -> None:
    program = (
        "import loglens, loglens.render.words\n"
        f"diagnosis = loglens.diagnose({str(SAMPLES / 'healthy')!r})\n"
        "assert loglens.render(diagnosis, 'json') == loglens.render(diagnosis, 'json')\n"
    )
    subprocess.run([sys.executable, "-c", program], check=True, cwd=SAMPLES.parent.parent)


def test_an_unknown_format_names_the_known_ones() -> None:
    with pytest.raises(SettingsError, match="html"):
        loglens.render(loglens.diagnose(run()), "pdf")
