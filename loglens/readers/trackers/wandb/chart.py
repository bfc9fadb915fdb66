"""A W&B chart's CSV download: `RUN - METRIC` with `__MIN` and `__MAX`, several runs side by side.

The points are binned and sampled: the envelope shows spikes that the value itself has lost.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import ClassVar

from loglens.model.run import FloatArray, IntArray, Note
from loglens.readers.contract.base import TABLE, Column, Log, Probe, ReaderMeta
from loglens.readers.naming.metric_names import axis_role, normalise
from loglens.readers.tables.clock import clock_of
from loglens.readers.tables.csv.reader import FrameworkCsv
from loglens.readers.tables.table import NumberColumn, Table

_EDGES = ("__MIN", "__MAX")
_APART = " - "
_AXES = frozenset({"step", "_step", "relative time (process)", "relative time (wall)", "wall time"})
_MARKS = frozenset({"_step", "_runtime", "_timestamp"})


@dataclass(frozen=True, slots=True)
class _Line:
    """One line of the chart: the columns that hold its values and its envelope."""

    run: str
    name: str
    value: str
    low: str | None
    high: str | None


class WandbChart(FrameworkCsv):
    meta: ClassVar[ReaderMeta] = ReaderMeta(id="wandb-chart", title="W&B chart export", sniffs=True)

    def knows(self, names: frozenset[str], probe: Probe) -> bool:
        edges = {
            name.removesuffix("__min").removesuffix("__max") for name in names if name.endswith(("__min", "__max"))
        }
        if edges & names:
            return True
        others = [name for name in names if name not in _AXES and axis_role(name) is None]
        return bool(_AXES & names) and bool(others) and all(" - " in name for name in others)

    def logs(self, table: Table) -> Iterator[Log]:
        lines = [line for line in _lines(table.names) if normalise(line.name) not in _MARKS]
        axes = [name for name in table.names if normalise(name) in _AXES or _is_axis(name, lines)]
        clock = clock_of(table, preferred=[normalise(name) for name in axes])
        told = Note(kind="info", path=str(table.path), count=table.rows,
                    message="a chart export: binned and sampled, the envelope (__MIN, __MAX) is kept beside each "
                            "value; export the history for every point")  # fmt: skip
        notes: tuple[Note, ...] = (*table.notes, told, *clock.notes)
        for run in dict.fromkeys(line.run for line in lines):
            columns = tuple(column for line in lines if line.run == run
                            if (column := _column(table, line, clock.steps, clock.axis)) is not None)  # fmt: skip
            yield Log(
                facts=TABLE,
                format=self.meta.id,
                file=table.path,
                folder=Path(table.path).parent,
                columns=columns,
                label=run,
                own_file=True,
                rank=60,
                notes=notes,
                problems=table.problems if notes[0] is not told or run == lines[0].run else (),
            )


def _is_axis(name: str, lines: Sequence[_Line]) -> bool:
    return all(name not in (line.value, line.low, line.high) for line in lines)


def _lines(names: Sequence[str]) -> list[_Line]:
    parsed: dict[tuple[str, str], dict[str, str]] = {}
    known = frozenset(names)
    for name in names:
        edge = name[-len(_EDGES[0]) :].upper() if name.upper().endswith(_EDGES) else ""
        bare = name[: len(name) - len(edge)]
        run, apart, metric = bare.rpartition(_APART)
        if apart and run and metric:
            parsed.setdefault((run, metric.strip()), {})[edge] = name
        elif edge and bare:
            parsed.setdefault(("", bare.strip()), {})[edge] = name
        elif any(f"{name}{end}" in known for end in _EDGES):
            parsed.setdefault(("", name.strip()), {})[""] = name
    return [_Line(run.strip(), metric, columns[""], columns.get("__MIN"), columns.get("__MAX"))
            for (run, metric), columns in parsed.items() if "" in columns]  # fmt: skip


def _column(table: Table, line: _Line, steps: IntArray, axis: str) -> Column | None:
    numbers = table.numbers(line.value)
    if numbers is None:
        return None
    rows = numbers.points()
    low, high = (_edge(table, name, numbers) for name in (line.low, line.high))
    return Column(
        tag=line.name,
        steps=steps if rows is None else steps[rows],
        values=numbers.values if rows is None else numbers.values[rows],
        low=low,
        high=high,
        axis=axis,
    )


def _edge(table: Table, name: str | None, values: NumberColumn) -> FloatArray | None:
    """One side of the envelope at the points of the line; the value itself where that side is empty."""
    numbers = None if name is None else table.numbers(name)
    if numbers is None:
        return None
    edge = numbers.values.copy()
    if numbers.present is not None:
        edge[~numbers.present] = values.values[~numbers.present]
    rows = values.points()
    return edge if rows is None else edge[rows]
