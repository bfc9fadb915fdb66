"""A long text log read on from where an earlier reading ended, see `contract/grown.py`.

The bytes are taken from the file whole each time, and so is what only looks for words: that costs little. What costs is
to take every line of figures apart: what those lines said is kept, with what a reader of the next line has to know.
A text goes on from there where it begins, byte for byte, with the text that was read; a checksum says so.
"""

from __future__ import annotations

import hashlib
from array import array
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from itertools import islice
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from loglens.readers.console.grammar import Grammar, PackedRows, Printed
from loglens.readers.console.lines import TextLines, lines_end, lines_of
from loglens.readers.console.shapes import ShapeReader
from loglens.readers.console.values import Readings
from loglens.readers.contract import grown, limits
from loglens.readers.contract.points import Points

KIND = "console"
LARGE = 1 << 20
"""Bytes of a text from which it pays: a line of figures takes ten times as long as one of a table."""
NEAR = 1 << 20
"""Bytes at the end of a text in which a line is looked for that settles what comes after it."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Place:
    """Between two lines of a text: bytes and lines before it."""

    bytes: int = 0
    lines: int = 0


def gathered(path: Path, size: int, text: bytes, lines: TextLines, grammar: Grammar) -> Printed:
    """What a grammar finds in a text, all of it; what was read of the file earlier is not taken apart again. `size`:
    bytes of the file, 0 where the text is in none."""
    if not grown.is_wanted(size, LARGE) or (grammar.placed is None and grammar.settles is None):
        return grammar.gather(lines)
    known = _known(path, text, grammar)
    if grammar.placed is not None:
        read = grown.rebuilt(known, _readings) or (Place(), ShapeReader(), Readings())
        readings = _readings_on(path, size, text, grammar, *read)
        return grammar.placed(readings, lines)
    return _rows_on(path, size, text, grammar, grown.rebuilt(known, _rows))


def _known(path: Path, text: bytes, grammar: Grammar) -> grown.Kept | None:
    """What was kept of the file by this grammar, where the text still begins with what it was made of."""
    try:
        kept = grown.recall(path, KIND)
    except OSError:
        return None
    if kept is None or kept.about.get("read") != _read_by(grammar):
        return None
    return grown.rebuilt(
        kept, lambda kept: kept if kept.about["text"] == _checksum(text, int(kept.about["bytes"])) else None
    )


def _read_by(grammar: Grammar) -> list[Any]:
    """What else the reading of a line depends on."""
    return [grammar.name, limits.current().printed]


def _checksum(text: bytes, end: int) -> str:
    return hashlib.blake2b(memoryview(text)[:end], digest_size=16).hexdigest()


def _keep(
    path: Path, size: int, text: bytes, grammar: Grammar, at: Place, about: Mapping[str, Any],
    arrays: Mapping[str, NDArray[Any]],
) -> None:  # fmt: skip
    known = {"read": _read_by(grammar), "bytes": at.bytes, "lines": at.lines, "text": _checksum(text, at.bytes)}
    grown.keep(path, KIND, size, {**known, **about}, arrays, least=LARGE)


# lines that are read by their shapes: what they said, and the shapes


def _readings_on(
    path: Path, size: int, text: bytes, grammar: Grammar, at: Place, reader: ShapeReader, readings: Readings
) -> Readings:
    rest = TextLines(text[at.bytes :])
    end = lines_end(text)
    whole = len(rest) - (end < len(text))
    numbered = enumerate(rest, start=at.lines + 1)
    reader.read_on(islice(numbered, whole), readings)
    if end > at.bytes:
        kinds, arrays = readings.packed()
        about = {"learned": reader.learned(), "kinds": kinds}
        _keep(path, size, text, grammar, Place(bytes=end, lines=at.lines + whole), about, arrays)
    reader.read_on(numbered, readings)
    return readings


def _readings(kept: grown.Kept) -> tuple[Place, ShapeReader, Readings]:
    about = kept.about
    return _place(about), ShapeReader.taught(about["learned"]), Readings.unpacked(about["kinds"], kept.arrays)


def _place(about: Mapping[str, Any]) -> Place:
    return Place(bytes=int(about["bytes"]), lines=int(about["lines"]))


# rows of a program: those up to a line that settles what comes after it


class _Taken(TextLines):
    """Lines of which it is known how many were asked for; one more where there were no more to give."""

    taken = 0

    def __iter__(self) -> Iterator[bytes]:
        self.taken = 0
        for line in super().__iter__():
            self.taken += 1
            yield line
        self.taken += 1


def _rows_on(path: Path, size: int, text: bytes, grammar: Grammar, known: tuple[Place, PackedRows] | None) -> Printed:
    """`known`: the rows that were told up to a line that settled what comes after it, and where that line begins."""
    at, packed = known or (Place(), PackedRows())
    rest = _Taken(text[at.bytes :])
    settled = _settled(text, at, grammar, len(rest))
    # none where nothing more would be kept than is already
    until = -1 if settled is None or (known and settled == at) else settled.lines - at.lines + 1
    for row in grammar.read(rest):
        if settled is not None and 0 <= until < rest.taken:
            _keep_rows(path, size, text, grammar, settled, packed)
            until = -1
        if not known or rest.taken > 1:
            packed.add(row._replace(line=row.line + at.lines))
    if settled is not None and until >= 0:
        _keep_rows(path, size, text, grammar, settled, packed)
    return packed.printed()


def _settled(text: bytes, at: Place, grammar: Grammar, lines: int) -> Place | None:
    """Where the last line begins that settles what comes after it, None where there is none near the end. `lines`: how
    many there are from `at` on."""
    end = lines_end(text)
    begin = max(at.bytes, end - NEAR)
    near = text[begin:end].splitlines(keepends=True)[begin > at.bytes :]  # the first one is cut
    place, number = end, at.lines + lines - (end < len(text))
    for line in reversed(near):
        place, number = place - len(line), number - 1
        if grammar.settles is not None and grammar.settles(lines_of(line)[0]):
            return Place(bytes=place, lines=number)
    return None


def _keep_rows(path: Path, size: int, text: bytes, grammar: Grammar, at: Place, rows: PackedRows) -> None:
    tags = rows.points.packed()
    arrays = {"rows": np.array(rows.lines), "at": np.array(rows.steps)}
    for number, (steps, values) in enumerate(tags.values()):
        arrays |= {f"steps{number}": steps, f"values{number}": values}
    about = {"tags": list(tags), "axes": rows.points.axes, "last": rows.last}
    _keep(path, size, text, grammar, at, about, arrays)


def _rows(kept: grown.Kept) -> tuple[Place, PackedRows]:
    about, arrays = kept.about, kept.arrays
    points = Points.unpacked(
        {tag: (arrays[f"steps{number}"], arrays[f"values{number}"]) for number, tag in enumerate(about["tags"])}
    )
    points.axes.update(about["axes"])
    lines, steps = (array("q", arrays[name].tobytes()) for name in ("rows", "at"))
    return _place(about), PackedRows(points, lines, steps, str(about["last"]))
