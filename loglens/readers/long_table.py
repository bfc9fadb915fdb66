"""Long tables: one row per point, with columns for the series' name, its step and its value, maybe the run's."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from loglens.readers.base import Column
from loglens.readers.metric_names import normalise
from loglens.readers.table import Table, numbers_of, whole_numbers
from loglens.readers.wall_time import seconds_of

# each list best first; what LogLens itself exports comes first
_RUNS = ("run", "run_id", "run_name", "run_uuid", "custom_run_id", "sys/id", "experiment", "trial_id", "trial")
_TAGS = ("tag", "metric", "metric_name", "key", "series", "variable", "attribute_path", "attribute", "name")
_VALUES = ("value", "float_value", "metric_value", "scalar", "y")
_STEPS = ("step", "global_step", "_step", "iteration", "iter", "epoch", "x")
_TIMES = ("wall_time", "timestamp", "time", "wall time", "timestamp_ms", "_timestamp")


@dataclass(frozen=True, slots=True)
class LongNames:
    """Which column is which, by its name in the file."""

    tag: str
    value: str
    step: str | None
    run: str | None
    time: str | None


def long_names(names: Sequence[str]) -> LongNames | None:
    """The columns of a long table, None where the names are not those of one."""
    known = {normalise(name): name for name in reversed(names)}

    def first(options: Sequence[str]) -> str | None:
        return next((known[one] for one in options if one in known), None)

    tag, value, step = first(_TAGS), first(_VALUES), first(_STEPS)
    if tag is None or value is None or (step is None and len(names) > 4):
        return None
    return LongNames(tag, value, step, first(_RUNS), first(_TIMES))


def long_columns(table: Table, names: LongNames) -> tuple[Column, ...]:
    """A column for each tag, its points in order of writing. Null values are no points, NaN values are."""
    import polars as pl

    numbers = numbers_of(table.column(names.value))
    if numbers is None:
        return ()
    rows = pl.DataFrame({"tag": table.column(names.tag).cast(pl.String), "row": np.arange(table.rows)})
    if numbers.present is not None:
        rows = rows.filter(pl.Series(numbers.present))
    steps = None if names.step is None else numbers_of(table.column(names.step))
    counted = None if steps is None else whole_numbers(steps)
    seconds = None if names.time is None else seconds_of(table, names.time)
    columns = []
    for (tag,), part in rows.drop_nulls("tag").group_by("tag", maintain_order=True):
        at = part["row"].to_numpy()
        columns.append(
            Column(
                tag=str(tag).strip(),
                steps=np.arange(len(at)) if counted is None else counted[at],
                values=numbers.values[at],
                wall_times=None if seconds is None else seconds[at],
                stepless=counted is None,
                axis="epoch" if names.step is not None and normalise(names.step) == "epoch" else "step",
            )
        )
    return tuple(columns)
