"""What lies under ROOT: files gathered into units that can be read apart from one another.

A unit holds every file that could belong to one run: a folder with logs and what lies below it, folders of splits with
their parent, the parts of a tracker's run. So a run is named and put together as if the whole of ROOT had been read,
while only the units that changed are read.
"""

from __future__ import annotations

import hashlib
import os
import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path, PurePosixPath

from loglens.model.run import Problem
from loglens.readers.naming.metric_names import TRAIN_SPLITS, VALIDATION_SPLITS
from loglens.readers.runs.discover import NO_LOGS, walked

MOST_FOLDERS = 50
"""A folder above more folders with logs than this is a sweep, not a run."""
MANY_FILES = 50
"""A folder of more logs than this holds a run a file."""
END_BYTES = 65_536
_PART = re.compile(r"vis_data|metrics|params|tags|checkpoint-\d+|\d{9,}(?:\.\d+)?|(?:.+_)?(?:train|training|val|valid|"
                   r"validation|test|eval|dev)")  # fmt: skip
"""Folders that are a part of the run above them."""
_WANDB = re.compile(r"(?:offline-)?run-\d{8}_\d{6}-(\w+)")
_SPLIT_WORD = re.compile(r"[-_.](?:train|training|val|valid|validation|test|eval|dev)(?=[-_.]|$)")
SPLITS = frozenset((*TRAIN_SPLITS, *VALIDATION_SPLITS))


@dataclass(frozen=True, slots=True)
class FileMark:
    """A file as the system describes it, without opening it. `path`: relative to ROOT, with `/`. `changed`: whatever
    changes when the file does, as text (mtime, ctime and inode here, an ETag in a bucket)."""

    path: str
    size: int
    changed: str
    mtime: float


@dataclass(frozen=True, slots=True)
class Unit:
    """`key`: a folder relative to ROOT, or a name inside one; unique."""

    key: str
    files: tuple[FileMark, ...]

    @property
    def mtime(self) -> float:
        return max(file.mtime for file in self.files)


@dataclass(frozen=True, slots=True)
class Scan:
    units: tuple[Unit, ...]
    problems: tuple[Problem, ...]


def scanned(root: Path, leave_out: Sequence[Path] = ()) -> Scan:
    """The units under `root`, sorted by key, and what could not be looked into. `leave_out`: folders that are not
    entered (the reports of earlier nights)."""
    walk = walked(root, leave_out=leave_out)
    marks = [mark for path in walk.files if (mark := _mark(path, root)) is not None]
    problems = tuple(
        Problem(path=_below(Path(problem.path), root), message=problem.message) for problem in walk.problems
    )
    return Scan(units=gathered(marks), problems=problems)


def _mark(path: Path, root: Path) -> FileMark | None:
    if path.suffix.casefold() in NO_LOGS:
        return None
    try:
        found = path.stat()
    except OSError:
        return None  # gone since the folder was listed
    changed = f"{found.st_mtime_ns} {found.st_ctime_ns} {found.st_ino}"
    return FileMark(_below(path, root), found.st_size, changed, found.st_mtime)


def _below(path: Path, root: Path) -> str:
    return Path(os.path.relpath(path, root)).as_posix()


def storable(name: str) -> str:
    """A name as a database takes it: bytes of a file's name that are no UTF-8 are written out."""
    return name.encode("utf-8", "backslashreplace").decode()


def gathered(marks: Iterable[FileMark]) -> tuple[Unit, ...]:
    """The files as units, each file in exactly one."""
    folders: dict[PurePosixPath, list[FileMark]] = {}
    for mark in marks:
        folders.setdefault(_owner(PurePosixPath(mark.path).parent), []).append(mark)
    folders = _trainers_outputs(folders)
    absorbing = _absorbing(folders)
    units: dict[str, list[FileMark]] = {}
    for folder, files in folders.items():
        home = next((item for item in (*reversed(folder.parents), folder) if item in absorbing), None)
        if home is not None:
            units.setdefault(str(home), []).extend(files)
        else:
            for name, some in _apart(folder, files).items():
                units.setdefault(name, []).extend(some)
    return tuple(Unit(key, tuple(sorted(units[key], key=lambda file: file.path))) for key in sorted(units))


def _owner(folder: PurePosixPath) -> PurePosixPath:
    """The folder that a part belongs to; itself where it is none."""
    while folder.name and (_PART.fullmatch(folder.name) or folder.name.casefold() in SPLITS):
        folder = folder.parent
    found = _WANDB.fullmatch(folder.name)
    return folder.parent / found[1] if found else folder


def _trainers_outputs(folders: dict[PurePosixPath, list[FileMark]]) -> dict[PurePosixPath, list[FileMark]]:
    """`<output>/runs/<date>_<host>/` goes with `<output>`, unless `runs` is where somebody keeps all his runs."""
    below: dict[PurePosixPath, int] = {}
    for folder in folders:
        if folder.parent.name == "runs":
            below[folder.parent] = below.get(folder.parent, 0) + 1
    moved: dict[PurePosixPath, list[FileMark]] = {}
    for folder, files in folders.items():
        output = folder.parent.parent
        few = folder.parent.name == "runs" and below[folder.parent] <= MOST_FOLDERS and str(output) != "."
        moved.setdefault(output if few else folder, []).extend(files)
    return moved


def _absorbing(folders: dict[PurePosixPath, list[FileMark]]) -> set[PurePosixPath]:
    """Folders with logs of their own and not too many folders below: they are one unit with these."""
    below: dict[PurePosixPath, int] = {}
    for folder in folders:
        for above in folder.parents:
            below[above] = below.get(above, 0) + 1
    return {
        folder
        for folder, files in folders.items()
        if below.get(folder, 0) <= MOST_FOLDERS and (below.get(folder) or len(files) <= MANY_FILES)
    }


def _apart(folder: PurePosixPath, files: Sequence[FileMark]) -> dict[str, list[FileMark]]:
    """The files of a folder that is no run: event files together, other logs by name, splits of one name together."""
    if len(files) <= MANY_FILES:
        return {str(folder): list(files)}
    units: dict[str, list[FileMark]] = {}
    for mark in files:
        name = PurePosixPath(mark.path).name
        events = "tfevents" in name
        stem = _SPLIT_WORD.sub("", name.split(".", 1)[0]) if not events else ""
        units.setdefault(str(folder / stem) if stem else str(folder), []).append(mark)
    return units


def ends_hash(path: Path) -> str:
    """A hash of the first and the last 64 KiB. Raises OSError."""
    with path.open("rb") as file:
        found = hashlib.blake2b(file.read(END_BYTES), digest_size=16)
        size = os.fstat(file.fileno()).st_size
        if size > END_BYTES:
            file.seek(max(END_BYTES, size - END_BYTES))
            found.update(file.read(END_BYTES))
    return found.hexdigest()
