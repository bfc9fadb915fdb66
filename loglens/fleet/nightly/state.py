"""What is known from one night to the next: a SQLite file beside the reports.

Every unit is one transaction, so that a process killed at any moment has either kept a unit or will judge it again. A
night that did not end is gone on with under its own number: what is new in it stays new until it has been told.
"""

from __future__ import annotations

import json
import sqlite3
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Self

from loglens.errors import SettingsError
from loglens.fleet.nightly.records import Record
from loglens.fleet.nightly.scan import storable

MIGRATIONS: tuple[str, ...] = (
    """
    CREATE TABLE nights (night INTEGER PRIMARY KEY, began REAL, ended REAL, version TEXT, counts TEXT);
    CREATE TABLE units (key TEXT PRIMARY KEY, signature TEXT, settings TEXT, night INTEGER);
    CREATE TABLE runs (run TEXT PRIMARY KEY, unit TEXT, record TEXT, night INTEGER, page_night INTEGER);
    CREATE INDEX runs_of_unit ON runs (unit);
    CREATE TABLE problems (unit TEXT, path TEXT, message TEXT, trace TEXT);
    CREATE INDEX problems_of_unit ON problems (unit);
    CREATE TABLE findings (id TEXT PRIMARY KEY, run TEXT, finding TEXT, severity TEXT, first_night INTEGER,
                           worse_night INTEGER, fixed_night INTEGER);
    CREATE INDEX findings_of_run ON findings (run);
    CREATE TABLE acks (id TEXT PRIMARY KEY, until TEXT, why TEXT, who TEXT, made REAL);
    """,
    "CREATE TABLE sent (channel TEXT, id TEXT, at REAL, PRIMARY KEY (channel, id));",
)
"""One script a schema version; a change of the schema is one more at the end."""


@dataclass(frozen=True, slots=True)
class KnownUnit:
    """`signature`: path -> [size, changed, hash of the ends]."""

    signature: Mapping[str, tuple[int, str, str]]
    settings: str


