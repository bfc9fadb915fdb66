"""Long tables: one row per point, with columns for the series' name, its step and its value, maybe the run's."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from loglens.readers.contract.base import Column
from loglens.readers.naming.metric_names import axis_role, name_role, normalise
from loglens.readers.tables.table import Table, numbers_of, whole_numbers
from loglens.readers.tables.wall_time import seconds_of

if TYPE_CHECKING:
    import polars as pl

# each list best first; what LogLens itself exports comes first
_RUNS = ("run", "run_id", "run_name", "run_uuid", "custom_run_id", "sys/id", "experiment", "experiment_id",
         "experiment_name", "trial_id", "trial", "trial_name", "run_key", "run_label", "job", "job_id")  # fmt: skip
_TAGS = ("tag", "metric", "metric_name", "metricname", "metric_key", "key", "series", "series_name", "variable",
         "attribute_path", "attribute", "path", "name")  # fmt: skip
_VARIANTS = ("variant",)  # ClearML: the metric `loss` has the variants `train` and `val`
_SPLITS = ("split", "phase", "mode", "stage", "subset", "set", "partition")
_VALUES = ("value", "float_value", "metric_value", "metricvalue", "scalar", "scalar_value", "y")
_STEPS = ("step", "global_step", "_step", "steps", "train_step", "training_step", "iteration", "iter", "epoch", "x")
_TIMES = ("wall_time", "timestamp", "time", "wall time", "timestamp_ms", "_timestamp")
_MEASURED = frozenset({"train_loss", "val_loss", "learning_rate", "grad_norm", "train_accuracy", "val_accuracy"})


@dataclass(frozen=True, slots=True)
class LongNames:
    """Which column is which, by its name in the file."""

    tag: str
    value: str
    step: str | None
    run: str | None
    time: str | None
    variant: str | None = None
    split: str | None = None


def long_names(names: Sequence[str]) -> LongNames | None:
    """The columns of a long table, None where the names are not those of one."""
    known = {normalise(name): name for name in reversed(names)}

    def first(options: Sequence[str]) -> str | None:
        return next((known[option] for option in options if option in known), None)

    tag, value, step = first(_TAGS), first(_VALUES), first(_STEPS)
    if tag is None or value is None or (step is None and len(names) > 4):
        return None
    return LongNames(tag, value, step, first(_RUNS), first(_TIMES), first(_VARIANTS), first(_SPLITS))


def long_form(table: Table) -> LongNames | None:
    """The columns of a long table by their names, else by what they hold: one column of words holds names of metrics,
    each many times, beside a single column of measurements. None where the table is not long."""
    return long_names(table.names) or _by_content(table)


def _by_content(table: Table) -> LongNames | None:
    words = {name: set(cells) - {None} for name in table.names if (cells := table.distinct_words(name)) is not None}
    tags = [name for name, seen in words.items() if 0 < 2 * len(seen) <= table.rows
            and any(name_role(str(value)).role in _MEASURED for value in seen)]  # fmt: skip
    if len(tags) != 1:
        return None
    counters = {name for name in table.names if axis_role(name)}
    values = [name for name in table.names if name not in counters and normalise(name) not in (*_TIMES, *_RUNS)
              and table.column(name).dtype.is_float() and table.numbers(name) is not None]  # fmt: skip
    steps = [name for name in table.names if axis_role(name) == "step"]
    steps += [name for name in table.names if axis_role(name) == "epoch"]
    if len(values) != 1 or not steps:
        return None
    known = [name for name in table.names if normalise(name) in _RUNS and name not in (*tags, *values, *steps)]
    others = [name for name, seen in words.items() if name not in tags and len(seen) > 1]
    times = [name for name in table.names if normalise(name) in _TIMES]
    run = next((name for name in (*known, *others) if name not in times), None)
    return LongNames(tags[0], values[0], steps[0], run, times[0] if times else None)


def _tags(table: Table, names: LongNames) -> pl.Series:
    """The name of each row's series: `<split>/<tag>` and `<tag>/<variant>` where columns tell them."""
    import polars as pl

    tags = table.column(names.tag).cast(pl.String).str.strip_chars()
    if names.variant is not None and (variants := table.words(names.variant)) is not None:
        tags = tags + pl.Series([f"/{variant}" if variant else "" for variant in variants])
    if names.split is not None and (splits := table.words(names.split)) is not None:
        tags = pl.Series([f"{split}/" if split else "" for split in splits]) + tags
    return tags


def long_columns(table: Table, names: LongNames) -> tuple[Column, ...]:
    """A column for each tag, its points in order of writing. Null values are no points, NaN values are."""
    import polars as pl

    numbers = numbers_of(table.column(names.value))
    if numbers is None:
        return ()
    rows = pl.DataFrame({"tag": _tags(table, names), "row": np.arange(table.rows)})
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
