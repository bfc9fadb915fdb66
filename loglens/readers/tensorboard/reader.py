"""TensorBoard event files: torch, tensorboardX, TensorFlow 2 and Keras, Lightning, and whatever else writes them.

One `Log` per file; its folder names the run. Both ways to write a scalar are read (simple values, and tensors of the
plugin `scalars`); histograms, images, text and Keras's JSON are passed over and counted. A session that starts again
gives a `Purge`. How the files are decoded is in `events`.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import replace
from pathlib import Path
from typing import ClassVar, Final

from loglens.model.run import Note
from loglens.readers.contract.base import Column, Log, Probe, Purge, ReaderMeta
from loglens.readers.tensorboard.events.damage import problems_of, still_written
from loglens.readers.tensorboard.events.decode import Decoder
from loglens.readers.tensorboard.events.grown_file import keep, read_further
from loglens.readers.tensorboard.events.records.crc32c import header_crc
from loglens.readers.tensorboard.events.records.walk import HEADER
from loglens.readers.tensorboard.events.stream import Source, read_files

HPARAMS_NOTE: Final = "holds hyper-parameters (the plugin hparams)"
"""The message of a `Note` in every log whose file holds some; they are in `Log.config`. `SummaryWriter.add_hparams`
writes them into a sub-folder named by the time, with one point per final metric: that log is no run of its own."""

_VERSION_MARK = b"brain.Event:"
_NAME_TIME = re.compile(r"tfevents\.(\d{9,11})(?:\.|$)")


class TensorBoard:
    meta: ClassVar[ReaderMeta] = ReaderMeta(
        id="tensorboard",
        title="TensorBoard event file",
        hint="a file named events.out.tfevents.* as a SummaryWriter writes it",
    )

    def recognises(self, probe: Probe) -> bool:
        """By its first record, which says 'brain.Event:2'; by its name where that record is damaged or missing."""
        if probe.size:
            head = probe.head
            whole = len(head) >= HEADER and header_crc(_length(head)) == int.from_bytes(head[8:HEADER], "little")
            if whole and _VERSION_MARK in head[HEADER : HEADER + min(_length(head), 1024)]:
                return True
            if b"\0" not in head:
                return False  # a length has zero bytes: this is text, whatever its name
        return "tfevents" in probe.name

    def read(self, paths: Sequence[Path]) -> Iterator[Log]:
        decoder = Decoder()
        fresh: list[Path] = []
        for path in paths:
            further = _further(path)
            if further is None:
                fresh.append(path)
                continue
            yield from _read_whole(fresh, decoder)
            fresh = []
            yield _kept_log(*further)
        yield from _read_whole(fresh, decoder)


def _read_whole(paths: Sequence[Path], decoder: Decoder) -> Iterator[Log]:
    for source in read_files(paths, decoder):
        yield _kept_log(source, decoder)


def _further(path: Path) -> tuple[Source, Decoder] | None:
    try:
        return read_further(path)
    except OSError:
        return None  # told when it is read whole


def _kept_log(source: Source, decoder: Decoder) -> Log:
    keep(source, decoder)
    return log_of(source, source.columns.take(decoder.tags.names))


def _length(head: bytes) -> int:
    return int.from_bytes(head[:8], "little")


def log_of(source: Source, columns: tuple[Column, ...]) -> Log:
    """The log of one file."""
    return Log(
        facts=frozenset({"nests_curves"}),
        format=TensorBoard.meta.id,
        file=source.path,
        folder=source.path.parent,
        columns=tuple(replace(column, tag=column.tag.strip()) for column in columns),
        started=_started(source.path.name, columns),
        purges=tuple(_trimmed(purge) for purge in source.columns.purges),
        config=dict(source.columns.config),
        notes=tuple(_notes(source, columns)),
        problems=problems_of(source),
        live=still_written(source),
    )


def _trimmed(purge: Purge) -> Purge:
    return replace(purge, before={tag.strip(): count for tag, count in purge.before.items()})


def _started(name: str, columns: tuple[Column, ...]) -> float | None:
    """The time in the file's name, else that of the first point."""
    named = _NAME_TIME.search(name)
    if named:
        return float(named.group(1))
    walls = [float(column.wall_times[0]) for column in columns if column.wall_times is not None]
    return min(walls, default=None)


def _notes(source: Source, columns: tuple[Column, ...]) -> Iterator[Note]:
    path = str(source.path)
    if source.columns.hparams:
        yield Note(kind="info", message=HPARAMS_NOTE, path=path)
    passed = source.columns.passed
    if passed:
        kinds = ", ".join(f"{count} {kind}" for kind, count in sorted(passed.items()))
        yield Note(kind="info", message=f"summaries that are no scalars: {kinds}", path=path, count=passed.total())
    if source.size and not columns:
        yield Note(kind="info", message="holds no scalar", path=path)
