"""A large table with a few damaged lines: they are set aside, so that all others can be read at once."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from loglens.model.run import IntArray

_MOST = 1000
"""More lines than this are no exceptions: such a table is looked at row by row."""


@dataclass(frozen=True, slots=True, kw_only=True)
class SetAside:
    """`data`: the header and all lines with as many separators. `lines`: the others with their numbers from 1.
    `restarts`: rows before which the header stood again. `count`: lines there were."""

    data: bytes
    lines: tuple[tuple[int, str], ...]
    restarts: tuple[int, ...]
    count: int


def set_aside(data: bytes, separator: bytes, width: int) -> SetAside | None:
    """The lines of a table (UTF-8, header first) sorted by their separators; None where quotation marks hide what
    separates, or where no line or too many of them are to be set aside."""
    if b'"' in data or b"\n" not in data:
        return None
    raw = np.frombuffer(data, dtype=np.uint8)
    ends = np.flatnonzero(raw == ord("\n")) + 1
    if not data.endswith(b"\n"):
        ends = np.append(ends, len(data))
    starts = np.concatenate([[0], ends[:-1]])
    marks = np.flatnonzero(raw == separator[0])
    cells = np.diff(np.searchsorted(marks, np.append(starts, len(data)))) + 1
    headers = _copies_of_the_first(data, raw, starts, ends)
    bad = np.flatnonzero(cells != width)
    if not 0 < len(bad) + len(headers) <= _MOST or cells[0] != width:
        return None
    out = np.union1d(bad, headers)
    bounds = [0, *(place for line in out for place in (int(starts[line]), int(ends[line]))), len(data)]
    kept = b"".join(data[begin:end] for begin, end in zip(bounds[::2], bounds[1::2], strict=True))
    lines = tuple((int(line) + 1, data[starts[line] : ends[line]].decode("utf-8", errors="replace")) for line in bad)
    restarts = tuple(int(line - np.searchsorted(out, line)) - 1 for line in headers)
    return SetAside(data=kept, lines=lines, restarts=restarts, count=len(ends))


def _copies_of_the_first(data: bytes, raw: np.ndarray[tuple[int], np.dtype[np.uint8]], starts: IntArray,
                         ends: IntArray) -> IntArray:  # fmt: skip
    first = data[: int(ends[0])]
    alike = np.flatnonzero((ends - starts == len(first)) & (raw[starts] == raw[0]))[1:]
    return np.array([line for line in alike if data[starts[line] : ends[line]] == first], dtype=np.int64)
