"""MLflow's SQLite store (`mlflow.db`, `mlruns.db`): every run of every experiment in it."""

from __future__ import annotations

import sqlite3
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import ClassVar

from loglens.model.run import Note, Problem, Setting
from loglens.readers.contract.base import Log, Probe, ReaderMeta
from loglens.readers.contract.doors import is_sqlite
from loglens.readers.contract.points import Points, as_setting
from loglens.readers.trackers.sqlite_file import columns_of, has_columns, opened, within_limits

NEEDED = frozenset({"key", "value", "timestamp", "run_uuid"})
STORED_INFINITY = 1.797e308
"""MLflow stores an infinity as the largest double of its sign."""


@dataclass(frozen=True, slots=True, kw_only=True)
class MlflowDb:
    meta: ClassVar[ReaderMeta] = ReaderMeta(id="mlflow-sqlite", title="MLflow SQLite database")

    def recognises(self, probe: Probe) -> bool:
        return is_sqlite(probe) and has_columns(probe.path, "metrics", NEEDED)

    def read(self, paths: Sequence[Path]) -> Iterator[Log]:
        for path in paths:
            yield from read_database(path)


@dataclass(frozen=True, slots=True)
class StoredRun:
    """A row of `runs`; `experiment` is the experiment's name, `started` in seconds since 1970."""

    uuid: str
    name: str
    experiment: str
    started: float | None


def read_database(path: Path) -> Iterator[Log]:
    """One log a run that was not deleted. A damaged database gives what can be read of it, and a problem."""
    logs: list[Log] = []
    problem = None
    deleted = 0
    try:
        with opened(path) as connection:
            runs, deleted = _runs(connection)
            params = _params(connection)
            labels = _labels(runs)
            for run in runs:  # one by one: what was read before a damaged page is kept
                log = _log(connection, path, run, labels.get(run.uuid, ""), params.get(run.uuid, {}))
                logs.append(log)
    except (sqlite3.Error, OSError, ValueError) as error:
        problem = f"the MLflow database cannot be read to its end ({error}); try `sqlite3 FILE .recover` on a copy"
    if problem is None and not any(log.columns for log in logs):
        problem = "the MLflow database holds no metric of a run that is not deleted"
    if deleted and logs:
        note = Note(kind="info", message="runs deleted in MLflow are left out", path=str(path), count=deleted)
        logs[0] = replace(logs[0], notes=(*logs[0].notes, note))
    yield from logs
    if problem is not None:
        yield Log(
            format=MlflowDb.meta.id,
            file=path,
            folder=path.parent,
            columns=(),
            problems=(Problem(path=str(path), message=problem),),
        )


def _runs(connection: sqlite3.Connection) -> tuple[list[StoredRun], int]:
    """The runs that are not deleted, oldest first, and how many are."""
    have = columns_of(connection, "runs")
    if "run_uuid" not in have:  # a store without its table of runs: the metrics still say whose they are
        rows = connection.execute("SELECT DISTINCT run_uuid FROM metrics ORDER BY 1").fetchall()
        return [StoredRun(str(uuid), "", "", None) for (uuid,) in rows], 0
    name = "r.name" if "name" in have else "NULL"
    stage = "r.lifecycle_stage" if "lifecycle_stage" in have else "'active'"
    start = "r.start_time" if "start_time" in have else "NULL"
    experiments = columns_of(connection, "experiments")
    joined = {"experiment_id", "name"} <= experiments and "experiment_id" in have
    query = (
        f"SELECT r.run_uuid, {name}, {stage}, {start}, {'e.name' if joined else 'NULL'} FROM runs r "  # noqa: S608 - names of columns chosen above, no text of the file
        f"{'LEFT JOIN experiments e ON e.experiment_id = r.experiment_id ' if joined else ''}"
        f"ORDER BY {start}, r.rowid"
    )
    runs, deleted = [], 0
    for uuid, run_name, lifecycle, started, experiment in connection.execute(query):
        if lifecycle == "deleted":
            deleted += 1
        else:
            when = started / 1000 if isinstance(started, int | float) else None
            runs.append(StoredRun(str(uuid), str(run_name or ""), str(experiment or ""), when))
    return runs, deleted


def _labels(runs: Sequence[StoredRun]) -> dict[str, str]:
    """The name of each run inside the file: MLflow's, or its id where the name is missing or taken twice."""
    if len(runs) == 1:
        return {}
    names = Counter(run.name for run in runs)
    return {run.uuid: run.name if run.name and names[run.name] == 1 else run.uuid for run in runs}


def _params(connection: sqlite3.Connection) -> dict[str, dict[str, Setting]]:
    params: dict[str, dict[str, Setting]] = {}
    if {"key", "value", "run_uuid"} <= columns_of(connection, "params"):
        for uuid, key, value in connection.execute("SELECT run_uuid, key, value FROM params"):
            params.setdefault(str(uuid), {})[str(key)] = as_setting(str(value))
    return params


def _log(connection: sqlite3.Connection, path: Path, run: StoredRun, label: str, params: Mapping[str, Setting]) -> Log:
    have = columns_of(connection, "metrics")
    query = (
        f"SELECT key, value, timestamp, {'step' if 'step' in have else '0'}, {'is_nan' if 'is_nan' in have else '0'} "  # noqa: S608 - as above
        "FROM metrics WHERE run_uuid = ? ORDER BY timestamp, rowid"
    )
    points = Points()
    unreadable = 0
    for key, value, timestamp, step, is_nan in within_limits(connection.execute(query, (run.uuid,)), path):
        number = stored_value(value, is_nan)
        if number is None or not isinstance(step, int):
            unreadable += 1
        else:
            time = timestamp / 1000 if isinstance(timestamp, int | float) else None
            points.add(str(key), step, number, time)
    experiment = f" of experiment {run.experiment!r}" if run.experiment else ""
    problems: tuple[Problem, ...] = ()
    if unreadable:
        message = f"{unreadable} metric rows of run {run.name or run.uuid!r} hold no number; they are left out"
        problems = (Problem(path=str(path), message=message),)
    return Log(
        format=MlflowDb.meta.id,
        file=path,
        folder=path.parent,
        columns=points.columns(count_zero_steps=True),
        label=label,
        own_file=True,
        run_id=run.uuid,
        started=run.started,
        rank=10,
        config=params,
        notes=(Note(kind="info", message=f"MLflow run {run.name or run.uuid!r}{experiment}", path=str(path)),),
        problems=problems,
    )


def stored_value(value: object, is_nan: object) -> float | None:
    """A metric as it was logged: NaN is stored as 0 and a flag, an infinity as the largest double."""
    if is_nan not in (0, None, False, "0", "false", "False"):
        return float("nan")
    if not isinstance(value, int | float):
        return None
    if abs(value) >= STORED_INFINITY:
        return float("inf") if value > 0 else float("-inf")
    return float(value)
