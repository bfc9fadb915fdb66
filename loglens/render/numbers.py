"""Numbers as people read them. Everything a page, a comment or a terminal shows is rounded here and nowhere else."""

from __future__ import annotations

import math
from decimal import Decimal

from loglens.model import figures
from loglens.model.run import StepSpan

NOTHING = "–"
"""Shown where there is no number."""


def sig(value: float | None, digits: int = 3) -> str:
    """`digits` significant digits, no needless zeros: 0.5234 → 0.523, 41.27 → 41.3, 123456 → 123,456, 2.1e-7."""
    if value is None:
        return NOTHING
    if not math.isfinite(value):
        return "NaN" if math.isnan(value) else ("∞" if value > 0 else "−∞")
    if value == 0:
        return "0"
    size = abs(value)
    if size >= 1e9 or size < 1e-3:
        return scientific(value, digits)
    if size >= 10 ** (digits - 1):
        return _signed(f"{value:,.0f}")
    decimals = max(0, digits - 1 - math.floor(math.log10(size)))
    # half-way cases as written, not as the float lies: 0.1235 must not become 0.12349999
    written = repr(float(value))
    exact = Decimal(written) if written.endswith("5") else value
    text = _trimmed(f"{exact:.{decimals}f}")
    return text if value > 0 else _signed(text)


def scientific(value: float, digits: int = 3) -> str:
    """Mantissa and bare exponent as configuration files take them: 8e-4, 1.25e-3, 3e9."""
    mantissa, exponent = f"{value:.{digits - 1}e}".split("e")
    return _signed(f"{_trimmed(mantissa)}e{int(exponent)}")


def lr(value: float | None, digits: int = 3) -> str:
    """A learning rate, ready to be pasted: 3e-4, 1.2e-3, 0.05, 1."""
    if value is None or not math.isfinite(value):
        return NOTHING
    return figures.rate(value, digits)


def advised(value: float | None) -> str:
    """A recommended rate: two digits, for no log says more."""
    return lr(value, 2)


def percent(share: float) -> str:
    """A probability or a share: 83%, and never a false 0% or 100%."""
    if 0 < share < 0.01:
        return "<1%"
    if 0.99 < share < 1:
        return ">99%"
    return f"{100 * share:.0f}%"


def count(number: int) -> str:
    """1234567 → 1,234,567."""
    return f"{number:,}" if number >= 0 else _signed(f"{number:,}")


def counted(number: int, noun: str, plural: str = "") -> str:
    """1 run, 2 runs, 3 entries (give the plural where an s does not make it)."""
    return f"{count(number)} {noun if number == 1 else plural or noun + 's'}"


def factor(value: float | None) -> str:
    """How many times: ×0.27, ×3."""
    return NOTHING if value is None else f"×{sig(value, 2)}"


def steps(span: StepSpan) -> str:
    """steps 300–324; step 300 where it is one."""
    if span.start == span.end:
        return f"step {count(span.start)}"
    return f"steps {count(span.start)}–{count(span.end)}"


def axis(value: float) -> str:
    """A tick's label: 0, 500, 20k, 1.5M, 1e12; small ones as `sig` writes them."""
    size = abs(value)
    if size < 10_000 or size >= 1e12:
        return sig(value, 4)
    for unit, name in ((1e9, "G"), (1e6, "M"), (1e3, "k")):
        if size >= unit:
            return f"{sig(value / unit, 4)}{name}"
    return sig(value, 4)


def log_odds(points: float) -> str:
    """A weight of evidence with its sign: +1.8, −0.7."""
    return f"{points:+.1f}".replace("-", "−")


def _trimmed(text: str) -> str:
    return text.rstrip("0").rstrip(".") if "." in text else text


def _signed(text: str) -> str:
    # a true minus sign lines up with tabular digits and never breaks from its number
    return text.replace("-", "−", 1) if text.startswith("-") else text
