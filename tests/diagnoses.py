"""Hand-built diagnoses for the renderers' tests: no reading, no judging, every field filled."""

from __future__ import annotations

from dataclasses import replace

import numpy as np

from loglens.model.diagnosis import (
    Cause,
    Curve,
    Diagnosis,
    LossLevel,
    Recommendation,
    ReplayArm,
    ReplayResult,
    RunDiagnosis,
    Weight,
)
from loglens.model.finding import Broke, Clean, Evidence, Finding, Found, NotApplicable
from loglens.model.results.what_if import Lost, WhatIf, WhatIfLaw
from loglens.model.run import Event, FloatArray, Note, PassedOver, Problem, Rewind, RoleChoice, StepSpan
from loglens.model.schedule import LrEvent, LrPhase, LrSchedule

STEPS = 600


def curves(seed: int = 0, *, points: int = STEPS, series: str = "train/loss") -> tuple[Curve, ...]:
    """Loss with two spikes at steps 300 and 420, level, validation, cosine LR with warm-up, gradient norm."""
    rng = np.random.default_rng(seed)
    steps = np.arange(points)
    level: FloatArray = 0.4 + 2.2 * np.exp(-steps / (points / 5))
    loss = level + rng.normal(0, 0.03, points)
    norm = 0.8 + 0.1 * rng.standard_normal(points) ** 2
    for at, height in ((300, 3.0), (420, 1.6)):
        if at < points:
            tail = slice(at, min(points, at + 25))
            fall = np.exp(-np.arange(tail.stop - tail.start) / 7)
            loss[tail] += height * fall
            norm[max(0, at - 4) : tail.stop] *= 8
    lr = 3e-3 * np.minimum(1, (steps + 1) / 50) * 0.5 * (1 + np.cos(np.pi * steps / points))
    epochs = steps / 100
    val_at = np.arange(50, points, 50)
    return (
        Curve(role="train_loss", series=series, steps=steps, values=loss, points=points, epochs=epochs),
        Curve(role="level", series=series, steps=steps, values=level, points=points),
        Curve(role="val_loss", series="eval/loss", steps=val_at, values=level[val_at] + 0.1, points=len(val_at)),
        Curve(role="learning_rate", series="train/lr", steps=steps, values=lr, points=points),
        Curve(role="grad_norm", series="train/grad_norm", steps=steps, values=norm, points=points),
    )


def spike(at: int = 300, *, severity: str = "critical") -> Finding:
    return Finding(
        kind="loss_spike",
        severity=severity,  # type: ignore[arg-type]
        score=0.82,
        confidence=0.95,
        steps=StepSpan(start=at, end=at + 24),
        series="train/loss",
        peak_step=at,
        lr_phase="decay",
        cause="lr_too_high",
        detector="loss_spike",
        summary=f"The loss jumps from 0.52 to 3.52 at step {at} and needs 24 steps to come back.",
        evidence=(
            Evidence(name="height", value=41.3, unit="sigma", note="above the level of the 64 points before"),
            Evidence(name="recovery", value=24.0, unit="steps"),
            Evidence(name="gradient_lead", value=4.0, unit="steps", note="gradient norm rose first"),
        ),
    )


def run_diagnosis(name: str = "runs/bert-base", *, seed: int = 0) -> RunDiagnosis:
    """A run whose LR is too high: two spikes, one detector that could not judge, one that broke."""
    findings = (spike(300), spike(420, severity="warning"))
    return RunDiagnosis(
        run=name,
        format="tensorboard",
        source=f"/data/{name}",
        files=(f"{name}/events.out.tfevents.1",),
        roles={
            "train_loss": "train/loss",
            "val_loss": "eval/loss",
            "learning_rate": "train/lr",
            "grad_norm": "train/grad_norm",
        },
        first_step=0,
        last_step=STEPS - 1,
        points=STEPS,
        schedule=LrSchedule(
            kind="cosine",
            peak_lr=3e-3,
            warmup_steps=50,
            source="logged",
            events=(
                LrEvent(kind="warmup_end", step=50, from_lr=6e-5, to_lr=3e-3),
                LrEvent(kind="decay_start", step=50, from_lr=3e-3, to_lr=2.9e-3),
            ),
            phases=(
                LrPhase(kind="warmup", span=StepSpan(start=0, end=49), start_lr=6e-5, end_lr=3e-3),
                LrPhase(kind="decay", span=StepSpan(start=50, end=599), start_lr=3e-3, end_lr=0.0),
            ),
        ),
        verdict="critical",
        scores={"spike": 0.82, "oscillation": 0.2, "stagnation": 0.0, "divergence": 0.1},
        findings=findings,
        causes=(
            Cause(
                cause="lr_too_high",
                probability=0.83,
                because=("The gradient norm rose 4 steps before the loss.", "Spikes heal slowly: 24 steps."),
                weights=(
                    Weight(name="gradient_lead", points=1.8, text="the gradient norm rose 4 steps before the loss"),
                    Weight(name="slow_recovery", points=1.1, text="spikes heal over 24 steps"),
                    Weight(name="single_step", points=-0.7, text="the first rise takes a single step"),
                ),
            ),
            Cause(cause="bad_data", probability=0.1, because=("Two isolated spikes.",)),
            Cause(cause="healthy", probability=0.07),
        ),
        recommendation=Recommendation(
            action="lower_lr",
            current_peak_lr=3e-3,
            peak_lr=8e-4,
            peak_lr_low=5e-4,
            peak_lr_high=1.2e-3,
            lr_factor=0.267,
            warmup_steps=200,
            gradient_clip=1.0,
            why="Trouble begins at 2.1e-3, well below the peak of the schedule.",
        ),
        outcomes=(
            Found(detector="loss_spike"),
            Clean(detector="divergence"),
            NotApplicable(detector="overfitting", reason="fewer than 4 validation points"),
            Broke(detector="periodic_pattern", error="ValueError: made up for the test"),
        ),
        curves=curves(seed),
        notes=(
            Note(kind="repair", message="dropped a repeated header", path="log.csv", count=1, offset=120),
            Note(kind="guess", message="the x axis is `step`"),
        ),
        events=(Event(kind="overflow", step=120, time=None, text="Gradient overflow. Skipping step", line=31),),
        starts_late=True,
        rewinds=(Rewind(resumed_at=200, last_step=210, rewritten=11, how="new file"),),
        choices=(
            RoleChoice(
                role="train_loss",
                series="train/loss",
                reason="exact name (transformers)",
                passed_over=(PassedOver(series="train/train_loss", reason="average over the whole run"),),
            ),
        ),
        config={"optimizer": "adamw", "batch_size": 32},
        series_count=9,
    )


