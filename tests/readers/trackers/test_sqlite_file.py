from __future__ import annotations

import sqlite3
from pathlib import Path

import pytest

from loglens.readers.trackers.sqlite_file import columns_of, has_columns, opened


def database(path: Path, *, wal: bool = False) -> sqlite3.Connection:
    connection = sqlite3.connect(path)
    if wal:
        connection.execute("PRAGMA journal_mode=WAL")
    connection.execute("CREATE TABLE metrics (key TEXT, value REAL)")
    connection.execute("INSERT INTO metrics VALUES ('loss', 1.0)")
    connection.commit()
    return connection


def test_rows_in_the_write_ahead_log_are_seen_and_nothing_is_left_beside(tmp_path: Path) -> None:
    path = tmp_path / "a b%20#?.db"
    writer = database(path, wal=True)  # still open: the row is in the log, as in a training that goes on
    before = {one.name: one.read_bytes() for one in tmp_path.iterdir()}
    with opened(path) as connection:
        assert connection.execute("SELECT count(*) FROM metrics").fetchone() == (1,)
    assert {one.name: one.read_bytes() for one in tmp_path.iterdir()} == before
    writer.close()


def test_a_wal_database_whose_writer_is_gone(tmp_path: Path) -> None:
    path = tmp_path / "x.db"
    database(path, wal=True).close()
    with opened(path) as connection:
        assert connection.execute("SELECT value FROM metrics").fetchall() == [(1.0,)]
    assert [one.name for one in tmp_path.iterdir()] == ["x.db"]


def test_columns(tmp_path: Path) -> None:
    path = tmp_path / "x.db"
    database(path).close()
    with opened(path) as connection:
        assert columns_of(connection, "metrics") == {"key", "value"}
        assert columns_of(connection, "nothing") == frozenset()
    assert has_columns(path, "metrics", frozenset({"key"}))
    assert not has_columns(path, "metrics", frozenset({"step"}))
    assert not has_columns(tmp_path / "missing.db", "metrics", frozenset())


def test_a_broken_database_has_no_columns(tmp_path: Path) -> None:
    path = tmp_path / "x.db"
    path.write_bytes(b"SQLite format 3\0" + b"\xff" * 4000)
    assert not has_columns(path, "metrics", frozenset({"key"}))


def test_a_damaged_schema_whose_name_is_no_text(tmp_path: Path) -> None:
    path = tmp_path / "x.db"
    database(path).close()
    path.write_bytes(path.read_bytes().replace(b"CREATE TABLE", b"CRE\xa1TE TABLE").replace(b"metrics", b"\xa1etrics"))
    assert not has_columns(path, "metrics", frozenset({"key"}))
    with pytest.raises(sqlite3.DatabaseError, match="malformed"), opened(path) as connection:
        columns_of(connection, "metrics")
