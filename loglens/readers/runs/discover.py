"""A path becomes logs: the tree is walked, every file offered to the readers, and each reader called once.

Hidden folders are left out (except those of trackers that hide there and must be named), symlinks are resolved and
nothing is read twice, and what may not be opened becomes a problem instead of an end.
"""

from __future__ import annotations

import os
import stat
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import cast

from loglens import crash
from loglens.errors import ReadError
from loglens.model.run import Problem
from loglens.readers.contract import limits
from loglens.readers.contract.base import Log, Probe, Reader, Sniffed, SniffingReader
from loglens.readers.contract.json_text import TooDeep, loaded
from loglens.readers.contract.packed import inner_name
from loglens.readers.contract.per_file import failed_log
from loglens.readers.naming.metric_names import (
    AXIS_ROLES,
    TRAIN_SPLITS,
    VALIDATION_SPLITS,
    name_role,
    normalise,
)
from loglens.readers.registry import place_of, reader_at
from loglens.readers.runs.packed_logs import logs_of_packed, wants_unpacking

TRACKER_FOLDERS = frozenset({".aim", ".neptune"})
"""Hidden folders that are offered to the readers as they are: a tracker's own store."""

NO_LOGS = frozenset({
    ".pt", ".pth", ".ckpt", ".safetensors", ".bin", ".onnx", ".h5", ".keras", ".pb", ".npy", ".npz", ".pkl", ".pickle",
    ".joblib", ".png", ".jpg", ".jpeg", ".gif", ".svg", ".webp", ".bmp", ".tif", ".tiff", ".mp4", ".avi", ".wav",
    ".mp3", ".py", ".pyc", ".so", ".c", ".cpp", ".h", ".cu", ".js", ".css", ".html", ".rst", ".rs", ".go", ".java",
    ".ts", ".lua", ".jl", ".scala", ".pdf", ".yaml", ".yml", ".toml", ".ini", ".cfg", ".sh", ".tar", ".tgz", ".lock",
    ".model", ".vocab", ".tfrecord",
})  # fmt: skip
"""Suffixes that no log has: model weights, pictures and sources are not even opened. The name of an event file ends in
that of its host, which may be any."""

_NO_METRIC = AXIS_ROLES | {None}
_OTHER_TABLE = ("no column counts steps and none has the name of a metric, so this table was not taken for a log; give "
                "the file itself to read it anyway")  # fmt: skip
_NESTED = "it is nested deeper than any log; give the file that the training wrote"
_LOOKS_LIKE_A_LOG = (".csv", ".tsv", ".jsonl", ".ndjson", ".parquet", ".wandb")


@dataclass
class Walk:
    """What a walk found: the files in order, and what could not be looked into."""

    files: list[Path] = field(default_factory=list)
    problems: list[Problem] = field(default_factory=list)


def walked(root: Path, leave_out: Sequence[Path] = ()) -> Walk:
    """All files under a folder in a fixed order, each once. Links are followed where they stay within the folder, or
    where `--follow-links` asks for it. `leave_out`: folders that are not entered."""
    walk = Walk()
    inside = Path(os.path.realpath(root))
    outside: list[Path] = []
    seen = {(found.st_dev, found.st_ino) for found in (item.stat() for item in leave_out if item.is_dir())}
    links: list[Path] = []
    _enter(root, walk, seen, links)
    while links:
        link = links.pop(0)
        try:
            found = link.stat()
        except OSError:
            continue  # a link to nowhere, such as a run that was moved away
        if (found.st_dev, found.st_ino) in seen:
            continue
        if not limits.current().links and not Path(os.path.realpath(link)).is_relative_to(inside):
            outside.append(link)
        elif stat.S_ISDIR(found.st_mode):
            _enter(link, walk, seen, links)
        elif stat.S_ISREG(found.st_mode):
            seen.add((found.st_dev, found.st_ino))
            walk.files.append(link)
    if outside:
        reason = "it is a link" if len(outside) == 1 else f"it and {len(outside) - 1} more are links"
        message = f"{reason} that leads out of the folder and was not followed; --follow-links follows such links"
        walk.problems.append(Problem(path=str(outside[0]), message=message))
    if len(walk.files) > limits.current().files:
        message = (
            f"there are {len(walk.files):,} files here, and only the first {limits.current().files:,} were looked at"
        )
        walk.problems.append(Problem(path=str(root), message=f"{message}; {limits.hint('files')}"))
        del walk.files[limits.current().files :]
    return walk


