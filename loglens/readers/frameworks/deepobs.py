"""DeepOBS results: one JSON document a run, with a loss a mini-batch and a loss an epoch in lists without steps."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import ClassVar

from loglens.model.run import Aggregate, Note, Problem, Setting
from loglens.readers.contract.base import Log, Probe, ReaderMeta
from loglens.readers.contract.points import Points, as_number, as_step, flat_settings
from loglens.readers.tables.json.whole import whole_object

DOCUMENT = re.compile(r'\s*\{\s*"(?:minibatch_)?(?:train|valid|test)_(?:losses|accuracies)"\s*:\s*\[')
BATCHES = "minibatch_"
RATE = "learning_rate"


@dataclass(frozen=True, slots=True, kw_only=True)
class DeepObs:
    meta: ClassVar[ReaderMeta] = ReaderMeta(id="deepobs-json", title="DeepOBS result (JSON)")

    def recognises(self, probe: Probe) -> bool:
        return b"{" in probe.head[:16] and DOCUMENT.match(probe.text or "") is not None

    def read(self, paths: Sequence[Path]) -> Iterator[Log]:
        for path in paths:
            yield read_result(path)


def read_result(path: Path) -> Log:
    """One result file. A file that is cut gives the lists that are whole, and the whole part of the one that is not."""
    result, problems = whole_object(path)
    lists = {str(name): value for name, value in result.items() if isinstance(value, list) and _is_curve(str(name))}
    points = Points()
    per_epoch = _batches_per_epoch(result, lists)
    for name, values in lists.items():
        _add_curve(name, values, per_epoch, result, points)
    _add_rate(result, lists, per_epoch, points)
    settings: dict[str, Setting] = flat_settings({key: value for key, value in result.items() if key not in lists})
    if not len(points) and not problems:
        problems.append(Problem(path=str(path), message="the DeepOBS result holds no loss"))
    return Log(
        format=DeepObs.meta.id,
        file=path,
        folder=path.parent,
        columns=points.columns(axis="step" if per_epoch else "epoch"),
        own_file=True,
        rank=10,
        config=settings,
        notes=tuple(_notes(per_epoch, points, path)),
        problems=tuple(problems),
    )


def _is_curve(name: str) -> bool:
    return name.endswith(("_losses", "_accuracies"))


def _batches_per_epoch(result: Mapping[str, object], lists: Mapping[str, Sequence[object]]) -> int:
    """Mini-batches in an epoch: their number over the number of epochs; 0 where none were logged."""
    batches = max((len(values) for name, values in lists.items() if name.startswith(BATCHES)), default=0)
    epochs = max((len(values) - 1 for name, values in lists.items() if not name.startswith(BATCHES)), default=0)
    asked = as_number(result.get("num_epochs"))
    if asked is not None and 0 < asked < epochs:
        epochs = int(asked)
    return round(batches * _interval(result) / epochs) if epochs > 0 else 0


def _interval(result: Mapping[str, object]) -> int:
    every = as_number(result.get("train_log_interval"))
    return int(every) if every is not None and 1 <= every < 1e9 else 1


def _add_curve(
    name: str, values: Sequence[object], per_epoch: int, result: Mapping[str, object], points: Points
) -> None:
    batches = name.startswith(BATCHES)
    stride = _interval(result) if batches else per_epoch or 1
    aggregate: Aggregate = "point" if batches else "epoch"
    points.aggregates[name] = aggregate
    for at, value in enumerate(values):
        number = as_number(value)
        if number is not None:
            points.add(name, at * stride, number)


def _add_rate(
    result: Mapping[str, object], lists: Mapping[str, Sequence[object]], per_epoch: int, points: Points
) -> None:
    """The learning rate at the beginning of each epoch, from the fields that DeepOBS set it by."""
    rate = as_number(result.get(RATE))
    for key in ("optimizer_hyperparams", "hyperparams"):
        inner = result.get(key)
        if rate is None and isinstance(inner, Mapping):
            rate = as_number(inner.get("learning_rate", inner.get("lr")))
    if rate is None or not lists:
        return
    epochs = max((len(values) for name, values in lists.items() if not name.startswith(BATCHES)), default=2)
    changes, factors = result.get("lr_sched_epochs"), result.get("lr_sched_factors")
    schedule: dict[int, float] = {}
    if isinstance(changes, list) and isinstance(factors, list):
        for change, factor in zip(changes, factors, strict=False):
            at, by = as_step(change), as_number(factor)
            if at is not None and by is not None:
                schedule[at] = by
    factor = 1.0
    for epoch in range(epochs):
        factor = schedule.get(epoch, factor)  # DeepOBS' factors are relative to the first rate, not to the last
        points.add(RATE, epoch * (per_epoch or 1), rate * factor)


def _notes(per_epoch: int, points: Points, path: Path) -> Iterator[Note]:
    if per_epoch:
        message = f"lists of one value an epoch are placed every {per_epoch} mini-batches, the first before training"
        yield Note(kind="info", message=message, path=str(path))
    if RATE in points:
        message = "the learning rate was not logged; it follows from the run's settings"
        yield Note(kind="info", message=message, path=str(path), series=RATE)
