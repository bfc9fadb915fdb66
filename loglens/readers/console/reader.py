"""Text logs: what a training printed, kept in a file. The grammars are in `text_grammars.py`."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from itertools import pairwise
from pathlib import Path
from typing import ClassVar, NamedTuple

import numpy as np

from loglens.model.run import IntArray, Note, Problem, Setting
from loglens.readers.console.events import events_of, said, said_in
from loglens.readers.console.generic import COUNTED
from loglens.readers.console.grammar import MEASURED, Grammar, Lines, Printed, evidence, grammar_of
from loglens.readers.console.grown_text import gathered
from loglens.readers.console.lines import TextLines, has_decimal_commas, lines_of, plain_text, with_decimal_points
from loglens.readers.console.parts import Part, chosen, parts_of
from loglens.readers.console.rates import with_said_rates
from loglens.readers.console.text.labels import commented, labelled, numbered, uncommented, unlabelled, with_word
from loglens.readers.console.text.languages import in_english, speaks_another
from loglens.readers.console.text.markup import holds_tables, with_tables
from loglens.readers.contract.base import BARS_RANK, HEAD_BYTES, Column, Log, Probe, ReaderMeta
from loglens.readers.contract.files import read_bytes, unpack_head, without_zeros
from loglens.readers.contract.limits import opened
from loglens.readers.naming.continued import counted_on
from loglens.readers.settings.printed import settings_said
from loglens.readers.tables.wrapped import is_wrapped, unwrapped

TABLES = frozenset({".csv", ".tsv", ".tab", ".dat", ".psv", ".json", ".jsonl", ".ndjson", ".parquet", ".yaml", ".yml",
                    ".xml", ".html", ".toml", ".ini", ".cfg", ".ipynb"})  # fmt: skip
"""What has a reader of its own: in a file so called no console's lines are looked for."""
PROSE = frozenset({".md", ".rst", ".markdown", ".adoc", ".tex"})
ALIKE, ALIKE_IN_TURN, EVENLY = 10, 5, 0.7
MARKED = (b"DLLL {",)  # JSON behind a mark is a text log whatever the file is called
WINDOWS = 4  # places after the head where a large file is looked into: a script may print its source first
WINDOW_BYTES = 32_768
WHOLE_BYTES = 1 << 17  # of a longer text the lines of figures are not looked at for words
PROBED = 1 << 16  # bytes at the beginning, in the middle and at the end that show how numbers are written
ENDING = 50  # lines of figures at the end of a log that are looked at for words as well
RANK = 70
WORDS_SHOWN = 8
COUNTER_RESTARTED = "counter restarted"
MORE, MOST = 1.5, 0.6
"""So many times the points are worth more than the time before the lines, which is not looked for where so many of the
lines tell figures as they are."""
HIDDEN = frozenset({"text", "text-counted"})
"""Grammars that may find something where a label hides a table, or the counter of every line."""
ROWS = "epoch"  # a name that measures nothing


@dataclass(frozen=True, slots=True, kw_only=True)
class TextLog:
    meta: ClassVar[ReaderMeta] = ReaderMeta(id="text-log", title="Text log of a training")

    def recognises(self, probe: Probe) -> bool:
        if probe.path.suffix.lower() in TABLES and not probe.head.startswith(MARKED):
            return False
        if not probe.size or kept_by_sacred(probe.path):
            return False
        text = plain_text(unpack_head(probe.head))
        if text is None:
            return False
        if speaks_another(text):
            text, _ = in_english(text)
        if has_decimal_commas(text):
            text = with_decimal_points(text)
        lines = lines_of(unwrapped(with_tables(text) if holds_tables(text) else text))
        if probe.path.suffix.lower() in PROSE:
            return tells_alike(lines) or (commented(lines) and tells_alike([uncommented(line) for line in lines]))
        if grammar_of(lines) is not None:
            return True
        if labelled(lines) and grammar_of([unlabelled(line) for line in lines]) is not None:
            return True
        if _counted_before(lines) is not None:
            return True
        if commented(lines) and tells_alike([uncommented(line) for line in lines]):
            return True
        return probe.size > HEAD_BYTES and grammar_of(later_lines(probe)) is not None

    def read(self, paths: Sequence[Path]) -> Iterator[Log]:
        for path in paths:
            yield from text_logs(path)


