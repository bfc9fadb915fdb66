from __future__ import annotations

import json
import math
import zipfile
from pathlib import Path

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from loglens.readers.contract.base import Probe
from loglens.readers.trackers.comet import CometZip
from tests.readers.shared_samples import shared

READER = CometZip()


def message(name: str, value: object, step: object, **more: object) -> str:
    metric = {"metricName": name, "metricValue": value, "step": step, "epoch": 0}
    return json.dumps({"payload": {"local_timestamp": 5000, "metric": metric, **more}, "type": "metric_msg"})


def archive(path: Path, lines: list[str], *, packed: bool = True) -> Path:
    kind = zipfile.ZIP_DEFLATED if packed else zipfile.ZIP_STORED
    with zipfile.ZipFile(path, "w", kind) as writer:
        writer.writestr("experiment.json", json.dumps({"offline_id": "id1", "start_time": 4000}))
        writer.writestr("messages.json", "\n".join(lines) + "\n")
    return path


def recognised(path: Path) -> bool:
    return READER.recognises(Probe(path=path, size=path.stat().st_size))


def test_metrics_and_parameters(tmp_path: Path) -> None:
    param = {"param": {"paramName": "lr", "paramValue": 0.1, "source": "manual"}}
    auto = {"param": {"paramName": "curr_step", "paramValue": 1, "source": "auto-logged"}}
    lines = [
        message("loss", 1.0, 0),
        message("loss", "NaN", 1),
        message("loss", "-Infinity", 2),
        message("loss", 0.5, 3, context="validate"),
        json.dumps({"payload": param, "type": "parameter_msg"}),
        json.dumps({"payload": auto, "type": "parameter_msg"}),
    ]
    path = archive(tmp_path / "a.zip", lines)
    assert recognised(path)
    (log,) = READER.read([path])
    loss, validation = log.columns
    assert loss.steps.tolist() == [0, 1, 2]
    assert math.isnan(loss.values[1]) and loss.values[2] == -math.inf
    assert (validation.tag, validation.values.tolist()) == ("validate_loss", [0.5])
    assert (log.run_id, log.started, log.config, log.own_file) == ("id1", 4.0, {"lr": 0.1}, True)


def test_points_without_a_step_are_counted(tmp_path: Path) -> None:
    (log,) = READER.read([archive(tmp_path / "a.zip", [message("loss", at, None) for at in range(3)])])
    assert log.columns[0].steps.tolist() == [0, 1, 2]
    assert any(note.count == 3 for note in log.notes)


def test_broken_messages_are_named(tmp_path: Path) -> None:
    (log,) = READER.read(
        [archive(tmp_path / "a.zip", [message("loss", 1, 0), '{"payload": {"metric": {', '{"metric": 1}'])]
    )
    assert len(log.columns[0].steps) == 1
    assert (log.problems[0].offset, "2 messages" in log.problems[0].message) == (2, True)


def test_an_archive_that_lost_its_end(tmp_path: Path) -> None:
    for packed in (True, False):
        path = archive(tmp_path / "a.zip", [message(f"m{at % 7}", at / 3, at) for at in range(3000)], packed=packed)
        path.write_bytes(path.read_bytes()[: int(path.stat().st_size * 0.6)])
        assert recognised(path)
        (log,) = READER.read([path])
        assert sum(len(one.steps) for one in log.columns) > 300
        assert log.problems


def test_other_archives_are_not_claimed(tmp_path: Path) -> None:
    path = tmp_path / "b.zip"
    with zipfile.ZipFile(path, "w") as writer:
        writer.writestr("model.pt", b"x" * 100)
    assert not recognised(path)


def test_an_archive_without_metrics_is_a_problem(tmp_path: Path) -> None:
    (log,) = READER.read([archive(tmp_path / "a.zip", [])])
    assert log.problems and not log.columns


@given(data=st.data())
@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_damage_never_raises(tmp_path: Path, data: st.DataObject) -> None:
    path = archive(tmp_path / "f.zip", [message("loss", at / 3, at) for at in range(60)])
    raw = bytearray(path.read_bytes())
    for _ in range(data.draw(st.integers(1, 8))):
        raw[data.draw(st.integers(0, len(raw) - 1))] = data.draw(st.integers(0, 255))
    path.write_bytes(raw[: data.draw(st.integers(0, len(raw)))])
    recognised(path)
    (log,) = READER.read([path])
    assert log.columns or log.problems


def test_shared_sample() -> None:
    logs = list(READER.read(sorted(shared("formats", "comet").glob("*.zip"))))
    assert sorted(len(log.columns[0].steps) for log in logs) == [5, 12]
