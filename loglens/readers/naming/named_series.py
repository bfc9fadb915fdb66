"""What the name of a series says about its values and its x axis, where the format did not say it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from loglens.model.run import Series
from loglens.readers.naming.metric_names import AXIS_ROLES, metric_names, name_role


def with_meaning(series: Sequence[Series]) -> tuple[Series, ...]:
    """The series with axis and aggregate filled in where all frameworks that use the name agree on them."""
    return tuple(_filled(item) for item in series)


def _filled(series: Series) -> Series:
    entry = name_role(series.tag).entry
    if entry is None or entry.role in AXIS_ROLES:
        return series
    same = metric_names().exact.get(entry.key, (entry,)) if entry.exact else (entry,)
    axes, aggregates = {line.axis for line in same}, {line.aggregate for line in same}
    axis = axes.pop() if series.axis == "step" and len(axes) == 1 else series.axis
    if axis not in entry.key:
        axis = (
            series.axis
        )  # only a name that says its axis is believed: `acc` and `valid_loss` are logged by step as well
    aggregate = aggregates.pop() if series.aggregate == "unknown" and len(aggregates) == 1 else series.aggregate
    if axis == series.axis and aggregate == series.aggregate:
        return series
    return replace(series, axis=axis, aggregate=aggregate)
