"""What the name of a series says about its values and its x axis, where the format did not say it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from loglens.model.run import Series
from loglens.readers.metric_names import metric_names, name_role, normalise


def with_meaning(series: Sequence[Series]) -> tuple[Series, ...]:
    """The series with axis and aggregate filled in where all frameworks that use the name agree on them."""
    return tuple(_filled(one) for one in series)


def _filled(one: Series) -> Series:
    entry = name_role(one.tag).entry
    if entry is None:
        return one
    name = normalise(one.tag)
    same = metric_names().exact.get(name) or metric_names().exact.get(name.rpartition("/")[2]) or (entry,)
    axes, aggregates = {line.axis for line in same}, {line.aggregate for line in same}
    axis = next(iter(axes)) if len(axes) == 1 else "any"
    aggregate = next(iter(aggregates)) if len(aggregates) == 1 else "unknown"
    axis = one.axis if one.axis != "step" or axis == "any" else axis
    aggregate = aggregate if one.aggregate == "unknown" else one.aggregate
    if axis == one.axis and aggregate == one.aggregate:
        return one
    return replace(one, axis=axis, aggregate=aggregate)
