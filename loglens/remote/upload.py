"""Reports on their way to a bucket."""

from __future__ import annotations

import tempfile
from pathlib import Path
from typing import Any

from loglens.errors import LogLensError, ReadError
from loglens.remote.places import file_system, tried, url_of


def upload_text(path: str | Path, text: str) -> None:
    """An object appears whole or not at all, as object stores have it. LogLensError where it cannot be written."""
    url = url_of(path)
    system, place = file_system(url)
    with tempfile.TemporaryDirectory(prefix="loglens-") as folder:
        # by way of a file, whose name tells the store what type of page it is
        local = Path(folder) / (Path(place).name or "report.html")
        local.write_text(text, encoding="utf-8", errors="backslashreplace", newline="\n")
        upload(system, place, local, url)


def upload(system: Any, place: str, local: Path, url: str) -> None:
    """LogLensError where it cannot be written."""
    try:
        tried(url, lambda: system.put_file(str(local), place))
    except ReadError as error:
        raise LogLensError(f"cannot write {url}: {error.message.replace('read', 'written')}") from error
