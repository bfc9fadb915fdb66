"""Standard input, output and error of this process as they were, whatever the user's code did with them."""

from __future__ import annotations

import os
import sys
from contextlib import suppress
from dataclasses import dataclass
from typing import TextIO

NAMES = ("stdin", "stdout", "stderr")


@dataclass(frozen=True, slots=True)
class StandardStreams:
    """`descriptors`: copies of 0, 1 and 2, which no child inherits; `streams`: the objects over them."""

    descriptors: tuple[int, ...]
    streams: tuple[TextIO | None, ...]

    @classmethod
    def now(cls) -> StandardStreams:
        return cls(tuple(os.dup(number) for number in range(3)), tuple(getattr(sys, name) for name in NAMES))

    def restore(self) -> None:
        """Back to them; one that was closed is opened again."""
        flush()
        for number, (name, kept, stream) in enumerate(zip(NAMES, self.descriptors, self.streams, strict=True)):
            os.dup2(kept, number)
            setattr(sys, name, stream if stream is None or _open(stream) else _opened(number))


def flush() -> None:
    """Writes out what was printed, as far as that can still be written: what the streams are is up to the user's code,
    and no arm fails of a stream that is closed, gone or on a full disk."""
    for stream in (sys.stdout, sys.stderr):
        with suppress(OSError, ValueError, AttributeError):
            stream.flush()


def _open(stream: TextIO) -> bool:
    try:
        return not stream.closed
    except ValueError:  # detached from its descriptor
        return False


def _opened(number: int) -> TextIO:
    return open(number, "w" if number else "r", encoding="utf-8", errors="backslashreplace", closefd=False)
