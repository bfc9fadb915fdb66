"""Stores that only their own package can read: named, with what to export instead, so that none is passed by."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import ClassVar, NamedTuple

from loglens.model.run import Problem
from loglens.readers.contract.base import Log, Probe, ReaderMeta
from loglens.readers.contract.doors import SWANLAB


class Store(NamedTuple):
    """A store by the folder it lives in, or by its files' ending and first bytes. `advice`: what to do instead."""

    name: str
    advice: str
    folder: str = ""
    suffix: str = ""
    magic: bytes = b""


STORES: tuple[Store, ...] = (
    Store(
        name="an Aim repository",
        advice="Aim keeps it in RocksDB. Where Aim is installed, write the metrics out with "
        "`aim.Repo(PATH).query_metrics('True')` and `.dataframe()` for each, save the table as CSV or Parquet, and "
        "give that file",
        folder=".aim",
    ),
    Store(
        name="a SwanLab log",
        advice="its format is SwanLab's own. Upload the run (`swanlab sync FOLDER`), download its charts as CSV, and "
        "give those files",
        suffix=".swanlab",
        magic=SWANLAB,
    ),
    Store(
        name="Neptune's offline data",
        advice="the service was closed in 2026. Give the Parquet or CSV files that neptune-exporter wrote",
        folder=".neptune",
    ),
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Unreadable:
    meta: ClassVar[ReaderMeta] = ReaderMeta(id="unreadable", title="A store only its own package reads")

    def recognises(self, probe: Probe) -> bool:
        return store_of(probe.path) is not None or any(
            store.magic and probe.head.startswith(store.magic) for store in STORES
        )

    def read(self, paths: Sequence[Path]) -> Iterator[Log]:
        """One log a store, however many files it has."""
        named: dict[Path, Store] = {}
        for path in paths:
            place, store = store_of(path) or (path, next(store for store in STORES if store.magic))
            named.setdefault(place, store)
        for place, store in named.items():
            message = f"{store.name}, which LogLens cannot read: {store.advice}."
            problem = Problem(path=str(place), message=message)
            yield Log(format=self.meta.id, file=place, folder=place.parent, columns=(), problems=(problem,))


def store_of(path: Path) -> tuple[Path, Store] | None:
    """The store a file belongs to and where that store is: its folder, or the file itself."""
    for store in STORES:
        if store.folder and store.folder in path.parts:
            at = path.parts.index(store.folder)
            return Path(*path.parts[: at + 1]), store
        if store.suffix and path.name.endswith(store.suffix):
            return path, store
    return None
