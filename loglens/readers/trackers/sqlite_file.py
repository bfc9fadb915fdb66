"""SQLite databases of experiment trackers, read without leaving a trace beside them."""

from __future__ import annotations

import shutil
import sqlite3
import tempfile
import time
from collections.abc import Iterable, Iterator
from contextlib import closing, contextmanager
from pathlib import Path
from typing import TypeVar
from urllib.parse import quote

from loglens.readers.contract import limits

Row = TypeVar("Row")
LONGEST_VALUE = 1 << 24
INSTRUCTIONS = 100_000
"""Of SQLite's machine between two looks at the clock: some milliseconds."""
WAL_FORMAT = 2  # byte 19 of the header: the database is kept with a write-ahead log


@contextmanager
def opened(path: Path) -> Iterator[sqlite3.Connection]:
    """A read-only connection. Raises sqlite3.Error and OSError, also where Python cannot even decode SQLite's message
    about a damaged schema."""
    try:
        with _opened(path) as connection:
            yield connection
    except UnicodeDecodeError as error:
        raise sqlite3.DatabaseError("the database disk image is malformed") from error


@contextmanager
def _opened(path: Path) -> Iterator[sqlite3.Connection]:
    """A read-only connection.

    Opening a database in WAL mode may write files beside it, and rows that are still in its `-wal` or `-journal` can
    only be seen by a connection that may. So where such a file holds anything, all of it is copied and read there.
    """
    sidecars = [path.with_name(path.name + end) for end in ("-wal", "-journal")]
    pending = [sidecar for sidecar in sidecars if sidecar.is_file() and sidecar.stat().st_size]
    if not pending:
        with limits.opened(path) as file:
            header = file.read(20)
        # nobody writes to a WAL database without a log: it can be read as if on a read-only disk, which writes nothing
        mode = "immutable=1" if header[19:20] == bytes([WAL_FORMAT]) else "mode=ro"
        with closing(_connect(path, mode)) as connection:
            yield connection
        return
    with tempfile.TemporaryDirectory(prefix="loglens-") as folder:
        for item in (path, *pending):
            shutil.copyfile(item, Path(folder) / item.name)
        with closing(_connect(Path(folder) / path.name, "mode=rw")) as connection:
            yield connection


def _connect(path: Path, mode: str) -> sqlite3.Connection:
    connection = sqlite3.connect(f"file:{quote(str(path.absolute()))}?{mode}", uri=True, timeout=5.0)
    connection.text_factory = lambda raw: raw.decode("utf-8", errors="replace")
    # a stranger's schema may hold views without end and functions with effects
    connection.execute("PRAGMA trusted_schema = OFF")
    connection.execute("PRAGMA query_only = ON")
    connection.setlimit(sqlite3.SQLITE_LIMIT_LENGTH, LONGEST_VALUE)
    deadline = time.monotonic() + limits.current().seconds
    connection.set_progress_handler(lambda: time.monotonic() > deadline, INSTRUCTIONS)
    return connection


def within_limits(rows: Iterable[Row], path: Path) -> Iterator[Row]:
    """The rows up to the limit, which is told where it is met."""
    most = limits.current().rows
    for count, row in enumerate(rows):
        if count == most:
            limits.tell(path, "rows", f"more than {most:,} rows are in one of its tables")
            return
        yield row


def columns_of(connection: sqlite3.Connection, table: str) -> frozenset[str]:
    """The column names of a table, empty where there is no such table: trackers keep points in tables, and a view may
    have no end."""
    kept = connection.execute("SELECT 1 FROM sqlite_master WHERE type = 'table' AND name = ? COLLATE NOCASE", (table,))
    if kept.fetchone() is None:
        return frozenset()
    rows = connection.execute("SELECT name FROM pragma_table_info(?)", (table,))
    return frozenset(str(name) for (name,) in rows)


def has_columns(path: Path, table: str, columns: frozenset[str]) -> bool:
    """Whether a database has a table with these columns; False where it cannot be opened."""
    try:
        with opened(path) as connection:
            return columns <= columns_of(connection, table)
    except (sqlite3.Error, OSError):
        return False
