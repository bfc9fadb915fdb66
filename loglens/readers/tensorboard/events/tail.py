"""A growing event file, read on from where it ended."""

from __future__ import annotations

import os
from dataclasses import dataclass, field
from pathlib import Path

from loglens.readers.contract.base import Column
from loglens.readers.contract.limits import opened
from loglens.readers.tensorboard.events.columns import FileColumns
from loglens.readers.tensorboard.events.decode import Decoder
from loglens.readers.tensorboard.events.records.walk import Walker
from loglens.readers.tensorboard.events.stream import Buffer, Source, read_on


@dataclass(slots=True)
class EventTail:
    """Reads a file piece by piece while its writer goes on.

    What was learned about its tags is kept, so that a call costs what the new bytes cost. A record that is not all
    there yet is left for a later call. A file that became shorter was written anew: it is read from its beginning, and
    `restarted` says so until the next call.
    """

    path: Path
    source: Source = field(init=False)
    restarted: bool = False
    _decoder: Decoder = field(init=False)
    _buffer: Buffer = field(default_factory=lambda: Buffer.for_reading(0))
    _offset: int = 0

    def __post_init__(self) -> None:
        self._begin()

    def _begin(self) -> None:
        self._decoder = Decoder()
        self._offset = 0
        self.source = Source(self.path, walker=Walker(0, waits=True), columns=FileColumns())

    def read(self) -> tuple[Column, ...]:
        """The points written since the last call, as columns of their own in order of appearance.

        Raises OSError where the file cannot be read. `source.columns` counts and remembers what was damaged, passed
        over or undone so far.
        """
        with opened(self.path) as file:
            size = os.fstat(file.fileno()).st_size
            self.restarted = size < self._offset
            if self.restarted:
                self._begin()
            self.source.size = self.source.walker.size = size
            self._offset = read_on(file, self.source, self._decoder, self._buffer, self._offset)
        return self.source.columns.take(self._decoder.tags.names)
