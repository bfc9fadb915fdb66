"""The columns of a large table, put together piece by piece: each number is moved once, and held once.

A column of numbers without a gap grows in one array, which Polars and NumPy look at alike; one with gaps, or of words,
is kept as the parts it came in.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

if TYPE_CHECKING:
    import polars as pl

FIRST = 1 << 20
GROWTH = 1.5


class GatheredColumn:
    """One column as its parts come in. `expected`: how many rows there will be, about."""

    def __init__(self, expected: int) -> None:
        self._expected = max(expected, FIRST)
        self._array: NDArray[Any] | None = None
        self._filled = 0
        self._parts: list[pl.Series] = []

    def add(self, part: pl.Series) -> None:
        if self._parts or part.null_count() or not part.dtype.is_numeric():
            if self._filled:
                self._parts.append(self._series())
                self._array, self._filled = None, 0
            self._parts.append(part)
            return
        values = part.to_numpy()
        if self._array is None:
            self._array = np.empty(self._expected, dtype=values.dtype)  # memory that is not written to is not taken
        end = self._filled + len(values)
        if end > len(self._array):
            self._array.resize(int(end * GROWTH), refcheck=False)
        self._array[self._filled : end] = values
        self._filled = end

    def _series(self) -> pl.Series:
        import polars as pl

        return pl.Series([] if self._array is None else self._array[: self._filled])

    def whole(self) -> pl.Series:
        """The column, after which nothing can be added."""
        import polars as pl

        parts, self._parts = self._parts, []
        if parts and all(part.null_count() == len(part) for part in parts):
            return pl.repeat(None, sum(map(len, parts)), dtype=pl.Null, eager=True)  # takes no memory
        return pl.concat(parts, rechunk=False) if parts else self._series()


def put_together(columns: list[GatheredColumn]) -> pl.DataFrame:
    """The table of the columns, which are emptied one after the other."""
    import polars as pl

    return pl.DataFrame([column.whole().alias(str(place)) for place, column in enumerate(columns)])
