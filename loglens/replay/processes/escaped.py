"""Processes that got away: a daemon in a session of its own that wiped its environment is still found, where the system
gives such orphans back to us (Linux: PR_SET_CHILD_SUBREAPER).

The kernel makes the nearest "subreaper" above an orphan its new parent, whatever the orphan did to its session, its
group or its environment. So once LogLens is one, what an arm leaves behind is a child of LogLens that LogLens did not
start: it lies in another session, as every arm does.
"""

from __future__ import annotations

import contextlib
import ctypes
import os
import threading
import time
from collections.abc import Iterator
from pathlib import Path

from loglens.replay.processes.watchdog import KILL, PAUSE_SECONDS

PR_SET_CHILD_SUBREAPER = 36
ROUNDS = 40


class Orphans:
    """Counts the arms that run, and ends what they left behind when no other arm can own it."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._known: set[int] = set()  # children of ours that are no orphans: arms, the watchdog
        self._running = 0
        self._adopts: bool | None = None

    def arm_begins(self) -> None:
        """Before an arm is started. Children that are there by then are somebody else's."""
        with self._lock:
            if self._adopts is None:
                self._adopts = _become_subreaper()
            if not self._running:
                self._known |= set(_children(os.getpid()))
            self._running += 1

    def arm_is(self, pid: int) -> None:
        """The arm's own process: whoever started it waits for it."""
        with self._lock:
            self._known.add(pid)

    def arm_ended(self, pid: int | None) -> None:
        """Ends the orphans of the last arm, and forgets it. Where other arms run, theirs cannot be told apart, and the
        last of them ends all."""
        with self._lock:
            self._running -= 1
            last = not self._running
            if pid is not None:
                self._known.discard(pid)
            known = frozenset(self._known)
        if last and self._adopts:
            _end(known)


def _end(known: frozenset[int]) -> None:
    """Kills and reaps what was given to us; its own children come to us in turn, so it looks again."""
    for _ in range(ROUNDS):
        found = [pid for pid in _children(os.getpid()) if pid not in known and _session(pid) != os.getsid(0)]
        if not found:
            return
        for pid in found:
            with contextlib.suppress(OSError):
                os.kill(pid, KILL)
        time.sleep(PAUSE_SECONDS)
        for pid in found:
            with contextlib.suppress(OSError):
                os.waitpid(pid, os.WNOHANG)


def _become_subreaper() -> bool:
    if not Path("/proc/self/task").is_dir():
        return False
    try:
        libc = ctypes.CDLL(None, use_errno=True)
        return int(libc.prctl(PR_SET_CHILD_SUBREAPER, 1, 0, 0, 0)) == 0
    except (OSError, AttributeError):
        return False


def _children(parent: int) -> Iterator[int]:
    """All children of a process, whichever of its threads started them."""
    for entry in Path("/proc").iterdir():
        if entry.name.isdigit():
            facts = _facts(int(entry.name))
            if facts is not None and facts[0] == parent:
                yield int(entry.name)


def _session(pid: int) -> int:
    facts = _facts(pid)
    return -1 if facts is None else facts[1]


def _facts(pid: int) -> tuple[int, int] | None:
    """Parent and session of a process. The name before them may hold anything, brackets included."""
    with contextlib.suppress(OSError, ValueError, IndexError):
        words = Path(f"/proc/{pid}/stat").read_bytes().rpartition(b")")[2].split()
        return int(words[1]), int(words[3])
    return None
