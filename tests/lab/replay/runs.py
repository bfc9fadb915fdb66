"""Training the runs that replay is measured on, and what is known about each: its cause, and its sweep of rates."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, replace
from functools import cache
from pathlib import Path
from typing import Literal

import numpy as np
import torch
from numpy.typing import NDArray

from loglens.model.causes import CauseName
from loglens.model.diagnosis import Cause, Curve, Recommendation, RunDiagnosis
from loglens.model.finding import Finding
from loglens.model.kinds import FindingKind
from loglens.model.run import StepSpan
from loglens.model.schedule import LrSchedule
from loglens.replay import Recorder
from tests.lab.replay.tasks import CENTRES, TASKS, Job, build, plan

Fault = Literal["lr_too_high", "lr_jump", "bad_batch", "data_order", "transient", "false_alarm"]
FloatArray = NDArray[np.float64]
GRID = tuple(2.0**power for power in range(-6, 8))
"""Peak rates of a sweep, as multiples of the optimizer's centre."""
EVERY = 20
STEPS = 300


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Known:
    """A run with its truth. `sweep`: peak rate -> final training loss (smoothed), of the run without the fault."""

    job: Job
    fault: Fault
    losses: FloatArray
    finding: Finding
    sweep: dict[float, float]

    @property
    def steps(self) -> NDArray[np.int64]:
        return np.arange(len(self.losses))


def train(job: Job, record: Path | None = None) -> FloatArray:
    """(steps,) the losses of a job; the training ends where they stop being numbers."""
    target = build(job)
    recorder = None
    if record is not None:
        recorder = Recorder(
            record, model=target.model, optimizer=target.optimizer, scheduler=target.scheduler, every=EVERY, keep=100
        )
    losses: list[float] = []
    for step in range(job.steps):
        x, y = target.batches(step)
        target.optimizer.zero_grad(set_to_none=True)
        loss = target.loss(target.model, (x, y))
        loss.backward()  # type: ignore[no-untyped-call]
        target.optimizer.step()
        target.scheduler.step()
        losses.append(float(loss.detach()))
        if job.planted == "once" and step == job.at:
            _shake(target.model, job)
        if recorder is not None:
            recorder.step(step, losses[-1])
        if not np.isfinite(losses[-1]):
            break
    return np.array(losses)


def _shake(model: torch.nn.Module, job: Job) -> None:
    """What a flipped bit or a failing device does: some weights are suddenly others."""
    generator = torch.Generator().manual_seed(job.seed)
    with torch.no_grad():
        for one in model.parameters():
            one.add_(job.size * one.std() * torch.randn(one.shape, generator=generator) if one.numel() > 1 else 0.0)


