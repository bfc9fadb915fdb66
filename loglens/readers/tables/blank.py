"""Cells that say NaN where nothing was logged: pandas writes a missing cell and a value that is no number alike.

      step    loss  learning_rate  eval_loss        a row of another kind: it has a value of a column that never has
0      250  0.6121       0.000045        NaN        one beside a loss
1      250     NaN            NaN     0.5032

epoch,train_loss,val_loss                           between rows that are evenly apart: one in ten epochs was evaluated
9,0.61,0.64
10,0.60,nan
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace

import numpy as np

from loglens.model.run import Note
from loglens.readers.tables.table import BoolArray, Table

FEWEST, FEWEST_GAPS = 2, 2
"""Values that a column must have, and how often rows with one must be as far apart."""
AT_ONCE = 1 << 14
"""Rows that show, as a rule, that two columns are logged together."""


def without_blanks(table: Table) -> Table:
    """The table with nothing in the cells that say NaN where a column was not logged; as it is where any cell is empty:
    whoever wrote it tells both apart."""
    names: list[str] = []
    broken: dict[str, BoolArray] = {}
    for name in table.names:
        numbers = table.numbers(name)
        if numbers is None:
            continue
        if numbers.present is not None:
            return table
        names.append(name)
        if numbers.whole is None and bool(np.any(nan := np.isnan(numbers.values))):
            broken[name] = nan
    if not broken:
        return table
    filled = {name: ~broken[name] if name in broken else np.ones(table.rows, dtype=np.bool_) for name in names}
    blank = blank_rows(filled, broken)
    if not blank:
        return table
    return table.emptied(blank).noting([replace(told(blank), path=str(table.path))])


def told(blank: Mapping[str, BoolArray]) -> Note:
    """What there is to say of blank cells."""
    cells = sum(int(np.count_nonzero(rows)) for rows in blank.values())
    message = (
        f"{cells} cells of {', '.join(map(repr, blank))} say NaN in rows in which nothing of the kind was logged: they "
        "are taken for empty ones (pandas writes both alike)"
    )
    return Note(kind="guess", message=message, count=cells)


def blank_rows(filled: Mapping[str, BoolArray], broken: Mapping[str, BoolArray]) -> dict[str, BoolArray]:
    """(rows,) of each column that has any, where it was not logged though its cell says NaN. `filled`: of each column,
    which rows have a value; `broken`: of each that says NaN, which do. A loss that became NaN still has its rate and
    its time beside it, and is not a number every few rows."""
    return {
        name: rows
        for name, nan in broken.items()
        if bool(np.any(rows := nan & (_of_another_kind(name, nan, filled) | _between(filled[name]))))
    }


def _of_another_kind(name: str, nan: BoolArray, filled: Mapping[str, BoolArray]) -> BoolArray:
    """(rows,) which have a value of a column that never has one in the same row as this."""
    own = filled[name]
    apart = np.zeros_like(own)
    if int(np.count_nonzero(own)) >= FEWEST:
        for other in filled.values():
            if bool(np.any(other & nan)) and not _together(own, other):
                apart |= other
    return apart


def _together(one: BoolArray, other: BoolArray) -> bool:
    """Whether any row has both. Mostly the first do."""
    return bool(np.any(one[:AT_ONCE] & other[:AT_ONCE])) or bool(np.any(one & other))


def _between(own: BoolArray) -> BoolArray:
    """(rows,) which lie before, between and behind rows that are evenly apart, no farther than these; none where a
    column is not evenly filled. The last row of a training may be evaluated besides."""
    rows, between = np.flatnonzero(own), np.zeros_like(own)
    if len(rows) <= FEWEST_GAPS:
        return between
    gaps = np.diff(rows)
    even = gaps[0] > 1 and bool(np.all(gaps[:-1] == gaps[0])) and gaps[-1] <= gaps[0]
    if even and int(np.count_nonzero(gaps == gaps[0])) >= FEWEST_GAPS:
        between[max(0, rows[0] - gaps[0]) : rows[-1] + gaps[0]] = True
    return between
