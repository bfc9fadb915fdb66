"""Logs that were packed to save room: unpacked to a folder of their own, read, and named by the packed file.

Readers of text unpack gzip by themselves. This is for everything else: other packings, and files that are no text
(event files, databases, W&B's records), whose readers want a file as it was.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import replace
from pathlib import Path
from tempfile import TemporaryDirectory

from loglens.errors import ReadError
from loglens.model.run import Problem
from loglens.readers.contract.base import Log, Probe
from loglens.readers.contract.doors import PARQUET, SQLITE, SWANLAB, WANDB, ZIP
from loglens.readers.contract.files import decode_text
from loglens.readers.contract.grown import remembering
from loglens.readers.contract.packed import inner_name, kind_of, unpack_beginning, unpack_to

_STORES = (SQLITE, WANDB, PARQUET, ZIP, SWANLAB)
_EVENTS = b"brain.Event:"
_CUT = "the packed file is cut or damaged at its end; what could be unpacked was read"


def wants_unpacking(probe: Probe) -> bool:
    """Whether a file is packed, may hold a log, and no reader unpacks it by itself. Raises MissingDependency where
    Zstandard is not installed."""
    kind = None if probe.path.is_dir() else kind_of(probe.head)
    if kind is None or inner_name(probe.path).endswith(".tar"):
        return False
    begins = unpack_beginning(probe.head, kind)
    if not begins:
        return False
    if begins.startswith(_STORES) or _EVENTS in begins[:1024] or "tfevents" in probe.name:
        return True
    return kind != "gzip" and decode_text(begins) is not None


def logs_of_packed(probe: Probe, read: Callable[[Path], Iterable[Log]]) -> list[Log]:
    """The logs in a packed file; `read` reads one file. Raises ReadError and OSError as that does."""
    path, kind = probe.path, kind_of(probe.head)
    if kind is None:
        raise ReadError(path, "this file is not packed")
    with TemporaryDirectory(prefix="loglens-") as folder:
        inside = Path(folder) / inner_name(path)
        whole = unpack_to(path, inside, kind).whole
        try:
            with remembering(None):  # what lies in a folder that is gone in a moment is never asked for again
                logs = [_as_packed(log, Path(folder), inside, path) for log in read(inside)]
        except ReadError as error:
            raise type(error)(path, error.message, offset=error.offset) from error
    if not whole and logs:
        told = Problem(path=str(path), message=_CUT)
        logs[0] = replace(logs[0], problems=(*logs[0].problems, told))
    return logs


def _as_packed(log: Log, folder: Path, inside: Path, packed: Path) -> Log:
    """The log with the packed file for the unpacked one, and its folder for the temporary one."""

    def name(text: str) -> str:
        return text.replace(str(inside), str(packed)).replace(str(folder), str(packed.parent))

    return replace(
        log,
        file=packed,
        folder=packed.parent if log.folder == folder else Path(name(str(log.folder))),
        started=log.started,
        notes=tuple(replace(note, path=name(note.path)) for note in log.notes),
        problems=tuple(
            replace(problem, path=name(problem.path), message=name(problem.message)) for problem in log.problems
        ),
    )