def healthy(name: str = "runs/quiet") -> RunDiagnosis:
    one = run_diagnosis(name, seed=1)
    return replace(
        one,
        verdict="healthy",
        scores={"spike": 0.0, "oscillation": 0.1, "stagnation": 0.0, "divergence": 0.0},
        findings=(),
        causes=(Cause(cause="healthy", probability=0.9), Cause(cause="lr_too_low", probability=0.1)),
        recommendation=Recommendation(
            action="keep", current_peak_lr=3e-3, peak_lr=3e-3, lr_factor=1.0, why="Nothing speaks against this rate."
        ),
        outcomes=(Clean(detector="loss_spike"), Clean(detector="divergence")),
    )


def diagnosis(*runs: RunDiagnosis) -> Diagnosis:
    """The given runs (one sick and one healthy where none is given) and one file that could not be read."""
    return Diagnosis(
        runs=runs or (run_diagnosis(), healthy()),
        problems=(
            Problem(
                path="runs/torn/events.out", message="the last record is cut; 56 of 57 points were read", offset=3171
            ),
        ),
        path="runs",
        settings={"fail_on": "critical"},
        version="0.1.0",
        versions={"python": "3.11", "numpy": "2.4"},
    )


def with_replay(run: RunDiagnosis) -> RunDiagnosis:
    """The run with a replay of its first spike: the original rate, half of it, a quarter, and an arm that crashed."""
    rng = np.random.default_rng(5)
    steps = np.arange(280, 340)
    calm = np.linspace(0.55, 0.5, len(steps)) + rng.normal(0, 0.02, len(steps))
    spiky = calm + np.where(steps >= 300, 3.0 * np.exp(-(steps - 300) / 7), 0.0)
    arms = (
        ReplayArm(label="control", factor=1.0, steps=steps, values=spiky),
        ReplayArm(label="half", factor=0.5, steps=steps, values=(spiky + 2 * calm) / 3),
        ReplayArm(label="quarter", factor=0.25, steps=steps, values=calm),
        ReplayArm(label="tenth", factor=0.1, steps=steps[:0], values=calm[:0], end="exit code 137"),
    )
    result = ReplayResult(
        outcome="confirmed", factor=0.25, factor_low=0.1, factor_high=0.5, reason="Control arm spikes.", arms=arms
    )
    return replace(run, recommendation=replace(run.recommendation, replay=result))


def with_what_if(run: RunDiagnosis, law: WhatIfLaw = "annealing", *, last: float = STEPS - 1.0) -> RunDiagnosis:
    """The run with a predicted curve up to step `last` and its interval, and with what was lost."""
    steps = np.linspace(100.0 if law == "annealing" else 0.0, last, 60)
    loss = 0.4 + 40 / (steps + 50)
    told = WhatIf(law=law, steps=steps, loss=loss, low=loss - 0.1, high=loss + 0.2, ended_at=0.6)
    if law == "annealing":
        told = replace(told, decay_from=480, sibling="runs/other")
    else:
        told = replace(told, factor=4.0, reached_at=int(last), steps_saved=int(STEPS - 1 - last), hours_saved=0.5)
    return replace(run, what_if=told, lost=Lost(since=300, steps=40, regained=True, hours=0.25, of=STEPS))


def sweep(runs: int = 20, points: int = STEPS) -> Diagnosis:
    """Runs of one model at rates from 1e-5 to 1e-1: quiet below 1e-3, spikes above, NaN at the end above 3e-2."""
    made = []
    for n, rate in enumerate(np.geomspace(1e-5, 1e-1, runs).tolist()):
        one = run_diagnosis(f"sweep/lr-{n:02d}", seed=n) if rate > 1e-3 else healthy(f"sweep/lr-{n:02d}")
        drawn = curves(n, points=points)
        if rate > 3e-2:
            loss = drawn[0].values.copy()
            loss[-points // 20 :] = np.nan
            drawn = (replace(drawn[0], values=loss), replace(drawn[1], values=loss), *drawn[2:])
        final = None if rate > 3e-2 else 0.3 + abs(np.log10(rate / 6e-4)) ** 2 / 4
        level = LossLevel(
            role="train_loss", final=final, noise=0.01, best=0.3, best_step=points - 5, first_step=points - 50,
            last_step=points - 1, points=points, non_finite=0, method="mean of the last tenth",
        )  # fmt: skip
        advice = replace(one.recommendation, current_peak_lr=rate, peak_lr=rate if rate <= 1e-3 else 8e-4)
        made.append(
            replace(
                one, curves=drawn, levels=(level,), recommendation=advice, last_step=points - 1, points=points,
                schedule=replace(one.schedule, peak_lr=rate),
            )
        )  # fmt: skip
    return replace(diagnosis(*made), path="sweep")
