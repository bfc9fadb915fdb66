"""How a table is written: separator, decimal mark, header. Guessed from its first lines and told to the user."""

from __future__ import annotations

import csv
import re
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path

from loglens.readers.contract.base import Probe, Sniffed
from loglens.readers.contract.points import INFINITY, NO_NUMBER

NULLS = ("", "NA", "N/A", "n/a", "#N/A", "<NA>", "None", "none", "null", "NULL", "Null", "-", "--")
"""Cells that hold no value: no point. NaN and infinities are points."""

SEPARATORS = (",", ";", "\t", "|")
BLANKS = " "
_NUMBER = re.compile(
    r"[+-]?(?:\d++(?:\.\d*+)?(?:[eE][+-]?\d++)?|\.\d++(?:[eE][+-]?\d++)?|nan|inf(?:inity)?)", re.IGNORECASE
)
_COMMA_NUMBER = re.compile(r"[+-]?(?:\d*|\d{1,3}(?:\.\d{3})+),\d+(?:[eE][+-]?\d+)?")
_GROUPED = re.compile(r"[+-]?\d{1,3}(?:,\d{3})+(?:\.\d*)?")  # 1,234.5 as spreadsheets write it, in quotes
_OF_A_NUMBER = (
    r"(?:\w+\.)*(?:[Tt]ensor|[Aa]rray|DeviceArray|Variable|Parameter|float\d*|bfloat16|u?int\d*|double|Decimal|scalar)"
)
CALLED = rf"{_OF_A_NUMBER}\(\s*+\[*+\s*+['\"]?([^\s,\[\]()'\"]++)['\"]?\s*+\]*+\s*+(?:,.*)?\)"
"""A number as a library prints it: `tensor(0.3, device='cuda:0')`, `tf.Tensor(0.3, shape=(), dtype=float32)`,
`np.float64(0.3)`, `Array([0.3])`."""
SHOWN = r"<tf\.\w++[^<>]*?\bnumpy=([^\s,<>]++)[^<>]*+>"
"""A number as TensorFlow shows it: `<tf.Tensor: shape=(), dtype=float32, numpy=0.3>`."""
SPELT_NAN, SPELT_INF = rf"(?i)^[+-]?(?:{NO_NUMBER})$", rf"(?i)^([+-]?)(?:{INFINITY})$"
REMARKED = r"([^\s()]+)\s{0,4}\([A-Za-z][A-Za-z ]{0,20}\)"
"""A number with a word of a library behind it: `510.9 (tracked)`."""
_WRAPPED = re.compile(
    rf"{SHOWN}|{CALLED}|(?:tensor\()?\[?\s*([^\s,\[\]()]+)\s*\]?(?:,[^)]*)?\)?|([^\s%]+)\s*%|{REMARKED}"
)
SNIFFED = "table"
"""What a table's layout is called among the things found out about a file."""
_SAMPLE_LINES = 60
_CELL_LINES = 50


@dataclass(frozen=True, kw_only=True)
class Layout:
    """`header`: the names as written, None where the first row is data. `skipped`: lines before the table.
    `numeric`: share of the sampled cells that are numbers or empty. `rows`: sampled data rows."""

    separator: str
    decimal_comma: bool
    header: tuple[str, ...] | None
    skipped: int
    width: int
    numeric: float
    rows: tuple[tuple[str, ...], ...]

    @cached_property
    def names(self) -> frozenset[str]:
        """The header's names, trimmed and casefolded; empty where there is no header."""
        return frozenset(name.strip().casefold() for name in self.header or ())


def is_number(cell: str, *, decimal_comma: bool = False) -> bool:
    """A number as logs write it; NaN and infinities are numbers."""
    cell = cell.strip()
    return bool(_NUMBER.fullmatch(cell) or (decimal_comma and _COMMA_NUMBER.fullmatch(cell)))


def unwrap_number(cell: str) -> str:
    """`[0.001]`, `tensor(0.3)`, `np.float64(3)`, `85 %` and `1,234.5` as the number in them; other text as it is."""
    if _GROUPED.fullmatch(cell.strip()):
        return cell.replace(",", "")
    found = _WRAPPED.fullmatch(cell.strip())
    return next(part for part in found.groups() if part) if found else cell


