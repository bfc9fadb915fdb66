"""A log that comes through a pipe: `-`, `/dev/stdin`, or what a shell makes of `<(zcat log.gz)`.

It is read to its end into a file of its own first: formats are told by their first bytes, and some by their last.
"""

from __future__ import annotations

import os
import shutil
import stat
import sys
import tempfile
from collections.abc import Callable, Mapping
from dataclasses import replace
from pathlib import Path

from loglens.errors import ReadError
from loglens.model.run import ReadResult, Run

STDIN = "-"
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
    return stat.S_ISFIFO(mode) or stat.S_ISCHR(mode)


def read_piped(path: Path, mapping: Mapping[str, str], read: Read) -> ReadResult:
    """What `read` finds in the bytes that come out of the pipe. Raises ReadError where nothing is piped."""
    with tempfile.TemporaryDirectory(prefix="loglens-") as folder:
        kept = Path(folder) / NAME
        _keep(path, kept)
        os.utime(kept, (0, 0))  # it came to its end: nothing more will be written to it
        try:
            result = read(kept, mapping)
        except ReadError as error:
            raise type(error)(NAME, error.message, offset=error.offset) from error
        runs = tuple(_renamed(run, str(kept)) for run in result.runs)
    return ReadResult(path=NAME, runs=runs, problems=result.problems)


def _keep(path: Path, kept: Path) -> None:
    if str(path) == STDIN:
        if sys.stdin is None or sys.stdin.isatty():
            raise ReadError(NAME, "nothing is piped in; as in 'kubectl logs job/train | loglens diagnose -'")
        with kept.open("wb") as file:
            shutil.copyfileobj(sys.stdin.buffer, file)
        return
    try:
        with path.open("rb") as pipe, kept.open("wb") as file:
            if pipe.isatty():
                raise ReadError(path, "this is a terminal; pipe a log into it, or give the log's path")
            shutil.copyfileobj(pipe, file)
    except OSError as error:
        raise ReadError(path, f"it cannot be opened: {error.strerror or error}") from error


def _renamed(run: Run, kept: str) -> Run:
    name = run.name if run.name == "." else run.name.replace(kept, NAME)
    notes = tuple(replace(note, path=NAME) if note.path == kept else note for note in run.notes)
    return replace(run, name=name, source=NAME, files=(NAME,), notes=notes)
