"""Ends what an arm started, also where LogLens itself is killed (`kill -9`, the system's out-of-memory killer).

LogLens starts this file once as a process of its own, in a session of its own, and tells it through a pipe which arms
are running. When LogLens is gone, however that came, the pipe ends, and the watchdog ends the arms that are left.
It runs isolated (`python -I -S`), so it imports the standard library only.
"""

from __future__ import annotations

import atexit
import contextlib
import os
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Iterable, Iterator, Mapping
from pathlib import Path

MARK = "LOGLENS_REPLAY_MARK"
"""In the environment of all that an arm starts: finds what escaped from the process group (a daemon that forked)."""
KILL = getattr(signal, "SIGKILL", signal.SIGTERM)
GRACE_SECONDS = 2.0
PAUSE_SECONDS = 0.05


class Watchdog:
    """The pipe to the watchdog process, which is started when the first arm is."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._process: subprocess.Popen[bytes] | None = None

    def starts(self, mark: str) -> None:
        """Before an arm is started: whatever carries `mark` is to be ended."""
        self._tell(f"+ {mark}")

    def leads(self, mark: str, pid: int) -> None:
        """Once it runs: the process group to be ended with it."""
        self._tell(f"= {mark} {pid}")

    def ended(self, mark: str) -> None:
        """When nothing of an arm is running any more."""
        self._tell(f"- {mark}")

    def _tell(self, words: str) -> None:
        if not hasattr(os, "killpg"):
            return
        with self._lock:
            # a second line of defence: where it cannot be had, a replay works without
            try:
                pipe = self._started().stdin
                if pipe is not None:
                    pipe.write(f"{words}\n".encode())
            except OSError:
                self._process = None

    def _started(self) -> subprocess.Popen[bytes]:
        if self._process is None:
            self._process = subprocess.Popen(  # noqa: S603  this very file
                [sys.executable, "-I", "-S", __file__], bufsize=0, start_new_session=True,
                stdin=subprocess.PIPE, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL,
            )  # fmt: skip
            atexit.register(self._leave, self._process)
        return self._process

    def _leave(self, process: subprocess.Popen[bytes]) -> None:
        with contextlib.suppress(OSError, subprocess.TimeoutExpired):
            if process.stdin is not None:
                process.stdin.close()
            process.wait(timeout=2 * GRACE_SECONDS)


def signal_group(pid: int, number: int) -> None:
    with contextlib.suppress(OSError):
        if hasattr(os, "killpg"):
            os.killpg(pid, number)
        else:
            os.kill(pid, number)


def end_marked(mark: str) -> None:
    """Kills whatever carries the mark; one that is killed may have forked meanwhile, so it looks again."""
    for _ in range(20):
        found = list(marked(mark))
        if not found:
            return
        for pid in found:
            with contextlib.suppress(OSError):
                os.kill(pid, KILL)
        time.sleep(PAUSE_SECONDS)


def marked(mark: str) -> Iterator[int]:
    """Processes with this mark in their environment, zombies left out (Linux; elsewhere psutil where it is there)."""
    wanted = f"{MARK}={mark}".encode()
    if Path("/proc/self/environ").exists():
        for entry in Path("/proc").iterdir():
            if entry.name.isdigit():
                with contextlib.suppress(OSError):
                    if wanted in (entry / "environ").read_bytes().split(b"\0"):
                        yield int(entry.name)
        return
    try:
        import psutil
    except ImportError:
        return
    for process in psutil.process_iter():
        with contextlib.suppress(psutil.Error):
            if process.environ().get(MARK) == mark:
                yield int(process.pid)


def running(lines: Iterable[str]) -> Mapping[str, int | None]:
    """The arms that were still running when LogLens' messages ended: mark -> process group."""
    found: dict[str, int | None] = {}
    for line in lines:
        sign, mark, *pid = line.split()
        if sign == "-":
            found.pop(mark, None)
        else:
            found[mark] = int(pid[0]) if pid else None
    return found


def main() -> None:
    left = running(sys.stdin)
    for number in (signal.SIGTERM, KILL):
        for pid in left.values():
            if pid is not None:
                signal_group(pid, number)
        if left and number != KILL:
            time.sleep(GRACE_SECONDS)
    for mark in left:
        end_marked(mark)


if __name__ == "__main__":
    main()
