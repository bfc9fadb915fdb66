"""Losses held in memory as plain Python: a dict of columns, or one list of losses."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import Any

import numpy as np

from loglens.errors import ReadError
from loglens.model.run import ReadResult
from loglens.readers.frames import read_frame

NAME = "values"


def is_values(target: object) -> bool:
    """Whether `target` is a dict of columns or a sequence (list, tuple, array) of numbers."""
    if isinstance(target, Mapping):
        return True
    if isinstance(target, str | bytes) or not isinstance(target, Sequence | np.ndarray):
        return False
    return len(target) > 0 and all(item is None or hasattr(item, "__float__") for item in target)


def read_values(target: Mapping[str, Iterable[Any]] | Sequence[Any], *, mapping: Mapping[str, str]) -> ReadResult:
    """The run in `{"loss": [...], "lr": [...]}` or `[3.2, 3.1, ...]`.

    Columns are named as a log's would be; without a column `step` (or another that counts), points are counted from 0.
    Columns of unlike length start together and the shorter ones end earlier; None is a point that was not logged.
    Raises ReadError where there is no column or one holds something else than numbers.
    """
    import polars as pl

    columns = dict(target) if isinstance(target, Mapping) else {"loss": target}
    if not columns:
        raise ReadError(NAME, "the dict is empty; give {'loss': [...]} with one number a step")
    numbers = {str(name): _floats(str(name), column) for name, column in columns.items()}
    longest = max(len(number) for number in numbers.values())
    padded = {name: values + [None] * (longest - len(values)) for name, values in numbers.items()}
    frame = pl.DataFrame({name: pl.Series(values, dtype=pl.Float64) for name, values in padded.items()})
    return read_frame(frame, mapping=mapping, name=NAME)


def _floats(name: str, column: Iterable[Any]) -> list[float | None]:
    if isinstance(column, str | bytes) or not isinstance(column, Iterable):
        raise ReadError(NAME, f"{name!r} is {type(column).__name__}: a list of numbers is expected, one a step")
    made: list[float | None] = []
    for place, value in enumerate(column):
        try:
            made.append(None if value is None else float(value))
        except (TypeError, ValueError) as error:
            raise ReadError(NAME, f"{name!r} holds {value!r:.60} at {place}, which is not a number") from error
    return made
