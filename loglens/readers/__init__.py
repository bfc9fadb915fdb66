"""Reads training logs: a path becomes runs with named series, whatever framework wrote them.

from loglens.readers import read
for run in read("runs").runs:
    print(run.name, run.format, run.role("train_loss"))
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from pathlib import Path

from loglens.errors import Broken, ReadError
from loglens.model.run import ReadResult

__all__ = ["read", "read_files"]


def read(path: str | Path, *, mapping: Mapping[str, str] | None = None) -> ReadResult:
    """Every run under `path` (a file, a folder, an address such as `s3://bucket/runs`, or `-` for standard input), and
    what could not be read.

    `mapping`: role to series name, for the user who knows better (`--map train_loss=objective`). Raises ReadError where
    nothing at all could be read (no such path, an empty folder, a file that is no log) and SettingsError where the
    mapping names a role or a series that does not exist.
    """
    from loglens.readers.runs.piped import is_piped, read_piped
    from loglens.remote.places import is_remote

    if is_remote(path):
        from loglens.readers.runs.elsewhere import read_elsewhere

        return read_elsewhere(path, mapping or {}, _read)
    given = Path(path).expanduser()
    if is_piped(given):
        return read_piped(given, mapping or {}, _read)
    return _read(given, mapping or {})


def read_files(files: Sequence[Path], root: Path, *, mapping: Mapping[str, str] | None = None) -> ReadResult:
    """The runs in these files of the folder `root`, named as if the whole folder had been read; nothing is walked.

    Both must be absolute. What cannot be read, or is no log though it looks like one, is listed in `problems`.
    """
    from loglens.readers.runs.assemble import relative_problems
    from loglens.readers.runs.discover import Walk, logs_among
    from loglens.readers.runs.isolation import assembled_apart

    logs, problems = logs_among(Walk(files=list(files)))
    runs, more = assembled_apart(logs, root, mapping or {})
    return ReadResult(path=str(root), runs=runs, problems=(*relative_problems(problems, root), *more))


def _read(given: Path, mapping: Mapping[str, str]) -> ReadResult:
    from loglens.readers.registry import broken_readers
    from loglens.readers.runs.assemble import relative_problems
    from loglens.readers.runs.discover import logs_of_file, logs_under
    from loglens.readers.runs.isolation import assembled_apart

    if not given.exists():
        raise ReadError(given, "there is no such file or folder; check the path")
    whole = given.absolute()
    if whole.is_dir():
        logs, problems, files = logs_under(whole)
        if not logs and not problems:
            what = "the folder is empty" if not files else f"none of its {files} files is a training log that is known"
            raise ReadError(given, f"{what}; give the folder that your framework logs to")
    else:
        logs, problems = logs_of_file(whole), []
    runs, more = assembled_apart(logs, whole if whole.is_dir() else whole.parent, mapping)
    if not whole.is_dir() and not runs:
        first = more[0] if more else None
        message = first.message if first else "it holds no point; wait until the training has logged something"
        if first and first.bug:
            raise Broken(f"{given}: {message}")
        raise ReadError(given, message, offset=first.offset if first else None)
    told = (*relative_problems(problems, whole), *more, *broken_readers())
    # '.' is no name to show: the run is what was read, and is called so
    runs = tuple(replace(run, shown_as=whole.resolve().name) if run.name == "." else run for run in runs)
    return ReadResult(path=str(given), runs=runs, problems=told)
