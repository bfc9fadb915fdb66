"""What a process prints, kept in a file within a limit: the beginning as it comes, and the end."""

from __future__ import annotations

import os
import threading
from collections import deque
from contextlib import suppress
from pathlib import Path
from typing import IO

TAIL_BYTES = 65_536


class Drain:
    """Empties a pipe into a file: the first bytes up to the limit as they come, the last 64 KiB at the end.

    `turn_to` goes on in another file, with the whole limit again. A pipe that has ended leaves that one empty. What the
    disk has no room for is lost, but still read: a process must never wait for, or die of, what it prints.
    """

    def __init__(self, pipe: IO[bytes], path: Path, limit: int) -> None:
        self.path = path
        self._pipe, self._limit = pipe, limit
        self._lock = threading.Lock()
        # unbuffered: bytes that the disk refused must not be tried again when the file is closed
        self._file = path.open("wb", buffering=0)
        self._over = False
        self._forget()
        self._thread = threading.Thread(target=self._run, daemon=True)
        self._thread.start()

    @property
    def tail(self) -> bytes:
        """The last output."""
        return b"".join(self._tail)[-TAIL_BYTES:]

    def turn_to(self, path: Path) -> None:
        """OSError where that file cannot be opened; then the old one goes on."""
        with self._lock:
            if path == self.path:
                return
            file = path.open("wb", buffering=0)
            self._finish()
            self.path, self._file = path, file
            self._forget()
            if self._over:
                file.close()

    def close(self) -> None:
        # what was started may have handed the pipe on; all of it is dead by now, so the end is near
        self._thread.join(timeout=5.0)

    def _forget(self) -> None:
        self._tail: deque[bytes] = deque()
        self._tail_size = self._written = self._left_out = 0

    def _run(self) -> None:
        with self._pipe:
            while chunk := self._read():
                with self._lock:
                    self._keep(chunk)
        with self._lock:
            self._over = True
            self._finish()

    def _read(self) -> bytes:
        try:
            return os.read(self._pipe.fileno(), 65_536)
        except (OSError, ValueError):
            return b""

    def _keep(self, chunk: bytes) -> None:
        self._tail.append(chunk)
        self._tail_size += len(chunk)
        while self._tail_size - len(self._tail[0]) >= TAIL_BYTES:
            self._tail_size -= len(self._tail.popleft())
        room = max(0, self._limit - self._written)
        self._write(chunk[:room])
        self._written += min(room, len(chunk))
        self._left_out += max(0, len(chunk) - room)

    def _write(self, data: bytes) -> None:
        with suppress(OSError):
            self._file.write(data)

    def _finish(self) -> None:
        """Writes the end and closes the file; nothing where that was done."""
        if self._file.closed:
            return
        if self._left_out:
            tail = self.tail[-self._left_out :]
            if self._left_out > len(tail):
                self._write(f"\n… {self._left_out - len(tail)} bytes left out …\n".encode())
            self._write(tail)
        with suppress(OSError):
            self._file.close()
