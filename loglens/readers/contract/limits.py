"""How much of a stranger's file is taken in: every limit, in one place, with the words that are said where one is met.

The limits lie far above what a training writes and below what a machine can bear. `--limit NAME=VALUE` raises one.
What was read up to a limit is kept, and that it was met is told as a problem of the file.
"""

from __future__ import annotations

import errno
import os
import re
import stat
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import dataclass, fields, replace
from pathlib import Path
from typing import BinaryIO

from loglens.errors import ReadError, SettingsError
from loglens.model.run import Problem


@dataclass(frozen=True, slots=True, kw_only=True)
class Limits:
    """`file`: bytes of one file. `unpacked`: bytes of one file after it was unpacked; `ratio`: how many times what
    was packed that may be, beyond the first `FREE` bytes. `line`: bytes of one line of a text; `printed`: of one
    line of a console. `spool`: bytes that come through a pipe. `cells`: numbers in one table. `series`: names in one
    log. `files`: files under a folder. `rows`: rows of a database. `seconds`: of one question to a database.
    `links`: 1 follows links that lead out of the folder. `held`: bytes of one file that are held at once."""

    file: int = 64 << 30
    unpacked: int = 4 << 30
    ratio: int = 250
    line: int = 128 << 20
    printed: int = 64 << 10
    spool: int = 8 << 30
    cells: int = 2_000_000_000
    series: int = 50_000
    files: int = 500_000
    rows: int = 200_000_000
    seconds: int = 120
    links: int = 0
    held: int = 64 << 30


FREE = 64 << 20
"""Bytes a packed file may hold whatever its ratio: ten lines said a million times are no bomb."""
_CURRENT: ContextVar[Limits] = ContextVar("limits", default=Limits())  # noqa: B039 (frozen)
_MET: ContextVar[dict[tuple[str, str], Problem] | None] = ContextVar("met", default=None)
_SIZE = re.compile(r"(\d+)\s*([kKMGT]?)i?[bB]?")
_UNITS = {"": 0, "k": 10, "K": 10, "M": 20, "G": 30, "T": 40}


def current() -> Limits:
    """The limits that hold here."""
    return _CURRENT.get()


def use(changes: Mapping[str, int]) -> None:
    """Other limits from here on in this thread."""
    _CURRENT.set(replace(Limits(), **changes))


@contextmanager
def using(these: Limits | None = None, /, **changes: int) -> Iterator[None]:
    """Other limits within a block: `these` instead of the current ones, with the changes."""
    token = _CURRENT.set(replace(these or current(), **changes))
    try:
        yield
    finally:
        _CURRENT.reset(token)


def parsed(values: tuple[str, ...]) -> dict[str, int]:
    """`NAME=VALUE` pairs; a value may have a unit, as in unpacked=20GB. Raises SettingsError."""
    known = {field.name for field in fields(Limits)}
    found = {}
    for value in values:
        name, _, number = (part.strip() for part in value.partition("="))
        size = _SIZE.fullmatch(number)
        if name not in known or size is None:
            raise SettingsError(f"--limit {value}: give NAME=VALUE with one of {', '.join(sorted(known))}")
        found[name] = int(size[1]) << _UNITS[size[2]]
    return found


def words(count: int) -> str:
    """A number of bytes for a person."""
    for unit, size in (("GB", 30), ("MB", 20), ("kB", 10)):
        if count >= 1 << size:
            return f"{count / (1 << size):.3g} {unit}"
    return f"{count} bytes"


def hint(name: str) -> str:
    return f"--limit {name}=VALUE raises the limit"


# limits that were met: told with the file, what was read before is kept


@contextmanager
def telling() -> Iterator[dict[tuple[str, str], Problem]]:
    """Collects what is told within the block, by file and limit."""
    met: dict[tuple[str, str], Problem] = {}
    token = _MET.set(met)
    try:
        yield met
    finally:
        _MET.reset(token)


def tell(path: Path | str, name: str, message: str, offset: int | None = None) -> None:
    """A limit was met; raises ReadError where nobody collects that."""
    met = _MET.get()
    if met is None:
        raise ReadError(path, f"{message} ({hint(name)})", offset=offset)
    told = f"{message}; what came before is kept ({hint(name)})"
    met.setdefault((str(path), name), Problem(path=str(path), message=told, offset=offset))


def most_unpacked(taken: int) -> int:
    """Bytes that so many packed ones may become."""
    return min(current().unpacked, max(FREE, current().ratio * taken))


def check_unpacked(path: Path, taken: int, given: int, *, what: str = "it") -> None:
    """Tells where so many packed bytes have become too many. `what`: whose they are."""
    most = most_unpacked(taken)
    if given > most:
        name = "ratio" if most < current().unpacked else "unpacked"
        tell(path, name, f"{what} unpacks to more than {words(most)}")


# files are opened here: never a device, a pipe or a socket, whatever the name led to when it was looked up


def opened(path: Path) -> BinaryIO:
    """The file for reading, unbuffered. Raises OSError where it cannot be opened, is no regular file or is too large:
    the check is made on what was opened, so that no exchange of names in between can get around it."""
    # without O_NONBLOCK a pipe that nobody writes to would be waited for without end
    flags = os.O_RDONLY | getattr(os, "O_NONBLOCK", 0) | getattr(os, "O_CLOEXEC", 0) | getattr(os, "O_BINARY", 0)
    handle = os.open(path, flags)
    try:
        found = os.fstat(handle)
        if not stat.S_ISREG(found.st_mode):
            raise OSError(errno.EINVAL, f"this is {kind_of(found.st_mode)} and no file", str(path))
        if found.st_size > current().file:
            size, limit = words(found.st_size), words(current().file)
            raise OSError(errno.EFBIG, f"it has {size}, more than the limit of {limit}; {hint('file')}", str(path))
        return open(handle, "rb", buffering=0)  # noqa: PTH123 (the caller closes it)
    except BaseException:
        os.close(handle)
        raise


def kind_of(mode: int) -> str:
    """What a mode says a path is, in words."""
    kinds = ((stat.S_ISDIR, "a folder"), (stat.S_ISFIFO, "a pipe"), (stat.S_ISSOCK, "a socket"),
             (stat.S_ISCHR, "a device"), (stat.S_ISBLK, "a device"))  # fmt: skip
    return next((word for check, word in kinds if check(mode)), "something else")


def whole(path: Path) -> bytes:
    """The bytes of a file. Raises OSError as `opened` does."""
    with opened(path) as file:
        check_held(path, os.fstat(file.fileno()).st_size)
        return file.read()


def check_held(path: Path, size: int) -> None:
    """Raises ReadError where so many bytes may not be held at once."""
    if size > current().held:
        raise ReadError(
            path,
            f"its {words(size)} would have to be held at once, and {words(current().held)} may be; raise --run-memory",
        )


def whole_text(path: Path, encoding: str = "utf-8", errors: str = "strict") -> str:
    """A file as text, its lines ended by line feeds. Raises OSError, and UnicodeError where it is no such text."""
    return whole(path).decode(encoding, errors).replace("\r\n", "\n").replace("\r", "\n")


def checked_lines(path: Path, data: bytes, *, longest: int | None = None) -> bytes:
    """The data up to the first line that is longer than the limit, which is told."""
    limit = current().line if longest is None else longest
    at = 0
    while len(data) - at > limit:
        end = max(data.rfind(b"\n", at, at + limit), data.rfind(b"\r", at, at + limit))
        if end < 0:
            tell(path, "line", f"a line of more than {words(limit)} begins here", offset=at)
            return data[:at]
        at = end + 1
    return data
