"""One training process under control: its own process group, limits, capped output, and nothing left running."""

from __future__ import annotations

import contextlib
import os
import signal
import subprocess
import threading
import time
import uuid
from collections import deque
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import IO

from loglens.model.results.replay import ArmEnd
from loglens.replay.drivers.driver import Budget
from loglens.replay.processes.environment import environment, without_secrets
from loglens.replay.processes.escaped import Orphans
from loglens.replay.processes.watchdog import KILL, MARK, Watchdog, end_marked, signal_group

POLL_SECONDS = 0.05
"""How soon a stop or a limit is noticed; the end of the process itself is noticed at once."""
LOOK_SECONDS = 2.0
"""How often disk use and the live log are looked at."""
LOOK_SHARE = 0.01
"""Of the arm's time, what looking may cost: the larger the log or the folder, the seldomer it is looked at."""
TAIL_BYTES = 65_536
OUT_OF_MEMORY = (
    b"CUDA out of memory",
    b"torch.OutOfMemoryError",
    b"torch.cuda.OutOfMemoryError",
    b"MPS backend out of memory",
)


WATCHDOG = Watchdog()
ORPHANS = Orphans()


@dataclass(frozen=True, slots=True, kw_only=True)
class ProcessEnd:
    """How a process ended. `detail`: one sentence for the user. `seconds`: from start to end."""

    end: ArmEnd
    detail: str
    seconds: float
    returncode: int | None


def run_process(
    argv: Sequence[str],
    *,
    folder: Path,
    budget: Budget,
    env: Mapping[str, str] | None = None,
    stop: threading.Event | None = None,
    enough: Callable[[], bool] | None = None,
    inherited: Sequence[str] | None = None,
) -> ProcessEnd:
    """Runs `argv` (never through a shell); output to `stdout.txt` and `stderr.txt` in `folder`, capped.

    `enough()` is asked now and then and ends the process in good order where it says True (the stretch is complete).
    `inherited`: the names of the variables it sees of our environment, None for all.
    When this returns, or raises, nothing that the process started is running any more: its process group, on Linux
    (elsewhere with psutil) what left it, and on Linux also what wiped its environment (see `escaped`). Where LogLens
    itself is killed, the watchdog sees to it.
    """
    mark = uuid.uuid4().hex
    WATCHDOG.starts(mark)
    ORPHANS.arm_begins()
    began = time.monotonic()
    try:
        process = subprocess.Popen(  # noqa: S603  the argv was typed and confirmed by the user, and no shell sees it
            argv,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            env=environment(inherited, {**(env or {}), MARK: mark}),
            start_new_session=True,
        )
    except OSError as error:
        WATCHDOG.ended(mark)
        ORPHANS.arm_ended(None)
        detail = f"{argv[0]}: could not be started ({error.strerror or error})"
        return ProcessEnd(end="exit_code", detail=detail, seconds=0.0, returncode=None)
    ORPHANS.arm_is(process.pid)
    WATCHDOG.leads(mark, process.pid)
    pipes = {"stdout.txt": process.stdout, "stderr.txt": process.stderr}
    drains = [_Drain(pipe, folder / name, budget.output_bytes) for name, pipe in pipes.items() if pipe is not None]
    try:
        stopped = _wait(process, folder, budget, began, stop, enough)
    finally:
        _end_all(process, mark, budget.grace_seconds)
        ORPHANS.arm_ended(process.pid)
        WATCHDOG.ended(mark)
        for drain in drains:
            drain.close()
    seconds = time.monotonic() - began
    if stopped is not None:
        end, detail = stopped
    else:
        end, detail = classify(process.returncode, b"".join(drain.tail for drain in drains))
    return ProcessEnd(end=end, detail=without_secrets(detail), seconds=seconds, returncode=process.returncode)


def classify(returncode: int, output: bytes) -> tuple[ArmEnd, str]:
    """The kind of end, and a sentence, from the exit code and the last output."""
    if returncode == 0:
        return "ok", ""
    last = next((line for line in reversed(output.decode(errors="replace").splitlines()) if line.strip()), "")
    said = f": {last.strip()[:300]}" if last else ""
    if any(sign in output for sign in OUT_OF_MEMORY):
        return "out_of_memory", "the GPU ran out of memory; free it or give the command a smaller batch"
    if returncode < 0 or returncode > 128:
        number = -returncode if returncode < 0 else returncode - 128
        try:
            name = signal.Signals(number).name
        except ValueError:
            return "exit_code", f"exit code {returncode}{said}"
        killer = ", as the system's out-of-memory killer does" if name == "SIGKILL" else ""
        return "signal", f"killed by {name}{killer}{said}"
    return "exit_code", f"exit code {returncode}{said}"


