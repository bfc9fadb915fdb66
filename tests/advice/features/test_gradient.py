"""Measures of the gradient norm: what each is of a run in which it is known."""

from __future__ import annotations

import numpy as np
import pytest

from loglens.advice.features import gradient
from tests.advice.runs import STEPS, falling, reading_of

RNG = np.random.default_rng(0)
NORMS = np.exp(0.3 * RNG.standard_normal(STEPS))


def test_changes_agree_where_the_same_batches_are_hard_in_both() -> None:
    """Equal changes have no order: that of time would be an agreement of whatever is logged in few digits."""
    hard = RNG.standard_normal(STEPS)
    assert gradient.gradient_loss_agree(reading_of(3 + 0.1 * hard, grad_norm=2 + hard / 4)) == pytest.approx(1)
    assert gradient.gradient_loss_agree(reading_of(3 + 0.1 * hard, grad_norm=2 - hard / 4)) == pytest.approx(-1)
    assert gradient.gradient_loss_agree(reading_of(3 + 0.1 * hard, grad_norm=NORMS)) == pytest.approx(0, abs=0.1)
    rounded = np.round(3 + 0.05 * hard, 1), np.round(2 + 0.05 * RNG.standard_normal(STEPS), 1)
    assert gradient.gradient_loss_agree(reading_of(rounded[0], grad_norm=rounded[1])) == pytest.approx(0, abs=0.1)
    assert gradient.gradient_loss_agree(reading_of(falling(), grad_norm=np.ones(STEPS))) is None
    assert gradient.gradient_loss_agree(reading_of(falling()[:39], grad_norm=NORMS[:39])) is None
    assert gradient.gradient_loss_agree(reading_of(falling()[:40], grad_norm=NORMS[:40])) is not None
