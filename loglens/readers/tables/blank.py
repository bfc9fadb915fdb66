"""Cells that say NaN where nothing was logged: pandas writes a missing cell and a value that is no number alike.

      step    loss  learning_rate  eval_loss        a row of another kind: what stands beside every loss is missing as
0      250  0.6121       0.000045        NaN        well, or rows of two kinds take turns
1      250     NaN            NaN     0.5032

epoch,train_loss,val_loss                           an evaluation every now and then
9,0.61,0.64
10,0.60,nan
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import replace
from itertools import islice

import numpy as np

from loglens.model.run import Note
from loglens.readers.naming.grammar import read_name
from loglens.readers.naming.metric_names import axis_role, normalise
from loglens.readers.tables.clock import ROW_NUMBERS
from loglens.readers.tables.table import BoolArray, Table

FEWEST = 2
"""Values that a column must have."""
COMPANION = 0.9
"""Share of a column's values beside which another must have one to stand beside it."""
TURNS = 3
"""Times that rows of two kinds must take turns. One that ends where another begins may have broken there."""
SELDOM = 0.5
"""Share of the rows in which an evaluation says NaN, from which on it was not made in each."""
LATE = 1.5
"""Times the longest stretch without an evaluation after which none need have been due yet."""
TROUBLE = re.compile(r"skip|overflow|nan|(?<![a-z])inf|invalid|bad|flag|scale", re.IGNORECASE)
"""What is logged because a value is no number."""
MEASURES = frozenset({"loss", "accuracy", "error", "perplexity", "return"})
MOST_COLUMNS = 400
"""Columns that are compared with one another."""


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
    blank = blank_rows(names, broken)
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


def blank_rows(names: list[str], broken: Mapping[str, BoolArray]) -> dict[str, BoolArray]:
    """(rows,) of each column that has any, where it was not logged though its cell says NaN. `names`: of all columns of
    numbers; `broken`: of each that says NaN, in which rows. A loss that became NaN still has its rate and its time
    beside it."""
    whole = np.zeros(0, dtype=np.bool_)
    series = [name for name in names if axis_role(name) is None and normalise(name) not in ROW_NUMBERS]
    filled = {name: ~broken[name] if name in broken else whole for name in series}
    if len(filled) > MOST_COLUMNS:
        return {}
    some = {name: rows for name, rows in filled.items() if len(rows)}  # the others have a value in every row
    found = {}
    for name, nan in islice(broken.items(), MOST_COLUMNS):
        if name not in some or int(np.count_nonzero(some[name])) < FEWEST:
            continue
        blank = _of_another_kind(name, some, always=len(filled) > len(some)) | _seldom(name, some[name])
        if bool(np.any(rows := nan & blank)):
            found[name] = rows
    return found


def _of_another_kind(name: str, some: Mapping[str, BoolArray], *, always: bool) -> BoolArray:
    """(rows,) which are of another kind than those with a value of a column. `always`: whether a column that is no
    counter has a value in every row."""
    own = some[name]
    count = int(np.count_nonzero(own))
    beside = {other: int(np.count_nonzero(rows & own)) for other, rows in some.items() if other != name}
    companions = [some[other] for other, shared in beside.items() if shared >= COMPANION * count]
    found = np.zeros_like(own)
    for other, shared in beside.items():
        if shared >= COMPANION * count or TROUBLE.search(other):
            continue
        rows = some[other] & ~own
        alone = int(np.count_nonzero(rows)) == 1  # the row of a whole training, at its end
        if _turns(own, rows) < TURNS and not alone:
            continue
        if companions and not always:
            found |= rows & ~np.logical_or.reduce(companions)
        elif read_name(other).quantity in MEASURES and not alone and not (always and shared):
            found |= rows
    return found


def _turns(own: BoolArray, other: BoolArray) -> int:
    """How often rows of one kind follow those of another."""
    kinds = own[own | other]
    return int(np.count_nonzero(kinds[1:] != kinds[:-1]))


def _seldom(name: str, own: BoolArray) -> BoolArray:
    """(rows,) in which an evaluation that is made in the fewer rows was not; none behind the last by more than what
    lies between two: there it may have become NaN."""
    rows, found = np.flatnonzero(own), np.zeros_like(own)
    if read_name(name).split not in ("val", "test") or len(rows) < FEWEST or len(rows) > SELDOM * len(own):
        return found
    longest = max(int(rows[0]), int(np.max(np.diff(rows))) - 1)
    if len(own) - 1 - int(rows[-1]) <= LATE * longest + 1:
        found[:] = True
    else:
        found[: rows[-1]] = True
    return found