@cache
def sweep(task: str, optimizer: str, schedule: str, steps: int, seed: int) -> tuple[tuple[float, float], ...]:
    """Peak rate -> final loss (mean of the last fifth; infinite where it blew up)."""
    found: list[tuple[float, float]] = []
    for factor in GRID:
        lr = CENTRES[optimizer] * factor
        losses = train(Job(task=task, optimizer=optimizer, schedule=schedule, lr=lr, steps=steps, seed=seed))
        final = float(losses[-steps // 5 :].mean()) if len(losses) == steps else float("inf")
        found.append((lr, final if np.isfinite(final) else float("inf")))
    return tuple(found)


def first_loss(job: Job) -> float:
    return float(train(replace(job, steps=1, planted="none"))[0])


def regret(known: Known, lr: float) -> float:
    """(final − best) / (first − best) at a peak rate, interpolated in its logarithm; at most 1."""
    rates = np.log(np.array(list(known.sweep)))
    best = min(known.sweep.values())
    span = max(first_loss(known.job) - best, 1e-9)
    regrets = np.minimum(1.0, (np.array(list(known.sweep.values())) - best) / span)
    return float(np.interp(np.log(lr), rates, regrets))


def known_runs(folder: Path, per_fault: int, seed: int = 0, tasks: Iterable[str] = tuple(TASKS)) -> Iterator[Known]:
    """`per_fault` runs of every fault, each kept only where the fault is really there and really shows. `seed` decides
    on faults, rates, first weights and batches alike."""
    rng = np.random.default_rng(seed)
    settings = [
        Job(task=task, optimizer=optimizer, schedule=schedule, lr=1.0, steps=STEPS, seed=seed)
        for task in tasks
        for optimizer in ("sgd", "adamw")
        for schedule in ("constant", "cosine")
    ]
    faults: tuple[Fault, ...] = ("lr_too_high", "lr_jump", "bad_batch", "data_order", "transient", "false_alarm")
    for fault in faults:
        made = tries = 0
        rng.shuffle(settings)
        while made < per_fault and tries < per_fault * 12:
            base = settings[tries % len(settings)]
            tries += 1
            known = _one(fault, base, rng, folder / f"{fault}-{made}")
            if known is not None:
                made += 1
                yield known


def _one(fault: Fault, base: Job, rng: np.random.Generator, folder: Path) -> Known | None:
    table = dict(sweep(base.task, base.optimizer, base.schedule, base.steps, base.seed))
    best = min(table.values())
    span = max(first_loss(base) - best, 1e-9)
    job = _planted(fault, base, {lr: (final - best) / span for lr, final in table.items()}, rng)
    if job is None:
        return None
    losses = train(job, folder)
    finding = _finding(fault, job, losses, span, rng)
    if finding is None:
        return None
    return Known(job=job, fault=fault, losses=losses, finding=finding, sweep=table)


def _planted(fault: Fault, base: Job, regrets: dict[float, float], rng: np.random.Generator) -> Job | None:
    """The job with its fault; None where this setting has no rate that is too high and still trains."""
    good = [lr for lr, value in regrets.items() if value <= 0.02]
    # the gentlest good rate and its neighbours: what a careful person would have chosen
    healthy = good[: max(1, len(good) // 2)]
    lr = float(rng.choice(healthy))
    at = int(rng.integers(int(0.25 * base.steps), int(0.7 * base.steps)))
    job = replace(base, lr=lr, at=at)
    if fault == "lr_too_high":
        bad = [rate for rate, value in regrets.items() if value >= 0.08 and rate > max(good)]
        return replace(base, lr=float(rng.choice(bad[:4]))) if bad else None
    if fault == "lr_jump":
        return replace(job, planted="jump", size=float(rng.choice([10.0, 20.0, 50.0, 100.0])))
    if fault == "bad_batch":
        size = float(rng.choice([5.0, 10.0, 20.0]))
        return replace(job, planted="bad_batch", size=size, count=int(rng.integers(1, 4)))
    if fault == "data_order":
        return replace(job, planted="sorted", count=int(rng.integers(8, 25)), at=0)
    if fault == "transient":
        return replace(job, planted="once", size=float(rng.choice([1.0, 2.0, 4.0])))
    return job


def _finding(fault: Fault, job: Job, losses: FloatArray, span: float, rng: np.random.Generator) -> Finding | None:
    """What a detector would say; None where the fault does not show."""
    end = len(losses) - 1
    if fault == "lr_too_high":
        return _high_finding(job, losses, span)
    if fault == "false_alarm":
        smooth = np.array([np.median(losses[max(0, k - 8) : k + 1]) for k in range(len(losses))])
        peak = int(np.argmax((losses - smooth)[60:])) + 60
        return _made("loss_spike", max(0, peak - 1), min(end, peak + 3), peak)
    if fault == "data_order":
        jump = losses[job.count : job.count * 12 : job.count] - losses[job.count - 1 : job.count * 12 - 1 : job.count]
        if np.median(jump) < 0.05 * span:
            return None
        kind: FindingKind = "oscillation" if rng.random() < 0.5 else "loss_spike"
        start = int(rng.integers(60, 120))
        return _made(kind, start, end if kind == "oscillation" else start + 30, None)
    before = losses[max(0, job.at - 30) : job.at]
    after = losses[job.at : job.at + 40]
    if len(losses) == job.steps:
        rise = float(after.max() - np.median(before))
        noise = float(1.4826 * np.median(np.abs(before - np.median(before))))
        if rise < max(8 * noise, 0.08 * span):
            return None
        peak = job.at + int(np.argmax(after))
        settled = np.flatnonzero(losses[peak:] < np.median(before) + 2 * noise)
        last = peak + (int(settled[0]) if len(settled) else end - peak)
        return _made("loss_spike" if len(settled) else "divergence", job.at, max(job.at, last), peak)
    return _made("non_finite", min(job.at, end), end, end)


def _high_finding(job: Job, losses: FloatArray, span: float) -> Finding | None:
    if len(losses) < job.steps:
        return _made("non_finite", max(0, len(losses) - 12), len(losses) - 1, len(losses) - 1)
    usual = np.array([np.median(losses[max(0, k - 15) : k + 1]) for k in range(len(losses))])
    rise = losses - usual
    if rise[15:].max() > 0.3 * span:
        peak = int(np.argmax(rise[15:])) + 15
        return _made("loss_spike", max(0, peak - 4), min(job.steps - 1, peak + 20), peak)
    if np.median(losses[-60:]) > 0.9 * losses[0]:
        return _made("divergence", 5, job.steps - 1, int(np.argmax(losses)))
    return _made("stagnation", 60, job.steps - 1, None)


def _made(kind: FindingKind, start: int, end: int, peak: int | None) -> Finding:
    return Finding(
        kind=kind, severity="critical", score=0.8, confidence=0.9, steps=StepSpan(start=start, end=max(start, end)),
        series="loss", summary=f"{kind} at step {start}", peak_step=peak,
    )  # fmt: skip


def diagnosis(known: Known, source: str) -> RunDiagnosis:
    """The diagnosis a log alone could give: the finding is there, the cause is open, the LR is suspected."""
    job = known.job
    guess: tuple[tuple[CauseName, float], ...] = (
        ("lr_too_high", 0.4), ("bad_data", 0.2), ("data_order", 0.1), ("healthy", 0.2), ("unknown", 0.1),
    )  # fmt: skip
    peak = job.lr * max(plan(job)(step) for step in range(len(known.losses)))
    return RunDiagnosis(
        run=source,
        source=source,
        format="arrays",
        roles={"train_loss": "loss"},
        first_step=0,
        last_step=len(known.losses) - 1,
        points=len(known.losses),
        schedule=LrSchedule(kind="unknown", peak_lr=peak, warmup_steps=None),
        verdict="critical",
        scores={},
        findings=(known.finding,),
        causes=tuple(Cause(cause=name, probability=value) for name, value in guess),
        recommendation=Recommendation(
            action="lower_lr", current_peak_lr=peak, peak_lr=peak / 3, lr_factor=1 / 3, why="a guess from the log"
        ),
        curves=(
            Curve(role="train_loss", series="loss", steps=known.steps, values=known.losses, points=len(known.losses)),
        ),
    )
