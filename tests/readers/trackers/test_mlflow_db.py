from __future__ import annotations

import math
import sqlite3
from collections.abc import Sequence
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from loglens.readers.contract.base import Probe
from loglens.readers.trackers.mlflow_db import MlflowDb, stored_value
from tests.readers.shared_samples import shared

READER = MlflowDb()
INFINITE = 1.7976931348623157e308
Metric = tuple[str, float, int, str, int, int]


def database(
    path: Path,
    runs: Sequence[tuple[str, str, str]],
    metrics: Sequence[Metric],
    params: Sequence[tuple[str, str, str]] = (),
) -> Path:
    """`runs`: (uuid, name, stage); `metrics`: (key, value, milliseconds, uuid, step, is_nan)."""
    with sqlite3.connect(path) as connection:
        connection.executescript(
            """CREATE TABLE experiments (experiment_id INTEGER, name TEXT);
            INSERT INTO experiments VALUES (1, 'demo');
            CREATE TABLE runs (run_uuid TEXT PRIMARY KEY, name TEXT, lifecycle_stage TEXT, start_time INTEGER,
                experiment_id INTEGER);
            CREATE TABLE metrics (key TEXT, value REAL, timestamp INTEGER, run_uuid TEXT, step INTEGER, is_nan BOOLEAN);
            CREATE TABLE params (key TEXT, value TEXT, run_uuid TEXT);"""
        )
        rows = [(uuid, name, stage, 1000 * at, 1) for at, (uuid, name, stage) in enumerate(runs)]
        connection.executemany("INSERT INTO runs VALUES (?, ?, ?, ?, ?)", rows)
        connection.executemany("INSERT INTO metrics VALUES (?, ?, ?, ?, ?, ?)", metrics)
        connection.executemany("INSERT INTO params VALUES (?, ?, ?)", params)
    connection.close()
    return path


def test_nan_is_a_flag_and_infinity_the_largest_double(tmp_path: Path) -> None:
    values = [(0.0, 1), (0.0, 0), (INFINITE, 0), (-INFINITE, 0), (1e300, 0)]
    path = database(tmp_path / "m.db", [("u", "r", "active")],
                    [("loss", value, at, "u", at, flag) for at, (value, flag) in enumerate(values)],
                    [("lr", "0.1", "u")])  # fmt: skip
    assert READER.recognises(Probe(path=path, size=path.stat().st_size))
    (log,) = READER.read([path])
    (loss,) = log.columns
    assert math.isnan(loss.values[0])
    assert loss.values[1:].tolist() == [0.0, math.inf, -math.inf, 1e300]
    assert (log.label, log.config, log.started) == ("", {"lr": 0.1}, 0.0)


def test_several_runs_are_told_apart_by_name_or_else_by_id(tmp_path: Path) -> None:
    runs = [("u1", "a", "active"), ("u2", "b", "active"), ("u3", "b", "active"), ("u4", "", "active"),
            ("u5", "gone", "deleted")]  # fmt: skip
    path = database(tmp_path / "m.db", runs, [("loss", 1.0, 1, uuid, 0, 0) for uuid, _, _ in runs])
    logs = list(READER.read([path]))
    assert [log.label for log in logs] == ["a", "u2", "u3", "u4"]
    assert sum(note.count or 0 for log in logs for note in log.notes if "deleted" in note.message) == 1


def test_steps_and_order(tmp_path: Path) -> None:
    metrics: list[Metric] = [
        ("nostep", 3.0, 30, "u", 0, 0),
        ("nostep", 1.0, 10, "u", 0, 0),
        ("back", 1.0, 1, "u", 5, 0),
        ("back", 2.0, 2, "u", 3, 0),
    ]
    (log,) = READER.read([database(tmp_path / "m.db", [("u", "r", "active")], metrics)])
    columns = {one.tag: one for one in log.columns}
    assert columns["nostep"].values.tolist() == [1.0, 3.0]
    assert (columns["nostep"].steps.tolist(), columns["nostep"].stepless) == ([0, 1], True)
    assert columns["back"].steps.tolist() == [5, 3]


def test_an_old_schema_without_steps_and_flags(tmp_path: Path) -> None:
    path = tmp_path / "old.db"
    with sqlite3.connect(path) as connection:
        connection.executescript(
            """CREATE TABLE metrics (key TEXT, value REAL, timestamp INTEGER, run_uuid TEXT);
            INSERT INTO metrics VALUES ('loss', 2.0, 1, 'u'), ('loss', 1.0, 2, 'u');"""
        )
    connection.close()
    (log,) = READER.read([path])
    assert log.columns[0].steps.tolist() == [0, 1]


def test_no_metric_is_a_problem(tmp_path: Path) -> None:
    path = database(tmp_path / "m.db", [("u", "r", "active")], [])
    assert any(log.problems for log in READER.read([path]))


def test_other_databases_are_not_claimed(tmp_path: Path) -> None:
    path = tmp_path / "other.db"
    with sqlite3.connect(path) as connection:
        connection.execute("CREATE TABLE metrics (run_name TEXT, step INTEGER, metrics TEXT)")
    connection.close()
    assert not READER.recognises(Probe(path=path, size=path.stat().st_size))


@given(data=st.data())
@settings(max_examples=40, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_damage_never_raises(tmp_path: Path, data: st.DataObject) -> None:
    path = tmp_path / "fuzz.db"
    path.unlink(missing_ok=True)
    database(path, [("u", "r", "active")], [("loss", at / 3, at, "u", at, 0) for at in range(300)])
    raw = bytearray(path.read_bytes())
    for _ in range(data.draw(st.integers(1, 20))):
        raw[data.draw(st.integers(0, len(raw) - 1))] = data.draw(st.integers(0, 255))
    path.write_bytes(raw[: data.draw(st.integers(0, len(raw)))])
    READER.recognises(Probe(path=path, size=path.stat().st_size))
    logs = list(READER.read([path]))
    assert any(log.problems for log in logs) or any(log.columns for log in logs)


@pytest.mark.parametrize(
    ("value", "flag", "expected"), [(1.5, None, 1.5), (2, False, 2.0), ("x", 0, None), (None, 0, None)]
)
def test_stored_value(value: object, flag: object, expected: float | None) -> None:
    assert stored_value(value, flag) == expected


def test_shared_sample() -> None:
    path = shared("formats", "mlflow_sqlite", "mlflow.db")
    assert [log.label for log in READER.read([path])] == ["r1", "r2"]