def _enter(folder: Path, walk: Walk, seen: set[tuple[int, int]], links: list[Path]) -> None:
    pending = [folder]
    while pending and len(walk.files) <= limits.current().files:
        here = pending.pop()
        try:
            found = here.stat()
            if (found.st_dev, found.st_ino) in seen:
                continue
            seen.add((found.st_dev, found.st_ino))
            with os.scandir(here) as entries:
                ordered = sorted(entries, key=lambda entry: entry.name)
        except OSError as error:
            walk.problems.append(Problem(path=str(here), message=_closed(error)))
            continue
        inner = []
        for entry in ordered:
            path = Path(entry.path)
            if entry.name in TRACKER_FOLDERS:
                walk.files.append(path)
            elif entry.name.startswith("."):
                continue
            elif entry.is_symlink():
                links.append(path)
            elif entry.is_dir(follow_symlinks=False):
                inner.append(path)
            elif entry.is_file(follow_symlinks=False):
                seen.add((entry.inode(), -1) if os.name == "nt" else (found.st_dev, entry.inode()))
                walk.files.append(path)
        pending += reversed(inner)


def _closed(error: OSError) -> str:
    if isinstance(error, PermissionError):
        return "permission denied; make it readable or run as a user who may read it"
    return f"it cannot be opened: {error.strerror or error}"


def logs_under(root: Path) -> tuple[list[Log], list[Problem], int]:
    """The logs under a folder, what could not be read, and how many files there were."""
    walk = walked(root)
    logs, problems = logs_among(walk)
    return logs, problems, len(walk.files)


def logs_among(walk: Walk) -> tuple[list[Log], list[Problem]]:
    """The logs among the files of a walk, and what could not be read."""
    wanted: dict[int, dict[Path, object]] = {}
    unpacked: list[Log] = []
    for path in walk.files:
        if path.suffix.casefold() in NO_LOGS and "tfevents" not in path.name:
            continue
        if Path(inner_name(path)).suffix.casefold() in NO_LOGS and "tfevents" not in path.name:
            continue
        try:
            probe = _probe(path)
            if wants_unpacking(probe):
                unpacked += logs_of_packed(probe, _logs_inside)
                continue
            reader = place_of(probe)
        except Exception as error:  # OSError, or a reader's bug, which must not cost the other runs
            walk.problems.append(Problem(path=str(path), message=_failure(error), bug=_is_bug(error)))
            continue
        if reader is not None:
            wanted.setdefault(reader, {})[path] = probe.sniffed
        elif path.name.casefold().endswith(_LOOKS_LIKE_A_LOG) or _is_too_deep(probe):
            walk.problems.append(_unknown(probe))
    logs = unpacked
    with limits.telling() as met:
        for reader in sorted(wanted):
            for log in _read(reader_at(reader), wanted[reader]):
                if _is_other_table(log):
                    walk.problems.append(Problem(path=str(log.file), message=_OTHER_TABLE))
                else:
                    logs.append(log)
    return logs, together([*walk.problems, *met.values()])


def together(problems: Sequence[Problem], most: int = 5) -> list[Problem]:
    """The problems, with one entry for files beyond `most` of which the same is said: 25,000 empty files are one
    thing to tell, not 25,000."""
    counts = Counter(problem.message for problem in problems)
    shown: dict[str, int] = {}
    kept = []
    for problem in problems:
        shown[problem.message] = shown.get(problem.message, 0) + 1
        left = counts[problem.message] - most + 1
        if counts[problem.message] <= most or shown[problem.message] < most:
            kept.append(problem)
        elif shown[problem.message] == most:
            kept.append(replace(problem, message=f"{problem.message} (and so of {left - 1:,} more)"))
    return kept


def _is_other_table(log: Log) -> bool:
    """A table that lies among logs and is none: a data set, a list of predictions."""
    if "generic" not in log.facts or not log.columns:
        return False
    counted = all(column.stepless for column in log.columns)
    names = {normalise(column.tag) for column in log.columns}
    splits = not names.isdisjoint(TRAIN_SPLITS) and not names.isdisjoint(VALIDATION_SPLITS)
    return counted and not splits and all(name_role(name).role in _NO_METRIC for name in names)


