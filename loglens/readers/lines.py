"""Where a finding stands in a log of lines: the row of a table, the line of a console log, the record in a JSON file.

Readers turn a file into arrays and forget its lines. They are found again by what they say: the line that holds both
the step and the value of the series there. A line that cannot be told is not guessed. In a packed log it is the line
of the text inside.
"""

from __future__ import annotations

import math
import re
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np

from loglens.errors import ReadError
from loglens.model.diagnosis import RunDiagnosis
from loglens.model.finding import Finding
from loglens.model.run import IntArray
from loglens.readers.contract import limits
from loglens.readers.contract.files import decode_text, unpacked
from loglens.readers.contract.packed import kind_of

LARGEST = 32 * 1024**2
"""Bytes of a file, packed or not, beyond which its lines are not looked for."""
MOST = 200
"""Findings of a run that are looked for."""
RECORD = 14
"""Lines that a record of an indented JSON file may take."""
NUMBER = re.compile(r"[-+]?(?:\d+\.?\d*|\.\d+)(?:e[-+]?\d+)?|[-+]?(?:nan|inf(?:inity)?|null|none)\b", re.IGNORECASE)
CLOSE = 1e-5


@dataclass(frozen=True, slots=True)
class Mark:
    """A point to look for: its step, and the value of the series there (None where it is not known)."""

    step: int
    value: float | None


def with_lines(run: RunDiagnosis) -> RunDiagnosis:
    """`run` with file and line in those of its findings whose place in a text log can be told."""
    if not run.findings:
        return run
    marks = [mark_of(run, finding) for finding in run.findings[:MOST]]
    places: dict[int, tuple[str, int]] = {}
    for file in run.files:
        left = [at for at in range(len(marks)) if at not in places]
        for at, line in zip(left, lines_of(Path(file), [marks[at] for at in left]), strict=True):
            if line is not None:
                places[at] = (file, line)
    if not places:
        return run
    return replace(
        run,
        findings=tuple(
            replace(item, file=places[at][0], line=places[at][1]) if at in places else item
            for at, item in enumerate(run.findings)
        ),
    )


def mark_of(run: RunDiagnosis, finding: Finding) -> Mark:
    """The finding's peak, or where it begins."""
    step = finding.steps.start if finding.peak_step is None else finding.peak_step
    for curve in run.curves:
        if curve.series == finding.series and curve.role != "level" and len(curve.steps):
            at = min(int(np.searchsorted(curve.steps, step)), len(curve.steps) - 1)
            return Mark(int(curve.steps[at]), float(curve.values[at]))
    return Mark(step, None)


def lines_of(path: Path, marks: Sequence[Mark]) -> list[int | None]:
    """Line numbers from 1 on, None where a mark's line cannot be told or the file is no text of lines."""
    text = _text(path)
    if text is None or not marks:
        return [None] * len(marks)
    indented = text.lstrip()[:1] in ("{", "[") and "}\n{" not in text[:100_000]
    starts = np.array([0, *(found.end() for found in re.finditer("\n", text))])
    found = _candidates(text, {mark.step for mark in marks}, starts)
    return [_line(text, starts, mark, found.get(mark.step, []), indented=indented) for mark in marks]


def _text(path: Path) -> str | None:
    try:
        if not path.is_file() or path.stat().st_size > LARGEST:
            return None
        with limits.using(unpacked=min(LARGEST, limits.current().unpacked)):
            data = path.read_bytes()
            kind = kind_of(data)
            return decode_text(data if kind is None else unpacked(data, path, kind))
    except (OSError, ReadError):  # it unpacks to more than that
        return None


def _candidates(text: str, steps: Iterable[int], starts: IntArray) -> dict[int, list[int]]:
    """For each step the lines (counted from 0) that hold it as a number."""
    lines: dict[int, list[int]] = {}
    for step in steps:
        here = lines[step] = []
        # a pattern that begins with a text is found in a fifth of the time of one that looks behind itself
        for found in re.finditer(rf"{step}(?:\.0+)?(?![\d.]*\d)", text):
            begin = found.start()
            while begin and text[begin - 1] == "0":
                begin -= 1
            if begin and (text[begin - 1].isdecimal() or text[begin - 1] in ".eE"):
                continue
            line = int(starts.searchsorted(begin, side="right")) - 1
            if not here or here[-1] != line:
                here.append(line)
    return lines


def _line(text: str, starts: IntArray, mark: Mark, lines: list[int], *, indented: bool) -> int | None:
    """The line among those that also holds the value; in an indented file the value's own line close by."""

    def said(line: int) -> str:
        end = int(starts[line + 1]) if line + 1 < len(starts) else len(text)
        return text[int(starts[line]) : end]

    if mark.value is None:
        return lines[0] + 1 if len(lines) == 1 else None
    for line in lines:
        if _holds(said(line), mark.step, mark.value):
            return line + 1
    if indented:
        for line in lines:
            for near in _around(line, len(starts)):
                if _holds(said(near), None, mark.value):
                    return near + 1
    return _by_value(text, starts, mark.value)


def _around(line: int, lines: int) -> Iterator[int]:
    for away in range(1, RECORD):
        yield from (near for near in (line - away, line + away) if 0 <= near < lines)


def _by_value(text: str, starts: IntArray, value: float) -> int | None:
    """The only line with that value, where the log counts no steps: None where it is written in no or several lines."""
    if not math.isfinite(value) or value == 0:
        return None
    digits = re.escape(f"{value:.7g}"[:7].rstrip("0"))
    found = {int(np.searchsorted(starts, item.start(), side="right")) - 1 for item in re.finditer(digits, text)}
    ends = [*starts[1:].tolist(), len(text)]
    lines = [
        line
        for line in sorted(found)
        if any(_same(number, value) for number in _numbers(text[int(starts[line]) : ends[line]]))
    ]
    return lines[0] + 1 if len(lines) == 1 else None


def _holds(line: str, step: int | None, value: float) -> bool:
    numbers = list(_numbers(line))
    if step is not None and step in numbers:
        numbers.remove(step)
    return any(_same(number, value) for number in numbers)


def _numbers(line: str) -> Iterator[float]:
    # with semicolons between its cells a table may write decimal commas
    for found in NUMBER.finditer(line.replace(",", ".") if ";" in line else line):
        word = found[0].lower()
        yield math.nan if word in ("null", "none") else float(word)


def _same(number: float, value: float) -> bool:
    if not math.isfinite(value):
        return not math.isfinite(number)
    return math.isclose(number, value, rel_tol=CLOSE, abs_tol=1e-12)