@dataclass(frozen=True, slots=True)
class SniffedLayout:
    """The layout found in the head of a file that had `size` bytes then; None where that is no table."""

    layout: Layout | None
    size: int


def layout_of(probe: Probe) -> Layout | None:
    """The layout of a file, None where its head is no table. Found once for all readers that ask in turn, and kept on
    the probe for the one that reads."""
    known = probe.sniffed.get(SNIFFED)
    if not isinstance(known, SniffedLayout):
        layout = None if probe.text is None else sniff(probe.text, whole=probe.whole)
        probe.sniffed[SNIFFED] = known = SniffedLayout(layout, probe.size)
    return known.layout


def handed_layout(sniffed: Sniffed, path: Path) -> SniffedLayout | None:
    """What recognising found out about the table in a file, None where nothing was handed on."""
    found = sniffed.get(path)
    known = found.get(SNIFFED) if isinstance(found, Mapping) else None
    return known if isinstance(known, SniffedLayout) else None


def sniff(text: str, *, whole: bool) -> Layout | None:
    """The layout of a table from its first lines; None where they are no table. A last line that is cut counts only
    where there is no other (`whole`: the text is the whole file)."""
    lines = text.splitlines()
    if not whole and len(lines) > 1:
        lines = lines[:-1]
    first = _first_line(lines)
    if first is None or lines[first].lstrip()[:1] in ("{", "["):
        return None
    # what comes before the table keeps its line numbers, but takes no part in the guess
    sample = [*[""] * first, lines[first].lstrip("# "), *lines[first + 1 : first + _SAMPLE_LINES]]
    layouts = [layout for separator in SEPARATORS if separator in text and (layout := _layout(sample, separator))]
    if not layouts and (layout := _layout(sample, BLANKS)):
        layouts = [layout]
    if not layouts and (layout := _single_column(sample)):
        layouts = [layout]
    return max(
        layouts, key=lambda layout: (layout.numeric > 0.5, layout.header is not None, layout.width), default=None
    )


def _first_line(lines: Sequence[str]) -> int | None:
    """The first line that may belong to the table: not blank, no comment (unless it is the header itself, as NumPy
    writes it), not the line that tells a spreadsheet the separator."""
    for number, line in enumerate(lines):
        if not line.strip() or line.startswith("sep="):
            continue
        if not line.startswith("#") or _heads(line, lines[number + 1 :]):
            return number
    return None


def _heads(comment: str, below: Sequence[str]) -> bool:
    """A comment with as many words as the row below it has numbers."""
    after = next((line for line in below if line.strip() and not line.startswith("#")), "#")
    names = comment.lstrip("# ")
    widths = [(len(names.split(mark)), len(after.split(mark))) for mark in (*SEPARATORS, None)]
    return not after.startswith("#") and any(words == cells > 1 for words, cells in widths)


def split_lines(lines: Sequence[str], separator: str) -> Iterator[list[str]]:
    """The cells of each line; runs of blanks count as one where blanks separate."""
    if separator == BLANKS:
        return (line.split() for line in lines)
    return (cells_of(line, separator) for line in lines)


def cells_of(line: str, separator: str) -> list[str]:
    """The cells of one line, [] for an empty one. Where its quotes are not those of a table, it is cut as it stands."""
    if '"' not in line:
        return [cell.lstrip(" ") for cell in line.split(separator)] if line else []
    try:
        return next(csv.reader([line], delimiter=separator, skipinitialspace=True), [])
    except csv.Error:  # a cell beyond the csv module's limit, a line end within the line
        return line.split(separator)


def joined_lines(lines: Sequence[str], separator: str, width: int) -> Iterator[tuple[int, str]]:
    """The rows and the number, from 1, of the line each begins in: a cell in quotes may go on over several lines. A
    quotation mark that stands alone ends with its line."""
    at = 0
    while at < len(lines):
        row, end = lines[at], at + 1
        if row.count('"') % 2:
            for stop in range(at + 2, min(at + _CELL_LINES, len(lines)) + 1):
                whole = "\n".join(lines[at:stop])
                if whole.count('"') % 2 == 0:
                    if len(cells_of(whole, separator)) == width:
                        row, end = whole, stop
                    break
        yield at + 1, row
        at = end


