"""Copies of checkpoints: regular files only, within the budgets of disk and time; no link is followed out of them."""

from __future__ import annotations

import os
import shutil
import stat
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path

from loglens.errors import ReplayError

PIECE = 1 << 22
REPLACE = "put the file itself in its place"


@dataclass(slots=True)
class Allowance:
    """What is left of an arm's budgets while its checkpoint is copied."""

    bytes_left: int
    deadline: float
    stopped: Callable[[], bool] = lambda: False

    @classmethod
    def of(cls, disk_bytes: int, seconds: float, stopped: Callable[[], bool]) -> Allowance:
        return cls(disk_bytes, time.monotonic() + seconds, stopped)

    def take(self, count: int, source: Path) -> None:
        """Raises ReplayError where the budget does not reach, KeyboardInterrupt where the replay was stopped."""
        self.bytes_left -= count
        if self.bytes_left < 0:
            raise ReplayError(f"{source}: the copy of the checkpoint takes more disk than the arm may (--disk)")
        if time.monotonic() > self.deadline:
            raise ReplayError(f"{source}: the copy of the checkpoint takes longer than the arm may (--budget)")
        if self.stopped():
            raise KeyboardInterrupt


def copy_tree(source: Path, target: Path, allowance: Allowance) -> None:
    """A file or a folder with all that is in it. A link within the folder is copied as what it leads to; ReplayError on
    one that leads out of it and on whatever is no file."""
    inside = Path(os.path.realpath(source))
    if inside.is_dir():
        target.mkdir()
        for path in _walk(inside):
            copy = target / path.relative_to(inside)
            allowance.take(0, source)
            if path.is_dir() and not path.is_symlink():
                copy.mkdir(exist_ok=True)
            else:
                _copy_file(_resolved(path, inside), copy, allowance)
    else:
        _copy_file(inside, target, allowance)


def _walk(folder: Path) -> Iterator[Path]:
    for entry in sorted(os.scandir(folder), key=lambda entry: entry.name):
        path = Path(entry.path)
        yield path
        if entry.is_dir(follow_symlinks=False):
            yield from _walk(path)


def _resolved(path: Path, inside: Path) -> Path:
    if not path.is_symlink():
        return path
    leads_to = Path(os.path.realpath(path))
    if not leads_to.is_relative_to(inside) or leads_to.is_dir():
        raise ReplayError(f"{path}: a link that leads out of the checkpoint or to a folder is not copied; {REPLACE}")
    return leads_to


def _copy_file(source: Path, target: Path, allowance: Allowance) -> None:
    # what is opened is checked, not what the name led to a moment ago; a pipe is not waited for
    handle = os.open(source, os.O_RDONLY | getattr(os, "O_NONBLOCK", 0) | getattr(os, "O_NOFOLLOW", 0))
    with os.fdopen(handle, "rb") as read:
        if not stat.S_ISREG(os.fstat(handle).st_mode):
            raise ReplayError(f"{source}: this is no file, and a checkpoint is made of files; {REPLACE}")
        with target.open("xb") as written:
            while piece := read.read(PIECE):
                allowance.take(len(piece), source)
                written.write(piece)
    shutil.copystat(source, target, follow_symlinks=False)
