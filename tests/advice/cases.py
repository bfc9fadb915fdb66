"""Logs of the kinds people post, made from a seed: faults that need no statistics, and curves that only look like one.

`python -m tests.advice.cases [KIND] [--count N]` says what falls short. Every kind comes in other lengths, noises,
names, with and without a learning rate, so that a rule tuned to one file does not help.
"""

from __future__ import annotations

import argparse
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any, cast

import numpy as np

from loglens.model.diagnosis import RunDiagnosis
from loglens.model.run import Event, EventKind, FloatArray, IntArray, Rewind, RoleChoice, Run, Series
from loglens.pipeline import diagnose_run

Rng = np.random.Generator
NUMERICAL = ("numerical_failure", "lr_too_high", "warmup_too_short", "bad_data", "unknown")
CALM = ("healthy", "unknown")
LOSS_NAMES = ("loss", "train/loss", "train_loss", "lm loss", "total_loss", "Loss/train", "training_loss", "xent")


@dataclass(frozen=True, kw_only=True)
class Case:
    """`accept`, `forbid`: of the first cause. `verdict`: what it may be. `not_direction`: where it must not go."""

    kind: str
    run: Run
    accept: tuple[str, ...] = ()
    forbid: tuple[str, ...] = ()
    verdict: tuple[str, ...] = ("healthy", "warning", "critical")
    not_direction: str = ""


def falls_short(case: Case, judged: RunDiagnosis) -> str:
    """What is wrong with a diagnosis, '' where nothing is."""
    cause, advice = judged.cause, judged.recommendation
    wrong = []
    if (case.accept and cause.cause not in case.accept) or cause.cause in case.forbid:
        wrong.append(f"cause {cause.cause} {cause.probability:.2f}")
    if judged.verdict not in case.verdict:
        wrong.append(f"verdict {judged.verdict}")
    factor = advice.lr_factor or 1.0
    way = "raise" if factor > 1.5 or advice.action == "raise_lr" else ""
    way = "lower" if factor < 0.67 or advice.action == "lower_lr" else way
    if way and way == case.not_direction:
        wrong.append(f"advice {way}s by {factor:.3g}")
    return "; ".join(wrong)


def make(
    rng: Rng, loss: np.ndarray, *, lr: np.ndarray | None = None, first: int | None = None, every: int | None = None,
    events: Sequence[tuple[str, int, str]] = (), rewinds: tuple[Rewind, ...] = (), fmt: str = "text-log",
    names: Mapping[str, str] | None = None, **columns: FloatArray,
) -> Run:  # fmt: skip
    """A run of these columns; `grad_norm`, `val_loss` have their roles, others none. `events`: (kind, index, text)."""
    every = int(rng.choice([1, 1, 5, 10, 50, 100])) if every is None else every
    start = int(rng.choice([0, every])) if first is None else first
    steps = start + every * np.arange(len(loss))
    tag = str(rng.choice(LOSS_NAMES))
    named: dict[str, tuple[str, np.ndarray]] = {"train_loss": (tag, loss)}
    if lr is not None:
        named["learning_rate"] = (str(rng.choice(["lr", "learning_rate", "optim/lr"])), lr)
    for role, values in columns.items():
        named[role] = ((names or {}).get(role, role), values)
    series = tuple(Series(tag=name, steps=_spread(steps, values), values=values) for name, values in named.values())
    roles = tuple(
        RoleChoice(role=role, series=name, reason="planted")
        for role, (name, _) in named.items()
        if role in ("train_loss", "learning_rate", "grad_norm", "val_loss")
    )
    words = tuple(
        Event(kind=cast(EventKind, kind), step=int(steps[min(at, len(steps) - 1)]), time=None, text=text, line=at + 1)
        for kind, at, text in events
    )
    return Run(name=".", source="planted", format=fmt, series=series, roles=roles, rewinds=rewinds, events=words)


def _spread(steps: IntArray, values: FloatArray) -> IntArray:
    """The steps of a column that is logged as often as the loss, or at even distances."""
    if len(values) == len(steps):
        return steps
    return np.asarray(steps[np.linspace(0, len(steps) - 1, len(values)).round().astype(int)])


def curve(
    rng: Rng, n: int, *, start: float | None = None, end: float | None = None, noise: float | None = None,
    pace: float | None = None,
) -> FloatArray:  # fmt: skip
    """A loss that falls as trainings do, with noise in proportion to it."""
    start = float(rng.uniform(1.5, 11)) if start is None else start
    end = start * float(rng.uniform(0.1, 0.6)) if end is None else end
    noise = float(rng.uniform(0.004, 0.05)) if noise is None else noise
    pace = float(rng.uniform(0.02, 0.12)) if pace is None else pace
    x = np.arange(n) / n
    level = end + (start - end) * ((1 + x / pace) ** -1.2 - (1 + 1 / pace) ** -1.2) / (1 - (1 + 1 / pace) ** -1.2)
    return np.asarray(level * np.exp(noise * rng.standard_normal(n)))


