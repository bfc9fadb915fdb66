"""One training process under control: its own process group, limits, capped output, and nothing left running."""

from __future__ import annotations

import contextlib
import json
import os
import signal
import subprocess
import threading
import time
import uuid
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from loglens.model.results.replay import ArmEnd
from loglens.replay.drivers.driver import Budget
from loglens.replay.processes.environment import environment, without_secrets
from loglens.replay.processes.escaped import Orphans
from loglens.replay.processes.output import Drain
from loglens.replay.processes.watchdog import KILL, MARK, Watchdog, end_marked, signal_group

POLL_SECONDS = 0.05
"""How soon a stop or a limit is noticed; the end of the process itself is noticed at once."""
LOOK_SECONDS = 2.0
"""How often disk use and the live log are looked at."""
LOOK_SHARE = 0.01
"""Of the arm's time, what looking may cost: the larger the log or the folder, the seldomer it is looked at."""
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


class Process:
    """A process of an arm, or of several in turn, started at once. OSError where it cannot be.

    When `close` returns nothing that it started is running any more: its process group, on Linux (elsewhere with
    psutil) what left it, and on Linux also what wiped its environment (see `escaped`). Where LogLens itself is killed,
    the watchdog sees to it. `inherited`: the names of the variables it sees of our environment, None for all.
    `listens`: whether it is told things on its standard input (`tell`), which is empty otherwise.
    """

    def __init__(
        self,
        argv: Sequence[str],
        *,
        folder: Path,
        output_bytes: int,
        env: Mapping[str, str] | None = None,
        inherited: Sequence[str] | None = None,
        listens: bool = False,
    ) -> None:
        self._mark = uuid.uuid4().hex
        self._drains: list[Drain] = []
        self._ended = threading.Event()
        WATCHDOG.starts(self._mark)
        ORPHANS.arm_begins()
        try:
            self._process = subprocess.Popen(  # noqa: S603  the argv was typed and confirmed by the user, and no shell sees it
                argv,
                stdin=subprocess.PIPE if listens else subprocess.DEVNULL,
                stdout=subprocess.PIPE,
                stderr=subprocess.PIPE,
                env=environment(inherited, {**(env or {}), MARK: self._mark}),
                start_new_session=True,
            )
        except BaseException:
            ORPHANS.arm_ended(None)
            WATCHDOG.ended(self._mark)
            raise
        try:
            self._own(folder, output_bytes)
        except BaseException:
            # nobody else knows of it yet: what was started is ended here, or never
            self._end(0.0)
            for pipe in (self._process.stdout, self._process.stderr):
                if pipe is not None:
                    pipe.close()
            raise

    def _own(self, folder: Path, output_bytes: int) -> None:
        """Whoever may have to end it knows of it; its output is taken, and its end waited for."""
        ORPHANS.arm_is(self._process.pid)
        WATCHDOG.leads(self._mark, self._process.pid)
        pipes = {"stdout.txt": self._process.stdout, "stderr.txt": self._process.stderr}
        for name, pipe in pipes.items():
            if pipe is not None:
                self._drains.append(Drain(pipe, folder / name, output_bytes))
        threading.Thread(target=self._tell_end, daemon=True).start()

    @property
    def pid(self) -> int:
        return self._process.pid

    @property
    def over(self) -> bool:
        """Whether it has ended by itself."""
        return self._ended.is_set()

    def tell(self, words: str) -> None:
        """`words` on its standard input, as one line of JSON: in ASCII, so that a path of any bytes comes through.
        OSError where it no longer reads."""
        if self._process.stdin is None:
            raise OSError("this process does not listen")
        self._process.stdin.write(f"{json.dumps(words)}\n".encode("ascii"))
        self._process.stdin.flush()

    def output_to(self, folder: Path) -> None:
        """What it prints from now on goes to `stdout.txt` and `stderr.txt` of this folder."""
        for drain in self._drains:
            drain.turn_to(folder / drain.path.name)

    def wait(
        self,
        folders: Sequence[Path],
        budget: Budget,
        *,
        stop: threading.Event | None = None,
        enough: Callable[[], bool] | None = None,
        done: Callable[[], bool] | None = None,
    ) -> tuple[ArmEnd, str] | None:
        """Waits until it ends, or until `done()`; a reason where it has to be ended from here: a limit, a stop, or
        `enough()`, which is asked now and then, whereas `done()` is asked all the time. `folders`: those of its arms;
        each may take what the budget allows on the disk."""
        began = time.monotonic()
        disk, log = _Turns(began), _Turns(began)
        while not self._ended.wait(POLL_SECONDS):
            if done is not None and done():
                return None
            if stop is not None and stop.is_set():
                return "interrupted", "interrupted; start the same replay again and it goes on from here"
            if time.monotonic() - began > budget.seconds_left:
                return "timeout", f"not done after {round(budget.seconds, 2):g} s (--budget)"
            if disk.due():
                used = max(disk_use(folder) for folder in folders)
                if used > budget.disk_bytes:
                    return "disk_full", f"wrote {used / 1e9:.1f} GB, over the limit of {budget.disk_bytes / 1e9:.1f} GB"
                disk.done()
            if enough is not None and log.due():
                if enough():
                    return "ok", "ended by LogLens when the stretch was complete"
                log.done()
        return None

    def close(self, grace_seconds: float) -> tuple[ArmEnd, str]:
        """Ends it and all that it started; how it ended, by its exit code and its last output."""
        self._end(grace_seconds)
        end, detail = classify(self._process.returncode, b"".join(drain.tail for drain in self._drains))
        return end, without_secrets(detail)

    def _end(self, grace_seconds: float) -> None:
        try:
            if self._process.stdin is not None:
                with contextlib.suppress(OSError):
                    self._process.stdin.close()
        finally:
            _end_all(self._process, self._mark, grace_seconds)
            ORPHANS.arm_ended(self._process.pid)
            WATCHDOG.ended(self._mark)
            for drain in self._drains:
                drain.close()

    @property
    def returncode(self) -> int | None:
        return self._process.returncode

    def _tell_end(self) -> None:
        """Waits in a thread: that costs nothing and knows of the end at once, which asking now and then does not."""
        self._process.wait()
        self._ended.set()


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
    When this returns, or raises, nothing that the process started is running any more (see `Process`).
    """
    began = time.monotonic()
    try:
        process = Process(argv, folder=folder, output_bytes=budget.output_bytes, env=env, inherited=inherited)
    except (OSError, ValueError) as error:  # ValueError: a word of the command that no system call takes
        detail = f"{argv[0]}: could not be started ({getattr(error, 'strerror', None) or error})"
        return ProcessEnd(end="exit_code", detail=detail, seconds=0.0, returncode=None)
    try:
        stopped = process.wait([folder], budget, stop=stop, enough=enough)
    finally:
        ended = process.close(budget.grace_seconds)
    end, detail = stopped or ended
    return ProcessEnd(end=end, detail=detail, seconds=time.monotonic() - began, returncode=process.returncode)


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
