from __future__ import annotations

import json
import math
import sqlite3
from pathlib import Path

from loglens.readers.contract.base import Probe
from loglens.readers.trackers.trackio import TrackioDb
from tests.readers.shared_samples import shared

READER = TrackioDb()
Written = tuple[str, str, int, object]


def database(path: Path, rows: list[Written], *, old: bool = False) -> Path:
    """`rows`: (run id, run name, step, metrics); `old`: before runs had ids."""
    ids = () if old else ("run_id",)
    with sqlite3.connect(path) as connection:
        connection.execute(f"CREATE TABLE metrics ({', '.join((*ids, 'timestamp', 'run_name', 'step', 'metrics'))})")
        connection.execute(f"CREATE TABLE configs ({', '.join((*ids, 'run_name', 'config'))})")
        for run_id, name, step, metrics in rows:
            text = metrics if isinstance(metrics, str) else json.dumps(metrics)
            values = (f"2026-01-01T00:00:{step:02d}+00:00", name, step, text)
            if old:
                connection.execute("INSERT INTO metrics VALUES (?, ?, ?, ?)", values)
            else:
                connection.execute("INSERT INTO metrics VALUES (?, ?, ?, ?, ?)", (run_id, *values))
        config = json.dumps({"lr": 0.1, "_Username": "me"})
        if old:
            connection.execute("INSERT INTO configs VALUES (?, ?)", (rows[0][1], config))
        else:
            connection.execute("INSERT INTO configs VALUES (?, ?, ?)", (*rows[0][:2], config))
    connection.close()
    return path


def test_runs_words_and_nested_metrics(tmp_path: Path) -> None:
    path = database(tmp_path / "p.db", [("1", "r1", 0, {"loss": "NaN", "eval": {"acc": 0.5}, "note": "hi"}),
                                        ("2", "r2", 0, {"loss": 2}), ("1", "r1", 1, {"loss": "Infinity"})])  # fmt: skip
    assert READER.recognises(Probe(path=path, size=path.stat().st_size))
    one, two = READER.read([path])
    assert (one.label, two.label) == ("r1", "r2")
    assert [column.tag for column in one.columns] == ["loss", "eval.acc"]
    assert math.isnan(one.columns[0].values[0]) and one.columns[0].values[1] == math.inf
    assert one.config == {"lr": 0.1}
    assert any("note" in note.message for note in one.notes)
    times = one.columns[0].wall_times
    assert times is not None and times[1] - times[0] == 1.0


def test_before_runs_had_ids(tmp_path: Path) -> None:
    (log,) = READER.read([database(tmp_path / "p.db", [("", "r1", 0, {"a": 1}), ("", "r1", 1, {"a": 2})], old=True)])
    assert (log.label, log.columns[0].values.tolist(), log.config) == ("", [1.0, 2.0], {"lr": 0.1})


def test_a_name_taken_twice(tmp_path: Path) -> None:
    logs = READER.read([database(tmp_path / "p.db", [("1", "r", 0, {"a": 1}), ("2", "r", 0, {"a": 2})])])
    assert [log.label for log in logs] == ["1", "2"]


def test_broken_rows_are_counted(tmp_path: Path) -> None:
    (log,) = READER.read(
        [database(tmp_path / "p.db", [("1", "r", 0, {"a": 1}), ("1", "r", 1, '{"a": 2'), ("1", "r", 2, "[1]")])]
    )
    assert log.columns[0].steps.tolist() == [0]
    assert "2 rows" in log.problems[0].message


def test_a_cut_database_is_a_problem(tmp_path: Path) -> None:
    path = database(tmp_path / "p.db", [("1", "r", at, {"a": at, "text": "x" * 200}) for at in range(59)])
    path.write_bytes(path.read_bytes()[: path.stat().st_size // 2])
    logs = list(READER.read([path]))
    assert any(log.problems for log in logs)


def test_shared_sample() -> None:
    logs = list(READER.read([shared("formats", "trackio", "trackio", "demo.db")]))
    assert [(log.label, len(log.columns[0].steps)) for log in logs] == [("r1", 5), ("r2", 5)]
