"""One file after the other: what goes wrong in one is told and does not cost the others."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from pathlib import Path

from loglens.errors import ReadError
from loglens.model.run import Problem
from loglens.readers.contract.base import Log


def per_file(reader_id: str, paths: Sequence[Path], read: Callable[[Path], Iterable[Log]]) -> Iterator[Log]:
    """The logs of each file; a file that cannot be read becomes a log without columns that says why."""
    for path in paths:
        try:
            yield from read(path)
        except ReadError as error:
            yield failed_log(reader_id, path, error.message, offset=error.offset)
        except OSError as error:
            yield failed_log(reader_id, path, f"it cannot be opened: {error.strerror or error}")


def failed_log(reader_id: str, path: Path, message: str, *, offset: int | None = None, bug: bool = False) -> Log:
    """A log without columns: the place of a file that could not be read."""
    problem = Problem(path=str(path), message=message, offset=offset, bug=bug)
    return Log(format=reader_id, file=path, folder=path.parent, columns=(), own_file=True, problems=(problem,))
