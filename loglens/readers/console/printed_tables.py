"""Tables that grow a row at a time on a console: spaCy, skorch, scikit-learn's boosting, YOLOv5 and Ultralytics.

E    #       LOSS NER  ENTS_F      epoch    train_loss    valid_loss     dur      Epoch  GPU_mem  box_loss  Size
---  ------  --------  ------    -------  ------------  ------------  ------       1/20    3.7G    1.2345   640
  0       0     57.83    0.00          1        0.7073        0.6318  0.0073
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import replace

import numpy as np

from loglens.model.run import Note
from loglens.readers.console.bars import frame_of
from loglens.readers.console.grammar import MEASURED, NUMBER, Grammar, Lines, PrintedRow, Settled
from loglens.readers.contract.base import Column
from loglens.readers.naming.metric_names import axis_role
from loglens.readers.tables.blank import blank_rows, told
from loglens.readers.tables.table import unique_names

GAP = re.compile(r"\s{2,}|\t")
CELL = re.compile(r"\S++(?: \S++)*+")
NAME = re.compile(r"[A-Za-z#%(][^|:=]*")
VALUE = re.compile(NUMBER.decode() + r"\Z")
PARTS = re.compile(r"\[\s*(" + NUMBER.decode() + r"(?:,\s*" + NUMBER.decode() + r")*+)\s*\]\Z")
"""What DeepXDE prints of a loss: its parts, "[1.2e-01, 3.4e-02]"."""
COUNTED = re.compile(r"(\d+)(?:/\d+)?\Z")
RULE = re.compile(rb"\s*-+(?:\s+-+)+\s*$")
STAMP = re.compile(
    rb"\s{0,4}\[?(?:\d{1,4}[-/.]\d{1,2}(?:[-/.]\d{1,4})?[ T-])?\d{1,2}:\d\d:\d\d(?:[.,]\d{1,9})?\]?(?=\s)"
)
"""What a logger or a notebook puts before every line."""
BORDER = re.compile(rb"\xe2\x94[\x82\x83]|\xe2\x95\x91")
"""The upright lines of a box."""
PASTED = re.compile(rb"(Step|Epoch) Training Loss(?: Validation Loss)?((?: [A-Z][A-Za-z0-9]{0,30})*)")
LOSSES = re.compile(rb"Training Loss|Validation Loss")
LONGEST = 2048
_PARTS = "box|obj|noobj|cls|[gcd]?iou|dfl|seg|pose|kobj|kpts?|kptv|landmarks?|theta|angle"
PART = re.compile(rf"LOSS .+|(?i:{_PARTS})_loss")  # spaCy's, YOLOv5's and Ultralytics'
BARE_PART = re.compile(rf"{_PARTS}|total", re.IGNORECASE)
"""The same where older ones call them by the part alone: "Epoch  gpu_mem  box  obj  cls  total  labels  img_size"."""
FEWEST_PARTS = 2
SUMMED, FEW = "LOSS ", 0.3
"""What spaCy's losses are called, and the share of the second that the first one is below where it is of one batch."""
FIRST_BATCH = "the losses of the first row are of one batch, those of all others sums over many: left out"
NAMED = {"e": "epoch", "#": "step"}  # what spaCy calls its counters
FINE_FIRST = ("step", "epoch")