def _layout(lines: Sequence[str], separator: str) -> Layout | None:
    try:
        rows = [(number, row) for number, line in enumerate(lines) if line.strip()
                for row in split_lines([line], separator)]  # fmt: skip
    except csv.Error:
        return None
    widths = [len(row) for _, row in rows]
    if not widths:
        return None  # nothing but comments
    width, count = Counter(widths[1:] or widths).most_common(1)[0]
    if len(widths) > 1 and widths[0] == widths[1] and widths.count(widths[0]) > 2:
        width, count = widths[0], len(widths)  # rows of another width come later: a restart with other columns
    if width < 2 or (len(rows) > 2 and count < 0.5 * (len(rows) - 1)):
        return None
    # names without a cell for the row number (R), or rows that end in a separator, are one cell off
    start = next((place for place, (_, row) in enumerate(rows[:20]) if width - 1 <= len(row) <= width), None)
    if start is None or len(rows[start][1]) < 2:
        return None
    table = rows[start:]
    skipped = table[0][0]
    head, *body = (row for _, row in table)
    body = [row for row in body if len(row) == width]
    commas = separator != "," and _has_decimal_commas(body or [head])
    commas = commas or (separator == "," and _has_decimal_commas(body) and not _has_decimal_points(body))
    header = _is_header(head, body, decimal_comma=commas)
    if not header and len(head) == width:
        body = [head, *body]
    return Layout(
        separator=separator,
        decimal_comma=commas,
        header=tuple(head) if header else None,
        skipped=skipped,
        width=width,
        numeric=_numeric_share(body, decimal_comma=commas),
        rows=tuple(tuple(row) for row in body),
    )


def _single_column(lines: Sequence[str]) -> Layout | None:
    """A file of one number a line, with or without a name above it."""
    cells = [line.strip().strip('"') for line in lines if line.strip()]
    numbers = [is_number(cell) for cell in cells]
    if len(cells) < 2 or not all(numbers[1:]) or (not numbers[0] and len(cells[0].split()) > 3):
        return None
    header = None if numbers[0] else (cells[0],)
    body = cells if numbers[0] else cells[1:]
    return Layout(separator=",", decimal_comma=False, header=header, skipped=0, width=1, numeric=1.0,
                  rows=tuple((cell,) for cell in body))  # fmt: skip


def _has_decimal_commas(rows: Sequence[Sequence[str]]) -> bool:
    cells = [cell.strip() for row in rows for cell in row if "," in cell]
    grouped = any("." in cell and _GROUPED.fullmatch(cell) for cell in cells)
    return not grouped and any(_COMMA_NUMBER.fullmatch(cell) for cell in cells)


def _has_decimal_points(rows: Sequence[Sequence[str]]) -> bool:
    return any("." in cell and _NUMBER.fullmatch(cell.strip()) for row in rows for cell in row)


def _is_header(head: Sequence[str], body: Sequence[Sequence[str]], *, decimal_comma: bool) -> bool:
    """A first row of words is a header; where it mixes words and numbers, a word above numbers tells. So is what pandas
    writes above columns without names: nothing, 0, 1, 2, ..."""
    if len(head) > 1 and [cell.strip() for cell in head] == ["", *map(str, range(len(head) - 1))]:
        return all(row[0].strip() for row in body)
    filled = [(place, cell) for place, cell in enumerate(head) if cell.strip() not in NULLS]
    words = [place for place, cell in filled if not is_number(cell, decimal_comma=decimal_comma)]
    if not words or len(words) == len(filled):
        return bool(words)
    above_numbers = sum(
        any(place < len(row) and is_number(row[place], decimal_comma=decimal_comma) for row in body) for place in words
    )
    return 2 * above_numbers > len(words)


def _numeric_share(rows: Sequence[Sequence[str]], *, decimal_comma: bool) -> float:
    cells = [cell.strip() for row in rows for cell in row]
    good = sum(
        is_number(cell, decimal_comma=decimal_comma)
        or cell in NULLS
        or is_number(unwrap_number(cell), decimal_comma=decimal_comma)
        for cell in cells
    )
    return good / len(cells) if cells else 0.0
