from __future__ import annotations

import math
from pathlib import Path

import pytest

from loglens.readers.contract.base import Probe
from loglens.readers.trackers.mlflow_files import MlflowFiles, run_and_metric
from tests.readers.shared_samples import shared

READER = MlflowFiles()


def metric(run: Path, name: str, text: str) -> Path:
    path = run / "metrics" / name
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(text)
    return path


def recognised(path: Path) -> bool:
    return READER.recognises(Probe(path=path, size=path.stat().st_size))


def test_a_run_with_nested_names_parameters_and_meta(tmp_path: Path) -> None:
    run = tmp_path / "mlruns" / "1" / "abc"
    paths = [
        metric(run, "train_loss", "1000 1.5 0\n2000 nan 1\n3000 -inf 2\n"),
        metric(run, "eval/metrics/loss", "1000 0.5 20\n"),
        metric(run, "nostep", "1000 1.0 0\n1001 2.0 0\n"),
    ]
    (run / "params").mkdir()
    (run / "params" / "lr").write_text("0.001")
    (run / "meta.yaml").write_text("lifecycle_stage: active\nrun_name: 'r1'\nstart_time: 5000\n")
    assert all(recognised(path) for path in paths)
    (log,) = READER.read(paths)
    columns = {one.tag: one for one in log.columns}
    assert set(columns) == {"train_loss", "eval/metrics/loss", "nostep"}
    assert math.isnan(columns["train_loss"].values[1]) and columns["train_loss"].values[2] == -math.inf
    times = columns["train_loss"].wall_times
    assert times is not None and times.tolist() == [1.0, 2.0, 3.0]
    assert columns["nostep"].steps.tolist() == [0, 1]
    assert (log.folder, log.config, log.started) == (run, {"lr": 0.001}, 5.0)
    assert any("'r1'" in note.message for note in log.notes)


def test_a_folder_called_metrics_above_is_no_run(tmp_path: Path) -> None:
    run = tmp_path / "metrics" / "mlruns" / "1" / "abc"
    path = metric(run, "a/loss", "1 1.0 0\n")
    (run / "meta.yaml").write_text("")
    assert run_and_metric(path) == (run, "a/loss")


def test_damaged_lines_are_named(tmp_path: Path) -> None:
    run = tmp_path / "r"
    path = metric(run, "loss", "1 1.0 0\n2 oops 1\n3 0.5 2\n4 0.2")
    (log,) = READER.read([path])
    assert log.columns[0].values.tolist() == [1.0, 0.5]
    assert [problem.offset for problem in log.problems] == [2, 4]


def test_deleted_runs_are_left_out_and_told(tmp_path: Path) -> None:
    kept, gone = metric(tmp_path / "a", "loss", "1 1.0 0\n"), metric(tmp_path / "b", "loss", "1 1.0 0\n")
    (tmp_path / "b" / "meta.yaml").write_text("lifecycle_stage: deleted\n")
    (log,) = READER.read([kept, gone])
    assert log.folder == tmp_path / "a"
    assert any("deleted" in note.message for note in log.notes)
    (alone,) = READER.read([gone])
    assert alone.problems and not alone.columns


@pytest.mark.parametrize("text", ["step\tloss\n0\t1.0\n", "", "12 apples 3\n", "1.5 2 3\n"])
def test_other_files_are_not_claimed(tmp_path: Path, text: str) -> None:
    assert not recognised(metric(tmp_path, "loss.tsv", text))


def test_a_file_outside_metrics_is_not_claimed(tmp_path: Path) -> None:
    path = tmp_path / "loss"
    path.write_text("1000 1.5 0\n")
    assert not recognised(path)


def test_shared_sample() -> None:
    paths = [one for one in sorted(shared("formats", "mlflow_files").rglob("metrics/**/*")) if one.is_file()]
    logs = list(READER.read(paths))
    assert [len(log.columns) for log in logs] == [3, 3]