def table_rows(lines: Lines) -> Iterator[PrintedRow]:
    """A row for every line below a header that has a cell for each of its names, or below them; a row that is drawn
    again, with a bar behind it, counts as it was drawn last."""
    header: list[str] = []
    places: list[tuple[int, int]] = []
    clock, stamped = -1, False
    waiting: PrintedRow | None = None
    for number, line in enumerate(_drawn(lines), start=1):
        if len(line) > LONGEST or not line.strip():
            continue
        stamp = STAMP.match(line)
        begin = stamp.end() if stamp else 0
        if RULE.match(line, begin):
            places = _widened(places, _places(line[begin if stamped else 0 :]))
            continue
        cells = _cells(line[begin if stamped else 0 :])
        if stamp and not stamped and (found := _header(_cells(line[begin:]))):
            cells, stamped = _cells(line[begin:]), True  # the program that prints the table is stamped line by line
        found = _header(cells)
        if found:
            header, clock, stamped = _called(cells), found - 1, stamp is not None
            places = _places(line[begin if stamped else 0 :])
            continue
        framed = bool(header) and len(cells) == len(header) + 1 and cells[0].isdigit() and stamp is None
        if framed:
            cells = cells[1:]  # pandas numbers the rows of a frame
        if 1 < len(cells) < len(header):
            cells = _below(places, line[begin if stamped else 0 :])
        if row := _row(header, clock, cells, number):
            if waiting and (framed or (waiting.step, waiting.axis) != (row.step, row.axis)):
                yield waiting
            waiting = row
    if waiting:
        yield waiting


def _cells(line: bytes) -> list[str]:
    return GAP.split(_without_bar(line).decode("utf-8", errors="replace").strip())


def _drawn(lines: Lines) -> Iterator[bytes]:
    """The lines with blanks for the borders of a drawn table, and with two of them between the cells of a notebook's
    table whose cells a browser parted by one: "Step Training Loss Validation Loss" and below it "250 No log 0.6012"."""
    pasted = 0
    for line in lines:
        if BORDER.search(line):
            yield BORDER.sub(b"  ", line)
        elif header := PASTED.fullmatch(line.strip()):
            columns = [header[1], *LOSSES.findall(line), *header[2].split()]
            pasted = len(columns)
            yield b"  ".join(columns)
        elif pasted and len(cells := line.replace(b"No log", b"nan").split()) == pasted:
            yield b"  ".join(cells)
        else:
            pasted = 0
            yield line


def _places(line: bytes) -> list[tuple[int, int]]:
    """Where the cells of a line begin and end; none where tabulators hide it."""
    text = line.decode("utf-8", errors="replace")
    return [] if "\t" in text else [cell.span() for cell in CELL.finditer(text)]


def _widened(places: list[tuple[int, int]], rule: list[tuple[int, int]]) -> list[tuple[int, int]]:
    """The places of the names of a header, as wide as the rule below them draws its columns."""
    if len(places) != len(rule):
        return places
    both = zip(places, rule, strict=True)
    return [(min(name[0], drawn[0]), max(name[1], drawn[1])) for name, drawn in both]


def _below(places: list[tuple[int, int]], line: bytes) -> list[str]:
    """The cells of a line some of whose columns are empty, each where its name stands above it; none where a cell
    stands below no name, or below that of another."""
    text = line.decode("utf-8", errors="replace")
    cells = [""] * len(places)
    for start, end in _places(line):
        shared = [min(end, right) - max(start, left) for left, right in places]
        at = max(range(len(places)), key=shared.__getitem__, default=-1)
        if at < 0 or shared[at] <= 0 or cells[at]:
            return []
        cells[at] = text[start:end]
    return cells


def _without_bar(line: bytes) -> bytes:
    """Ultralytics draws a bar behind the cells: '640: 100%|...| 8/8'."""
    if b"%|" not in line and b"\xe2\x94\x81" not in line:
        return line
    frame = frame_of(line)
    return line if frame is None else re.split(rb":\s*\d+%", line, maxsplit=1)[0]


def _header(cells: list[str]) -> int:
    """1 + the place of the counter in a line of names, 0 where it is no header."""
    if len(cells) < 2 or not all(NAME.fullmatch(cell) for cell in cells):
        return 0
    if not any(MEASURED.search(cell) for cell in _called(cells)):
        return 0
    places = {axis_role(NAMED.get(cell.casefold(), cell)) or "": at for at, cell in reversed(list(enumerate(cells)))}
    return next((places[kind] + 1 for kind in FINE_FIRST if kind in places), 0)