def logs_of_file(path: Path) -> list[Log]:
    """The logs in one file. Raises UnknownFormat, and ReadError where it cannot be opened."""
    from loglens.errors import UnknownFormat

    try:
        if path.stat().st_size == 0:
            raise ReadError(
                path, "the file is empty; wait until the training has logged something, or give another path"
            )
        probe = _probe(path)
        if wants_unpacking(probe):
            return logs_of_packed(probe, logs_of_file)
        reader = place_of(probe)
    except OSError as error:
        raise ReadError(path, _closed(error)) from error
    if reader is None:
        raise UnknownFormat(path, _unknown_message(probe))
    return _logs_by(reader_at(reader), probe)


def _logs_inside(path: Path) -> list[Log]:
    """The logs in an unpacked file; none where it is no log: in a folder packed data lie beside logs."""
    if not path.stat().st_size:
        return []
    probe = _probe(path)
    reader = place_of(probe)
    return [] if reader is None else _logs_by(reader_at(reader), probe)


def _logs_by(reader: Reader, probe: Probe) -> list[Log]:
    """The logs in one file; the limits that were met in it are told with the first of them."""
    with limits.telling() as met:
        logs = list(_read(reader, {probe.path: probe.sniffed}))
    if not met:
        return logs
    first, *others = logs or [
        Log(format=reader.meta.id, file=probe.path, folder=probe.path.parent, columns=(), own_file=True)
    ]
    return [replace(first, problems=(*first.problems, *met.values())), *others]


def _probe(path: Path) -> Probe:
    """Raises OSError where the file may not be opened, whatever the readers look at."""
    probe = Probe(path=path, size=0 if path.is_dir() else path.stat().st_size)
    if not path.is_dir():
        _ = probe.head
    return probe


def _read(reader: Reader, files: Sniffed) -> Iterator[Log]:
    """All files of a reader at once; where that fails, one by one, so that a single file costs nothing but itself.
    What recognising found out about each goes with it to a reader that asks for it."""
    paths = list(files)
    try:
        logs = cast(SniffingReader, reader).read(paths, files) if reader.meta.sniffs else reader.read(paths)
        yield from map(_within_limits, list(logs))
    except Exception as error:  # a reader's bug must not cost the other runs; it is told with the file
        if len(paths) > 1:
            for path in paths:
                yield from _read(reader, {path: files[path]})
        else:
            yield failed_log(reader.meta.id, paths[0], _failure(error), bug=_is_bug(error))


def _within_limits(log: Log) -> Log:
    most = limits.current().series
    if len(log.columns) <= most:
        return log
    limits.tell(log.file, "series", f"it holds {len(log.columns):,} series, and the first {most:,} are read")
    return replace(log, columns=log.columns[:most])


def _failure(error: Exception) -> str:
    if isinstance(error, ReadError):
        return error.message
    if isinstance(error, OSError):
        return _closed(error)
    if isinstance(error, RecursionError | TooDeep):
        return _NESTED
    return crash.told(error)


def _is_bug(error: Exception) -> bool:
    return not isinstance(error, ReadError | OSError | MemoryError | RecursionError | TooDeep)


def _unknown(probe: Probe) -> Problem:
    message = "the file is empty" if probe.size == 0 else _unknown_message(probe)
    return Problem(path=str(probe.path), message=message)


def _unknown_message(probe: Probe) -> str:
    if _is_too_deep(probe):
        return _NESTED
    kind = (
        "this is a binary file of no known format"
        if probe.text is None
        else "no training log was recognised in this file"
    )
    return f"{kind}; give the file or folder that your framework logs to, or a CSV with a step and a loss column"


def _is_too_deep(probe: Probe) -> bool:
    """JSON that no reader could look into."""
    text = "" if probe.path.is_dir() else (probe.text or "").lstrip()
    if text[:1] not in ("{", "["):
        return False
    try:
        loaded(text.split("\n", 1)[0])
    except TooDeep:
        return True
    except ValueError:
        return False
    return False
