"""Which x axis each W&B metric has, and the columns over it."""

from __future__ import annotations

from collections.abc import Sequence
from fnmatch import fnmatchcase

from loglens.readers.contract.base import Column
from loglens.readers.contract.points import INT64, Points
from loglens.readers.trackers.wandb.contents import CALLS, Contents, HistoryRow

INTERNAL = frozenset({CALLS, "_runtime", "_timestamp"})
STEP_NAMES = (
    "train/global_step", "trainer/global_step", "global_step", "train/step", "train_step", "training_step",
    "train/iter", "train/iteration", "step", "iter", "iteration", "iterations", "num_updates", "time/batch",
    "Step", "Train/Step", "optimizer_step", "update",
)  # fmt: skip
"""Metrics that are the training step where no define_metric says so, the most particular first."""


def columns_of(contents: Contents) -> tuple[Column, ...]:
    """The columns, each over its own x axis.

    The axis of a metric: the step_metric of its define_metric, else a logged training step, else the calls. A row that
    does not hold the axis stands where the axis stood last, as W&B draws it.
    """
    default = next((name for name in STEP_NAMES if _is_the_step(contents.rows, name)), CALLS)
    axis_of = AxisChoice(contents, default)
    points = Points()
    now = {axis: _first(contents.rows, axis) for axis in axis_of.axes}
    for row in contents.rows:
        for axis in now:
            value = row.values.get(axis)
            if value is not None:
                now[axis] = int(value)
        now[CALLS] = contents.calls_before + row.call
        time = row.values.get("_timestamp")
        for tag, value in row.values.items():
            if tag not in INTERNAL and tag != default:
                points.add(tag, now[axis_of(tag)], value, time)
    points.axes.update({tag: _axis_word(axis) for tag, axis in axis_of.chosen.items()})
    return points.columns()


class AxisChoice:
    """Which x axis each metric has; `axes` are all that can be chosen."""

    def __init__(self, contents: Contents, default: str) -> None:
        self.default = default
        self.chosen: dict[str, str] = {}
        self._exact: dict[str, str] = {}
        self._globs: list[tuple[str, str]] = []
        for metric in contents.metrics:
            axis = metric.step_metric
            if not axis and 0 < metric.step_index <= len(contents.metrics):
                axis = contents.metrics[metric.step_index - 1].name
            if axis == CALLS or (axis and _counts(contents.rows, axis)):
                if metric.glob:
                    self._globs.append((metric.glob, axis))
                else:
                    self._exact[metric.name] = axis
        self.axes = {default, CALLS, *self._exact.values(), *(axis for _, axis in self._globs)}

    def __call__(self, tag: str) -> str:
        axis = self.chosen.get(tag)
        if axis is None:
            axis = self._exact.get(tag) or next(
                (axis for glob, axis in self._globs if fnmatchcase(tag, glob)), self.default
            )
            if axis == tag:  # an axis has no axis of its own but the run's
                axis = self.default
            self.chosen[tag] = axis
        return axis


def _counts(rows: Sequence[HistoryRow], name: str) -> bool:
    """Whether a metric can be an x axis: whole numbers, at least one beside another metric."""
    seen = beside = False
    for row in rows:
        value = row.values.get(name)
        if value is None:
            continue
        if not value.is_integer() or abs(value) >= INT64:
            return False
        seen = True
        beside = beside or any(tag != name and tag not in INTERNAL for tag in row.values)
    return seen and beside


def _is_the_step(rows: Sequence[HistoryRow], name: str) -> bool:
    """Whether most log() calls tell this step: one told now and then would put many points at one place."""
    told = sum(name in row.values for row in rows)
    telling = sum(any(tag not in INTERNAL for tag in row.values) for row in rows)
    return 2 * told > telling and _counts(rows, name)


def _first(rows: Sequence[HistoryRow], axis: str) -> int:
    return int(next((row.values[axis] for row in rows if axis in row.values), 0.0))


def _axis_word(axis: str) -> str:
    return "epoch" if "epoch" in axis.casefold() else "step"
