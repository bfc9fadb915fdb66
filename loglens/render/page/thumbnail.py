"""One small picture a run, in which an outlier does not press the rest flat."""

from __future__ import annotations

import math
from collections.abc import Sequence

import numpy as np

from loglens.model.diagnosis import RunDiagnosis
from loglens.model.run import FloatArray
from loglens.render.page.svg_chart import SvgChart, draw
from loglens.render.page.views.charts import finding_bands, step_range, svg_lines

TALLEST = 3.0
"""Times the distance from the median to the 95th percentile that a thumbnail shows above the median."""
MANY = 20
"""Values below which none is called an outlier."""


def thumbnail(run: RunDiagnosis, points: int) -> SvgChart:
    """The loss of a run with its findings. `points`: of each curve."""
    curves = [curve for role in ("train_loss", "level", "metric") if (curve := run.curve(role)) is not None]
    return draw(
        svg_lines(curves, points, [finding.steps for finding in run.findings]),
        width=170,
        height=72,
        span=step_range(run),
        bands=finding_bands(run.findings),
        logarithmic=False,
        labels=False,
        limits=robust_range([curve.values for curve in curves]),
    )


def robust_range(curves: Sequence[FloatArray]) -> tuple[float, float] | None:
    """The range of most values, where a few would press all others flat; None where all of them fit.

    Up to three times as far above the median as the 95th percentile lies: a curve that falls from its start stays
    whole, a spike of ten times that is cut.
    """
    finite = np.concatenate([values[np.isfinite(values)] for values in curves]) if curves else np.array([])
    if len(finite) < MANY:
        return None
    low, middle, high = (float(item) for item in np.quantile(finite, (0.0, 0.5, 0.95)))
    reach = TALLEST * max(high - middle, 0.05 * abs(middle), 1e-12)
    if float(finite.max()) <= middle + 1.5 * reach or not math.isfinite(reach):
        return None
    air = 0.06 * (middle + reach - low)
    return max(low - air, 0.0) if low >= 0 else low - air, middle + reach
