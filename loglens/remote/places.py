"""Which paths are remote, and the file system behind one."""

from __future__ import annotations

import re
import time
from collections.abc import Callable
from importlib import import_module
from pathlib import Path
from typing import Any, TypeVar

from loglens.errors import ReadError, SettingsError

R = TypeVar("R")

_URL = re.compile(r"([a-z][a-z0-9+]+):/{1,3}(?=[^/])")
"""`pathlib` makes one slash of two; a single letter is a Windows drive."""
EXTRAS = {
    "s3": "s3fs", "gs": "gcsfs", "gcs": "gcsfs", "az": "adlfs", "abfs": "adlfs", "hf": "huggingface_hub",
    "ssh": "paramiko", "sftp": "paramiko",
}  # fmt: skip
TRIES = 4
FIRST_PAUSE = 0.5
LASTING = (FileNotFoundError, PermissionError, IsADirectoryError, NotADirectoryError, ImportError, ValueError)
"""Errors that another try does not change."""


def is_remote(path: str | Path) -> bool:
    return _URL.match(str(path)) is not None and not str(path).startswith("file:")


def url_of(path: str | Path) -> str:
    """The address as the user wrote it, both slashes of it."""
    return _URL.sub(r"\1://", str(path), count=1)


def file_system(url: str) -> tuple[Any, str]:
    """fsspec's file system and the path in it. SettingsError where the scheme is unknown or its package is missing."""
    scheme = url.split(":", 1)[0]
    try:
        core: Any = import_module("fsspec.core")
    except ImportError as error:
        raise SettingsError(f"{scheme}:// needs the extra: pip install 'loglens[remote]'") from error
    try:
        found: tuple[Any, str] = core.url_to_fs(url)
    except ImportError as error:
        package = EXTRAS.get(scheme, "fsspec's package for it")
        raise SettingsError(f"{scheme}:// needs {package}: pip install 'loglens[remote]' {package}") from error
    except ValueError as error:
        raise SettingsError(f"{scheme}:// is unknown ({error}); known are {', '.join(EXTRAS)} and fsspec's") from error
    return found


def tried(url: str, work: Callable[[], R], pause: Callable[[float], None] = time.sleep) -> R:
    """`work`, again where a server was slow, busy or broke off. ReadError, in a sentence, where it stays so."""
    for attempt in range(TRIES):
        if attempt:
            pause(FIRST_PAUSE * 2 ** (attempt - 1))
        try:
            return work()
        except LASTING as error:
            raise ReadError(url, _words(error)) from error
        except Exception as error:  # each file system raises its own
            last = error
    raise ReadError(url, f"{_words(last)}, {TRIES} times over; try again later") from last


def _words(error: Exception) -> str:
    if isinstance(error, FileNotFoundError):
        return "there is no such file or folder; check the address"
    if isinstance(error, PermissionError):
        return "access denied; check that your credentials may read it"
    return f"it cannot be read ({type(error).__name__}: {str(error)[:200]})"
