from __future__ import annotations

import math

import pytest

from loglens.model import figures


@pytest.mark.parametrize(
    ("value", "text"),
    [
        (0.0, "0"), (2.30259, "2.303"), (0.00123456, "0.001235"), (9999.4, "9999"), (9999.8, "10,000"),
        (12345.6, "12,346"), (-65536, "-65,536"), (999_999, "999,999"),
        (1.6e18, "1.6e18"), (1.204e-4, "1.2e-4"), (1e-4, "1e-4"), (math.inf, "inf"),
    ],
)  # fmt: skip
def test_a_loss_is_written_without_noise(value: float, text: str) -> None:
    assert figures.loss(value) == text


@pytest.mark.parametrize(
    ("value", "digits", "text"),
    [(0.0, 2, "0"), (0.06, 2, "0.06"), (2e-5, 2, "2e-5"), (5.04e-6, 3, "5.04e-6"), (5e-6, 3, "5e-6"), (1e-3, 2, "1e-3"),
     (0.0123, 3, "0.0123"), (320.4, 2, "320"), (99.7, 2, "100"), (3200, 2, "3.2e3")],
)  # fmt: skip
def test_a_rate_is_written_as_people_write_it(value: float, digits: int, text: str) -> None:
    assert figures.rate(value, digits) == text
