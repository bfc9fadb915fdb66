"""Limits of time and memory on a piece of work that runs in this thread.

The work is interrupted by an exception that is raised inside it from a watching thread, so that one mechanism serves
every backend and every operating system. A call that never comes back to Python cannot be interrupted so; the engine
ends the whole process then.
"""

from __future__ import annotations

import ctypes
import os
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

LOOKS_EVERY = 0.05
"""Seconds between two looks at the memory."""


class TookTooLong(BaseException):
    """Not an Exception: whoever catches every Exception of a detector must let this one pass."""


class TookTooMuchMemory(BaseException):
    """As `TookTooLong`."""


@contextmanager
def limited(seconds: float | None, memory: int | None) -> Iterator[None]:
    """Raises TookTooLong or TookTooMuchMemory inside the block. `memory`: bytes of the whole process."""
    if seconds is None and memory is None:
        yield
        return
    watch = _Watch(threading.get_ident(), seconds, memory)
    watcher = threading.Thread(target=watch.run, daemon=True)
    try:
        watcher.start()
        yield
    except (TookTooLong, TookTooMuchMemory):
        watch.arrived()
        raise
    finally:
        watch.end()


class _TakenBack(BaseException):
    """Takes the place of what was raised and has not arrived."""


class _Watch:
    def __init__(self, thread: int, seconds: float | None, memory: int | None) -> None:
        self._thread = thread
        self._memory = memory
        self._deadline = None if seconds is None else time.monotonic() + seconds
        self._over = threading.Event()
        self._lock = threading.Lock()
        self._raised = False

    def run(self) -> None:
        while not self._over.wait(self._pause()):
            if self._deadline is not None and time.monotonic() >= self._deadline:
                self._raise(TookTooLong)
                return
            if self._memory is not None and resident_bytes() > self._memory:
                self._raise(TookTooMuchMemory)
                return

    def _pause(self) -> float:
        left = None if self._deadline is None else max(0.0, self._deadline - time.monotonic())
        if self._memory is None:
            return left or 0.0
        return LOOKS_EVERY if left is None else min(LOOKS_EVERY, left)

    def _raise(self, kind: type[BaseException]) -> None:
        with self._lock:
            if not self._over.is_set():
                self._raised = True
                ctypes.pythonapi.PyThreadState_SetAsyncExc(ctypes.c_ulong(self._thread), ctypes.py_object(kind))

    def arrived(self) -> None:
        with self._lock:
            self._raised = False

    def end(self) -> None:
        """From here on nothing is raised, and what was raised but has not arrived is taken back.

        By raising something else in its place and waiting for that: an exception that is set and then cleared leaves
        the interpreter looking for it at every step (CPython up to 3.12).
        """
        with self._lock:
            self._over.set()
            if not self._raised:
                return
            try:
                ctypes.pythonapi.PyThreadState_SetAsyncExc(ctypes.c_ulong(self._thread), ctypes.py_object(_TakenBack))
                while True:
                    pass
            except (_TakenBack, TookTooLong, TookTooMuchMemory):
                self._raised = False


def resident_bytes() -> int:
    """Memory that this process holds, 0 where the system does not say."""
    try:
        pages = Path("/proc/self/statm").read_text(encoding="ascii").split()[1]
    except OSError:
        return 0
    return int(pages) * os.sysconf("SC_PAGE_SIZE")
