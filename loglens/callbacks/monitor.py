"""The monitor: keeps the losses of a running training, judges them now and then, and says what it is sure of."""

from __future__ import annotations

import math
import sys
import time
from array import array
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

from loglens.callbacks.timing import FEWEST, Alarm, StepBudget
from loglens.errors import LogLensError
from loglens.model.diagnosis import RunDiagnosis
from loglens.model.finding import SEVERITIES, Finding, Severity
from loglens.model.kinds import KINDS
from loglens.model.run import RoleChoice, Run, Series

SERIES = {
    "train_loss": "train/loss",
    "val_loss": "val/loss",
    "learning_rate": "learning_rate",
    "grad_norm": "grad_norm",
}
SLOW = 500
"""Points before a finding that shows only in the long run is told."""
HELD = 16
"""Steps that are taken in together: reading a loss that lies on a device makes the program wait for the device."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Alert:
    """A finding that is sure, while the training runs. `step`: when it was noticed; `run`: the diagnosis so far."""

    step: int
    finding: Finding
    run: RunDiagnosis

    @property
    def text(self) -> str:
        """`step 312: Loss climbs ...; learning rate too high 97%. To do: peak_lr 0.1 → 0.02`"""
        from loglens.render import numbers, words

        cause = (
            f"{words.lowered(words.cause_title(self.run.cause.cause))} {numbers.percent(self.run.cause.probability)}"
        )
        advice = words.to_do(self.run)
        return f"step {self.step:,}: {self.finding.summary.rstrip('.')}. Likeliest cause: {cause}. To do: {advice}"


@dataclass(slots=True)
class _Track:
    steps: array[int] = field(default_factory=lambda: array("q"))
    values: array[float] = field(default_factory=lambda: array("d"))

    def add(self, step: int, value: float) -> None:
        while self.steps and self.steps[-1] >= step:  # the training went back to a checkpoint
            self.steps.pop()
            self.values.pop()
        self.steps.append(step)
        self.values.append(value)


class Monitor:
    """Watches a training loop from inside, for plain torch or any other loop.

        monitor = Monitor(optimizer=optimizer, on_alert=print, stop=True)
        if monitor.step(loss):
            break

    `optimizer`: where the learning rate is read from (a torch optimizer; else give `lr` with each step). `on_alert` is
    called with an `Alert`, once a finding; without it one line goes to stderr. `stop`: whether `step` returns True on
    an alert. `severity`, `sure`: from which severity and confidence on a finding is one. `share`: how much of the
    training's time judging may take. Nothing is ever raised into the training: what fails inside is said once on
    stderr, and the monitor is silent from then on.
    """

    def __init__(
        self,
        *,
        optimizer: Any = None,
        on_alert: Callable[[Alert], object] | None = None,
        stop: bool = False,
        severity: Severity = "critical",
        sure: float = 0.8,
        share: float = 0.005,
        name: str = "training",
    ) -> None:
        self.alerts: list[Alert] = []
        self.diagnosis: RunDiagnosis | None = None
        self.should_stop = False
        self._optimizer = optimizer
        self._on_alert = on_alert
        self._stop = stop
        self._bar = SEVERITIES.index(severity)
        self._sure = sure
        self._name = name
        self._tracks = {role: _Track() for role in SERIES}
        self._first_seen: dict[str, int] = {}
        self._held: list[tuple[int | None, Any, float | None, Any, Any]] = []
        self._limit = -math.inf
        self._alarm = Alarm()
        self._alarmed = False
        self._budget = StepBudget(share=share)
        _load()
        self._began = time.monotonic()
        self._next = 0
        self._broken = False

    @property
    def judging_seconds(self) -> float:
        """How long judging took so far."""
        return self._budget.spent

    def step(
        self,
        loss: Any,
        *,
        step: int | None = None,
        lr: float | None = None,
        grad_norm: Any = None,
        val_loss: Any = None,
    ) -> bool:
        """After an optimizer step: the loss (a number or a tensor with one), and what else is known of it.

        `step`: its number, counted from 0 where it is not given. Returns whether the training should stop.
        """
        if not self._broken:
            try:
                rate = self._optimizer.param_groups if lr is None and self._optimizer is not None else lr
                on_device = getattr(loss, "is_cuda", False)
                if not on_device:
                    loss = float(loss.detach() if hasattr(loss, "detach") else loss)
                self._held.append((step, loss, _rate(rate), grad_norm, val_loss))
                # few bytecodes a step: the rest waits for company, unless this loss stands out (or is NaN)
                if len(self._held) >= HELD or not (on_device or loss <= self._limit):
                    self._take()
            except Exception as error:  # the training must not pay for a bug in here
                self._give_up(error)
        return self.should_stop

    def validation(self, loss: Any, *, step: int | None = None) -> bool:
        """A validation loss, at the step given or the last one trained. Returns whether the training should stop."""
        if not self._broken:
            try:
                self._settle()
                self._tracks["val_loss"].add(max(0, self._next - 1) if step is None else int(step), float(loss))
            except Exception as error:
                self._give_up(error)
        return self.should_stop

    def log(self) -> Run:
        """What was seen so far, as a run that can be diagnosed, exported or shown."""
        self._settle()
        kept = {role: track for role, track in self._tracks.items() if track.steps}
        return Run(
            name=self._name,
            source=self._name,
            format="live",
            series=tuple(
                Series(tag=SERIES[role], steps=list(series.steps), values=list(series.values))  # type: ignore[arg-type]
                for role, series in kept.items()
            ),
            roles=tuple(
                RoleChoice(role=role, series=SERIES[role] if role in kept else None, reason="given") for role in SERIES
            ),
            live=True,
        )

    def judge(self) -> RunDiagnosis | None:
        """Judge now, whatever the budget says (at the end of a training). None where there is nothing to judge yet."""
        try:
            self._settle()
            self._look()
        except Exception as error:
            self._give_up(error)
        return self.diagnosis

    def _take(self) -> None:
        self._settle()
        points = len(self._tracks["train_loss"].steps)
        if self._budget.due(points, time.monotonic() - self._began, alarmed=self._alarmed):
            self._look()

    def _settle(self) -> None:
        """Put what is held on the tracks."""
        held, self._held = self._held, []
        for step, loss, rate, grad_norm, val_loss in held:
            at = self._next if step is None else int(step)
            self._next = at + 1
            value = float(loss)
            known = (("train_loss", value), ("learning_rate", rate), ("grad_norm", grad_norm), ("val_loss", val_loss))
            for role, number in known:
                if number is not None:
                    self._tracks[role].add(at, float(number))
            self._alarmed = self._alarm.rings(value) or self._alarmed
        self._limit = self._alarm.limit

    def _look(self) -> None:
        from loglens.pipeline import diagnose_run

        began = time.perf_counter()
        alarmed, self._alarmed = self._alarmed, False
        points = len(self._tracks["train_loss"].steps)
        fresh: list[Finding] = []
        try:
            self.diagnosis = diagnose_run(self.log())
            fresh = [finding for finding in self.diagnosis.findings if self._is_sure(self.diagnosis, finding)]
        except LogLensError:
            pass  # too short to judge, or all NaN: the next look has more
        finally:
            seconds = time.perf_counter() - began
            self._budget.judged(points, seconds, alarmed=alarmed, found=bool(fresh))
        if self.diagnosis is not None:
            for item in fresh:
                self._say(Alert(step=self._next - 1, finding=item, run=self.diagnosis))

    def _is_sure(self, run: RunDiagnosis, finding: Finding) -> bool:
        """Severe and sure enough in a run that is as bad, with a cause, and not told yet: a few points of a rough start
        have none. What shows only in the long run (a plateau) has to be there still when the log is twice as long."""
        verdict = ("healthy", "warning", "critical").index(run.verdict)
        if min(SEVERITIES.index(finding.severity), verdict) < self._bar or finding.confidence < self._sure:
            return False
        if run.cause.cause == "unknown" and finding.kind != "non_finite":
            return False
        if KINDS[finding.kind].vague or finding.kind == "overfitting":
            since = self._first_seen.setdefault(finding.kind, run.points)
            if run.points < max(SLOW, 2 * since):
                return False
        return not any(
            alert.finding.kind == finding.kind and alert.finding.steps.touches(finding.steps) for alert in self.alerts
        )

    def _say(self, alert: Alert) -> None:
        self.alerts.append(alert)
        self.should_stop = self.should_stop or self._stop
        if self._on_alert is None:
            sys.stderr.write(f"LogLens: {alert.text}\n")
            return
        try:
            self._on_alert(alert)
        except Exception as error:  # the user's own function: it goes on being called
            sys.stderr.write(f"LogLens: on_alert failed with {type(error).__name__}: {error}\n")

    def _give_up(self, error: Exception) -> None:
        self._broken = True
        sys.stderr.write(f"LogLens watches no more ({type(error).__name__}: {error}); the training goes on.\n")


def _rate(given: Any) -> float | None:
    """The learning rate as it was given, or the largest of a torch optimizer's groups."""
    if not isinstance(given, list | tuple):
        return None if given is None else float(given)
    return float(given[0]["lr"] if len(given) == 1 else max(group["lr"] for group in given))


def _load() -> None:
    """What judging imports, now: the first step is not the place to spend half a second."""
    from loglens.pipeline import diagnose_run

    diagnose_run(
        Run.from_arrays(
            {"loss": [1.0 / (step + 1) for step in range(FEWEST)]}, roles={"train_loss": "loss"}, name="warm-up"
        )
    )
