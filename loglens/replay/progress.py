"""How far a replay is and how long it still takes, by what its arms really took."""

from __future__ import annotations

import math
import threading
import time
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field

from loglens.model.results.replay import ArmRun
from loglens.replay.drivers.driver import ArmJob
from loglens.replay.plan_text import spoken, whole_seconds

ENOUGH = 0.05
"""Of an arm, what must be done before its own pace says how long it takes."""
WRONG = 1.5
"""By how much an estimate may be off before another one is said."""
WORTH_SAYING = 20.0
"""Seconds below which nobody waits for a better estimate."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Moment:
    """An arm at a moment: its last step and loss, the step at which it is `stop`, and the seconds that all planned arms
    of the stretch will still take, None where nothing is known yet. `over`: how it ended, '' while it trains."""

    label: str
    step: int
    stop: int
    loss: float
    left: float | None
    over: str = ""


Progress = Callable[[Moment], object]


@dataclass(slots=True, kw_only=True)
class TimeLeft:
    """What was measured so far in the stretch that is played. `slots`: arms side by side; `now`: seconds, for tests."""

    slots: int = 1
    progress: Progress | None = None
    say: Callable[[str], object] | None = None
    now: Callable[[], float] = time.monotonic
    _took: list[float] = field(default_factory=list)
    _open: dict[str, ArmJob] = field(default_factory=dict)
    _began: dict[str, float] = field(default_factory=dict)
    _step: dict[str, int] = field(default_factory=dict)
    _promised: tuple[float, float] | None = None
    _lock: threading.Lock = field(default_factory=threading.Lock)

    def plan(self, jobs: Iterable[ArmJob]) -> None:
        """A stretch begins, with these arms. Another one's are over, whether they were run or not: they are called the
        same, and took what their stretch took."""
        with self._lock:
            self._open = {job.arm.label: job for job in jobs}
            self._took, self._began, self._step, self._promised = [], {}, {}, None

    def begin(self, jobs: Sequence[ArmJob]) -> None:
        """These arms, planned or not, are handed to the driver; the first of them start now."""
        for job in jobs:
            self._open.setdefault(job.arm.label, job)
        for job in jobs[: self.slots]:
            self._began[job.arm.label] = self.now()

    def saw(self, label: str, step: int, loss: float) -> None:
        """An arm is at this step."""
        with self._lock:
            self._began.setdefault(label, self.now())
            self._step[label] = step
            job = self._open.get(label)
            moment = None if job is None else self._moment(job, step, loss)
        if self.progress is not None and moment is not None:
            self.progress(moment)

    def ended(self, run: ArmRun) -> None:
        """An arm is over; what it took, or would have taken as a whole, is the measure of those to come."""
        label = run.arm.label
        with self._lock:
            job = self._open.pop(label, None)
            if job is not None and run.usable and run.seconds > 0:
                self._took.append(whole_seconds(run, job.start, job.steps))
            for known in (self._began, self._step):
                known.pop(label, None)
            last = (
                (int(run.steps[-1]), float(run.losses[-1]))
                if len(run.steps)
                else (0 if job is None else job.start, math.nan)
            )
            moment = None if job is None else self._moment(job, *last, over=run.end)
        if self.progress is not None and moment is not None:
            self.progress(moment)

    def each(self) -> float | None:
        """Seconds an arm takes, start-up included where each arm starts: the mean of those that ended, else by the pace
        of the one that runs."""
        if self._took:
            return sum(self._took) / len(self._took)
        paces = [(self.now() - self._began[label]) / share for label, share in self._shares() if share > ENOUGH]
        return max(paces, default=None)

    def left(self) -> float | None:
        """Seconds until all planned arms are done."""
        each = self.each()
        if each is None:
            return None
        shares = dict(self._shares())
        work = sum(each * (1.0 - shares.get(label, 0.0)) for label in self._open)
        longest = max((each * (1.0 - shares.get(label, 0.0)) for label in self._open), default=0.0)
        return max(work / self.slots, longest)

    def promise(self, seconds: float) -> None:
        """An estimate was told."""
        self._promised = (self.now(), seconds)

    def correct(self) -> None:
        """Tells a new estimate where the old one is far off."""
        left = self.left()
        if left is None or self._promised is None or self.say is None or not self._open:
            return
        told, seconds = self._promised
        expected = max(seconds - (self.now() - told), 1.0)
        if left > WORTH_SAYING and (left > WRONG * expected or expected > WRONG * left):
            than = "longer" if left > expected else "less"
            self.say(f"It takes {than} than was said: about {spoken(left)} are left.")
            self.promise(left)

    def _shares(self) -> list[tuple[str, float]]:
        """Arms that run, with the share that is done."""
        return [
            (label, min(1.0, max(0.0, (step - job.start) / job.steps)))
            for label, step in self._step.items()
            if (job := self._open.get(label)) is not None
        ]

    def _moment(self, job: ArmJob, step: int, loss: float, over: str = "") -> Moment:
        stop = job.start + job.steps
        return Moment(label=job.arm.label, step=step, stop=stop, loss=loss, left=self.left(), over=over)
