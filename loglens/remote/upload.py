"""Reports on their way to a bucket."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from loglens.errors import LogLensError, ReadError
from loglens.remote.places import file_system, tried, url_of

TYPES = {".html": "text/html; charset=utf-8", ".json": "application/json", ".prom": "text/plain; charset=utf-8"}


def upload_text(path: str | Path, text: str) -> None:
    """An object appears whole or not at all, as object stores have it. LogLensError where it cannot be written."""
    url = url_of(path)
    system, place = file_system(url)
    upload(system, place, text.encode("utf-8", "backslashreplace"), url)


def upload(system: Any, place: str, data: bytes, url: str) -> None:
    """LogLensError where it cannot be written."""
    try:
        tried(url, lambda: system.pipe_file(place, data))
    except ReadError as error:
        raise LogLensError(f"cannot write {url}: {error.message.replace('read', 'written')}") from error
