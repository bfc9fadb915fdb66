"""Parquet decoded by a process of its own: what a damaged page does to it, it does to nobody else.

A run length that claims more than any memory holds ends the whole process that decodes it, and no exception tells of
it. The other process is started at the first table, asked again for every further one, and ends with this one.
This file is its program as well: it imports nothing of LogLens.
"""

from __future__ import annotations

import atexit
import os
import signal
import struct
import subprocess
import sys
import threading
from contextlib import suppress
from io import BytesIO
from pathlib import Path
from typing import IO, NamedTuple

TABLE, TOO_LARGE, DAMAGED, ENDED = range(4)
"""What came of it: Arrow's IPC; the number of cells; why it is damaged; how the process ended."""
ASKED, ANSWERED = struct.Struct("<QQ"), struct.Struct("<BQ")
"""The cells that are allowed and the length of what follows; what came of it and the length of what follows."""


class ParquetAnswer(NamedTuple):
    """`kind`: one of the four above; `said`: its bytes."""

    kind: int
    said: bytes


class ParquetDecoder:
    """The other process, from here. A fork starts one of its own. `program`: what it runs."""

    def __init__(self, program: Path = Path(__file__)) -> None:
        self._program = program
        self._process: subprocess.Popen[bytes] | None = None
        self._owner = 0
        self._lock = threading.Lock()

    def decoded(self, data: bytes, cells: int) -> ParquetAnswer:
        """A Parquet file's bytes decoded, where it holds so many cells at most."""
        if not sys.executable:
            return decoded(data, cells)
        with self._lock:
            process = self._running()
            if process.stdin is None or process.stdout is None:
                return decoded(data, cells)
            try:
                process.stdin.write(ASKED.pack(cells, len(data)))
                process.stdin.write(data)
                process.stdin.flush()
                kind, length = ANSWERED.unpack(_exactly(process.stdout, ANSWERED.size))
                return ParquetAnswer(kind, _exactly(process.stdout, length))
            except (OSError, EOFError):
                self._process = None
                with suppress(OSError):
                    process.stdin.close()
                process.stdout.close()
                return ParquetAnswer(ENDED, _ending(process.wait()).encode())

    def close(self) -> None:
        """Ends the other process; it is started again where it is asked again."""
        with self._lock:
            process, self._process = self._process, None
            if process is None or self._owner != os.getpid():
                return
            for stream in (process.stdin, process.stdout):
                if stream is not None:
                    with suppress(OSError):
                        stream.close()
            process.wait()

    def _running(self) -> subprocess.Popen[bytes]:
        if self._process is None or self._owner != os.getpid():
            # without the folder of this file on its path, where a module is called `csv`
            command = [sys.executable, "-P", str(self._program.absolute())]
            pipe = subprocess.PIPE
            self._process = subprocess.Popen(command, stdin=pipe, stdout=pipe, stderr=subprocess.DEVNULL)  # noqa: S603
            self._owner = os.getpid()
            atexit.register(self.close)
        return self._process


def _exactly(stream: IO[bytes], length: int) -> bytes:
    found = stream.read(length)
    if len(found) < length:
        raise EOFError
    return found


def _ending(code: int) -> str:
    return signal.Signals(-code).name if code < 0 else f"exit code {code}"


def decoded(data: bytes, cells: int) -> ParquetAnswer:
    """A Parquet file's bytes decoded here."""
    import polars as pl

    try:
        rows = int(pl.scan_parquet(BytesIO(data)).select(pl.len()).collect().item())
        held = rows * len(pl.read_parquet_schema(BytesIO(data)))
        if held > cells:
            return ParquetAnswer(TOO_LARGE, f"{held}".encode())
        found = BytesIO()
        pl.read_parquet(data).write_ipc(found)
    except (pl.exceptions.PolarsError, pl.exceptions.PanicException) as error:
        return ParquetAnswer(DAMAGED, (str(error).splitlines() or [type(error).__name__])[0].encode())
    return ParquetAnswer(TABLE, found.getvalue())


def answer(asking: IO[bytes], answering: IO[bytes]) -> None:
    """Answers until nobody asks any more."""
    while len(head := asking.read(ASKED.size)) == ASKED.size:
        cells, length = ASKED.unpack(head)
        data = asking.read(length)
        if len(data) < length:
            return
        kind, said = decoded(data, cells)
        answering.write(ANSWERED.pack(kind, len(said)) + said)
        answering.flush()


if __name__ == "__main__":
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # who asks decides when it is over
    answer(sys.stdin.buffer, sys.stdout.buffer)
