"""A run without a loss: the metric that is judged in its place, turned so that lower is better.

An accuracy, a return, an error rate or a perplexity says less of the optimisation than a loss, but that it broke, fell
in or stopped moving can be seen in it as well. Nothing about a learning rate follows from it.
"""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np

from loglens.model.run import FloatArray, RoleChoice, Run, Series

METRICS = {
    "episode_return": ("return", True),
    "val_accuracy": ("validation metric", True),
    "val_error": ("validation error", False),
    "perplexity": ("perplexity", False),
    "train_accuracy": ("training metric", True),
}
"""Role to its words, and whether higher is better; the first that is logged is judged."""

LEAST = 1e-3
"""Share of its range by which a metric is told apart from the best it can be."""


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class MetricView:
    """`series`: the metric as logged. `run`: the same run with the metric, lower being better, where the loss would
    be; `higher_is_better` says whether it was turned over. `title`: what it is, in words."""

    series: Series
    title: str
    higher_is_better: bool
    run: Run


def metric_view(run: Run) -> MetricView | None:
    """The view of a run that has no loss but a metric with at least two finite points; None for any other run."""
    if run.role("train_loss") is not None or run.role("val_loss") is not None:
        return None
    for role, (title, higher) in METRICS.items():
        series = run.role(role)
        if series is None or int(np.count_nonzero(series.finite)) < 2:
            continue
        stand_in = replace(series, values=_turned(series), low=None, high=None) if higher else series
        others = tuple(role for role in run.roles if role.role != "train_loss")
        choice = RoleChoice(role="train_loss", series=series.tag)
        tags = {series.tag: series for series in run.series} | {series.tag: stand_in}
        turned = replace(run, series=tuple(tags.values()), roles=(choice, *others))
        return MetricView(series=series, title=title, higher_is_better=higher, run=turned)
    return None


def as_logged(view: MetricView) -> Run:
    """The run with the metric as it was logged in the loss's place, for what is drawn."""
    return replace(view.run, series=tuple(view.series if series.tag == view.series.tag else series
                                          for series in view.run.series))  # fmt: skip


def _turned(series: Series) -> FloatArray:
    """How far the metric is from the best it can be: never exactly 0, which in a loss would stand for a NaN."""
    values = series.values[series.finite]
    range_ = float(values.max() - values.min())
    return np.asarray(_top(series) + LEAST * (range_ or max(abs(float(values[0])), 1.0)) - series.values)


def _top(series: Series) -> float:
    """The best a metric can be: 1 or 100 for a share, else the best that was seen."""
    highest = float(series.values[series.finite].max())
    lowest = float(series.values[series.finite].min())
    if lowest >= 0 and highest <= 1:
        return 1.0
    return 100.0 if lowest >= 0 and 50 < highest <= 100 else highest
