"""What was read of a large file is kept, so that the next reading takes only what was appended since.

Whoever reads again and again (a night, a watcher) opens a `Memory` around it; readers of large append-only formats ask
it. A file counts as grown where it is not shorter and both ends of what was read are as they were; anything else, and
what another version of the program kept, is read whole. What comes out is the same either way.
"""

from __future__ import annotations

import hashlib
import json
import os
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager, suppress
from contextvars import ContextVar
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Protocol, TypeVar

import numpy as np
from numpy.typing import NDArray

from loglens import __version__
from loglens.readers.contract import json_text
from loglens.readers.contract.limits import opened
from loglens.whole_file import whole_file

T = TypeVar("T")

END = 1 << 16
"""Bytes at both ends of what was read that must be as they were."""
LARGE = 8 << 20
"""Bytes of a file from which it pays; a smaller one is read in less time than its memory takes."""


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Kept:
    """The first `offset` bytes of a file as numbers: `arrays` by name, and what else there is to know, plain JSON."""

    offset: int
    about: Mapping[str, Any]
    arrays: Mapping[str, NDArray[Any]]


Fits = Callable[[int, Mapping[str, Any]], bool]
"""Whether what was kept up to an offset is of use, by what it says of itself: it is asked before any array is read."""


class Memory(Protocol):
    """Where it is kept, by file."""

    def load(self, key: str, fits: Fits) -> Kept | None: ...

    def save(self, key: str, kept: Kept) -> None: ...


_CURRENT: ContextVar[Memory | None] = ContextVar("memory", default=None)


@contextmanager
def remembering(memory: Memory | None) -> Iterator[None]:
    """Readers use this memory within the block."""
    token = _CURRENT.set(memory)
    try:
        yield
    finally:
        _CURRENT.reset(token)


def key_of(path: Path) -> str:
    return hashlib.sha256(os.fsencode(path.absolute())).hexdigest()[:24]


def recall(path: Path, kind: str) -> Kept | None:
    """What is known of a file's beginning, where it is still its beginning. Raises OSError."""
    memory = _CURRENT.get()
    if memory is None:
        return None

    def fits(offset: int, about: Mapping[str, Any]) -> bool:
        if about.get("kind") != kind or about.get("version") != __version__ or path.stat().st_size < offset:
            return False
        return about.get("ends") == _ends(path, offset)

    return memory.load(key_of(path), fits)


def rebuilt(kept: Kept | None, build: Callable[[Kept], T]) -> T | None:
    """What `build` makes of what was kept, None where that is not what it was taken for: the file is read whole."""
    try:
        return None if kept is None else build(kept)
    except Exception:  # whatever a name or an array raises that is not there, or is another than it was
        return None


def is_wanted(offset: int, least: int | None = None) -> bool:
    """Whether so many bytes are worth keeping, and somebody remembers. `least`: in place of `LARGE`."""
    return _CURRENT.get() is not None and offset >= (LARGE if least is None else least)


def keep(
    path: Path, kind: str, offset: int, about: Mapping[str, Any], arrays: Mapping[str, NDArray[Any]],
    *, least: int | None = None,
) -> None:  # fmt: skip
    """Keeps what the first `offset` bytes hold; nothing for a small file, or where nobody remembers."""
    memory = _CURRENT.get()
    if memory is None or not is_wanted(offset, least):
        return
    with suppress(OSError):  # the next reading is a whole one
        told = {**about, "kind": kind, "version": __version__, "ends": _ends(path, offset)}
        memory.save(key_of(path), Kept(offset=offset, about=told, arrays=arrays))


def _ends(path: Path, offset: int) -> str:
    with opened(path) as file:
        found = hashlib.blake2b(file.read(min(END, offset)), digest_size=16)
        file.seek(max(0, offset - END))
        found.update(file.read(min(END, offset)))
    return found.hexdigest()


class Held:
    """A memory in this process, for one that watches."""

    def __init__(self) -> None:
        self._kept: dict[str, Kept] = {}

    def load(self, key: str, fits: Fits) -> Kept | None:
        kept = self._kept.get(key)
        return kept if kept is not None and fits(kept.offset, kept.about) else None

    def save(self, key: str, kept: Kept) -> None:
        self._kept[key] = kept


class Stored:
    """A memory in a folder: a file of arrays for each log, whole or not there."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder

    def load(self, key: str, fits: Fits) -> Kept | None:
        try:
            with (self._folder / f"{key}.npz").open("rb") as raw, np.load(raw, allow_pickle=False) as file:
                about = json_text.loaded(file["about"].tobytes())
                if not fits(offset := int(about["offset"]), about):
                    return None
                arrays = {name: file[name] for name in file.files if name != "about"}
            return Kept(offset=offset, about=about, arrays=arrays)
        except Exception:  # whatever a damaged file raises: it is read whole, and kept anew
            return None

    def save(self, key: str, kept: Kept) -> None:
        self._folder.mkdir(parents=True, exist_ok=True)
        about = json.dumps({**kept.about, "offset": kept.offset}).encode()
        with whole_file(self._folder / f"{key}.npz", mode=None) as made, made.open("wb") as file:
            np.savez(file, **{"about": np.frombuffer(about, np.uint8), **kept.arrays})  # type: ignore[arg-type]
