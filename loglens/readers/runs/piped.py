"""A log that comes through a pipe: `-`, `/dev/stdin`, or what a shell makes of `<(zcat log.gz)`.

It is read to its end into a file of its own first: formats are told by their first bytes, and some by their last.
"""

from __future__ import annotations

import os
import stat
import sys
import tempfile
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path
from typing import BinaryIO

from loglens.errors import ReadError
from loglens.model.run import ReadResult, Run
from loglens.readers.contract import limits
from loglens.readers.contract.files import PIECE_BYTES

STDIN = "-"
NULL = Path(os.devnull)
NAME = "stdin"
"""What the run's file is called in every output."""

Read = Callable[[Path, Mapping[str, str]], ReadResult]


def is_piped(path: Path) -> bool:
    """Whether the path is standard input or a pipe rather than a file (a file of that name is given as `./-`)."""
    if str(path) == STDIN:
        return True
    try:
        mode = path.stat().st_mode
    except OSError:
        return False
    return stat.S_ISFIFO(mode) or stat.S_ISCHR(mode) or stat.S_ISSOCK(mode)


def read_piped(path: Path, mapping: Mapping[str, str], read: Read) -> ReadResult:
    """What `read` finds in the bytes that come out of the pipe. Raises ReadError where nothing is piped."""
    with _spool(path) as kept:
        _keep(path, kept)
        os.utime(kept, (0, 0))  # it came to its end: nothing more will be written to it
        try:
            result = read(kept, mapping)
        except ReadError as error:
            raise type(error)(NAME, error.message, offset=error.offset) from error
        runs = tuple(_renamed(run, str(kept)) for run in result.runs)
        problems = tuple(
            replace(problem, path=NAME if problem.path in ("", ".", kept.name, str(kept)) else problem.path)
            for problem in result.problems
        )
    return ReadResult(path=NAME, runs=runs, problems=problems)


@contextmanager
def _spool(path: Path) -> Iterator[Path]:
    """A file of our own. Where the system can open a file by its handle, it has no name from the beginning: nothing is
    left behind however the program ends."""
    handles = Path("/proc/self/fd")
    try:
        if handles.is_dir():
            with tempfile.TemporaryFile(prefix="loglens-") as file:
                yield handles / str(file.fileno())
        else:
            with tempfile.TemporaryDirectory(prefix="loglens-") as folder:
                yield Path(folder) / NAME
    except OSError as error:
        why = error.strerror or str(error)
        raise ReadError(path, f"what is piped in cannot be kept: {why}; TMPDIR names another place") from error


def _keep(path: Path, kept: Path) -> None:
    if str(path) == STDIN:
        if sys.stdin is None or sys.stdin.isatty():
            raise ReadError(NAME, "nothing is piped in; as in 'kubectl logs job/train | loglens diagnose -'")
        _copy(sys.stdin.buffer, kept, NAME)
        return
    try:
        with path.open("rb") as pipe:
            if pipe.isatty():
                raise ReadError(path, "this is a terminal; pipe a log into it, or give the log's path")
            _copy(pipe, kept, str(path))
    except OSError as error:
        raise ReadError(path, f"it cannot be opened: {error.strerror or error}") from error


def _copy(source: BinaryIO, kept: Path, name: str) -> None:
    """All that comes, up to the limit. Raises ReadError beyond it and on a device, which has no end."""
    try:
        mode = os.fstat(source.fileno()).st_mode
    except OSError:
        mode = 0  # a stand-in for standard input that has no file behind it
    if stat.S_ISBLK(mode) or (stat.S_ISCHR(mode) and not os.path.samestat(os.fstat(source.fileno()), NULL.stat())):
        raise ReadError(name, "this is a device and no log; give the path of the log itself")
    left = limits.current().spool
    with kept.open("wb") as file:
        while piece := source.read(PIECE_BYTES):
            left -= len(piece)
            if left < 0:
                said = limits.words(limits.current().spool)
                raise ReadError(name, f"more than {said} came through the pipe; {limits.hint('spool')}")
            try:
                file.write(piece)
            except OSError as error:
                why = error.strerror or str(error)
                raise ReadError(name, f"it cannot be kept: {why}; TMPDIR names another place") from error


def _renamed(run: Run, kept: str) -> Run:
    name = run.name if run.name == "." else run.name.replace(kept, NAME)
    notes = tuple(replace(note, path=NAME) if note.path == kept else note for note in run.notes)
    return replace(run, name=name, source=NAME, files=(NAME,), notes=notes)
