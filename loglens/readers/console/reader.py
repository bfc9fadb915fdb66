"""Text logs: what a training printed, kept in a file. The grammars are in `text_grammars.py`."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import ClassVar

from loglens.model.run import Note, Problem
from loglens.readers.console.grammar import Grammar, grammar_of
from loglens.readers.console.lines import TextLines, plain_text
from loglens.readers.contract.base import HEAD_BYTES, Column, Log, Probe, ReaderMeta
from loglens.readers.contract.files import read_bytes, unpack_head, without_zeros
from loglens.readers.contract.limits import opened
from loglens.readers.runs.duplicates import BARS_RANK

SUFFIXES = frozenset({"", ".log", ".txt", ".out", ".err", ".stdout", ".stderr", ".text", ".gz", ".console"})
JOB_SUFFIX = re.compile(r"\.[oe]\d+(?:[-.]\d+)?$|\.(?:log|out|txt)\.\d+$")  # PBS, SGE; rotated logs
MARKED = (b"DLLL {",)  # JSON behind a mark is a text log whatever the file is called
WINDOWS = 4  # places after the head where a large file is looked into: a script may print its source first
WINDOW_BYTES = 32_768


@dataclass(frozen=True, slots=True, kw_only=True)
class TextLog:
    meta: ClassVar[ReaderMeta] = ReaderMeta(id="text-log", title="Text log of a training")

    def recognises(self, probe: Probe) -> bool:
        named = probe.path.suffix.lower() in SUFFIXES or JOB_SUFFIX.search(probe.name)
        if not named and not probe.head.startswith(MARKED):
            return False
        if not probe.size or kept_by_sacred(probe.path):
            return False
        text = plain_text(unpack_head(probe.head))
        if text is None:
            return False
        if grammar_of(text.splitlines()) is not None:
            return True
        return probe.size > HEAD_BYTES and grammar_of(later_lines(probe)) is not None

    def read(self, paths: Sequence[Path]) -> Iterator[Log]:
        for path in paths:
            yield read_text_log(path)


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
            lines += (plain_text(file.read(WINDOW_BYTES)) or b"").splitlines()[1:]  # the first one is cut
    return lines


def read_text_log(path: Path) -> Log:
    """One file as a log. Lines that no grammar knows are a console's ordinary talk and are passed over."""
    try:
        data = read_bytes(path)
    except OSError as error:
        return _nothing(path, f"the file cannot be opened ({error.strerror})")
    damaged: list[Problem] = []
    data, zeros = without_zeros(data)
    if zeros is not None:
        damaged.append(Problem(path=str(path), message=zeros.message, offset=zeros.offset))
    drawn = b"%|" in data or b"it [" in data or b"\xe2\x94\x81" in data
    unended = not data.endswith((b"\n", b"\r"))
    lines = TextLines(plain_text(data) or b"")
    del data
    grammar = grammar_of(sample(lines)) or grammar_of(lines)
    if grammar is None:
        return _nothing(path, "no line of progress was found; give a log with a step or an epoch in its lines")
    found = grammar.gather(lines)
    if unended and cut_short(lines, found.tail):
        message = "the last line is not whole; its last value is left out"
        damaged.append(Problem(path=str(path), message=message, offset=len(lines)))
        if found.tail[-1] == len(lines):
            found = found.without_last()
    log = _log(path, grammar, found.columns, damaged)
    return replace(log, rank=BARS_RANK) if drawn and grammar.name == "text" else log


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
        format=TextLog.meta.id,
        file=path,
        folder=path.parent,
        columns=settled.columns,
        own_file=True,
        rank=70,
        config=settled.config,
        notes=(about, *settled.notes),
        problems=tuple(problems),
    )