def tells_alike(lines: Sequence[bytes]) -> bool:
    """Whether ten lines tell of the same figures: in prose a log was copied, not only spoken of. Fewer do in a table
    whose counter goes on from row to row, which a list of models does not, or where it goes on evenly."""
    grammar = grammar_of(lines)
    if grammar is None:
        return False
    steps: dict[tuple[str, ...], list[int]] = {}
    for row in grammar.read(lines):
        steps.setdefault(tuple(name for name, _ in row.values), []).append(row.step)
    most = max(steps.values(), key=len, default=[])
    strides = np.diff(most)
    even = len(strides) and np.count_nonzero(strides == strides[0]) >= EVENLY * len(strides)
    least = ALIKE_IN_TURN if grammar is not COUNTED and even else grammar.alike
    return len(most) >= ALIKE or (len(most) >= min(least, grammar.alike) and all(a < b for a, b in pairwise(most)))


def kept_by_sacred(path: Path) -> bool:
    """Whether the file is Sacred's copy of the console of a run whose metrics it holds in full beside it."""
    metrics = path.with_name("metrics.json")
    return path.name == "cout.txt" and metrics.is_file() and metrics.stat().st_size > len("{}\r\n")


def later_lines(probe: Probe) -> list[bytes]:
    """Lines from several places behind the head, the last one the file's end."""
    lines: list[bytes] = []
    with opened(probe.path) as file:
        for place in range(1, WINDOWS + 1):
            file.seek(max(HEAD_BYTES, probe.size * place // WINDOWS - WINDOW_BYTES))
            lines += lines_of(plain_text(file.read(WINDOW_BYTES)) or b"")[1:]  # the first one is cut
    return lines


def text_logs(path: Path) -> Iterator[Log]:
    """The trainings in one file. Lines that no grammar knows are a console's ordinary talk and are passed over."""
    try:
        # no name for the bytes: they are let go as soon as they are text
        logs = logs_of_text(path, read_bytes(path), in_file=True)
    except OSError as error:
        yield _nothing(path, f"the file cannot be opened ({error.strerror})")
        return
    yield from logs


def logs_of_text(path: Path, data: bytes, *, in_file: bool = False) -> Iterator[Log]:
    """The trainings in what was printed, `path` being where it is kept. `in_file`: it is the file as it stands there,
    which may have been read before, and shorter."""
    size = len(data) if in_file else 0
    damaged: list[Problem] = []
    data, zeros = without_zeros(data)
    if zeros is not None:
        damaged.append(Problem(path=str(path), message=zeros.message, offset=zeros.offset))
    drawn = b"%|" in data or b"it [" in data or b"\xe2\x94\x81" in data
    unended = not data.endswith((b"\n", b"\r"))
    text = unwrapped(plain_text(data) or b"")
    size = 0 if is_wrapped(data) or holds_tables(text) else size
    if holds_tables(text):
        text = with_tables(text)
    del data
    text, lines, some, grammar, notes, changed = _laid_out(path, text)
    size = 0 if changed else size
    if grammar is None:
        yield _nothing(path, "no line of progress was found; give a log with a step or an epoch in its lines")
        return
    found = gathered(path, size, text, lines, grammar)
    if unended and cut_short(lines, found.tail):
        message = "the last line is not whole; its last value is left out"
        damaged.append(Problem(path=str(path), message=message, offset=len(lines)))
        if found.tail[-1] == len(lines):
            found = found.without_last()
    others = list(between(lines, found.lines if found.usual is None else found.usual))
    told = said(text) if len(text) < WHOLE_BYTES else said_in(others)
    parts = parts_of(lines, found, grammar.gather, some, others)
    rank = BARS_RANK if drawn and grammar.name == "text" else RANK
    of_file: dict[str, Setting] = {}
    for part in parts:
        alone = len(parts) == 1
        printed = found if len(part.numbers) == len(lines) else _of_part(grammar, lines, part)
        if found.last == "" and len(printed.lines) and printed.lines[-1] == len(lines):
            printed = printed.without_last()
        log, printed = _counted_on(_log(path, grammar, printed.columns, damaged if part is parts[0] else []), printed)
        if part.offset is not None:
            log, printed = _moved(log, printed, part.offset)
        events = events_of([item for item in told if alone or _holds(part, item.line)], printed.lines, printed.steps)
        log = with_said_rates(log, events, printed)
        own = settings_said(_heading(others, part, printed))
        of_file = of_file or own
        yield replace(
            log,
            rank=rank,
            label=part.label,
            events=events,
            notes=(*log.notes, *notes, *_at(path, part.notes)),
            config={**of_file, **own, **log.config},
        )


def _moved(log: Log, printed: Printed, offset: int) -> tuple[Log, Printed]:
    """Both with steps that are counted on from the part before."""
    columns = tuple(replace(column, steps=column.steps + offset) for column in log.columns)
    moved = replace(log, columns=columns, started=float(offset), how=COUNTER_RESTARTED)
    return moved, replace(printed, steps=printed.steps + offset)


def _heading(others: Sequence[tuple[int, bytes]], part: Part, printed: Printed) -> Iterator[bytes]:
    """The lines of a part before its first figures."""
    first = int(printed.lines[0]) if len(printed.lines) else 0
    for number, line in others:
        if number >= first:
            return
        if number >= part.numbers[0]:
            yield line


class _LaidOut(NamedTuple):
    """A text whose lines a grammar can read, some of its lines, that grammar (None where none can), what there is to
    say, and whether its lines are other than they stood there."""

    text: bytes
    lines: TextLines
    some: Lines
    grammar: Grammar | None
    notes: list[Note]
    changed: bool


def _laid_out(path: Path, text: bytes) -> _LaidOut:
    """A text in English, with decimal points, and without what hides its lines: the marks of comments, a counter
    without its word, labels."""
    text, notes = _in_english(path, text)
    text, of_commas = _with_points(path, text)
    notes += of_commas
    lines = TextLines(text)
    some = sample(lines)
    grammar = grammar_of(some) or grammar_of(lines)
    changed = False
    said_in_comments = [uncommented(line) for line in lines] if grammar is None and commented(lines) else []
    if said_in_comments and tells_alike(said_in_comments):
        lines, some, changed = *_again(said_in_comments), True
        grammar = grammar_of(some) or grammar_of(lines)
        notes.append(Note(kind="info", message="the log stands in comments, which are read", path=str(path)))
    if grammar in (None, COUNTED) and (counting := _counted_before(some)) is not None:
        grammar, taken = counting
        lines, some, changed = *_again(map(taken, lines)), True
        notes.append(Note(kind="guess", message="the number before every line is taken for its step", path=str(path)))
    if (bare := _behind_labels(some, grammar)) is not None:
        lines, some, changed, grammar = *_again(map(unlabelled, lines)), True, bare
        notes.append(Note(kind="info", message="what stands before every line is left out", path=str(path)))
    return _LaidOut(lines.text, lines, some, grammar, notes, changed)


def _again(lines: Iterable[bytes]) -> tuple[TextLines, Lines]:
    """Other lines, and some of them."""
    changed = TextLines(b"\n".join(lines))
    return changed, sample(changed)


def _counted_before(lines: Sequence[bytes]) -> tuple[Grammar, Callable[[bytes], bytes]] | None:
    """The grammar of some lines whose counter has no word, and how each is given one; behind labels as well."""
    if numbered(lines):
        taken = with_word
    elif labelled(lines) and numbered([unlabelled(line) for line in lines]):
        taken = _behind_label
    else:
        return None
    grammar = grammar_of([taken(line) for line in lines])
    return None if grammar is None else (grammar, taken)


def _behind_label(line: bytes) -> bytes:
    return with_word(unlabelled(line))


def _behind_labels(lines: Sequence[bytes], grammar: Grammar | None) -> Grammar | None:
    """The grammar of some lines behind the labels that stand before every one of them, where it measures far more in
    them than theirs as they are; None where it does not, or there are none."""
    if (grammar is not None and grammar.name not in HIDDEN) or not labelled(lines):
        return None
    before = 0 if grammar is None or grammar is COUNTED else _measured(grammar, lines)
    if grammar is not None and before > MOST * evidence(grammar.read(lines)) > MOST * MOST * len(lines):
        return None  # hardly anything is left to be hidden
    bare = [unlabelled(line) for line in lines]
    behind = grammar_of(bare)
    return behind if behind not in (None, COUNTED) and _measured(behind, bare) > MORE * before else None


def _measured(grammar: Grammar, lines: Sequence[bytes]) -> int:
    """Steps at which something is measured, of all that is."""
    columns = grammar.gather(lines).columns
    return sum(len(np.unique(column.steps)) for column in columns if MEASURED.search(column.tag))


def between(lines: TextLines, rows: IntArray) -> Iterator[tuple[int, bytes]]:
    """The lines that are no figures like most, and the last of those, with their numbers."""
    other = np.ones(len(lines), dtype=np.bool_)
    other[rows[:-ENDING] - 1] = False
    return ((number, line) for number, line in lines.numbered(other) if line.strip())


def _probed(text: bytes) -> bytes:
    """Some of a text, from its beginning, its middle and its end."""
    middle = len(text) // 2
    return text[:PROBED] + text[max(PROBED, middle) : middle + PROBED] + text[max(PROBED, len(text) - PROBED) :]


def _in_english(path: Path, text: bytes) -> tuple[bytes, list[Note]]:
    """A text whose counters and names are English, and what there is to say of those that were not."""
    if not speaks_another(_probed(text)):
        return text, []
    text, words = in_english(text)
    told = f"words of another language are read as English ones: {', '.join(words[:WORDS_SHOWN])}"
    return text, [Note(kind="guess", message=told, path=str(path), count=len(words))]


def _with_points(path: Path, text: bytes) -> tuple[bytes, list[Note]]:
    """A text whose numbers have decimal points, and what there is to say of those that had commas."""
    if not has_decimal_commas(_probed(text)):
        return text, []
    told = "the numbers have decimal commas (0,5): they are read as decimal points"
    return with_decimal_points(text), [Note(kind="guess", message=told, path=str(path))]


def _of_part(grammar: Grammar, lines: Lines, part: Part) -> Printed:
    """What a part's lines tell, with the numbers that they have in the file."""
    printed = grammar.gather(chosen(lines, part))
    return replace(printed, lines=part.numbers[printed.lines - 1])


def _counted_on(log: Log, printed: Printed) -> tuple[Log, Printed]:
    """Both with one axis where the step starts anew in each epoch."""
    rows = Column(tag=ROWS, steps=printed.steps, values=np.zeros(0))  # only its steps are moved
    moved = counted_on(replace(log, columns=(*log.columns, rows)))
    return replace(moved, columns=moved.columns[:-1]), replace(printed, steps=moved.columns[-1].steps)


def _holds(part: Part, line: int) -> bool:
    at = int(np.searchsorted(part.numbers, line))
    return at < len(part.numbers) and int(part.numbers[at]) == line


def _at(path: Path, notes: tuple[Note, ...]) -> tuple[Note, ...]:
    return tuple(replace(note, path=str(path)) for note in notes)


def _nothing(path: Path, message: str) -> Log:
    problem = Problem(path=str(path), message=message)
    return Log(format=TextLog.meta.id, file=path, folder=path.parent, columns=(), own_file=True, problems=(problem,))


def sample(lines: Sequence[bytes], stretches: int = 8, length: int = 100) -> Sequence[bytes]:
    """Stretches of lines from the whole file, as a rule enough to tell its grammar."""
    if len(lines) <= stretches * length:
        return lines
    starts = [at * (len(lines) - length) // (stretches - 1) for at in range(stretches)]
    return [line for start in starts for line in lines[start : start + length]]


def cut_short(lines: Sequence[bytes], told: Sequence[int]) -> bool:
    """Whether the last line, which has no line end, stops before lines of its kind do. `told`: the numbers of lines
    that are whole, maybe its own among them.

    A line's kind is its words; it is cut where its words are the beginning of another's, or where its last number has
    fewer decimals than every one before it.
    """
    words, decimals = _kind(lines[-1])
    others = [_kind(lines[number - 1]) for number in told if number != len(lines)]
    same = [count for kind, count in others if kind == words]
    if same:
        return len(set(same)) == 1 and decimals < same[0]
    return bool(words) and any(kind.startswith(words) for kind, _ in others)


def _kind(line: bytes) -> tuple[bytes, int]:
    """A line with every number made 0 and every padding one space; and the decimals of its last number."""
    numbers = re.findall(rb"\d+(?:\.(\d*))?", line)
    words = re.sub(rb"\s+", b" ", re.sub(rb"\d+(?:\.\d*)?(?:[eE][-+]?\d+)?", b"0", line)).strip()
    return words, len(numbers[-1]) if numbers else 0


def _log(path: Path, grammar: Grammar, columns: tuple[Column, ...], problems: list[Problem]) -> Log:
    settled = grammar.settle(columns)
    if not settled.columns and not problems:
        problems.append(Problem(path=str(path), message="the lines of progress hold no value"))
    about = Note(kind="info", message=f"read as {grammar.title}", path=str(path))
    return Log(
        facts=frozenset({"console"}),
        format=TextLog.meta.id,
        file=path,
        folder=path.parent,
        columns=settled.columns,
        own_file=True,
        rank=RANK,
        config=settled.config,
        notes=(about, *settled.notes),
        problems=tuple(problems),
    )
