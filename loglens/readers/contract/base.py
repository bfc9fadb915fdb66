"""What a reader hands over: a log as it was written, before anything is resolved.

A reader knows one format. It recognises a file by its first bytes and its name, and turns files into `Log`s: columns in
order of writing, steps that go back, NaN and all. It resolves nothing: which folder names the run, which logs are
splits, duplicates or resumed parts of one run, what a resume overwrote and which series has which role is decided once
for all formats (`discover.py`, `assemble.py`, `roles.py`), so that the rules hold everywhere.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from functools import cached_property
from pathlib import Path
from types import MappingProxyType
from typing import Literal, Protocol

import numpy as np

from loglens.model.run import Aggregate, Event, FloatArray, IntArray, Note, Problem, Rewind, Setting, frozen_array
from loglens.readers.contract.files import decode_text, unpack_head
from loglens.readers.contract.limits import opened

Fact = Literal["nests_curves", "console", "table", "generic", "output_folder"]
"""What assembling runs needs to know of a log, whatever its format: `nests_curves`, its writer spreads curves and
hyperparameters of one run over sub-folders; `console`, what a program printed, maybe a copy of what a framework logged
beside it; `table`, several of them in a folder are several runs, however alike; `generic`, any program's, so that only
a counted step or the name of a metric makes it a log; `output_folder`, it lies in the folder to which the framework's
`runs/` belongs."""
TABLE: frozenset[Fact] = frozenset({"table"})
BARS_RANK = 90
"""The rank of what progress bars showed, in three digits: read only where nothing else holds the run."""

HEAD_BYTES = 65_536
"""How much of a file recognition may look at."""

Sniffed = Mapping[Path, object]
"""What recognising found out about files and reading needs again (`Probe.sniffed`), by path."""
NOTHING_SNIFFED: Sniffed = MappingProxyType({})


@dataclass(frozen=True)
class Probe:
    """A file that wants a reader: its path and, read once and shared by all readers, its first bytes.

    `sniffed`: what one of the readers found out from them (a table's layout); the others need not look again, and it
    is handed to the `read` of the one that takes the file, where `ReaderMeta.sniffs`.
    """

    path: Path
    size: int
    sniffed: dict[str, object] = field(default_factory=dict, repr=False, compare=False)

    @cached_property
    def head(self) -> bytes:
        """The first 64 KiB (fewer where the file is shorter); raises OSError where the file cannot be opened."""
        with opened(self.path) as file:
            return file.read(HEAD_BYTES)

    @property
    def name(self) -> str:
        return self.path.name

    @cached_property
    def suffix(self) -> str:
        """The suffix in lower case, `.gz` set aside."""
        path = self.path.with_suffix("") if self.path.suffix == ".gz" else self.path
        return path.suffix.casefold()

    @cached_property
    def text(self) -> str | None:
        """The head as text (UTF-8, UTF-16 by its mark, else Latin-1; unpacked where it is gzip), None where it is
        binary. Its last line may be cut: see `whole`. Read the rest with `files.read_text`, which unpacks as well."""
        return decode_text(unpack_head(self.head))

    @property
    def whole(self) -> bool:
        """The head is the whole file."""
        return self.size <= HEAD_BYTES and self.head[:2] != b"\x1f\x8b"


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Column:
    """One quantity in order of writing.

    `steps` (n,) int64: may repeat and go back; `values` (n,) float64; `wall_times` (n,) seconds since 1970 or None.
    `stepless`: the format gave no step, `steps` counts the points. `axis`: what the step counts (step, epoch, samples).
    `low`, `high` (n,): the envelope of a binned export.
    """

    tag: str
    steps: IntArray
    values: FloatArray
    wall_times: FloatArray | None = None
    low: FloatArray | None = None
    high: FloatArray | None = None
    stepless: bool = False
    aggregate: Aggregate = "unknown"
    axis: str = "step"

    def __post_init__(self) -> None:
        object.__setattr__(self, "steps", frozen_array(self.steps, np.int64))
        object.__setattr__(self, "values", frozen_array(self.values, np.float64))
        for name in ("wall_times", "low", "high"):
            if getattr(self, name) is not None:
                object.__setattr__(self, name, frozen_array(getattr(self, name), np.float64))


@dataclass(frozen=True, slots=True, kw_only=True)
class Purge:
    """A restart marker inside a log: everything of this log written before it, from `step` on, was undone.

    `before`: per column name how many of its points were written before the marker.
    """

    step: int
    before: Mapping[str, int]


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Log:
    """One log, or one part of a run that was resumed.

    `file`: where it was read. `folder`: the folder that names the run, as the format's rules have it. `label`: the name
    of the run inside the file where a file holds several, else ''. `own_file`: the file itself names the run where its
    folder holds several such files. `run_id`: logs of one format with the same id are parts of one run. `started`:
    seconds since 1970, orders those parts. `rank`: which one is read where a run was logged in several formats (the
    fullest wins; at a tie the lowest rank). `rewinds`: restarts that the reader itself saw and resolved (a table to
    which the same model's rows were appended). `how`: what began this part where one file holds several ('repeated
    header'), '' where the file itself did. `facts`: what assembling needs to know, see `Fact`. `events`: what the log
    says in words, steps as it prints them.
    """

    format: str
    file: Path
    folder: Path
    columns: tuple[Column, ...]
    label: str = ""
    own_file: bool = False
    run_id: str = ""
    started: float | None = None
    rank: int = 50
    purges: tuple[Purge, ...] = ()
    config: Mapping[str, Setting] = field(default_factory=dict)
    notes: tuple[Note, ...] = ()
    problems: tuple[Problem, ...] = ()
    rewinds: tuple[Rewind, ...] = ()
    how: str = ""
    live: bool = False
    facts: frozenset[Fact] = frozenset()
    events: tuple[Event, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class ReaderMeta:
    """`id`: what `format` says in every output. `title`: for a person. `hint`: what to do where it cannot be read.

    `priority`: of a reader that another package adds: the lowest is asked first (10 event files, 20 trackers, 40 files
    of one framework, 80 tables of any program, 90 printed text). `sniffs`: it is a `SniffingReader`.
    """

    id: str
    title: str
    hint: str = ""
    priority: int = 40
    sniffs: bool = False


class Reader(Protocol):
    """A format. To add one: a file in its room, a line in `registry.py`, a sample and a test."""

    @property
    def meta(self) -> ReaderMeta: ...

    def recognises(self, probe: Probe) -> bool:
        """By content first, by name second. Never raises anything but OSError, never parses a whole file."""

    def read(self, paths: Sequence[Path]) -> Iterator[Log]:
        """The logs in these files, all of which were recognised. Called once with all files of a walk, so that many
        small files can be read as one. What cannot be read becomes a `Log` with `problems` (and maybe no columns)."""


class SniffingReader(Reader, Protocol):
    """A reader that needs for reading what it found out while recognising, and says so by `ReaderMeta.sniffs`."""

    def read(self, paths: Sequence[Path], sniffed: Sniffed = NOTHING_SNIFFED) -> Iterator[Log]:
        """As `Reader.read`. `sniffed`: for each path its probe's; a path that is not in it is looked at anew."""
