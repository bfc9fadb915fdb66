"""Runs in a bucket or on another machine: fetched, read as local files, and named by their address."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import replace
from pathlib import Path, PurePosixPath

from loglens.model.run import Note, Problem, ReadResult, Run
from loglens.readers.runs.discover import NO_LOGS
from loglens.remote.mirror import fetched

Read = Callable[[Path, Mapping[str, str]], ReadResult]


def is_wanted(name: str) -> bool:
    """Weights, pictures and sources are not even fetched."""
    return PurePosixPath(name).suffix.casefold() not in NO_LOGS


def read_elsewhere(path: str | Path, mapping: Mapping[str, str], read: Read) -> ReadResult:
    """As `read`, of an address. Raises ReadError and SettingsError in the address's name."""
    with fetched(path, is_wanted) as (local, mirror):
        found = read(local, mapping)
        base = local if local.is_dir() else local.parent
        url = mirror.url.rstrip("/") if local.is_dir() else mirror.url.rpartition("/")[0]

        def home(text: str) -> str:
            return text.replace(str(base), url)

        return ReadResult(
            path=mirror.url,
            runs=tuple(at_home(run, home) for run in found.runs),
            problems=(
                *(
                    replace(problem, path=home(problem.path), message=home(problem.message))
                    for problem in found.problems
                ),
                *(Problem(path=name, message=why) for name, why in mirror.problems.items()),
            ),
        )


def at_home(run: Run, home: Callable[[str], str]) -> Run:
    """The run with every path in it made the one that the user knows."""
    notes: tuple[Note, ...] = tuple(
        replace(note, path=home(note.path), message=home(note.message)) for note in run.notes
    )
    return replace(run, source=home(run.source), files=tuple(map(home, run.files)), notes=notes)
