"""One night at a time: a lock that ends with its process, however that ends."""

from __future__ import annotations

import getpass
import json
import os
import platform
import sqlite3
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from loglens.errors import LogLensError


class AlreadyRunning(LogLensError):
    """Another night writes into the same folder."""


@contextmanager
def locked(folder: Path) -> Iterator[None]:
    """Holds the lock of `folder`. Raises AlreadyRunning, with the owner's name, where somebody else does.

    The lock is an open transaction of a SQLite file of its own: the system frees it when the process ends, by kill too.
    """
    owner = folder / "owner.json"
    lock = sqlite3.connect(folder / "lock.sqlite", timeout=0, isolation_level=None)
    try:
        lock.execute("BEGIN EXCLUSIVE")
    except sqlite3.OperationalError as error:
        lock.close()
        if "locked" not in str(error):
            raise
        raise AlreadyRunning(
            f"another nightly is at work here: {_told(owner)}. Wait for it, or give another --out"
        ) from error
    try:
        owner.write_text(
            json.dumps({"who": whoami(), "pid": os.getpid(), "since": time.strftime("%Y-%m-%d %H:%M:%S")}),
            encoding="utf-8",
        )
        yield
    finally:
        lock.execute("ROLLBACK")
        lock.close()


def whoami() -> str:
    """`user@machine`."""
    try:
        user = getpass.getuser()
    except (KeyError, OSError):
        user = str(os.getuid()) if hasattr(os, "getuid") else "?"
    return f"{user}@{platform.node()}"


def _told(owner: Path) -> str:
    try:
        said = json.loads(owner.read_text(encoding="utf-8"))
        return f"{said['who']}, process {said['pid']}, since {said['since']}"
    except (OSError, ValueError, KeyError, TypeError):
        return "its owner has not said who he is"
