"""A large event file read on from where an earlier reading ended, see `contract/grown.py`."""

from __future__ import annotations

import os
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from loglens.readers.contract import grown
from loglens.readers.contract.base import Purge
from loglens.readers.contract.limits import opened
from loglens.readers.tensorboard.events.decode import Decoder
from loglens.readers.tensorboard.events.pieces import Piece
from loglens.readers.tensorboard.events.stream import Buffer, Source, read_on

KIND = "events"


def read_further(path: Path) -> tuple[Source, Decoder] | None:
    """The file, what was read earlier in front; None where nothing of it is known, or it is another file by now.

    Raises OSError."""
    kept = grown.recall(path, KIND)
    known = grown.rebuilt(kept, lambda kept: _restored(path, kept))
    if known is None:
        return None
    source, decoder = known
    with opened(path) as file:
        source.size = source.walker.size = os.fstat(file.fileno()).st_size
        buffer = Buffer.for_reading(source.size - source.known)
        source.stop = read_on(file, source, decoder, buffer, source.known)
    return source, decoder


def _restored(path: Path, kept: grown.Kept) -> tuple[Source, Decoder]:
    decoder, source, about = Decoder(), Source(path, known=kept.offset), kept.about
    for name in about["tags"]:
        decoder.tags.number(name.encode())
    decoder.tags.plugins.update(about["plugins"])
    columns = source.columns
    columns.passed.update(about["passed"])
    columns.purges += [Purge(step=step, before=before) for step, before in about["purges"]]
    columns.hparams, columns.config = about["hparams"], dict(about["config"])
    for tag in about["order"]:
        steps, walls, values = (kept.arrays[f"{what}{tag}"] for what in ("steps", "walls", "values"))
        columns.put(Piece(tag, np.zeros(len(steps), np.int64), steps, walls, values))
    return source, decoder


def keep(source: Source, decoder: Decoder) -> None:
    """Before its columns are taken. A file that is damaged anywhere but at its end is read whole every time, and one
    in which nothing is new is known already."""
    columns, tags, gaps = source.columns, decoder.tags, source.walker.gaps
    stop = min([source.stop, *(gap.offset for gap in gaps)])
    if stop == source.known or not grown.is_wanted(stop):
        return
    if source.error or source.shrunk or columns.damaged or columns.undecodable:
        return
    if any(gap.kind == "passed over" for gap in gaps):
        return
    if any("\ufffd" in name for name in tags.names):
        return
    pieces = columns.whole()
    arrays: dict[str, NDArray[Any]] = {}
    for tag, piece in pieces.items():
        arrays |= {f"steps{tag}": piece.steps, f"walls{tag}": piece.walls, f"values{tag}": piece.values}
    about = {
        "tags": tags.names,
        "plugins": tags.plugins,
        "passed": dict(columns.passed),
        "purges": [[purge.step, dict(purge.before)] for purge in columns.purges],
        "hparams": columns.hparams,
        "config": columns.config,
        "order": list(pieces),
    }
    grown.keep(source.path, KIND, stop, about, arrays)
