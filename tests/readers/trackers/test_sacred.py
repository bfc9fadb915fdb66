from __future__ import annotations

import json
import math
from pathlib import Path

from loglens.readers.contract.base import Probe
from loglens.readers.trackers.sacred import Sacred
from tests.readers.shared_samples import shared

READER = Sacred()
TIMES = ["2026-01-01T00:00:00.5", "2026-01-01T00:00:01.5", "2026-01-01T00:00:02.5"]


def write(folder: Path, metrics: object) -> Path:
    folder.mkdir(exist_ok=True)
    path = folder / "metrics.json"
    path.write_text(metrics if isinstance(metrics, str) else json.dumps(metrics, indent=2))
    return path


def recognised(path: Path) -> bool:
    return READER.recognises(Probe(path=path, size=path.stat().st_size))


def test_metrics_config_and_status(tmp_path: Path) -> None:
    wrapped = {"py/object": "numpy.float64", "dtype": "float64", "value": 0.25}
    path = write(
        tmp_path / "1", {"training.loss": {"steps": [0, 1, 2], "timestamps": TIMES, "values": [1, math.nan, wrapped]}}
    )
    (path.parent / "config.json").write_text(json.dumps({"lr": 0.1, "net": {"depth": 3}, "__doc__": "x"}))
    (path.parent / "run.json").write_text(json.dumps({"start_time": "2026-01-01T00:00:00", "status": "FAILED"}))
    assert recognised(path)
    (log,) = READER.read([path])
    (loss,) = log.columns
    assert (loss.tag, loss.steps.tolist(), loss.values[2]) == ("training.loss", [0, 1, 2], 0.25)
    assert math.isnan(loss.values[1])
    assert loss.wall_times is not None and loss.wall_times[1] - loss.wall_times[0] == 1.0
    assert (log.folder, log.config) == (path.parent, {"lr": 0.1, "net.depth": 3})
    assert any("FAILED" in note.message for note in log.notes)


def test_a_cut_file_gives_whole_points(tmp_path: Path) -> None:
    text = json.dumps(
        {"a": {"steps": [0, 1], "values": [1.0, 0.5]}, "b": {"steps": [0, 1, 2], "values": [3.0, 2.0, 1.0]}}
    )
    path = write(tmp_path / "1", text[:-6])
    (log,) = READER.read([path])
    assert {one.tag: one.values.tolist() for one in log.columns} == {"a": [1.0, 0.5], "b": [3.0, 2.0]}
    assert any(problem.offset == len(text) - 6 for problem in log.problems)
    assert any("'b'" in problem.message for problem in log.problems)


def test_a_metric_without_lists_is_named(tmp_path: Path) -> None:
    (log,) = READER.read([write(tmp_path / "1", {"a": {"steps": [0], "values": [1]}, "b": 3})])
    assert [one.tag for one in log.columns] == ["a"]
    assert "'b'" in log.problems[0].message


def test_other_json_is_not_claimed(tmp_path: Path) -> None:
    assert not recognised(
        write(tmp_path / "1", '{"iteration": 1, "total_loss": 2.0}\n')
    )  # detectron2 has this name too
    assert not recognised(write(tmp_path / "2", {}))
    assert not recognised(write(tmp_path / "3", {"steps": [1]}))


def test_shared_sample() -> None:
    path = shared("formats", "sacred", "sacred", "1", "metrics.json")
    assert recognised(path)
    (log,) = READER.read([path])
    assert len(log.columns[0].steps) == 6
