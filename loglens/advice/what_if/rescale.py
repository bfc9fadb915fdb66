"""A rate that is too low, made higher: the same loss, sooner.

Far below the edge of stability a training follows the sum of its rates: at f times the rate, with the schedule squeezed
into a f-th of the steps, it is after t/f steps where it was after t. That holds for every optimizer whose step is in
proportion to the rate, as long as the higher rate still trains, which a single log cannot tell. Nothing is said of what
comes after: the log ends where it ends.

How far off it is was measured on sweeps of other people's trainings (`python -m tests.lab.what_if`): the error grows
with the logarithm of f and with how steeply the loss falls there, and leans upwards, since a momentum that has to build
up does not become faster. Both quantiles below are those of that measurement.
"""

from __future__ import annotations

import numpy as np

from loglens.advice.what_if.course import Course
from loglens.model.run import FloatArray

LOW, HIGH = -0.055, 0.36
"""9 % and 91 % quantiles of (real loss - predicted) in units of `error_scale`: on a problem that was left out, 80 % of
the real curve lies between them."""
GROWTH = 0.7
"""Power of log2 of the factor with which the error grows."""
PERIOD = 0.3
"""Share of the time so far over whose end the fall of the loss is taken for its steepness."""
STEADY = 0.02
"""Share of the whole fall that is added to it: a flat loss is not known exactly either."""
MOST = 40.0
"""The largest factor that was measured often enough."""


def sooner(course: Course, steps: FloatArray, factor: float) -> FloatArray:
    """(n,) the step at which a run at `factor` times the rates has come as far as this one at its (n,) `steps`."""
    origin = float(course.knots[0])
    return origin + (steps - origin) / factor


def error_scale(course: Course, factor: float) -> FloatArray:
    """(b,) the unit of the error at each of the run's stretches, loss units; `factor` > 1."""
    origin = float(course.knots[0])
    earlier = np.interp(origin + (1 - PERIOD) * (course.steps - origin), course.steps, course.level)
    return np.asarray((np.abs(earlier - course.level) + STEADY * course.fall) * np.log2(factor) ** GROWTH)


def rescaled(course: Course, factor: float) -> tuple[FloatArray, FloatArray, FloatArray, FloatArray]:
    """Steps, predicted loss and both ends of its 80 % interval, (b,) each, at `factor` times the rates."""
    unit = error_scale(course, factor)
    low, high = course.level + LOW * unit, course.level + HIGH * unit
    if float(course.loss.min()) >= 0.0:
        low = np.maximum(low, 0.0)
    return sooner(course, course.steps, factor), course.level, low, high