def rates(
    rng: Rng, n: int, *, kind: str | None = None, peak: float | None = None, warmup: float | None = None
) -> FloatArray:
    """A schedule: constant, cosine, linear or step, with a warm-up of a share of the run."""
    peak = float(10 ** rng.uniform(-5, -2)) if peak is None else peak
    kind = str(rng.choice(["constant", "cosine", "linear", "step"])) if kind is None else kind
    share = float(rng.choice([0, 0.02, 0.05, 0.1])) if warmup is None else warmup
    up = int(share * n)
    x = np.linspace(0, 1, max(1, n - up))
    body = {
        "constant": np.ones_like(x), "cosine": 0.5 * (1 + np.cos(np.pi * x)), "linear": 1 - x,
        "step": np.where(x < 0.5, 1.0, np.where(x < 0.8, 0.1, 0.01)),
    }[kind]  # fmt: skip
    return np.asarray(peak * np.concatenate([np.arange(1, up + 1) / max(1, up), body])[:n])


def maybe(rng: Rng, values: np.ndarray, share: float = 0.7) -> np.ndarray | None:
    return values if rng.random() < share else None


# ---- faults that are established --------------------------------------------------------------------------------


def quiet_nan(rng: Rng) -> Case:
    n = int(rng.integers(40, 2000))
    loss = curve(rng, n)
    loss[int(n * rng.uniform(0.3, 0.97)) :] = rng.choice([np.nan, np.inf])
    extra: dict[str, Any] = {"grad_norm": np.exp(0.2 * rng.standard_normal(n))} if rng.random() < 0.5 else {}
    run = make(rng, loss, lr=maybe(rng, rates(rng, n)), **extra)
    return Case(kind="quiet_nan", run=run, accept=NUMERICAL, verdict=("critical",), not_direction="raise")


def nan_in_the_first_steps(rng: Rng) -> Case:
    n, finite = int(rng.integers(10, 60)), int(rng.integers(4, 8))
    loss = np.full(n, np.nan)
    loss[:finite] = rng.uniform(0.3, 5) * (1 + 0.01 * rng.standard_normal(finite))
    run = make(rng, loss, lr=np.linspace(1e-6, 1e-6 * n, n))
    return Case(
        kind="nan_in_the_first_steps",
        run=run,
        accept=("numerical_failure", "unknown", "bad_data"),
        verdict=("critical",),
        not_direction="raise",
    )


def lost_at_once(rng: Rng) -> Case:
    n, finite = int(rng.integers(5, 400)), int(rng.integers(1, 3))
    loss = np.full(n, np.nan)
    loss[:finite] = np.array([2.4, 3e9])[:finite]
    run = make(rng, loss, lr=maybe(rng, rates(rng, n, kind="constant", peak=1.0, warmup=0)))
    return Case(
        kind="lost_at_once",
        run=run,
        accept=NUMERICAL,
        forbid=("healthy", "lr_too_low"),
        verdict=("critical",),
        not_direction="raise",
    )


def hidden_nan(rng: Rng) -> Case:
    n = int(rng.integers(30, 300))
    loss, grad = curve(rng, n), np.exp(0.3 * rng.standard_normal(n))
    at = int(n * rng.uniform(0.3, 0.8))
    loss[at:], grad[at:] = 0.0, np.nan
    return Case(
        kind="hidden_nan",
        run=make(rng, loss, lr=rates(rng, n), grad_norm=grad),
        accept=NUMERICAL,
        verdict=("critical",),
        not_direction="raise",
    )


def climb_to_nan(rng: Rng) -> Case:
    n = int(rng.integers(60, 1500))
    loss = curve(rng, n)
    at, rise = int(n * rng.uniform(0.2, 0.8)), int(rng.integers(6, 20))
    loss[at : at + rise] *= np.exp(np.linspace(0.3, 4, rise))[: len(loss[at : at + rise])]
    loss[at + rise :] = np.nan
    return Case(
        kind="climb_to_nan",
        run=make(rng, loss, lr=maybe(rng, rates(rng, n))),
        accept=("lr_too_high", "warmup_too_short", "numerical_failure", "bad_data", "lr_jump"),
        verdict=("critical",),
        not_direction="raise",
    )


def stuck_far_up(rng: Rng) -> Case:
    n = int(rng.integers(8, 200))
    level = float(rng.choice([87.3365, 41.4465, 16.1181, 13.8]))
    loss = np.full(n, level) * (1 + rng.choice([0, 1e-6]) * rng.standard_normal(n))
    loss[: int(rng.integers(1, 3))] = float(rng.uniform(2, 7))
    return Case(
        kind="stuck_far_up",
        run=make(rng, loss, lr=maybe(rng, rates(rng, n, kind="constant", peak=0.1, warmup=0))),
        accept=("lr_too_high", "numerical_failure", "dead_network"),
        verdict=("critical",),
        not_direction="raise",
    )


