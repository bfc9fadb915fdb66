"""The public names from Python: what they take, and that results behave like the collections they are."""

from __future__ import annotations

import math
from pathlib import Path

import numpy as np
import pytest

import loglens
from loglens.errors import ReadError, SettingsError
from loglens.model.results.comparison import MetricName
from loglens.model.run import Run

SAMPLES = Path(__file__).parent.parent / "sample_logs" / "runs"
FALLING = [3 * math.exp(-step / 60) + 0.2 + 0.02 * math.sin(1.7 * step) for step in range(300)]
BLOWN_UP = [*FALLING[:200], *(FALLING[200] * 1.4**step for step in range(60)), *[math.nan] * 20]


@pytest.mark.parametrize(
    "target",
    [
        {"loss": FALLING, "lr": [1e-3] * 300},
        {"train/loss": np.array(FALLING), "learning_rate": tuple([1e-3] * 300)},
        {"step": range(0, 3000, 10), "loss": FALLING},
        FALLING,
        tuple(FALLING),
        np.array(FALLING),
    ],
    ids=["dict", "arrays", "steps", "list", "tuple", "array"],
)
def test_losses_in_memory_are_diagnosed(target: object) -> None:
    diagnosis = loglens.diagnose(target)  # type: ignore[arg-type]
    assert len(diagnosis) == 1
    assert diagnosis[0].points == 300
    assert diagnosis[0].verdict == "healthy"
    assert diagnosis[0].title == "values"


def test_a_blow_up_in_a_list_is_found() -> None:
    (run,) = loglens.diagnose(BLOWN_UP)
    assert run.verdict == "critical"
    assert "non_finite" in {one.kind for one in run.findings}


def test_columns_of_unlike_length_and_gaps_are_kept() -> None:
    (run,) = loglens.diagnose({"loss": FALLING, "val_loss": [None, 1.0, 0.9]})
    assert run.roles["val_loss"] == "val_loss"
    assert run.points == 300


@pytest.mark.parametrize(
    ("target", "says"),
    [
        ({}, "the dict is empty"),
        ({"loss": 3.0}, "a list of numbers is expected"),
        ({"loss": "0.3"}, "a list of numbers is expected"),
        ({"loss": [1.0, "x"]}, "holds 'x' at 1"),
    ],
)
def test_what_is_no_column_of_numbers_is_named(target: object, says: str) -> None:
    with pytest.raises(ReadError, match=says):
        loglens.diagnose(target)  # type: ignore[arg-type]


def test_what_can_not_be_diagnosed_is_a_type_error() -> None:
    with pytest.raises(TypeError, match="not int"):
        loglens.diagnose(3)  # type: ignore[arg-type]


def test_results_iterate_index_and_have_a_length() -> None:
    found = loglens.read(SAMPLES)
    assert len(found) == 12
    assert [run.name for run in found] == [run.name for run in found.runs]
    assert found["overfitting"] is next(run for run in found if run.name == "overfitting")
    assert found[-1] is found.runs[-1]
    diagnosis = loglens.diagnose(found["overfitting"])
    assert diagnosis["overfitting"] is diagnosis[0]
    assert list(diagnosis) == list(diagnosis.runs)
    with pytest.raises(KeyError, match="there are overfitting"):
        diagnosis["elsewhere"]


@pytest.mark.parametrize(
    ("path", "name"),
    [("lr-too-high", "lr-too-high"), ("lr-too-high/wandb_history.csv", "wandb_history.csv"), ("healthy", "healthy")],
)
def test_a_single_run_is_called_as_its_folder_or_file(path: str, name: str, monkeypatch: pytest.MonkeyPatch) -> None:
    assert loglens.read(SAMPLES / path)[0].title == name
    (run,) = loglens.diagnose(SAMPLES / path)
    assert (run.run, run.title) == (".", name)
    if (SAMPLES / path).is_dir():
        monkeypatch.chdir(SAMPLES / path)
        assert loglens.diagnose(".")[0].title == name


def test_to_polars_is_the_long_table() -> None:
    run = Run.from_arrays({"loss": [1.0, 0.5], "lr": [0.1, 0.1]}, name="x")
    table = run.to_polars()
    assert table.columns == ["run", "tag", "step", "wall_time", "value"]
    assert table.height == 4
    assert Run.from_arrays({}).to_polars().columns == table.columns


def test_compare_takes_paths_diagnoses_and_values() -> None:
    base = loglens.diagnose({"loss": FALLING, "val_loss": FALLING})
    comparison = loglens.compare(base, {"loss": FALLING, "val_loss": [one + 1.0 for one in FALLING]})
    assert comparison.gate.failed
    metric: MetricName = "val_loss_best"
    change = comparison.pairs[0].change(metric)
    assert change is not None
    assert change.judgement == "worse"
    assert "validation loss" in comparison.gate.reasons[0]
    assert not loglens.compare(base[0], base, fail_on=()).gate.failed
    assert loglens.compare(SAMPLES / "healthy", SAMPLES / "healthy").count("new") == 0


def test_replay_needs_one_way_to_train_and_one_run() -> None:
    with pytest.raises(SettingsError, match="exactly one of command, target and driver"):
        loglens.replay(SAMPLES / "lr-jump")
    with pytest.raises(SettingsError, match="holds 12 runs"):
        loglens.replay(SAMPLES, command="python train.py --lr {lr}")


def test_the_replay_package_can_still_be_imported_from() -> None:
    from loglens.replay import PlanSettings

    assert loglens.replay.PlanSettings is PlanSettings  # type: ignore[attr-defined]


def test_watch_follows_a_log_until_nothing_comes(tmp_path: Path) -> None:
    log = tmp_path / "log.csv"
    log.write_text("step,loss\n" + "".join(f"{at},{loss}\n" for at, loss in enumerate(BLOWN_UP)), encoding="utf-8")
    kinds = [event.kind for event in loglens.watch(log, every=0.01, silence=0.05)]
    assert kinds[0] == "look"
    assert "alert" in kinds
    assert kinds[-1] == "ended"
