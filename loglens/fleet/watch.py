"""A run followed while it trains: read again as it grows, judged again, and an alert as soon as a finding is sure.

An early judgement knows less than a late one, so an alert waits until a finding has been seen in two looks in a row, is
as sure as `Watcher.sure` asks, the run needs attention by its verdict, and the fault that leads is likely (or the
finding critical). A NaN waits for nothing.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Generator, Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Literal

from loglens.errors import NotJudgeable, ReadError
from loglens.fleet.matching import FindingMark, marks, pair_up, slack
from loglens.model.diagnosis import RunDiagnosis
from loglens.model.finding import SEVERITIES, Finding, Severity
from loglens.model.settings import Options
from loglens.readers.contract.grown import Held, Memory, remembering

EVERY = 0.5
"""Seconds between two looks at the files' sizes; reading happens only where one has changed."""
REST = 0.5
"""Of the time a look took, at least so much is waited before the next: the training needs the core more."""
SILENCE = 600.0
"""Seconds without a new byte after which a run counts as ended, where its own interval does not ask for more."""
INTERVALS = 20.0
SURE = 0.8
LIKELY = 0.65
"""Probability of the leading cause from which a finding that is not critical is told: set on two problems of other
people's sweeps, where it ended the false alarms (`tests/benchmarks/README.md` says what it is worth)."""
AT_ONCE = frozenset({"non_finite"})
"""Kinds that later points cannot take back."""

Kind = Literal["alert", "look", "waiting", "ended", "restarted"]


@dataclass(frozen=True, slots=True, kw_only=True)
class WatchEvent:
    """What a look brought. `alert`: `finding` of `run` is sure; `look`: `run` was judged anew; `waiting`: nothing can
    be judged yet, `message` says why; `restarted`: the log was written anew; `ended`: nothing came for too long."""

    kind: Kind
    run: RunDiagnosis | None = None
    finding: Finding | None = None
    message: str = ""


@dataclass(slots=True, kw_only=True)
class Watcher:
    """`sure`: confidence an alert needs; `severity`: the least that is told; `silence`: seconds, None for by its
    interval. `clock` and `pause` are the test's to replace."""

    path: Path
    options: Options = field(default_factory=Options)
    every: float = EVERY
    sure: float = SURE
    severity: Severity = "warning"
    silence: float | None = None
    clock: Callable[[], float] = time.monotonic
    pause: Callable[[float], None] = time.sleep
    _told: dict[str, list[FindingMark]] = field(default_factory=dict)
    _seen: dict[str, list[FindingMark]] = field(default_factory=dict)
    _memory: Memory = field(default_factory=Held)

    def events(self) -> Iterator[WatchEvent]:
        """Until the run ends. Raises ReadError where there is no such path."""
        if not self.path.exists():
            raise ReadError(self.path, "there is no such file or folder; start the run first, or check the path")
        before: dict[str, tuple[int, int]] = {}
        last_change = self.clock()
        runs: tuple[RunDiagnosis, ...] = ()
        allowed = self.silence if self.silence is not None else SILENCE
        while True:
            began = self.clock()
            now = _sizes(self.path)
            if now != before:
                if any(size < before[name][0] for name, (size, _) in now.items() if name in before):
                    self._told.clear()
                    self._seen.clear()
                    yield WatchEvent(kind="restarted", message="the log was written anew, from its beginning")
                before, last_change = now, self.clock()
                runs = yield from self._look()
                if self.silence is None:
                    allowed = max([SILENCE, *(INTERVALS * _interval(run) for run in runs)])
            elif self.clock() - last_change > allowed:
                # nothing more will come: what stands in the last look is as sure as it will ever be
                for run in runs:
                    yield from self.alerts(run)
                yield WatchEvent(kind="ended", message=f"no new point for {allowed:.0f} s")
                return
            self.pause(max(self.every, REST * (self.clock() - began)))

    def _look(self) -> Generator[WatchEvent, None, tuple[RunDiagnosis, ...]]:
        from loglens import pipeline

        try:
            with remembering(self._memory):
                diagnosis = pipeline.diagnose(self.path, options=self.options)
        except (ReadError, NotJudgeable) as error:
            yield WatchEvent(kind="waiting", message=str(error))
            return ()
        for run in diagnosis.runs:
            yield WatchEvent(kind="look", run=run)
            yield from self.alerts(run)
        return diagnosis.runs

    def alerts(self, run: RunDiagnosis) -> Iterator[WatchEvent]:
        """What of this judgement is to be told; remembers what it has told and seen."""
        found = marks(run)
        told = self._told.setdefault(run.run, [])
        known = pair_up(told, found, slack(run))
        again = pair_up(self._seen.get(run.run, []), found, slack(run))
        for at, finding in enumerate(run.findings):
            if SEVERITIES.index(finding.severity) < SEVERITIES.index(self.severity) or finding.confidence < self.sure:
                continue
            rose = at in known and SEVERITIES.index(finding.severity) > SEVERITIES.index(told[known[at]].severity)
            if at in known and not rose:
                continue
            if finding.kind in AT_ONCE or (at in again and _stands(run, finding)):
                told.append(found[at])
                yield WatchEvent(kind="alert", run=run, finding=finding)
        self._seen[run.run] = list(found)


def _stands(run: RunDiagnosis, finding: Finding) -> bool:
    """Whether the judgement of the whole run bears the finding out."""
    return run.verdict != "healthy" and (finding.severity == "critical" or run.cause.probability >= LIKELY)


def _sizes(path: Path) -> dict[str, tuple[int, int]]:
    """Size and time of every file below."""
    from loglens.readers.runs.discover import NO_LOGS, walked

    files = [path] if path.is_file() else [file for file in walked(path).files if file.suffix.casefold() not in NO_LOGS]
    sizes = {}
    for file in files:
        try:
            found = file.stat()
        except OSError:
            continue  # gone since the folder was listed
        sizes[str(file)] = (found.st_size, found.st_mtime_ns)
    return sizes


def _interval(run: RunDiagnosis) -> float:
    from loglens.fleet.nightly.records import interval_of

    return interval_of(run) or 0.0
