"""The one loop: items go out in batches, results come back in any order, and whatever one item does is its own.

A bug, a run that takes too long or too much memory is caught where it happens. A worker that dies takes its batch with
it: those items are tried again one by one, and the one that kills again is the one that is told.
"""

from __future__ import annotations

import os
import time
import traceback
from collections import deque
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Literal, TypeVar

from loglens.errors import LogLensError
from loglens.parallel.limits import TookTooLong, TookTooMuchMemory, limited
from loglens.parallel.pools import BackendGone, Pool, opened

if TYPE_CHECKING:
    from concurrent.futures import Future

T = TypeVar("T")
R = TypeVar("R")

LARGEST_BATCH = 16
MOST_JOBS = 8
GRACE = 10.0
"""Seconds a process may go on after its items' time is over before it is ended from outside."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Workers:
    """Who works. `jobs`: processes, 0 for as many as the machine has (at most 8). `address`: of a cluster, '' for one
    on this machine. `run_timeout`: seconds an item may take; `run_memory`: bytes its process may hold; None for no
    limit."""

    jobs: int = 0
    backend: str = "loky"
    address: str = ""
    run_timeout: float | None = None
    run_memory: int | None = None

    @property
    def count(self) -> int:
        return self.jobs or min(os.cpu_count() or 1, MOST_JOBS)


@dataclass(frozen=True, slots=True, kw_only=True)
class Failure:
    """What became of an item instead of a result. `message`: a sentence; `traceback`: for a bug."""

    kind: Literal["bug", "timeout", "memory", "died"]
    message: str
    traceback: str = ""


def run_each(task: Callable[[T], R], items: Sequence[T], workers: Workers) -> Iterator[tuple[int, R | Failure]]:
    """`task` of every item, as (place, result), each exactly once and in no order.

    `task` and the items must pickle. A LogLensError of the task ends everything (a wrong flag is wrong for all); any
    other exception becomes the item's `Failure`. Raises SettingsError where the backend cannot be had and BackendGone
    where it went away.
    """
    if not items:
        return
    pool = opened(workers.backend, workers.count, workers.address)
    try:
        yield from _Loop(task, items, workers, pool).results()
    finally:
        pool.close()


def attempted(task: Callable[[T], R], item: T, workers: Workers) -> R | Failure:
    """`task` of one item in this process, within the limits."""
    try:
        with limited(workers.run_timeout, workers.run_memory):
            return task(item)
    except (LogLensError, KeyboardInterrupt, SystemExit):
        raise
    except TookTooLong:
        return _too_long(workers)
    except (TookTooMuchMemory, MemoryError):
        return Failure(kind="memory", message="it took more memory than it may have; raise --run-memory to judge it")
    except Exception as error:
        if os.environ.get("LOGLENS_ON_ERROR") == "raise":
            raise
        text = "".join(traceback.format_exception(error))
        return Failure(kind="bug", message=f"LogLens failed with {type(error).__name__}: {error}", traceback=text)


def _too_long(workers: Workers) -> Failure:
    return Failure(
        kind="timeout", message=f"it took longer than {workers.run_timeout:g} s; raise --run-timeout to judge it"
    )


def _batch(task: Callable[[T], R], items: Sequence[T], workers: Workers) -> list[R | Failure]:
    return [attempted(task, item, workers) for item in items]


class _Loop:
    """`_waiting`: batches not sent yet; `_alone`: items of a batch that was lost, to be sent one at a time."""

    def __init__(self, task: Callable[[T], R], items: Sequence[T], workers: Workers, pool: Pool) -> None:
        self._task, self._items, self._workers, self._pool = task, items, workers, pool
        size = max(1, min(LARGEST_BATCH, len(items) // (8 * pool.slots)))
        places = range(len(items))
        self._waiting = deque(list(places[at : at + size]) for at in range(0, len(items), size))
        self._alone: deque[int] = deque()
        self._flying: dict[Future[Any], tuple[list[int], float]] = {}
        self._trying_alone = False

    def results(self) -> Iterator[tuple[int, Any]]:
        from concurrent.futures import FIRST_COMPLETED, wait  # who judges a single run opens no pool

        while self._waiting or self._alone or self._flying:
            self._send()
            done, _ = wait(self._flying, timeout=self._patience(), return_when=FIRST_COMPLETED)
            if not done:
                yield from self._stuck()
            for future in done:
                if future in self._flying:
                    yield from self._arrived(future)

    def _send(self) -> None:
        if self._alone:
            # nothing else runs beside a suspect, or it could not be told who killed
            if not self._flying:
                self._trying_alone = True
                self._submit([self._alone.popleft()])
            return
        self._trying_alone = False
        while self._waiting and len(self._flying) < 2 * self._pool.slots:
            self._submit(self._waiting.popleft())

    def _submit(self, places: list[int]) -> None:
        items = [self._items[place] for place in places]
        try:
            future = self._pool.submit(_batch, self._task, items, self._workers)
        except BackendGone:
            raise
        except Exception:  # the pool broke between two looks at it
            self._pool.restart()
            future = self._pool.submit(_batch, self._task, items, self._workers)
        self._flying[future] = places, time.monotonic()

    def _arrived(self, future: Future[Any]) -> Iterator[tuple[int, Any]]:
        places, _ = self._flying.pop(future)
        error = None if future.cancelled() else future.exception()
        if error is None and not future.cancelled():
            yield from zip(places, future.result(), strict=True)
            return
        if isinstance(error, LogLensError | KeyboardInterrupt):
            raise error
        yield from self._lost(places, f"its worker died ({type(error).__name__})" if error else "its worker died")
        if self._pool.shares_fate:
            for others, _ in self._flying.values():
                self._alone.extend(others)
            self._flying.clear()
            self._pool.restart()

    def _lost(self, places: list[int], why: str) -> Iterator[tuple[int, Any]]:
        if self._trying_alone:
            message = f"{why}: out of memory, killed from outside, or a crash in a library; judge it alone to see which"
            yield from ((place, Failure(kind="died", message=message)) for place in places)
        else:
            self._alone.extend(places)

    def _patience(self) -> float | None:
        """Seconds until the oldest batch counts as stuck; a batch may have waited for one before it."""
        limit = self._workers.run_timeout
        if limit is None or not self._flying:
            return None
        ends = [
            began + limit * len(places) * (1 if self._trying_alone else 2) + GRACE
            for places, began in self._flying.values()
        ]
        return max(0.0, min(ends) - time.monotonic())

    def _stuck(self) -> Iterator[tuple[int, Any]]:
        """Work that its own limit did not end: it hangs outside Python, so its process is ended."""
        if self._trying_alone:
            for places, _ in self._flying.values():
                yield from ((place, _too_long(self._workers)) for place in places)
        else:
            for places, _ in self._flying.values():
                self._alone.extend(places)
        self._flying.clear()
        self._pool.restart()
