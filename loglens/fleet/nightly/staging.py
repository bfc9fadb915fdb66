"""A site in a bucket: worked on in a local folder, put there at the end.

The folder stays between nights, so that a night that was killed goes on where it was; the state in the bucket is what
counts where another machine has worked on the site since.
"""

from __future__ import annotations

import hashlib
import json
import os
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Any

from loglens.errors import ReadError
from loglens.fleet.nightly.lock import AlreadyRunning, whoami
from loglens.remote.places import file_system, tried, url_of
from loglens.remote.upload import upload

LOCK_HOURS = 6.0
"""A lock in a bucket outlives its owner, so it holds no longer than a night."""
STATE = ".loglens/state.sqlite"
LAST = ("index.html",)
"""What points at everything else, so it is put there last."""


@contextmanager
def staged(out: Path, now: Callable[[], float] = time.time) -> Iterator[Path]:
    """The local folder of the site at that address; what changed in it is put there when the block ends well."""
    url = url_of(out).rstrip("/")
    system, root = file_system(url)
    folder = _cache() / hashlib.sha256(url.encode()).hexdigest()[:16]
    (folder / ".loglens").mkdir(parents=True, exist_ok=True)
    with _locked(system, f"{root}/.loglens/owner.json", url, now):
        ledger = _ledger(folder)
        _pull_state(system, f"{root}/{STATE}", url, folder, ledger)
        yield folder
        _push(system, root, url, folder, ledger)


def _cache() -> Path:
    return Path(os.environ.get("XDG_CACHE_HOME", Path.home() / ".cache")) / "loglens"


@contextmanager
def _locked(system: Any, place: str, url: str, now: Callable[[], float]) -> Iterator[None]:
    owner = _owner(system, place)
    age = now() - float(owner.get("at", 0.0))
    if owner and 0 <= age < 3600 * LOCK_HOURS:
        raise AlreadyRunning(
            f"another nightly is at work in {url}: {owner.get('who')}, for {age / 60:.0f} min. Wait for it; if it has "
            f"died, remove {url}/.loglens/owner.json"
        )
    said = json.dumps({"who": whoami(), "pid": os.getpid(), "at": now()})
    tried(url, lambda: system.pipe_file(place, said.encode()))
    try:
        yield
    finally:
        with suppress(Exception):  # the lock ends by itself; the night's own error is the one to be seen
            system.rm_file(place)


def _owner(system: Any, place: str) -> dict[str, Any]:
    system.invalidate_cache()
    try:
        found = json.loads(system.cat_file(place))
    except (FileNotFoundError, ValueError):
        return {}
    return found if isinstance(found, dict) else {}


def _ledger(folder: Path) -> dict[str, list[Any]]:
    try:
        found = json.loads((folder / "uploaded.json").read_text(encoding="utf-8"))
    except (OSError, ValueError):
        return {}
    return found if isinstance(found, dict) else {}


def _pull_state(system: Any, place: str, url: str, folder: Path, ledger: dict[str, list[Any]]) -> None:
    """The bucket's state, unless it is the very one that this folder put there."""
    try:
        info = tried(url, lambda: system.info(place))
    except ReadError as error:
        if isinstance(error.__cause__, FileNotFoundError):
            return
        raise
    if ledger.get(STATE) == _mark(info) and (folder / STATE).is_file():
        return
    for tail in ("-wal", "-shm"):
        (folder / f"{STATE}{tail}").unlink(missing_ok=True)
    tried(url, lambda: system.get_file(place, str(folder / STATE)))


def _mark(info: Mapping[str, Any]) -> list[Any]:
    return [int(info["size"]), str(info.get("ETag") or info.get("LastModified") or info.get("created"))]


def _push(system: Any, root: str, url: str, folder: Path, ledger: dict[str, list[Any]]) -> None:
    names = [path.relative_to(folder).as_posix() for path in sorted(folder.rglob("*")) if path.is_file()]
    shown = [name for name in names if not name.startswith(".") and name not in ("uploaded.json", *LAST)]
    for name in (*shown, *(name for name in LAST if name in names)):
        found = (folder / name).stat()
        mark = [found.st_size, found.st_mtime_ns]
        if ledger.get(name) != mark:
            upload(system, f"{root}/{name}", folder / name, f"{url}/{name}")
            ledger[name] = mark
    upload(system, f"{root}/{STATE}", folder / STATE, f"{url}/{STATE}")
    system.invalidate_cache()
    ledger[STATE] = _mark(system.info(f"{root}/{STATE}"))
    (folder / "uploaded.json").write_text(json.dumps(ledger), encoding="utf-8")
