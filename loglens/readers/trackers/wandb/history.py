"""A W&B history as a table: `run.history()` or `scan_history()` as CSV, or the run's history artifact (Parquet).

`_step` counts log() calls: a training step that was logged beside it is the better axis. `run.history()` draws 500
rows at random: exactly 500 rows at uneven steps are such a sample, and the reader is told.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from typing import ClassVar

import numpy as np

from loglens.model.run import Note
from loglens.readers.contract.base import TABLE, Log, Probe, ReaderMeta
from loglens.readers.tables.csv.reader import FrameworkCsv
from loglens.readers.tables.table import Table, whole_numbers
from loglens.readers.tables.table_log import Dialect, table_logs

MARKS = frozenset({"_step", "_runtime", "_timestamp"})
_SAMPLE_ROWS = 500


class WandbHistory(FrameworkCsv):
    meta: ClassVar[ReaderMeta] = ReaderMeta(id="wandb-history", title="W&B history as CSV or Parquet", sniffs=True)
    dialect: ClassVar[Dialect] = Dialect(
        format="wandb-history", facts=TABLE, rank=30, steps=("train/global_step", "trainer/global_step", "global_step"),
        hidden=frozenset({"_step", "_wandb"}),
    )  # fmt: skip

    def knows(self, names: frozenset[str], probe: Probe) -> bool:
        return "_step" in names and bool({"_runtime", "_timestamp"} & names)

    def logs(self, table: Table) -> Iterator[Log]:
        sampled = _sampled(table)
        for log in table_logs(table, self.dialect):
            yield replace(log, notes=(*log.notes, *sampled))
            sampled = ()


def _sampled(table: Table) -> tuple[Note, ...]:
    if table.rows != _SAMPLE_ROWS or "_step" not in table.names:
        return ()
    numbers = table.numbers("_step")
    steps = None if numbers is None else whole_numbers(numbers)
    if steps is None or len(np.unique(np.diff(steps))) <= 2:
        return ()
    told = (
        "500 rows at uneven steps: run.history() drew them at random, spikes may be missing; scan_history() gives all"
    )
    return (Note(kind="info", message=told, path=str(table.path), count=table.rows),)
