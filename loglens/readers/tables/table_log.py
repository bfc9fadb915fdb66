"""A table as logs: the step chosen, wall times read, runs and restarts that share one table taken apart."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path

import numpy as np

from loglens.model.run import Aggregate, FloatArray, Note, Setting
from loglens.readers.contract.base import Column, Fact, Log
from loglens.readers.contract.files import is_fresh
from loglens.readers.naming.metric_names import axis_role, normalise
from loglens.readers.tables.blank import without_blanks
from loglens.readers.tables.clock import ROW_NUMBERS, Clock, clock_of
from loglens.readers.tables.doubled import each_once
from loglens.readers.tables.long_table import LongNames, long_columns, long_form
from loglens.readers.tables.table import NumberColumn, Table
from loglens.readers.tables.table_runs import row_values, runs_of, splits_of, trainings_of
from loglens.readers.tables.unrolled import unrolled
from loglens.readers.tables.wall_time import absolute_seconds

_LISTED = 8


@dataclass(frozen=True, slots=True, kw_only=True)
class Dialect:
    """What one framework's table is like.

    `steps`: normalised names of its step column, best first, before the general rule. `axis`: what rows count where
    there is no step column. `facts`, `rank`: see `Log`. `appended`: a counter that starts again at its very first value
    goes on. `canonical`: the file names the framework itself gives, under which the folder names the run. `hidden`:
    normalised names that are no series. `aggregates`: what a value of a column stands for; `aggregate`: of all others.
    """

    format: str
    facts: frozenset[Fact] = frozenset()
    rank: int = 50
    steps: tuple[str, ...] = ()
    axis: str = "step"
    appended: bool = False
    canonical: tuple[str, ...] = ()
    hidden: frozenset[str] = frozenset()
    aggregates: Mapping[str, Aggregate] = field(default_factory=dict)
    aggregate: Aggregate = "unknown"

    def names_run(self, path: Path) -> bool:
        """The file names its run itself where its folder holds several."""
        return path.name.removesuffix(".gz") not in self.canonical


def table_logs(
    table: Table, dialect: Dialect, *, folder: Path | None = None, config: Mapping[str, Setting] | None = None
) -> Iterator[Log]:
    """One log, or one for each run where a column names the run, and one part of it for each time the header was
    written. `folder`: as in `Log`, else that of the file."""
    table = without_blanks(each_once(unrolled(table)))
    log = Log(
        format=dialect.format,
        facts=dialect.facts,
        file=table.path,
        folder=folder or table.path.parent,
        columns=(),
        own_file=dialect.names_run(table.path),
        rank=dialect.rank,
        config=config or {},
        live=table.torn and is_fresh(table.path),
    )
    notes, problems = table.notes, table.problems
    form = long_form(table)
    for label, training, rows in _each_training(table, dialect, form):
        for part in _parts(rows, dialect, form):
            yield replace(
                log,
                label=label or training,
                columns=part.columns,
                notes=(*notes, *(rows.notes if training else ()), *part.notes),
                problems=problems,
                rewinds=part.rewinds,
                started=part.started,
                how=part.how,
            )
            notes, problems = (), ()  # told with the first part of the file


def _each_training(table: Table, dialect: Dialect, form: LongNames | None) -> Iterator[tuple[str, str, Table]]:
    """The runs in a table, and those that begin anew within one; a long table has no row a step."""
    for label, rows in runs_of(table, dialect.steps, form):
        if form is not None or label:
            yield label, "", rows
        else:
            yield from (("", training, part) for training, part in trainings_of(rows, dialect.steps))


def _parts(table: Table, dialect: Dialect, form: LongNames | None) -> Iterator[Log]:
    """The starts in a table of one run, as logs that know nothing of their file."""
    nameless = Log(format=dialect.format, file=table.path, folder=table.path.parent, columns=())
    if form is not None:
        yield replace(nameless, columns=long_columns(table, form))
        return
    clock = clock_of(table, preferred=dialect.steps, appended=dialect.appended, axis=dialect.axis)
    columns, notes = series_of(table, clock, dialect)
    first = replace(nameless, notes=(*clock.notes, *notes), rewinds=clock.rewinds)
    if not table.restarts:
        yield replace(first, columns=columns)
        return
    place = np.searchsorted(table.restarts, np.arange(table.rows), side="right")
    begun = {int(clock.steps[row]) for row in table.restarts if row < table.rows}
    # where a part begins is told when the parts are put together
    first = replace(first, rewinds=tuple(rewind for rewind in clock.rewinds if rewind.resumed_at not in begun))
    for number in range(len(table.restarts) + 1):
        here = place == number
        columns, _ = series_of(table.picked(here), replace(clock, steps=clock.steps[here]), dialect)
        how = "counter restarted" if clock.rewinds else "repeated header"
        yield replace(first if number == 0 else nameless, columns=columns, started=float(number), how=how)


def series_of(table: Table, clock: Clock, dialect: Dialect) -> tuple[tuple[Column, ...], list[Note]]:
    """A column for each name that holds numbers, and what is to be said about the others. Where a column names splits,
    series are called `<split>/<name>`."""
    split = splits_of(table)
    if split is None:
        return _series(table, clock, dialect)
    found: list[Column] = []
    values = np.array([value or "" for value in row_values(table, split)], dtype=object)
    for value in dict.fromkeys(values.tolist()):
        rows = values == value
        columns, _ = _series(table.picked(rows), replace(clock, steps=clock.steps[rows]), dialect)
        found += [replace(column, tag=f"{value}/{column.tag}") if value else column for column in columns]
    return tuple(found), []


def _series(table: Table, clock: Clock, dialect: Dialect) -> tuple[tuple[Column, ...], list[Note]]:
    timed, wall_times = absolute_seconds(table)
    columns: list[Column] = []
    notes: list[Note] = []
    empty: list[str] = []
    for name in table.names:
        known = normalise(name)
        if name in (clock.column, timed) or known in ROW_NUMBERS or known in dialect.hidden:
            continue
        numbers = table.numbers(name)
        if numbers is not None:
            columns.append(_column(name, numbers, clock, wall_times, dialect))
            if numbers.unreadable:
                told = f"{numbers.unreadable} cells of {name!r} are not numbers"
                notes.append(Note(kind="dropped", message=told, path=str(table.path), series=name,
                                  count=numbers.unreadable))  # fmt: skip
        elif table.is_empty(name):
            empty.append(name)
    if empty:
        told = f"no value in any row: {_listed(empty)}"
        notes.append(Note(kind="info", message=told, path=str(table.path), count=len(empty)))
    return tuple(columns), notes


def _column(name: str, numbers: NumberColumn, clock: Clock, wall_times: FloatArray | None, dialect: Dialect) -> Column:
    rows = numbers.points()
    return Column(
        tag=name,
        steps=clock.steps if rows is None else clock.steps[rows],
        values=numbers.values if rows is None else numbers.values[rows],
        wall_times=None if wall_times is None else wall_times if rows is None else wall_times[rows],
        stepless=not clock.column,
        aggregate="point" if axis_role(name) else dialect.aggregates.get(normalise(name), dialect.aggregate),
        axis=clock.axis,
    )


def _listed(names: Sequence[str]) -> str:
    more = "" if len(names) <= _LISTED else f" and {len(names) - _LISTED} more"
    return ", ".join(map(repr, names[:_LISTED])) + more
