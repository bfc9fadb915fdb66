"""mmengine's scalars.json (and <time>.json beside it), and the .log.json of mmcv 1.x: JSON lines.

Validation rows of mmengine give the epoch as their step while training rows give the iteration; mmcv counts iterations
within an epoch and names the split in `mode`.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import replace
from pathlib import Path
from typing import ClassVar

import numpy as np

from loglens.model.run import Note
from loglens.readers.contract.base import Column, Log, Probe, ReaderMeta
from loglens.readers.contract.per_file import per_file
from loglens.readers.tables.json.lines import first_object
from loglens.readers.tables.json.rows import read_json_rows
from loglens.readers.tables.table import Table
from loglens.readers.tables.table_log import Dialect, table_logs


class MmEngine:
    meta: ClassVar[ReaderMeta] = ReaderMeta(id="mmengine", title="mmengine scalars.json")
    dialect: ClassVar[Dialect] = Dialect(
        format="mmengine", rank=10, steps=("step", "iter"), canonical=("scalars.json",), aggregate="window",
        hidden=frozenset({"iter", "memory"}), aggregates={"lr": "point", "base_lr": "point"},
    )  # fmt: skip

    def recognises(self, probe: Probe) -> bool:
        if probe.name.removesuffix(".gz").endswith(".log.json"):
            return probe.text is not None and probe.text.lstrip()[:1] == "{"
        keys = first_object(probe)
        if keys is None:
            return False
        own_name = probe.path.parent.name == "vis_data" or probe.name.removesuffix(".gz") == "scalars.json"
        return {"iter", "data_time", "step"} <= keys.keys() or (own_name and "step" in keys)

    def read(self, paths: Sequence[Path]) -> Iterator[Log]:
        """`<time>.json` repeats `scalars.json`: of several in a vis_data folder the larger is read."""
        chosen: dict[Path, list[Path]] = {}
        for path in paths:
            chosen.setdefault(path.parent if path.parent.name == "vis_data" else path, []).append(path)
        best = [
            max(group, key=lambda path: (path.stat().st_size, path.name == "scalars.json")) for group in chosen.values()
        ]
        return per_file(self.meta.id, best, self._logs)

    def _logs(self, path: Path) -> Iterator[Log]:
        dialect = self.dialect
        if path.parent.name == "vis_data":
            dialect = replace(dialect, canonical=(path.name,))
        table = _with_timings_apart(_without_val_iterations(read_json_rows(path)))
        for log in table_logs(table, dialect):
            yield _with_epoch_axes(log)


def _without_val_iterations(table: Table) -> Table:
    """mmcv gives validation rows the number of validation batches as `iter`: they lie where the training is."""
    import polars as pl

    if not {"mode", "iter"} <= table.places.keys():
        return table
    place = table.places["iter"]
    training = table.column("mode").cast(pl.String) == "train"
    column = pl.select(pl.when(training).then(table.column("iter"))).to_series()
    return replace(table, frame=table.frame.with_columns(column.alias(table.frame.columns[place])))


def _with_timings_apart(table: Table) -> Table:
    """Evaluation rows (those without `iter`) time an evaluation's batches and give the epoch as their step: under the
    names of the training's timings they would look like steps that go back, so they become `val/time`, ..."""
    import polars as pl

    if "mode" in table.places or "iter" not in table.places:
        return table
    evaluation = table.column("iter").is_null()
    names, columns = list(table.names), table.frame.get_columns()
    for name in ("time", "data_time"):
        if name not in table.places or not evaluation.any():
            continue
        column = columns[table.places[name]]
        apart = pl.select(val=pl.when(evaluation).then(column), train=pl.when(~evaluation).then(column))
        columns[table.places[name]] = apart["train"].alias(column.name)
        names.append(f"val/{name}")
        columns.append(apart["val"].alias(f"{len(columns)}"))
    return replace(table, names=tuple(names), frame=pl.DataFrame(columns))


def _with_epoch_axes(log: Log) -> Log:
    """Marks series whose step counts epochs: they lie on rows without training values and stay far below them."""
    train = [column for column in log.columns if column.tag in ("loss", "lr", "base_lr") and len(column.steps)]
    epochs = next((column for column in log.columns if column.tag == "epoch" and len(column.steps)), None)
    if not train or epochs is None:
        return log
    last_step = max(int(column.steps.max()) for column in train)
    last_epoch = float(np.nanmax(epochs.values))
    columns, told = [], []
    for column in log.columns:
        if _counts_epochs(column, train, last_epoch) and last_epoch < last_step:
            told.append(column.tag)
            column = replace(column, axis="epoch", aggregate="epoch")
        columns.append(column)
    if not told:
        return log
    note = Note(
        kind="info", message=f"the step of {', '.join(told[:4])} counts epochs", path=str(log.file), count=len(told)
    )
    return replace(log, columns=tuple(columns), notes=(*log.notes, note))


def _counts_epochs(column: Column, train: Sequence[Column], last_epoch: float) -> bool:
    if not len(column.steps) or any(column is item for item in train) or int(column.steps.max()) > last_epoch:
        return False
    seen = train[0].steps
    return not bool(np.isin(column.steps, seen).all())
