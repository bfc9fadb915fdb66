"""What a replay shows while it runs: a line an arm in a terminal, plain lines elsewhere. All of it on stderr."""

from __future__ import annotations

import math
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, Protocol

import click

from loglens.model import figures

if TYPE_CHECKING:
    from loglens.replay.progress import Moment

QUIET_SECONDS = 30.0
"""Between two lines about arms that still train, where lines are all there is."""
ENDS = {"ok": "done", "nan": "ended in NaN or infinity", "settled": "broken beyond doubt, ended early"}
"""How the end of an arm is called; the others are told by their own name."""


class Live(Protocol):
    def progress(self, moment: Moment) -> None: ...

    def say(self, text: str) -> None: ...


def words(moment: Moment) -> str:
    """`LR ×0.5: step 120 of 240, loss 0.312, about 12 s left`."""
    from loglens.replay.plan_text import spoken

    where = f"step {moment.step:,} of {moment.stop:,}"
    if moment.over:
        where = f"{ENDS.get(moment.over, moment.over.replace('_', ' '))} at {where}"
    loss = f"loss {figures.loss(moment.loss)}" if math.isfinite(moment.loss) else "loss NaN or infinite"
    left = f", about {spoken(moment.left)} left" if moment.left is not None and moment.left >= 0.5 else ""
    return f"{moment.label}: {where}, {loss}{left}"


@dataclass(slots=True)
class PlainLines:
    """A line when an arm ends, and now and then one about those that train."""

    write: Callable[[str], object] = lambda text: click.echo(text, err=True)
    now: Callable[[], float] = time.monotonic
    _last: float = field(default=0.0, init=False)

    def __post_init__(self) -> None:
        self._last = self.now()

    def progress(self, moment: Moment) -> None:
        if moment.over or self.now() - self._last > QUIET_SECONDS:
            self._last = self.now()
            self.write(words(moment))

    def say(self, text: str) -> None:
        self._last = self.now()
        self.write(text)


class TerminalLines:
    """A moving line for every arm that trains; one that stays for every arm that ended."""

    def __init__(self, bar: Any) -> None:
        self._bar = bar
        self._tasks: dict[str, Any] = {}

    def progress(self, moment: Moment) -> None:
        if moment.over:
            if (task := self._tasks.pop(moment.label, None)) is not None:
                self._bar.remove_task(task)
            self.say(words(moment))
            return
        if moment.label not in self._tasks:
            self._tasks[moment.label] = self._bar.add_task("")
        self._bar.update(self._tasks[moment.label], description=words(moment))

    def say(self, text: str) -> None:
        self._bar.console.print(text, markup=False, highlight=False)


@contextmanager
def live() -> Iterator[Live]:
    """What fits standard error."""
    if not sys.stderr.isatty():
        yield PlainLines()
        return
    from rich.console import Console
    from rich.progress import Progress, SpinnerColumn, TextColumn, TimeElapsedColumn

    columns = (SpinnerColumn(), TextColumn("{task.description}", markup=False), TimeElapsedColumn())
    with Progress(*columns, console=Console(stderr=True), transient=True) as bar:
        yield TerminalLines(bar)