def _called(names: list[str]) -> list[str]:
    """Names of which those that are parts of a loss by themselves, two at least, are called so: `box_loss`."""
    bare = {name for name in names if BARE_PART.fullmatch(name)}
    return [f"{name}_loss" if name in bare else name for name in names] if len(bare) >= FEWEST_PARTS else names


def _row(header: list[str], clock: int, cells: list[str], number: int) -> PrintedRow | None:
    if not header or len(cells) != len(header) or not (count := COUNTED.match(cells[clock])):
        return None
    axis = axis_role(NAMED.get(header[clock].casefold(), header[clock])) or "step"
    values = [(name, value) for at, (name, cell) in enumerate(zip(unique_names(header), cells, strict=True))
              if at != clock and (value := _value(name, cell)) is not None]  # fmt: skip
    return PrintedRow(int(count[1]), values, number, axis) if values else None


def _value(name: str, cell: str) -> float | None:
    """A number, or the sum of a list of them where they are parts of a loss."""
    if VALUE.match(cell):
        return float(cell)
    parts = PARTS.match(cell) if "loss" in name.casefold() else None
    return None if parts is None else sum(map(float, parts[1].split(",")))


def _without_first_batch(columns: tuple[Column, ...]) -> tuple[Column, ...]:
    """spaCy's losses are sums since the row before; that of the first row is one batch's."""
    losses = [column for column in columns if column.tag.startswith(SUMMED) and len(column.steps) > 2]
    nonzero = [column for column in losses if column.values[0] > 0]
    if not nonzero or not all(column.steps[0] == 0 and column.values[0] < FEW * column.values[1] for column in nonzero):
        return columns
    return tuple(
        replace(column, steps=column.steps[1:], values=column.values[1:]) if column in losses else column
        for column in columns
    )


def settled(columns: tuple[Column, ...]) -> Settled:
    """The columns without the NaN of what was not logged, and with the sum of the parts of a loss."""
    columns, notes = _without_blanks(columns)
    found = with_sum(columns)
    return replace(found, notes=(*notes, *found.notes))


def _without_blanks(columns: tuple[Column, ...]) -> tuple[tuple[Column, ...], tuple[Note, ...]]:
    """Only where every row has a cell of every column."""
    if not columns or any(not np.array_equal(column.steps, columns[0].steps) for column in columns):
        return columns, ()
    nan = {column.tag: np.isnan(column.values) for column in columns}
    blank = blank_rows(list(nan), {tag: rows for tag, rows in nan.items() if np.any(rows)})
    kept = tuple(
        replace(column, steps=column.steps[~blank[column.tag]], values=column.values[~blank[column.tag]])
        if column.tag in blank
        else column
        for column in columns
    )
    return kept, (told(blank),) if blank else ()


def with_sum(columns: tuple[Column, ...]) -> Settled:
    """The sum of the parts of a loss whose whole these programs do not print, which is what they minimise."""
    left = _without_first_batch(columns)
    notes = () if left is columns else (Note(kind="dropped", message=FIRST_BATCH, count=1),)
    columns = left
    parts = [column for column in columns if PART.fullmatch(column.tag)]
    same = parts and all(np.array_equal(part.steps, parts[0].steps) for part in parts)
    if not same or any(column.tag.casefold() in ("loss", "total_loss") for column in columns):
        return Settled(columns=columns, notes=notes)
    total = replace(parts[0], tag="loss", values=np.sum([part.values for part in parts], axis=0))
    message = f"'loss' is the sum of {', '.join(repr(part.tag) for part in parts)}"
    return Settled(columns=(*columns, total), notes=(*notes, Note(kind="info", message=message, series="loss")))


TABLE = Grammar(
    name="console-table",
    title="a table printed row by row",
    read=table_rows,
    settle=settled,
    evidence=3,
    decisive=True,
)
