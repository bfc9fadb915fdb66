"""How figures are written in sentences: short, and the same everywhere."""

from __future__ import annotations

import math

SMALL, PLAIN, LARGE = 1e-3, 1e4, 1e6
"""Sizes from which a loss is written out, without its decimals, and with a power of ten again."""


def loss(value: float) -> str:
    """A loss with four digits, three where it has a power of ten: 2.303, 12,345, 1.2e-4, 1.6e18."""
    size = abs(value)
    if value == 0 or not math.isfinite(value) or SMALL <= size < PLAIN:
        return f"{value:.4g}"
    return f"{value:,.0f}" if PLAIN <= size < LARGE else _with_power(f"{value:.2e}")


def rate(value: float, digits: int = 2) -> str:
    """A learning rate as people write them: 0.06, 2e-5, 0."""
    if value == 0:
        return "0"
    if 0.01 <= abs(value) < 1000:
        return f"{value:.{digits}g}"
    return _with_power(f"{value:.{digits - 1}e}")


def _with_power(text: str) -> str:
    mantissa, exponent = text.split("e")
    if "." in mantissa:
        mantissa = mantissa.rstrip("0").removesuffix(".")
    return f"{mantissa}e{int(exponent)}"
