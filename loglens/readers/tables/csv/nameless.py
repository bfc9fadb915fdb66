"""What the figures of a table without names are: by the name of its file, and by what they do.

loss.txt        2.31                  train_log.txt   0 0.3457         losses.txt   706.3 50.1 0
                2.08                                  1 0.2536                      47.8 46.3 1
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import replace
from pathlib import Path

import numpy as np

from loglens.model.run import FloatArray, Note
from loglens.readers.naming.metric_names import name_role, normalise
from loglens.readers.tables.clock import ROW_NUMBERS, clock_of
from loglens.readers.tables.csv.dialect import Layout
from loglens.readers.tables.table import Table, whole_numbers

_SAID_BY_FILE = frozenset({"train_loss", "val_loss", "learning_rate", "grad_norm", "train_accuracy", "val_accuracy"})
_SAYS_NOTHING = re.compile(
    r"column[ _]?\d+|col_?\d+|field_?\d+|unnamed: ?\d+|[xvcf]_?\d+|\d+|values?|[xyv]", re.IGNORECASE
)
_KEPT = re.compile(
    r"(?<=.)[ _.-]?(?:logs?|hist(?:ory)?|list|values?|curve|data|out(?:put)?|record|recorder)", re.IGNORECASE
)
"""What a name says of a file, not of its figures: loss_history.txt"""
_OF_TRAINING = re.compile(r"(?<![a-z])(?:train(?:ing)?|learn(?:ing)?|fit)(?![a-z])", re.IGNORECASE)
_BARE_ROWS, _MOST_COLUMNS = 3, 20
_FALLS, _ALIKE = 0.9, 10.0
"""A loss ends below this share of its start; the losses of training and validation lie within so much of each other."""
MANY_TIMES = 3.0
_METRIC = ("timestamp", "value", "step")
_STAMPED = 1e11
"""Milliseconds since 1970 are more than that."""


def told_by_file(path: Path) -> str | None:
    """What the figures in a file are by its name, None where it does not tell: `loss` of loss_history.txt."""
    names = (_stem(path), _KEPT.sub("", _stem(path)))
    return next((name for name in names if name_role(name).role in _SAID_BY_FILE), None)


def is_nameless_log(layout: Layout, path: Path) -> bool:
    """Whether a text of bare numbers is a log by the name of its file: it says what the figures are, or that they are
    a training's where one column counts and the other comes down."""
    if layout.header is not None or layout.numeric < 1 or len(layout.rows) < _BARE_ROWS:
        return False
    if told_by_file(path) is not None:
        return True
    if layout.width != 2 or not _OF_TRAINING.search(_stem(path)):
        return False
    try:
        first, second = (np.array([float(row[at]) for row in layout.rows]) for at in range(2))
    except ValueError:
        return False
    return bool(np.all(np.diff(first) > 0) and np.all(first == np.round(first))) and _falls(second)


def named_by_file(table: Table) -> Table:
    """A table whose columns have no names of their own with those that its file gives them: `loss` for the only series
    of loss.csv, those of training and validation for the two of losses.txt, the loss for what falls in train_log.txt.
    """
    if len(table.names) > _MOST_COLUMNS:
        return table
    table = _as_metric(table)
    clock = clock_of(table).column
    series = {name: numbers.values for name in table.names
              if name not in (clock, _METRIC[0]) and normalise(name) not in ROW_NUMBERS
              and (numbers := table.numbers(name)) is not None}  # fmt: skip
    if not series or not all(map(_SAYS_NOTHING.fullmatch, series)):
        return table
    said, names = _names_of(table.path, series)
    if not names or not set(names.values()).isdisjoint(table.names):
        return table
    told = " and ".join(f"{name!r} is called {new!r}" for name, new in names.items())
    note = Note(kind="guess", message=f"{told} {said}", path=str(table.path))
    return replace(table, names=tuple(names.get(name, name) for name in table.names)).noting([note])


def _names_of(path: Path, series: Mapping[str, FloatArray]) -> tuple[str, dict[str, str]]:
    """Why, and the name of each series that gets one."""
    fractions = {name: values for name, values in series.items() if bool(np.any(values != np.round(values)))}
    series = fractions or series  # what is whole beside a loss counts something
    if len(series) > 2:  # a rate that stays as it is, and the time, which only grows
        moving = {name: values for name, values in series.items() if not _is_rate_or_time(values)}
        series = moving or series
    stem, figures = told_by_file(path), list(series.values())
    if stem is not None and len(series) == 1:
        return "after its file", dict.fromkeys(series, stem)
    if stem is not None and len(series) == 2 and name_role(stem).role == "train_loss" and _are_alike(figures):
        return "after their file and their order", dict(zip(series, ("train_loss", "val_loss"), strict=True))
    if stem is None and len(series) == 1 and _OF_TRAINING.search(_stem(path)) and _falls(figures[0]):
        return "for its file is a training's and it comes down", dict.fromkeys(series, "loss")
    return "", {}


def _as_metric(table: Table) -> Table:
    """A table as MLflow keeps a metric in a file of its own, with the names of its columns: the time in milliseconds,
    the value, the step."""
    if len(table.names) != len(_METRIC) or not all(map(_SAYS_NOTHING.fullmatch, table.names)):
        return table
    stamps, _, steps = (table.numbers(name) for name in table.names)
    if stamps is None or steps is None or whole_numbers(steps) is None or not _is_stamp(stamps.values):
        return table
    return replace(table, names=(_METRIC[0], table.names[1], _METRIC[2]))


def _stem(path: Path) -> str:
    name = path.name.removesuffix(".gz")
    return name.rpartition(".")[0] or name


def _is_stamp(values: FloatArray) -> bool:
    """Whether they are times of day in milliseconds."""
    return len(values) > 1 and bool(np.all(values > _STAMPED) and np.all(np.diff(values) >= 0))


def _falls(values: FloatArray) -> bool:
    """Whether the figures come down as a loss does, and are not as many whole numbers."""
    share = max(1, len(values) // 4)
    first, last = float(np.median(values[:share])), float(np.median(values[-share:]))
    return bool(np.any(values != np.round(values))) and first > 0 and last < _FALLS * first


def _is_rate_or_time(values: FloatArray) -> bool:
    """Whether the figures never change, or grow at every row and many times over."""
    steps = np.diff(values)
    return bool(np.all(steps == 0) or (np.all(steps > 0) and values[-1] > MANY_TIMES * abs(values[0])))


def _are_alike(figures: Sequence[FloatArray]) -> bool:
    first, second = (float(np.median(values)) for values in figures)
    return first > 0 and second > 0 and 1 / _ALIKE <= first / second <= _ALIKE
