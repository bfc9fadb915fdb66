"""A table as logs: the step chosen, wall times read, runs and splits that share one table taken apart."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path

import numpy as np

from loglens.model.run import Aggregate, FloatArray, Note, Setting
from loglens.readers.base import Column, Log
from loglens.readers.clock import ROW_NUMBERS, Clock, clock_of
from loglens.readers.files import is_fresh
from loglens.readers.long_table import long_columns, long_names
from loglens.readers.metric_names import SPLITS, axis_role, normalise
from loglens.readers.table import Numbers, Table
from loglens.readers.wall_time import absolute_seconds

_RUN_COLUMNS = ("run", "run_id", "runid", "run_name", "run name", "run_uuid", "experiment", "experiment_name", "exp_name",
                "trial", "trial_id", "trial_name", "job_id")  # fmt: skip
_MAYBE_RUN_COLUMNS = ("seed", "fold", "model", "model_name", "name", "config", "lr", "learning_rate", "batch_size")
_SPLIT_COLUMNS = ("split", "phase", "mode", "stage", "subset", "set", "partition")


@dataclass(frozen=True, slots=True, kw_only=True)
class Dialect:
    """What one framework's table is like.

    `steps`: normalised names of its step column, best first, before the general rule. `axis`: what rows count where
    there is no step column. `appended`, `own_file`, `rank`: see `Log`. `hidden`: normalised names that are no series.
    `aggregates`: what a value of a column stands for; `aggregate`: of all others.
    """

    format: str
    rank: int = 50
    steps: tuple[str, ...] = ()
    axis: str = "step"
    appended: bool = False
    own_file: bool = True
    hidden: frozenset[str] = frozenset()
    aggregates: Mapping[str, Aggregate] = field(default_factory=dict)
    aggregate: Aggregate = "unknown"


def table_logs(
    table: Table, dialect: Dialect, *, folder: Path | None = None, config: Mapping[str, Setting] | None = None
) -> Iterator[Log]:
    """One log, or one for each run where a column names the run. `folder`: as in `Log`, else that of the file."""
    notes, problems = table.notes, table.problems
    live = table.torn and is_fresh(table.path)
    for label, part in _runs(table, dialect):
        columns, more, rewinds = _columns(part, dialect)
        yield Log(
            format=dialect.format,
            file=table.path,
            folder=folder or table.path.parent,
            columns=columns,
            label=label,
            own_file=dialect.own_file,
            rank=dialect.rank,
            config=config or {},
            notes=(*notes, *more),
            problems=problems,
            rewinds=rewinds,
            live=live,
        )
        notes, problems = (), ()  # told with the first run of the file


def _runs(table: Table, dialect: Dialect) -> Iterator[tuple[str, Table]]:
    if names := long_names(table.names):
        if names.run is None:
            yield "", table
            return
        yield from _grouped(table, names.run)
        return
    for name in table.names:
        known = normalise(name)
        if known not in _RUN_COLUMNS and known not in _MAYBE_RUN_COLUMNS:
            continue
        values = [value for value in _values(table, name) if value is not None]
        if not 1 < len(set(values)) <= max(table.rows // 2, 2):
            continue
        groups = list(_grouped(table, name))
        if known in _RUN_COLUMNS and table.words(name) is not None or _untangles(table, groups, dialect):
            yield from groups
            return
    yield "", table


def _values(table: Table, name: str) -> list[str | None]:
    words = table.words(name)
    if words is not None:
        return words
    numbers = table.numbers(name)
    if numbers is None:
        return []
    here = np.ones(table.rows, dtype=bool) if numbers.present is None else numbers.present
    return [
        f"{value:g}" if point else None for value, point in zip(numbers.values.tolist(), here.tolist(), strict=True)
    ]


def _grouped(table: Table, name: str) -> Iterator[tuple[str, Table]]:
    values = np.array([value or "" for value in _values(table, name)], dtype=object)
    for value in dict.fromkeys(values.tolist()):
        yield value, table.picked(values == value)


def _untangles(table: Table, groups: Sequence[tuple[str, Table]], dialect: Dialect) -> bool:
    """The steps of the table go back, and within each group they do not: the column tells the runs apart."""
    whole = clock_of(table, preferred=dialect.steps)
    if not whole.column or not bool(np.any(np.diff(whole.steps) < 0)) or any(part.rows < 2 for _, part in groups):
        return False
    return all(
        bool(np.all(np.diff(clock_of(part, preferred=(normalise(whole.column),)).steps) >= 0)) for _, part in groups
    )


def _columns(table: Table, dialect: Dialect) -> tuple[tuple[Column, ...], tuple[Note, ...], tuple]:
    if names := long_names(table.names):
        columns, notes = long_columns(table, names)
        return columns, notes, ()
    clock = clock_of(table, preferred=dialect.steps, appended=dialect.appended, axis=dialect.axis)
    split = next(
        (name for name in table.names if normalise(name) in _SPLIT_COLUMNS and _names_splits(table, name)), None
    )
    if split is None:
        columns, notes = _series(table, clock, dialect)
        return columns, (*clock.notes, *notes), clock.rewinds
    found: list[Column] = []
    for value in dict.fromkeys(_values(table, split)):
        rows = np.array([one == value for one in _values(table, split)], dtype=bool)
        part = replace(clock, steps=clock.steps[rows])
        columns, _ = _series(table.picked(rows), part, dialect)
        found += [replace(one, tag=f"{value}/{one.tag}") if value else one for one in columns]
    return tuple(found), clock.notes, clock.rewinds


def _names_splits(table: Table, name: str) -> bool:
    words = table.words(name)
    return words is not None and {(word or "train").casefold() for word in words} <= SPLITS


def _series(table: Table, clock: Clock, dialect: Dialect) -> tuple[tuple[Column, ...], list[Note]]:
    """A column for each name that holds numbers, and what is to be said about the others."""
    timed, wall_times = absolute_seconds(table)
    columns: list[Column] = []
    unreadable, empty = [], []
    for name in table.names:
        known = normalise(name)
        if name in (clock.column, timed) or known in ROW_NUMBERS or known in dialect.hidden:
            continue
        numbers = table.numbers(name)
        if numbers is None:
            if table.column(name).null_count() == table.rows or table.words(name) == [None] * table.rows:
                empty.append(name)
            continue
        if numbers.unreadable:
            unreadable.append((name, numbers.unreadable))
        columns.append(_column(name, numbers, clock, wall_times, dialect))
    notes = [
        Note(
            kind="dropped",
            message=f"{count} cells of {name!r} are no numbers",
            path=str(table.path),
            series=name,
            count=count,
        )
        for name, count in unreadable
    ]
    if empty:
        told = f"no value in any row: {_listed(empty)}"
        notes.append(Note(kind="info", message=told, path=str(table.path), count=len(empty)))
    return tuple(columns), notes


def _column(name: str, numbers: Numbers, clock: Clock, wall_times: FloatArray | None, dialect: Dialect) -> Column:
    rows = numbers.points()
    known = normalise(name)
    return Column(
        tag=name,
        steps=clock.steps if rows is None else clock.steps[rows],
        values=numbers.values if rows is None else numbers.values[rows],
        wall_times=None if wall_times is None else wall_times if rows is None else wall_times[rows],
        stepless=not clock.column,
        aggregate="point" if axis_role(name) else dialect.aggregates.get(known, dialect.aggregate),
        axis=clock.axis,
    )


def _listed(names: Iterable[str], limit: int = 8) -> str:
    names = list(names)
    more = "" if len(names) <= limit else f" and {len(names) - limit} more"
    return ", ".join(map(repr, names[:limit])) + more
