"""trackio's SQLite store: one database a project, its runs told apart by name and, in newer releases, by id."""

from __future__ import annotations

import sqlite3
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import ClassVar

from loglens.model.run import Note, Problem, Setting
from loglens.readers.contract.base import Log, Probe, ReaderMeta
from loglens.readers.contract.doors import is_sqlite
from loglens.readers.contract.json_text import loaded
from loglens.readers.contract.points import Points, flat_numbers, flat_settings, unix_seconds
from loglens.readers.trackers.sqlite_file import columns_of, has_columns, opened, within_limits

NEEDED = frozenset({"run_name", "step", "metrics"})


@dataclass(frozen=True, slots=True, kw_only=True)
class TrackioDb:
    meta: ClassVar[ReaderMeta] = ReaderMeta(id="trackio-sqlite", title="trackio project database")

    def recognises(self, probe: Probe) -> bool:
        return is_sqlite(probe) and has_columns(probe.path, "metrics", NEEDED)

    def read(self, paths: Sequence[Path]) -> Iterator[Log]:
        for path in paths:
            yield from read_database(path)


@dataclass(slots=True)
class GatheredRuns:
    """What the rows of one run hold."""

    name: str
    points: Points = field(default_factory=Points)
    skipped: dict[str, int] = field(default_factory=dict)
    started: float | None = None
    broken: list[int] = field(default_factory=list)  # rows whose metrics are not whole


def read_database(path: Path) -> Iterator[Log]:
    """One log a run; rows that hold no readable metrics are counted, a damaged database gives what comes before."""
    runs: dict[str, GatheredRuns] = {}
    configs: dict[str, dict[str, Setting]] = {}
    problem = None
    try:
        with opened(path) as connection:
            configs = _configs(connection)
            _gather(connection, runs, path)
    except (sqlite3.Error, OSError) as error:
        problem = f"the trackio database cannot be read to its end ({error}); try `sqlite3 FILE .recover` on a copy"
    if problem is None and not any(len(run.points) for run in runs.values()):
        problem = "the trackio database holds no metrics"
    names = Counter(run.name for run in runs.values())
    for run_id, run in runs.items():
        label = "" if len(runs) == 1 else run.name if names[run.name] == 1 else run_id
        yield _log(path, run_id, run, label, configs)
    if problem is not None:
        yield Log(
            format=TrackioDb.meta.id,
            file=path,
            folder=path.parent,
            columns=(),
            problems=(Problem(path=str(path), message=problem),),
        )


def _gather(connection: sqlite3.Connection, runs: dict[str, GatheredRuns], path: Path) -> None:
    have = columns_of(connection, "metrics")
    run_id = "COALESCE(run_id, run_name)" if "run_id" in have else "run_name"
    timestamp = "timestamp" if "timestamp" in have else "NULL"
    query = f"SELECT rowid, {run_id}, run_name, step, {timestamp}, metrics FROM metrics ORDER BY rowid"  # noqa: S608 - names of columns chosen above, no text of the file
    for row, key, name, step, time, text in within_limits(connection.execute(query), path):
        run = runs.setdefault(str(key), GatheredRuns(str(name)))
        try:
            metrics = loaded(text)
        except (TypeError, ValueError):
            metrics = None
        if not isinstance(metrics, dict) or not isinstance(step, int):
            run.broken.append(row)
            continue
        seconds = unix_seconds(time)
        run.started = seconds if run.started is None else run.started
        for tag, value in flat_numbers("", metrics, run.skipped):
            run.points.add(tag, step, value, seconds)


def _configs(connection: sqlite3.Connection) -> dict[str, dict[str, Setting]]:
    """The configuration by run id and by run name."""
    have = columns_of(connection, "configs")
    configs: dict[str, dict[str, Setting]] = {}
    if {"run_name", "config"} <= have:
        key = "COALESCE(run_id, run_name)" if "run_id" in have else "run_name"
        for run_id, text in connection.execute(f"SELECT {key}, config FROM configs"):  # noqa: S608 - as above
            try:
                config = loaded(text)
            except (TypeError, ValueError):
                continue  # a configuration is a help, not a measurement: without it the run is read all the same
            if isinstance(config, dict):
                own = {name: value for name, value in config.items() if not str(name).startswith("_")}
                configs[str(run_id)] = flat_settings(own)
    return configs


def _log(path: Path, run_id: str, run: GatheredRuns, label: str, configs: dict[str, dict[str, Setting]]) -> Log:
    notes = [Note(kind="info", message=f"trackio run {run.name!r}", path=str(path))]
    if run.skipped:
        names = ", ".join(sorted(run.skipped)[:5])
        message = f"values that are not numbers (text, media, tables) are left out: {names}"
        notes.append(Note(kind="info", message=message, path=str(path), count=sum(run.skipped.values())))
    problems: tuple[Problem, ...] = ()
    if run.broken:
        message = f"{len(run.broken)} rows of run {run.name!r} hold no readable metrics; they are left out"
        problems = (Problem(path=str(path), message=message, offset=run.broken[0]),)
    return Log(
        format=TrackioDb.meta.id,
        file=path,
        folder=path.parent,
        columns=run.points.columns(),
        label=label,
        own_file=True,
        run_id=f"{path.name}#{run_id}",
        started=run.started,
        rank=10,
        config=configs.get(run_id) or configs.get(run.name, {}),
        notes=tuple(notes),
        problems=problems,
    )
