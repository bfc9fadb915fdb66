"""A remote folder as local files: listed, and of each file only what is new is fetched."""

from __future__ import annotations

import json
import os
import tempfile
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path, PurePosixPath
from typing import Any

from loglens.errors import ReadError
from loglens.remote.places import file_system, tried, url_of
from loglens.whole_file import whole_file

LEDGER = ".mirror.json"
OVERLAP = 4096
"""Bytes before the known end that are fetched again: where they are others, the file was written anew."""
CHANGES = ("ETag", "etag", "LastModified", "last_modified", "mtime", "updated", "created")
"""Names under which file systems say that a file is another one, in the order of trust."""


@dataclass(slots=True)
class Mirror:
    """The files of `url` in `folder`. `fetched`: bytes that were transferred so far; `problems`: path -> why."""

    url: str
    folder: Path
    wanted: Callable[[str], bool] = lambda _: True
    pause: Callable[[float], None] = time.sleep
    fetched: int = 0
    problems: dict[str, str] = field(default_factory=dict)

    def refresh(self) -> None:
        """Fetch what is new and remove what is gone. Raises ReadError where the place cannot be listed; a single file
        that cannot be fetched is listed in `problems`, and what is known of it stays."""
        system, root = file_system(self.url)
        system.invalidate_cache()
        listed = tried(self.url, lambda: _listed(system, root), self.pause)
        if not listed:
            raise ReadError(self.url, "there is no file; check the address")
        self.problems.clear()
        ledger = self._ledger()
        for name, info in listed.items():
            if not self.wanted(name):
                continue
            mark = [info["size"], _changed(info)]
            if ledger.get(name) == mark and (self.folder / name).is_file():
                continue
            try:
                self._fetch(system, info, name)
            except ReadError as error:
                self.problems[name] = error.message
                continue
            ledger[name] = mark
            self._keep(ledger)
        for name in [item for item in ledger if item not in listed]:
            (self.folder / name).unlink(missing_ok=True)
            del ledger[name]
        self._keep(ledger)

    def _fetch(self, system: Any, info: Mapping[str, Any], name: str) -> None:
        local = self.folder / name
        local.parent.mkdir(parents=True, exist_ok=True)
        size, path = int(info["size"]), info["name"]
        where = f"{self.url.rstrip('/')}/{name}"
        if not self._grown(system, path, local, size, where):
            with whole_file(local, mode=None) as made:
                tried(where, lambda: self._whole(system, path, made, size), self.pause)
        written = _seconds(info)
        if written is not None:
            os.utime(local, (written, written))

    def _grown(self, system: Any, path: str, local: Path, size: int, where: str) -> bool:
        """Whether the file only grew, and its new end has been fetched: a ranged read of what is new."""
        known = local.stat().st_size if local.is_file() else 0
        if not OVERLAP < known < size:
            return False
        end = tried(where, lambda: _range(system, path, known - OVERLAP, size), self.pause)
        self.fetched += len(end)
        with local.open("r+b") as file:
            file.seek(known - OVERLAP)
            if file.read(OVERLAP) != end[:OVERLAP]:
                return False
            file.write(end[OVERLAP:])
        return True

    def _whole(self, system: Any, path: str, temporary: Path, size: int) -> None:
        system.get_file(path, str(temporary))
        got = temporary.stat().st_size
        self.fetched += got
        # a live log may have grown since it was listed; shorter means that the server broke off
        if got < size:
            raise OSError(f"{got} of {size} bytes arrived")

    def _ledger(self) -> dict[str, list[Any]]:
        try:
            found = json.loads((self.folder / LEDGER).read_text(encoding="utf-8"))
        except (OSError, ValueError):
            return {}
        return found if isinstance(found, dict) else {}

    def _keep(self, ledger: Mapping[str, Any]) -> None:
        temporary = self.folder / f"{LEDGER}.new"
        temporary.write_text(json.dumps(ledger), encoding="utf-8")
        temporary.replace(self.folder / LEDGER)


def _listed(system: Any, root: str) -> dict[str, Mapping[str, Any]]:
    """Every file by its name below `root`; a file that is `root` itself by its own name."""
    found: Mapping[str, Mapping[str, Any]] = system.find(root, detail=True)
    base = root.rstrip("/")
    listed = {}
    for path, info in found.items():
        name = path[len(base) :].lstrip("/") if path.startswith(f"{base}/") else PurePosixPath(path).name
        # a bucket may hold any name; none may lead out of the mirror
        if info.get("type", "file") == "file" and name and ".." not in name.split("/") and not name.startswith("/"):
            listed[name] = info
    return listed


def _range(system: Any, path: str, start: int, end: int) -> bytes:
    data: bytes = system.cat_file(path, start=start, end=end)
    if len(data) < end - start:
        raise OSError(f"{len(data)} of {end - start} bytes arrived")
    return data


def _changed(info: Mapping[str, Any]) -> str:
    return next((str(info[name]) for name in CHANGES if info.get(name) is not None), "")


def _seconds(info: Mapping[str, Any]) -> float | None:
    for name in ("LastModified", "last_modified", "mtime", "updated", "created"):
        value = info.get(name)
        if isinstance(value, datetime):
            return value.timestamp()
        if isinstance(value, int | float):
            return float(value)
    return None


@contextmanager
def fetched(path: str | Path, wanted: Callable[[str], bool] = lambda _: True) -> Iterator[tuple[Path, Mirror]]:
    """The remote place as a local one, for as long as the block lasts: a folder, or the file where it is one."""
    with tempfile.TemporaryDirectory(prefix="loglens-remote-") as folder:
        mirror = Mirror(url_of(path), Path(folder), wanted)
        mirror.refresh()
        own = Path(folder) / PurePosixPath(mirror.url).name
        system, root = file_system(mirror.url)
        single = own.is_file() and system.isfile(root)
        yield (own if single else Path(folder)), mirror
