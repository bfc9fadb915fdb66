"""Curves of a known law, and what a user would have logged of them."""

from __future__ import annotations

import numpy as np

from loglens.advice.what_if.annealing import annealing_area
from loglens.advice.what_if.course import Course, course, travelled
from loglens.model.run import FloatArray, Run
from loglens.signals.core import Signals
from loglens.signals.track import Track

STEPS = 6_000
FLOOR, SIZE, POWER, TAKEN, MEMORY = 2.0, 0.6, 0.5, 0.15, 180.0


def cosine(steps: int = STEPS) -> FloatArray:
    return np.asarray(0.5 * (1 + np.cos(np.pi * np.arange(steps) / steps)))


def held(until: float, steps: int = STEPS) -> FloatArray:
    """The peak until that share of the run, then straight to zero."""
    return np.clip((1 - np.arange(steps) / steps) / (1 - until), 0.0, 1.0)


def stepped(at: float, to: float, steps: int = STEPS) -> FloatArray:
    return np.where(np.arange(steps) < at * steps, 1.0, to)


def lawful(rates: FloatArray, *, noise: float = 0.02, seed: int = 0, taken: float = TAKEN) -> FloatArray:
    """A loss that follows the annealing law at (n,) rates in units of the peak, one a step, with noise."""
    steps = np.arange(len(rates), dtype=np.float64)
    come = (travelled(steps, rates) + 60.0) / STEPS
    area = annealing_area(steps, rates, MEMORY)
    draw = np.random.default_rng(seed).standard_normal(len(rates))
    return np.asarray(FLOOR + SIZE * come**-POWER - taken * area + noise * draw)


def course_at(rates: FloatArray, loss: FloatArray | None = None, *, peak: float = 3e-4) -> Course:
    steps = np.arange(len(rates))
    values = lawful(rates) if loss is None else loss
    return course(steps, values, Track(tag="lr", steps=steps, values=peak * rates))


def run_at(rates: FloatArray, loss: FloatArray | None = None, *, name: str = ".", peak: float = 3e-4) -> Run:
    columns = {"loss": lawful(rates) if loss is None else loss, "lr": peak * rates}
    return Run.from_arrays(columns, name=name, roles={"train_loss": "loss", "learning_rate": "lr"})


def signals_at(rates: FloatArray, loss: FloatArray | None = None) -> Signals:
    return Signals(run_at(rates, loss))


def end_of(rates: FloatArray) -> float:
    """Where the law ends under these rates, without noise."""
    return float(lawful(rates, noise=0.0)[-20:].mean())