def climb_in_warmup(rng: Rng) -> Case:
    n = int(rng.integers(25, 300))
    lr = 10 ** rng.uniform(-6.5, -4) * np.arange(1, n + 1)
    low = float(rng.uniform(0.3, 3))
    x = np.clip((np.arange(n) / n - rng.uniform(0.25, 0.5)) / 0.15, 0, 1)
    loss = low * np.exp(np.log(rng.uniform(2, 20)) * x) * np.exp(0.02 * rng.standard_normal(n))
    return Case(
        kind="climb_in_warmup",
        run=make(rng, loss, lr=lr, first=0),
        accept=("lr_too_high", "warmup_too_short"),
        verdict=("critical", "warning"),
        not_direction="raise",
    )


def short_run_away(rng: Rng) -> Case:
    n = int(rng.integers(2, 11))
    start = float(rng.uniform(0.1, 3))
    loss = start * (1 - 0.1 * np.arange(n))
    tail = int(rng.integers(1, max(2, n // 2)))
    loss[-tail:] = start * np.sort(10 ** rng.uniform(0.4, 12, tail))
    extra: dict[str, Any] = {"val_loss": loss * 1.1} if rng.random() < 0.5 else {}
    return Case(
        kind="short_run_away",
        run=make(rng, loss, lr=maybe(rng, np.full(n, 0.01), 0.4), **extra),
        accept=("lr_too_high", "unknown", "bad_data", "numerical_failure"),
        forbid=("healthy",),
        verdict=("critical", "warning"),
        not_direction="raise",
    )


def short_overfit(rng: Rng) -> Case:
    n = int(rng.integers(4, 13))
    turn = int(rng.integers(0, n // 2))
    loss = float(rng.uniform(0.5, 2)) * np.exp(-rng.uniform(0.2, 0.5) * np.arange(n))
    k = np.arange(n)
    val = float(rng.uniform(0.5, 2)) * (1 + np.where(k < turn, 0.1 * (turn - k), rng.uniform(0.15, 0.6) * (k - turn)))
    return Case(
        kind="short_overfit",
        run=make(
            rng, loss, lr=maybe(rng, np.full(n, 1e-4), 0.4), val_loss=val * (1 + 0.01 * rng.standard_normal(n)), every=1
        ),
        accept=("overfitting",),
        verdict=("warning", "critical"),
        not_direction="raise",
    )


def at_chance(rng: Rng) -> Case:
    n, k = int(rng.integers(8, 400)), int(rng.choice([2, 3, 5, 7, 10, 20, 100, 1000]))
    loss = np.log(k) * (1 + rng.uniform(0.0005, 0.008) * rng.standard_normal(n))
    loss[0] *= float(rng.uniform(1.0, 1.15))
    return Case(
        kind="at_chance",
        run=make(rng, loss, lr=maybe(rng, rates(rng, n))),
        accept=("dead_network", "lr_too_high", "lr_too_low", "unknown"),
        verdict=("critical", "warning"),
    )


def collapse(rng: Rng) -> Case:
    n, k = int(rng.integers(25, 500)), int(rng.choice([2, 4, 10, 100]))
    chance = np.log(k)
    at = int(n * rng.uniform(0.4, 0.7))
    loss = curve(rng, n, start=chance, end=0.15 * chance)
    loss[at:] = chance * (1 + 0.003 * rng.standard_normal(n - at))
    loss[at] *= float(rng.uniform(1.1, 3))
    return Case(
        kind="collapse",
        run=make(rng, loss, lr=maybe(rng, rates(rng, n, kind="constant"))),
        accept=("lr_too_high", "dead_network", "unknown", "numerical_failure"),
        verdict=("critical", "warning"),
        not_direction="raise",
    )


def rises_and_stays(rng: Rng) -> Case:
    n = int(rng.integers(60, 600))
    at = int(n * rng.uniform(0.15, 0.4))
    loss = curve(rng, n, start=10.9, end=6.5, noise=0.012, pace=0.3)
    low = float(np.median(loss[at - 3 : at]))
    climb = np.minimum(1, (np.arange(n - at)) / 8)
    loss[at:] = (low + rng.uniform(0.8, 2) * climb) * (1 + 0.012 * rng.standard_normal(n - at))
    return Case(
        kind="rises_and_stays",
        run=make(rng, loss, lr=maybe(rng, rates(rng, n, kind="constant"), 0.4)),
        forbid=("healthy", "lr_too_low"),
        verdict=("critical", "warning"),
        not_direction="raise",
    )


def resume_in_words(rng: Rng) -> Case:
    n = int(rng.integers(20, 200))
    at = int(n * rng.uniform(0.4, 0.7))
    loss = curve(rng, n, noise=0.008)
    back = loss[at:] * (1 + rng.uniform(0.5, 1.2) * np.exp(-np.arange(n - at) / (0.2 * n)))
    loss[at:] = back
    text = str(
        rng.choice(
            [
                "Re-starting from epoch 30",
                "Resuming from checkpoint ckpt/last.pt",
                "loaded checkpoint 'model.pth' (epoch 12)",
            ]
        )
    )
    return Case(
        kind="resume_in_words",
        run=make(rng, loss, lr=maybe(rng, np.full(n, 1e-3)), events=(("resumed", at - 1, text),)),
        accept=("resume_discontinuity",),
        verdict=("warning", "critical"),
        not_direction="raise",
    )


def level_step(rng: Rng) -> Case:
    n = int(rng.integers(20, 200))
    at = int(n * rng.uniform(0.5, 0.7))
    loss = float(rng.uniform(0.5, 3)) * (1 + 0.008 * rng.standard_normal(n))
    loss[at:] *= float(rng.uniform(1.3, 2.5))
    grad = 0.8 * np.exp(0.05 * rng.standard_normal(n))
    grad[at:] *= 2.2
    run = make(rng, loss, lr=3e-7 * np.linspace(1, 0.7, n), grad_norm=grad, first=9000, every=1)
    return Case(
        kind="level_step",
        run=run,
        accept=("resume_discontinuity", "unknown"),
        verdict=("warning", "critical"),
        not_direction="raise",
    )


def weights_anew(rng: Rng) -> Case:
    n = int(rng.integers(60, 500))
    at = int(n * rng.uniform(0.55, 0.8))
    start = float(rng.uniform(2, 11))
    loss = np.concatenate([curve(rng, at, start=start, noise=0.01), curve(rng, n, start=start, noise=0.01)[: n - at]])
    return Case(
        kind="weights_anew",
        run=make(rng, loss, lr=maybe(rng, np.full(n, 1e-3))),
        accept=("resume_discontinuity",),
        verdict=("warning", "critical"),
        not_direction="raise",
    )


def schedule_anew(rng: Rng) -> Case:
    n = int(rng.integers(200, 800))
    at = int(n * rng.uniform(0.4, 0.7))
    lr = 5e-4 * np.minimum(1, np.arange(1, n + 1) / (0.1 * n))
    lr = lr * np.sqrt(0.1 * n / np.maximum(np.arange(1, n + 1), 0.1 * n))
    lr[at:] = lr[: n - at]
    loss = curve(rng, n, noise=0.02)
    return Case(
        kind="schedule_anew",
        run=make(rng, loss, lr=lr),
        accept=("resume_discontinuity", "lr_jump"),
        verdict=("warning", "critical"),
        not_direction="raise",
    )


def rate_of_zero(rng: Rng) -> Case:
    n = int(rng.integers(15, 300))
    loss = float(rng.uniform(0.7, 11)) * (1 + 0.02 * rng.standard_normal(n))
    return Case(
        kind="rate_of_zero",
        run=make(rng, loss, lr=np.zeros(n)),
        accept=("lr_too_low",),
        verdict=("critical", "warning"),
        not_direction="lower",
    )


def rate_spent(rng: Rng) -> Case:
    n = int(rng.integers(80, 600))
    lr = 0.1 * 0.1 ** (np.arange(n) // int(0.05 * n + 1))
    loss = curve(rng, n, pace=0.02, noise=0.01)
    loss[int(0.2 * n) :] = float(np.median(loss[int(0.18 * n) : int(0.22 * n)])) * (
        1 + 0.01 * rng.standard_normal(n - int(0.2 * n))
    )
    return Case(
        kind="rate_spent",
        run=make(rng, loss, lr=lr),
        accept=("lr_decays_too_early", "lr_too_low"),
        not_direction="lower",
    )


def rate_cut_in_words(rng: Rng) -> Case:
    n = int(rng.integers(14, 60))
    loss = curve(rng, n, pace=0.05, noise=0.002, start=0.9, end=0.7)
    events = tuple(
        ("lr_changed", at, f"Epoch {at}: ReduceLROnPlateau reducing learning rate to {1e-3 * 0.1**k:.4g}.")
        for k, at in enumerate(range(2, n // 2, 2), 1)
    )[:6]
    return Case(
        kind="rate_cut_in_words",
        run=make(rng, loss, events=events, val_loss=loss * 1.02, every=1),
        accept=("lr_decays_too_early", "lr_too_low", "unknown"),
        not_direction="lower",
    )


def loss_scale_words(rng: Rng) -> Case:
    n = int(rng.integers(6, 60))
    loss = curve(rng, n)
    texts = [f"OVERFLOW! Rank 0 Skipping step. Attempted loss scale: {2 ** (16 - k)}" for k in range(8)]
    texts.append("Exception: Current loss scale already at minimum - cannot decrease scale anymore. Exiting run.")
    events: tuple[tuple[EventKind, int, str], ...] = tuple(("overflow", n - 1, text) for text in texts)
    return Case(
        kind="loss_scale_words",
        run=make(rng, loss, lr=maybe(rng, rates(rng, n)), events=events),
        accept=NUMERICAL,
        verdict=("critical", "warning"),
        not_direction="raise",
    )


def stopped_on_nan(rng: Rng) -> Case:
    n = int(rng.integers(10, 200))
    events = (
        (
            "nan_stop",
            n - 1,
            str(
                rng.choice(
                    [
                        "Loss is nan, stopping training",
                        "ValueError: Loss is not finite and patience is exhausted",
                        "Loss is nan.",
                    ]
                )
            ),
        ),
    )
    loss = curve(rng, n)
    return Case(
        kind="stopped_on_nan",
        run=make(rng, loss, lr=maybe(rng, rates(rng, n)), events=events),
        accept=NUMERICAL,
        verdict=("critical", "warning"),
        not_direction="raise",
    )


def one_part_infinite(rng: Rng) -> Case:
    n = int(rng.integers(30, 300))
    box = curve(rng, n)
    at = int(n * 0.6)
    total = box + 1.0
    box[at:] = np.inf
    total[at:] = rng.choice([np.inf, np.nan])
    run = make(rng, total, lr=maybe(rng, rates(rng, n)), box_loss=box, cls_loss=curve(rng, n), dfl_loss=curve(rng, n))
    return Case(
        kind="one_part_infinite",
        run=run,
        accept=("numerical_failure", "bad_data"),
        verdict=("critical",),
        not_direction="raise",
    )


def one_bad_batch(rng: Rng) -> Case:
    n = int(rng.integers(80, 600))
    loss = curve(rng, n, noise=0.02)
    at = int(n * rng.uniform(0.3, 0.8))
    loss[at] = float(10 ** rng.uniform(2, 14))
    first = int(rng.choice([0, 50_000]))
    return Case(
        kind="one_bad_batch",
        run=make(rng, loss, lr=maybe(rng, rates(rng, n)), first=first, every=10),
        accept=("bad_data", "numerical_failure", "unknown", "healthy"),
        not_direction="raise",
    )


def overfit(rng: Rng) -> Case:
    n, m = int(rng.integers(100, 800)), int(rng.integers(10, 40))
    loss = curve(rng, n, start=2.3, end=0.02, noise=0.03)
    k = np.arange(m) / m
    val = (
        1.2
        * (1 + 0.8 * np.exp(-k / 0.08) + rng.uniform(0.6, 2) * np.maximum(0, k - 0.25))
        * (1 + 0.01 * rng.standard_normal(m))
    )
    return Case(
        kind="overfit",
        run=make(rng, loss, lr=maybe(rng, rates(rng, n)), val_loss=val),
        accept=("overfitting",),
        verdict=("warning", "critical"),
        not_direction="raise",
    )


# ---- curves that only look like a fault --------------------------------------------------------------------------


def window_flat(rng: Rng) -> Case:
    n, every = int(rng.integers(40, 500)), int(rng.choice([1, 5, 10, 50]))
    loss = float(rng.uniform(0.3, 4)) * (1 + rng.uniform(0.005, 0.15) * rng.standard_normal(n))
    grad: dict[str, Any] = {"grad_norm": 0.4 * np.exp(0.2 * rng.standard_normal(n))} if rng.random() < 0.5 else {}
    first = int(every * n * rng.uniform(5, 50))
    lr = maybe(rng, rates(rng, n, kind=str(rng.choice(["constant", "linear"])), warmup=0))
    return Case(
        kind="window_flat",
        run=make(rng, loss, lr=lr, first=first, every=every, **grad),
        accept=CALM,
        verdict=("healthy",),
    )


def window_falling(rng: Rng) -> Case:
    n, every = int(rng.integers(40, 500)), int(rng.choice([1, 10, 50]))
    level = float(rng.uniform(0.5, 4)) * np.linspace(1, rng.uniform(0.9, 0.98), n)
    loss = level * (1 + rng.uniform(0.005, 0.03) * rng.standard_normal(n))
    lr = rates(rng, n, kind="linear", warmup=0)
    lr = lr if rng.random() < 0.5 else 1.4e-5 * np.linspace(1, 2, n)
    return Case(
        kind="window_falling",
        run=make(rng, loss, lr=lr, first=int(every * n * 8), every=every),
        accept=CALM,
        verdict=("healthy",),
        not_direction="lower",
    )


def noise_at_the_floor(rng: Rng) -> Case:
    n = int(rng.integers(150, 3000))
    start, floor = float(rng.uniform(1, 8)), float(rng.uniform(0.05, 1))
    level = floor + (start - floor) * np.exp(-np.arange(n) / (n * rng.uniform(0.03, 0.1)))
    noise = float(rng.uniform(0.05, 0.4))
    loss = level * np.exp(noise * rng.standard_normal(n))
    lr = maybe(rng, rates(rng, n, kind=str(rng.choice(["constant", "cosine"]))))
    return Case(kind="noise_at_the_floor", run=make(rng, loss, lr=lr), accept=CALM, verdict=("healthy",))


def flat_finetune(rng: Rng) -> Case:
    n = int(rng.integers(30, 400))
    loss = float(rng.uniform(0.1, 1.6)) * np.exp(rng.uniform(0.05, 0.2) * rng.standard_normal(n))
    lr = rates(rng, n, peak=float(10 ** rng.uniform(-5.5, -3.8)))
    return Case(
        kind="flat_finetune",
        run=make(rng, loss, lr=lr),
        forbid=("lr_too_high", "dead_network", "lr_jump"),
        verdict=("healthy",),
        not_direction="lower",
    )


def diffusion(rng: Rng) -> Case:
    n = int(rng.integers(100, 3000))
    level = np.linspace(1, rng.uniform(0.7, 0.98), n) * rng.uniform(0.05, 0.3)
    loss = level * np.exp(rng.uniform(0.4, 1.2) * rng.standard_normal(n))
    lr = maybe(rng, np.full(n, float(10 ** rng.uniform(-5, -3.7))))
    return Case(kind="diffusion", run=make(rng, loss, lr=lr), accept=CALM, verdict=("healthy",), not_direction="lower")


def grokking(rng: Rng) -> Case:
    n, m = int(rng.integers(300, 2000)), int(rng.integers(20, 80))
    loss = 4.6 * np.exp(-np.arange(n) / (n * 0.03)) + 1e-3
    loss = loss * np.exp(0.05 * rng.standard_normal(n))
    k = np.arange(m) / m
    late = float(rng.uniform(0.5, 0.75))
    val = (
        4.6
        + 3 * np.minimum(1, k / 0.1) * (k < late)
        + np.where(k >= late, -4.5 * np.minimum(1, (k - late) / 0.15), 0.0)
    )
    return Case(
        kind="grokking",
        run=make(
            rng,
            loss,
            lr=maybe(rng, np.full(n, 1e-3)),
            val_loss=np.maximum(val, 0.02) * (1 + 0.02 * rng.standard_normal(m)),
        ),
        accept=CALM,
        verdict=("healthy",),
    )


def k_folds(rng: Rng) -> Case:
    k, n = int(rng.integers(3, 7)), int(rng.integers(15, 120))
    start = float(rng.uniform(0.7, 3))
    end = start * float(rng.uniform(0.1, 0.4))
    parts = [
        curve(rng, n, start=start * float(rng.uniform(0.97, 1.03)), end=end, noise=0.01, pace=0.1) for _ in range(k)
    ]
    lr = maybe(rng, np.full(k * n, 1e-3))
    return Case(
        kind="k_folds",
        run=make(rng, np.concatenate(parts), lr=lr, every=1),
        accept=(*CALM, "resume_discontinuity"),
        verdict=("healthy",),
    )


def clean_resume(rng: Rng) -> Case:
    n = int(rng.integers(60, 600))
    at = int(n * rng.uniform(0.3, 0.8))
    run = make(rng, curve(rng, n), lr=rates(rng, n, kind="linear"), first=0, every=5)
    back = Rewind(resumed_at=5 * at, last_step=5 * at + 50, rewritten=10, how="step went back")
    return Case(kind="clean_resume", run=replace(run, rewinds=(back,)), accept=("healthy",), verdict=("healthy",))


def skipped_steps(rng: Rng) -> Case:
    n = int(rng.integers(30, 400))
    loss = float(rng.uniform(0.1, 2)) * np.linspace(1, rng.uniform(0.7, 1.0), n) * np.exp(0.07 * rng.standard_normal(n))
    grad = np.exp(0.4 * rng.standard_normal(n))
    grad[rng.random(n) < rng.uniform(0.02, 0.15)] = np.nan
    grad[0] = np.nan
    return Case(
        kind="skipped_steps",
        run=make(rng, loss, lr=rates(rng, n, kind="constant", peak=1e-4), grad_norm=grad),
        forbid=("lr_too_high", "dead_network", "lr_jump"),
        verdict=("healthy", "warning"),
        not_direction="lower",
    )


def two_writers(rng: Rng) -> Case:
    n = int(rng.integers(40, 400))
    one = curve(rng, n, start=2, end=1.4, noise=0.002)
    two = curve(rng, n, start=1.2, end=0.8, noise=0.002)
    loss = np.where(np.arange(n) % 2 == 0, one, two)
    return Case(
        kind="two_writers",
        run=make(rng, loss, lr=maybe(rng, np.full(n, 3e-4))),
        accept=CALM,
        verdict=("healthy", "warning"),
    )


def double_descent(rng: Rng) -> Case:
    n = int(rng.integers(100, 500))
    k = np.arange(n) / n
    val = (
        1.6
        - 0.8 * np.minimum(1, k / 0.06)
        + 0.7 * np.exp(-(((k - 0.18) / 0.07) ** 2))
        - 0.35 * np.clip((k - 0.25) / 0.5, 0, 1)
    )
    loss = curve(rng, n, start=1.8, end=0.1)
    return Case(
        kind="double_descent",
        run=make(rng, loss, lr=maybe(rng, rates(rng, n)), val_loss=val * (1 + 0.01 * rng.standard_normal(n))),
        accept=CALM,
        forbid=("overfitting",),
        verdict=("healthy",),
    )


def reward_losses(rng: Rng) -> Case:
    n = int(rng.integers(40, 300))
    loss = 10 * np.linspace(1, 8, n) * np.exp(0.3 * rng.standard_normal(n))
    reward = np.linspace(-200, 200, n) + 20 * rng.standard_normal(n)
    return Case(
        kind="reward_losses",
        run=make(rng, loss, lr=maybe(rng, np.full(n, 3e-4)), ep_rew_mean=reward),
        accept=CALM,
        verdict=("healthy",),
        not_direction="lower",
    )


def long_warmup(rng: Rng) -> Case:
    n = int(rng.integers(60, 800))
    share = float(rng.uniform(0.1, 0.4))
    lr = rates(rng, n, kind=str(rng.choice(["cosine", "linear"])), warmup=share, peak=float(10 ** rng.uniform(-4, -2)))
    if rng.random() < 0.5:
        pieces = int(rng.integers(3, 8))
        up = max(pieces, int(share * n))
        lr[:up] = float(lr.max()) * (1 + np.arange(up) * pieces // up) / pieces
    loss = curve(rng, n, pace=0.1, noise=0.02)
    return Case(
        kind="long_warmup",
        run=make(rng, loss, lr=lr),
        forbid=("lr_jump", "resume_discontinuity"),
        verdict=("healthy", "warning"),
    )


def cosine_restarts(rng: Rng) -> Case:
    cycles, length = int(rng.integers(3, 6)), int(rng.integers(40, 200))
    n = cycles * length
    lr = 1e-3 * 0.5 * (1 + np.cos(np.pi * (np.arange(n) % length) / length))
    loss = curve(rng, n, noise=0.01) * (1 + 0.15 * lr / 1e-3)
    return Case(kind="cosine_restarts", run=make(rng, loss, lr=lr), accept=CALM, verdict=("healthy",))


def healthy_finetune(rng: Rng) -> Case:
    n = int(rng.integers(40, 600))
    start = float(rng.uniform(0.8, 2.5))
    loss = curve(rng, n, start=start, end=start * rng.uniform(0.5, 0.8), noise=float(rng.uniform(0.02, 0.1)), pace=0.1)
    lr = rates(rng, n, kind=str(rng.choice(["cosine", "linear", "constant"])), peak=float(10 ** rng.uniform(-5, -3.7)))
    return Case(
        kind="healthy_finetune",
        run=make(rng, loss, lr=lr),
        accept=(*CALM, "lr_too_low"),
        verdict=("healthy",),
        not_direction="lower",
    )


def validation_nan_throughout(rng: Rng) -> Case:
    n, m = int(rng.integers(20, 200)), int(rng.integers(10, 20))
    loss = curve(rng, n)
    return Case(
        kind="validation_nan_throughout",
        run=make(rng, loss, lr=maybe(rng, rates(rng, n)), val_loss=np.full(m, np.nan)),
        accept=("healthy", "numerical_failure", "unknown"),
    )


def no_rate_no_validation(rng: Rng) -> Case:
    n = int(rng.integers(40, 1500))
    return Case(
        kind="no_rate_no_validation",
        run=make(rng, curve(rng, n)),
        forbid=("overfitting", "lr_jump"),
        verdict=("healthy",),
    )


# ---- kinds that came with later reports -------------------------------------------------------------------------


def exploded_window(rng: Rng) -> Case:
    n = int(rng.integers(8, 200))
    loss = 10 ** rng.uniform(16, 30) * np.linspace(1, rng.uniform(0.4, 0.95), n) * np.exp(0.01 * rng.standard_normal(n))
    return Case(
        kind="exploded_window",
        run=make(rng, loss, lr=maybe(rng, np.full(n, 0.02)), first=int(rng.integers(1000, 9000)), every=50),
        accept=NUMERICAL,
        forbid=("healthy",),
        verdict=("critical", "warning"),
        not_direction="raise",
    )


def many_times_its_lowest(rng: Rng) -> Case:
    n = int(rng.integers(80, 600))
    start, low = float(rng.uniform(4, 10)), float(rng.uniform(0.2, 0.6))
    at = int(n * rng.uniform(0.5, 0.7))
    loss = curve(rng, n, start=start, end=low, noise=0.05, pace=0.03)
    here = float(np.median(loss[at - 5 : at]))
    back = here * (1 + rng.uniform(1.5, 3) * np.exp(-np.arange(n - at) / (2 * n)))
    loss[at:] = back * np.exp(0.05 * rng.standard_normal(n - at))
    return Case(
        kind="many_times_its_lowest",
        run=make(rng, loss, lr=maybe(rng, np.full(n, 1e-3), 0.5)),
        forbid=("healthy", "lr_too_low"),
        verdict=("critical", "warning"),
        not_direction="raise",
    )


def ends_in_a_climb(rng: Rng) -> Case:
    n, points = int(rng.integers(30, 1000)), int(rng.integers(3, 9))
    loss = curve(rng, n, noise=0.02)
    level = float(np.median(loss[-20:]))
    loss[-points:] = level * np.exp(rng.uniform(1, 3) * np.arange(1, points + 1) / points)
    return Case(
        kind="ends_in_a_climb",
        run=make(rng, loss, lr=maybe(rng, np.full(n, 1e-3))),
        forbid=("healthy", "lr_too_low"),
        verdict=("critical", "warning"),
        not_direction="raise",
    )


def few_that_swing(rng: Rng) -> Case:
    n = int(rng.integers(14, 36))
    high = float(rng.uniform(5, 20)) * np.linspace(1, rng.uniform(0.4, 0.7), n)
    loss = np.where(rng.random(n) < 0.35, 0.12 * high, high) * np.exp(0.15 * rng.standard_normal(n))
    return Case(
        kind="few_that_swing",
        run=make(rng, loss, lr=maybe(rng, np.full(n, 0.01), 0.3)),
        forbid=("healthy", "lr_too_low", "lr_jump", "overfitting"),
        not_direction="raise",
    )


def thrown_at_a_cut(rng: Rng) -> Case:
    n = int(rng.integers(80, 500))
    at = int(n * rng.uniform(0.4, 0.6))
    level = float(rng.uniform(0.2, 2))
    loss = level * np.exp(0.015 * rng.standard_normal(n))
    loss[at:] *= 1 + rng.uniform(0.6, 2) * np.exp(-np.arange(n - at) / (n * rng.uniform(0.1, 0.3)))
    lr = np.full(n, float(10 ** rng.uniform(-4, -2.5)))
    lr[at:] *= float(rng.choice([0.1, 0.2, 0.5]))
    return Case(
        kind="thrown_at_a_cut",
        run=make(rng, loss, lr=lr, first=int(rng.choice([0, 585_000]))),
        accept=("resume_discontinuity", "unknown", "bad_data"),
        verdict=("critical", "warning"),
        not_direction="raise",
    )


FAULTS: tuple[Callable[[Rng], Case], ...] = (
    quiet_nan, nan_in_the_first_steps, lost_at_once, hidden_nan, climb_to_nan, stuck_far_up, climb_in_warmup,
    short_run_away, short_overfit, at_chance, collapse, rises_and_stays, resume_in_words, level_step, weights_anew,
    schedule_anew, rate_of_zero, rate_spent, rate_cut_in_words, loss_scale_words, stopped_on_nan, one_part_infinite,
    one_bad_batch, overfit,
)  # fmt: skip
QUIET: tuple[Callable[[Rng], Case], ...] = (
    window_flat, window_falling, noise_at_the_floor, flat_finetune, diffusion, grokking, k_folds, clean_resume,
    skipped_steps, two_writers, double_descent, reward_losses, long_warmup, cosine_restarts, healthy_finetune,
    validation_nan_throughout, no_rate_no_validation,
)  # fmt: skip
LATER: tuple[Callable[[Rng], Case], ...] = (
    exploded_window, many_times_its_lowest, thrown_at_a_cut, ends_in_a_climb, few_that_swing,
)  # fmt: skip
"""Behind the others, whose numbers stay theirs."""
KINDS = (*FAULTS, *QUIET, *LATER)


def cases(count: int, *, seed: int = 0, kind: str = "") -> Iterator[Case]:
    """`count` cases of every kind whose name contains `kind`."""
    for place, maker in enumerate(KINDS):
        if kind in maker.__name__:
            for number in range(count):
                yield maker(np.random.default_rng([seed, place, number]))


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("kind", nargs="?", default="")
    parser.add_argument("--count", type=int, default=12)
    parser.add_argument("--seed", type=int, default=0)
    options = parser.parse_args()
    tally: dict[str, list[str]] = {}
    for case in cases(options.count, seed=options.seed, kind=options.kind):
        tally.setdefault(case.kind, []).append(falls_short(case, diagnose_run(case.run)))
    right = 0
    for kind, results in tally.items():
        good = sum(not one for one in results)
        right += good
        print(f"{good:>3} of {len(results)}  {kind}  {' | '.join(one for one in results if one)[:150]}")
    print(f"{right} of {sum(map(len, tally.values()))} right")


if __name__ == "__main__":
    main()