def _wait(
    process: subprocess.Popen[bytes],
    folder: Path,
    budget: Budget,
    began: float,
    stop: threading.Event | None,
    enough: Callable[[], bool] | None,
) -> tuple[ArmEnd, str] | None:
    """Waits for the end; a reason where the process has to be ended from here."""
    ended = threading.Event()
    threading.Thread(target=_tell_end, args=(process, ended), daemon=True).start()
    disk, log = _Turns(began), _Turns(began)
    while not ended.wait(POLL_SECONDS):
        if stop is not None and stop.is_set():
            return "interrupted", "interrupted; start the same replay again and it goes on from here"
        if time.monotonic() - began > budget.seconds:
            return "timeout", f"not done after {round(budget.seconds, 2):g} s (--budget)"
        if disk.due():
            used = disk_use(folder)
            if used > budget.disk_bytes:
                return "disk_full", f"wrote {used / 1e9:.1f} GB, over the limit of {budget.disk_bytes / 1e9:.1f} GB"
            disk.done()
        if enough is not None and log.due():
            if enough():
                return "ok", "ended by LogLens when the stretch was complete"
            log.done()
    return None


def _tell_end(process: subprocess.Popen[bytes], ended: threading.Event) -> None:
    """Waits in a thread: that costs nothing and knows of the end at once, which asking now and then does not."""
    process.wait()
    ended.set()


class _Turns:
    """When it is time to look again, by what the last look took."""

    def __init__(self, began: float) -> None:
        self._next = self._looked = began + LOOK_SECONDS

    def due(self) -> bool:
        self._looked = time.monotonic()
        return self._looked >= self._next

    def done(self) -> None:
        now = time.monotonic()
        self._next = now + max(LOOK_SECONDS, (now - self._looked) / LOOK_SHARE)


def disk_use(folder: Path) -> int:
    """Bytes in all files below `folder`; what vanishes meanwhile does not count."""
    total = 0
    for parent, _, files in os.walk(folder):
        for name in files:
            with contextlib.suppress(OSError):
                total += Path(parent, name).lstat().st_size
    return total


def _end_all(process: subprocess.Popen[bytes], mark: str, grace: float) -> None:
    """TERM to the group, KILL after `grace` seconds; then whatever carries the mark outside the group."""
    signal_group(process.pid, signal.SIGTERM)
    deadline = time.monotonic() + grace
    while (process.poll() is None or _group_alive(process.pid)) and time.monotonic() < deadline:
        time.sleep(POLL_SECONDS)
    signal_group(process.pid, KILL)
    process.wait()
    end_marked(mark)


def _group_alive(pid: int) -> bool:
    if not hasattr(os, "killpg"):
        return False
    try:
        os.killpg(pid, 0)
    except OSError:
        return False
    return True


class _Drain:
    """Empties a pipe into a file: the first half of the limit as it comes, the last 64 KiB at the end."""

    def __init__(self, pipe: IO[bytes], path: Path, limit: int) -> None:
        self._pipe, self._path, self._limit = pipe, path, limit
        self._tail: deque[bytes] = deque()
        self._tail_size = 0
        self._thread = threading.Thread(target=self._run, daemon=True)
        self._thread.start()

    @property
    def tail(self) -> bytes:
        """The last output."""
        return b"".join(self._tail)[-TAIL_BYTES:]

    def close(self) -> None:
        # what was started may have handed the pipe on; all of it is dead by now, so the end is near
        self._thread.join(timeout=5.0)

    def _run(self) -> None:
        written = left_out = 0
        with self._path.open("wb") as file, self._pipe:
            while chunk := self._read():
                self._keep(chunk)
                room = max(0, self._limit - written)
                file.write(chunk[:room])
                file.flush()
                written += min(room, len(chunk))
                left_out += max(0, len(chunk) - room)
            if left_out:
                tail = self.tail[-left_out:]
                if left_out > len(tail):
                    file.write(f"\n… {left_out - len(tail)} bytes left out …\n".encode())
                file.write(tail)

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
