"""A training small enough for tests, diagnoses made by hand, and arms made of arrays."""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path

import numpy as np
import torch
from torch import Tensor, nn

from loglens.model.diagnosis import Cause, Curve, Recommendation, RunDiagnosis
from loglens.model.finding import Finding
from loglens.model.kinds import FindingKind
from loglens.model.results.replay import Arm, ArmEnd, ArmKind, ArmRun, Checkpoint, Segment
from loglens.model.run import FloatArray, StepSpan
from loglens.model.schedule import LrSchedule
from loglens.replay import Recorder, TorchTarget


def batches(step: int) -> tuple[Tensor, Tensor]:
    generator = torch.Generator().manual_seed(step)
    x = torch.randn(16, 8, generator=generator)
    return x, x[:, :1] * 2 - x[:, 1:2]


def loss(model: nn.Module, batch: tuple[Tensor, Tensor]) -> Tensor:
    return nn.functional.mse_loss(model(batch[0]), batch[1])


def target(
    *, lr: float = 0.05, optimizer: str = "sgd", dropout: float = 0.0, width: int = 16, clip_norm: float | None = None
) -> TorchTarget:
    """An MLP with a warm-up; with dropout it draws random numbers at every step."""
    torch.manual_seed(0)
    model = nn.Sequential(nn.Linear(8, width), nn.ReLU(), nn.Dropout(dropout), nn.Linear(width, 1))
    made: torch.optim.Optimizer
    if optimizer == "sgd":
        made = torch.optim.SGD(model.parameters(), lr=lr, momentum=0.9)
    else:
        made = torch.optim.AdamW(model.parameters(), lr=lr)
    scheduler = torch.optim.lr_scheduler.LambdaLR(made, lambda step: min(1.0, (step + 1) / 20))
    return TorchTarget(
        model=model, optimizer=made, scheduler=scheduler, batches=batches, loss=loss, device="cpu", clip_norm=clip_norm
    )


def train(made: TorchTarget, steps: int, folder: Path | None = None, *, every: int | None = 10) -> FloatArray:
    """The plain loop a user would write, with the recorder's two lines."""
    recorder = None
    if folder is not None:
        recorder = Recorder(
            folder, model=made.model, optimizer=made.optimizer, scheduler=made.scheduler, every=every, keep=100
        )
    losses: list[float] = []
    for step in range(steps):
        made.optimizer.zero_grad()
        value = made.loss(made.model, made.batches(step))
        value.backward()  # type: ignore[no-untyped-call]
        made.optimizer.step()
        made.scheduler.step()
        losses.append(float(value.detach()))
        if recorder is not None:
            recorder.step(step, losses[-1])
    return np.array(losses)


def finding(
    start: int, end: int, *, kind: FindingKind = "loss_spike", severity: str = "critical", peak: int | None = None
) -> Finding:
    return Finding(
        kind=kind,
        severity=severity,  # type: ignore[arg-type]
        score=0.8,
        confidence=0.9,
        steps=StepSpan(start=start, end=end),
        series="loss",
        summary="made for a test",
        peak_step=peak,
    )


def diagnosis(
    losses: Iterable[float],
    findings: Iterable[Finding] = (),
    *,
    source: str = "",
    lr: float | None = 0.05,
    every: int = 1,
) -> RunDiagnosis:
    values = np.array(list(losses), dtype=np.float64)
    steps = np.arange(len(values)) * every
    return RunDiagnosis(
        run="run",
        source=source,
        format="arrays",
        roles={"train_loss": "loss"},
        first_step=0,
        last_step=int(steps[-1]),
        points=len(values),
        schedule=LrSchedule(kind="constant", peak_lr=lr, warmup_steps=None),
        verdict="critical",
        scores={},
        findings=tuple(findings),
        causes=(
            Cause(cause="lr_too_high", probability=0.5),
            Cause(cause="bad_data", probability=0.3),
            Cause(cause="healthy", probability=0.2),
        ),
        recommendation=Recommendation(
            action="lower_lr", current_peak_lr=lr, peak_lr=None if lr is None else lr / 3, why="a guess from the log"
        ),
        curves=(Curve(role="train_loss", series="loss", steps=steps, values=values, points=len(values)),),
    )


def segment(
    *, onset: int = 60, start: int = 0, steps: int = 120, kinds: tuple[FindingKind, ...] = ("loss_spike",)
) -> Segment:
    return Segment(
        kinds=kinds, findings=("f",), onset=onset, end=onset + 10, start=start, steps=steps,
        checkpoint=Checkpoint(path="ckpt", step=start), arms=(),
    )  # fmt: skip


def arm_run(
    kind: ArmKind, factor: float, losses: Iterable[float], *, seed: int = 0, start: int = 0, lrs: float | None = 0.1,
    end: ArmEnd = "ok", skip: StepSpan | None = None,
) -> ArmRun:  # fmt: skip
    values = np.array(list(losses), dtype=np.float64)
    rate = np.nan if lrs is None else lrs * factor
    return ArmRun(
        arm=Arm(label=f"{kind} {factor} {seed}", kind=kind, factor=factor, seed=seed, skip=skip),
        end=end,
        steps=np.arange(start, start + len(values)),
        losses=values,
        lrs=np.full(len(values), rate),
    )


def calm(*, seed: int = 0, points: int = 120, start: float = 1.0, stop: float = 0.6, noise: float = 0.02) -> FloatArray:
    """A loss that falls slowly, with noise that is the same for the same seed (the same batches)."""
    return np.linspace(start, stop, points) + noise * np.random.default_rng(seed).standard_normal(points)


def spiky(at: int = 60, height: float = 1.5, *, seed: int = 0) -> FloatArray:
    """The same loss with a jump that heals within some 20 steps."""
    values = calm(seed=seed)
    values[at:] += height * np.exp(-np.arange(len(values) - at) / 7)
    return values
