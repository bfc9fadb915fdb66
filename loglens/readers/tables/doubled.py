"""Rows that were written twice (two handlers, two processes, a copy appended line by line) count once."""

from __future__ import annotations

from dataclasses import replace

import numpy as np

from loglens.model.run import Note
from loglens.readers.naming.metric_names import axis_role
from loglens.readers.tables.table import Table

SHARE = 0.4
"""Of the rows: half of them repeat the row above where every row is there twice, two thirds where it is three times."""
FEWEST = 4


def each_once(table: Table) -> Table:
    """The table without rows that repeat the whole row above, where that is how it was written.

    Only where a column counts steps or epochs: without one, equal rows may be equal points.
    """
    if table.rows < FEWEST or not any(axis_role(name) for name in table.names):
        return table
    again = table.repeats()
    again[[row for row in table.restarts if row < len(again)]] = False
    count = int(np.count_nonzero(again))
    if count < SHARE * table.rows:
        return table
    note = Note(kind="repair", message=f"{count} rows repeat the row above and count once", count=count)
    notes, problems = table.notes, table.problems
    return replace(table.picked(~again), notes=(*notes, note), problems=problems)
