"""How figures are written in sentences: short, and the same everywhere."""

from __future__ import annotations

import math

SMALL, PLAIN, LARGE = 1e-3, 1e4, 1e6
"""Sizes from which a loss is written out, without its decimals, and with a power of ten again."""


def loss(value: float) -> str:
    """A loss with four digits, three where it has a power of ten: 2.303, 12,345, 1.2e-4, 1.6e18."""
    size = abs(value)
    if value == 0 or not math.isfinite(value):
        return f"{value:g}"
    if SMALL <= size < LARGE:
        return f"{value:,.0f}" if round(size) >= PLAIN else _plain(value, 4)
    return _with_power(f"{value:.2e}")


def rate(value: float, digits: int = 2) -> str:
    """A learning rate as people write them, ready to be pasted: 0.06, 2e-5, 0."""
    if value == 0:
        return "0"
    return _plain(value, digits) if 0.01 <= abs(value) < 1000 else _with_power(f"{value:.{digits - 1}e}")


def _plain(value: float, digits: int) -> str:
    """So many digits without a power of ten, which `g` has from a whole number of more."""
    return f"{value:.{digits}g}" if abs(value) < 10.0 ** (digits - 1) else f"{value:.0f}"


def _with_power(text: str) -> str:
    mantissa, exponent = text.split("e")
    if "." in mantissa:
        mantissa = mantissa.rstrip("0").removesuffix(".")
    return f"{mantissa}e{int(exponent)}"
