"""Numbers no training produces: judged as the infinities they stand for, told, and never an overflow."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

import loglens
from loglens.errors import NotJudgeable
from loglens.model.finding import Broke
from loglens.model.run import Run
from loglens.signals.epoch import UNKNOWN_CLOCK, clock_from
from loglens.signals.numerics.bounds import LARGEST, LAST_STEP, bounded

INPUTS = Path(__file__).parent / "inputs"
READ = ("descent_45", "epoch_1e300", "epoch_65", "epoch_inf", "html_report_40", "lr_1e300", "mixed_folder", "mixed_lr",
        "rhythm_109", "table_61")  # fmt: skip


@pytest.fixture(autouse=True)
def _bugs_are_raised(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("LOGLENS_ON_ERROR", "raise")


@pytest.mark.parametrize("name", READ)
def test_an_input_that_broke_it_is_judged_and_drawn(name: str) -> None:
    diagnosis = loglens.diagnose(INPUTS / name)
    assert not [one for one in diagnosis.problems if one.bug]
    for format_ in ("text", "html", "json", "markdown", "junit", "sarif"):
        assert loglens.render(diagnosis, format_)


def test_a_loss_beyond_any_loss_is_judged_as_one_that_is_no_number() -> None:
    (judged,) = loglens.diagnose(INPUTS / "loss_1e300").runs
    assert judged.verdict == "critical"
    assert judged.recommendation.peak_lr is None or judged.recommendation.peak_lr <= 1e-3
    assert any("200 values beyond 1e+100" in one.message for one in judged.notes)


def run(rows: int = 300, **columns: float) -> Run:
    """A run that learns; `name_step=value` puts a value at a step."""
    rng = np.random.default_rng(3)
    loss = 2 * np.exp(-np.arange(rows) / 60) + 0.5 + rng.normal(0, 0.02, rows)
    parts = {"loss": loss, "val": loss + 0.1, "lr": np.full(rows, 1e-3), "norm": 1 + rng.random(rows)}
    parts["epoch"] = np.floor(np.arange(rows) / 50)
    for place, value in columns.items():
        name, step = place.rsplit("_", 1)
        parts[name][int(step)] = value
    roles = {"train_loss": "loss", "val_loss": "val", "learning_rate": "lr", "grad_norm": "norm", "epoch": "epoch"}
    return Run.from_arrays({name: values.tolist() for name, values in parts.items()}, roles=roles)


EXTREMES = (1e300, -1e300, 1e308, 1e155, 5e-324, 1e-300, float("inf"), float("-inf"), float("nan"), -0.0, 2.0**63)


@pytest.mark.parametrize("value", EXTREMES)
@pytest.mark.parametrize("column", ["loss", "val", "lr", "norm", "epoch"])
@pytest.mark.parametrize("place", ["0", "150", "299"])
def test_one_extreme_number_breaks_nothing(column: str, place: str, value: float) -> None:
    diagnosis = loglens.diagnose(run(300, **{f"{column}_{place}": value}))
    (judged,) = diagnosis.runs
    assert not [one for one in judged.outcomes if isinstance(one, Broke)]
    assert all(0 <= one.probability <= 1 for one in judged.causes)
    for format_ in ("text", "html", "json", "markdown"):
        assert "inf" not in str(judged.recommendation.peak_lr), format_
        assert loglens.render(diagnosis, format_)


def test_what_is_bounded_is_told() -> None:
    found = bounded(run(loss_7=1e300, lr_9=1e31))
    assert [one.message for one in found.notes] == [
        "1 value beyond 1e+100 is judged as infinite", "1 value beyond 1e+30 is judged as infinite",
    ]  # fmt: skip
    loss = found.get("loss")
    assert loss is not None
    assert loss.values[7] == np.inf


def test_an_ordinary_run_is_left_as_it_is() -> None:
    ordinary = run(loss_3=LARGEST / 2, norm_5=float("nan"))
    assert bounded(ordinary) is ordinary


def test_steps_that_no_training_reaches_are_left_out() -> None:
    steps = [*range(50), LAST_STEP]
    found = bounded(Run.from_arrays({"loss": [1.0] * 51}, steps=steps, roles={"train_loss": "loss"}))
    assert len(found.series[0]) == 50
    with pytest.raises(NotJudgeable, match=r"2\^53"):
        loglens.diagnose(Run.from_arrays({"loss": [1.0, 2.0]}, steps=[LAST_STEP, LAST_STEP + 5],
                                         roles={"train_loss": "loss"}))  # fmt: skip


@pytest.mark.parametrize(
    "epochs", [[0, 1, 0, 1, 0, 1], [0, 0, 1, 1, 0, 1, 2], [0, 1e-300, 0, 1e-300, 1], [0, 0, 5e99, 0, 5e99], [1, 0, 2]]
)
def test_an_epoch_counter_that_goes_back_is_no_division_by_zero(epochs: list[float]) -> None:
    series = Run.from_arrays({"epoch": epochs}).series[0]
    clock = clock_from(series)
    assert clock == UNKNOWN_CLOCK or (clock.steps_per_epoch or 0) > 1.5