class State:
    """Opened for one command. Raises SettingsError where the file is that of a newer LogLens."""

    def __init__(self, path: Path, *, say: Any = lambda _: None) -> None:
        self.path = path
        try:
            self._db = self._opened()
        except sqlite3.DatabaseError as error:
            if isinstance(error, sqlite3.OperationalError) and "locked" in str(error):
                raise
            aside = path.with_name(f"{path.name}.broken-{time.strftime('%Y%m%d-%H%M%S')}")
            path.replace(aside)
            for tail in ("-wal", "-shm"):
                path.with_name(path.name + tail).unlink(missing_ok=True)
            say(f"the state {path} is damaged ({error}); it is kept as {aside.name}, and everything is judged again")
            self._db = self._opened()

    def _opened(self) -> sqlite3.Connection:
        db = sqlite3.connect(self.path, timeout=30, isolation_level=None)
        try:
            db.execute("PRAGMA journal_mode=WAL")
            db.execute("PRAGMA synchronous=NORMAL")
            (version,) = db.execute("PRAGMA user_version").fetchone()
            if version > len(MIGRATIONS):
                raise SettingsError(
                    f"{self.path} was written by a newer LogLens (schema {version}, this one knows {len(MIGRATIONS)}): "
                    "upgrade, or give another --out"
                )
            for number, script in enumerate(MIGRATIONS[version:], version + 1):
                db.executescript(f"BEGIN; {script} PRAGMA user_version={number}; COMMIT;")
            db.execute("SELECT count(*) FROM units").fetchone()
        except BaseException:
            db.close()
            raise
        return db

    def close(self) -> None:
        self._db.close()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    @contextmanager
    def whole(self) -> Iterator[None]:
        """All of it or nothing."""
        self._db.execute("BEGIN IMMEDIATE")
        try:
            yield
        except BaseException:
            self._db.execute("ROLLBACK")
            raise
        self._db.execute("COMMIT")

    # nights

    def begin_night(self, version: str, now: float) -> int:
        """The night's number; that of the last one where it did not end."""
        row = self._db.execute("SELECT night FROM nights WHERE ended IS NULL ORDER BY night DESC").fetchone()
        if row is not None:
            return int(row[0])
        cursor = self._db.execute("INSERT INTO nights (began, version) VALUES (?, ?)", (now, version))
        return int(cursor.lastrowid or 0)

    def end_night(self, night: int, counts: Mapping[str, Any], now: float, keep: int) -> None:
        """`keep`: nights of which the counts, and the findings fixed in them, are kept."""
        with self.whole():
            self._db.execute(
                "UPDATE nights SET ended = ?, counts = ? WHERE night = ?", (now, json.dumps(counts), night)
            )
            self._db.execute("DELETE FROM nights WHERE night <= ?", (night - keep,))
            self._db.execute("DELETE FROM findings WHERE fixed_night <= ?", (night - keep,))

    def nights(self) -> list[dict[str, Any]]:
        """The ended ones, the oldest first."""
        rows = self._db.execute("SELECT night, began, ended, counts FROM nights WHERE ended IS NOT NULL ORDER BY night")
        return [{"night": n, "began": b, "ended": e, **json.loads(c)} for n, b, e, c in rows]

    # units and runs

    def units(self) -> dict[str, KnownUnit]:
        return {
            key: KnownUnit({path: (size, changed, ends) for path, size, changed, ends in json.loads(text)}, settings)
            for key, text, settings in self._db.execute("SELECT key, signature, settings FROM units")
        }

    def put_unit(self, key: str, signature: list[Any], settings: str, night: int) -> None:
        self._db.execute(
            "INSERT OR REPLACE INTO units VALUES (?, ?, ?, ?)", (key, json.dumps(signature), settings, night)
        )

    def drop_unit(self, key: str) -> None:
        """A unit that is not there any more, with its runs; its findings are not called fixed."""
        runs = [run for (run,) in self._db.execute("SELECT run FROM runs WHERE unit = ?", (key,))]
        self._db.executemany("DELETE FROM findings WHERE run = ?", [(run,) for run in runs])
        for table, column in (("runs", "unit"), ("problems", "unit"), ("units", "key")):
            self._db.execute(f"DELETE FROM {table} WHERE {column} = ?", (key,))  # noqa: S608 (names of our own)

    def put_problems(self, unit: str, problems: list[tuple[str, str, str]]) -> None:
        self._db.execute("DELETE FROM problems WHERE unit = ?", (unit,))
        rows = [(unit, *map(storable, problem)) for problem in problems]
        self._db.executemany("INSERT INTO problems VALUES (?, ?, ?, ?)", rows)

    def problems(self) -> list[dict[str, str]]:
        rows = self._db.execute("SELECT unit, path, message, trace FROM problems ORDER BY path, message")
        return [{"unit": u, "path": p, "message": m, "traceback": t} for u, p, m, t in rows]

    def runs_of(self, unit: str) -> dict[str, Record]:
        rows = self._db.execute("SELECT run, record FROM runs WHERE unit = ?", (unit,))
        return {run: json.loads(text) for run, text in rows}

    def records(self) -> Iterator[tuple[Record, int]]:
        """Every run, by name, and the night it was judged in."""
        for text, night in self._db.execute("SELECT record, night FROM runs ORDER BY run"):
            yield json.loads(text), night

    def put_run(self, unit: str, record: Record, night: int) -> None:
        self._db.execute(
            "INSERT OR REPLACE INTO runs VALUES (?, ?, ?, ?, ?)",
            (record["run"], unit, json.dumps(record), night, night),
        )

    def drop_run(self, run: str) -> None:
        self._db.execute("DELETE FROM findings WHERE run = ?", (run,))
        self._db.execute("DELETE FROM runs WHERE run = ?", (run,))

    # findings

    def findings_of(self, run: str) -> list[dict[str, Any]]:
        rows = self._db.execute(
            "SELECT id, finding, severity, first_night, worse_night, fixed_night FROM findings WHERE run = ?", (run,)
        )
        return [
            {"id": i, "finding": json.loads(f), "severity": s, "first": a, "worse": w, "fixed": x}
            for i, f, s, a, w, x in rows
        ]

    def put_finding(
        self, id_: str, run: str, finding: Mapping[str, Any], *, first: int, worse: int | None, fixed: int | None
    ) -> None:
        self._db.execute(
            "INSERT OR REPLACE INTO findings VALUES (?, ?, ?, ?, ?, ?, ?)",
            (id_, run, json.dumps(finding), finding["severity"], first, worse, fixed),
        )

    def findings(self) -> list[dict[str, Any]]:
        rows = self._db.execute(
            "SELECT id, run, finding, severity, first_night, worse_night, fixed_night FROM findings ORDER BY run, id"
        )
        return [
            {"id": i, "run": r, **json.loads(f), "first": a, "worse": w, "fixed": x} for i, r, f, _, a, w, x in rows
        ]

    # what people said, and what they were told

    def ack(self, id_: str, until: str, why: str, who: str, now: float) -> None:
        self._db.execute("INSERT OR REPLACE INTO acks VALUES (?, ?, ?, ?, ?)", (id_, until, why, who, now))

    def acks(self, today: str) -> dict[str, dict[str, str]]:
        """Those that hold on that day (`2026-11-29`)."""
        rows = self._db.execute("SELECT id, until, why, who FROM acks WHERE until >= ?", (today,))
        return {i: {"until": u, "why": w, "by": b} for i, u, w, b in rows}

    def sent(self, channel: str) -> dict[str, float]:
        return dict(self._db.execute("SELECT id, at FROM sent WHERE channel = ?", (channel,)))

    def put_sent(self, channel: str, ids: list[str], now: float) -> None:
        with self.whole():
            self._db.executemany("INSERT OR REPLACE INTO sent VALUES (?, ?, ?)", [(channel, item, now) for item in ids])

    def clear(self) -> None:
        """Forget what was read, not what people said nor which nights there were: everything is judged again."""
        with self.whole():
            self._db.execute("UPDATE units SET signature = '[]'")
