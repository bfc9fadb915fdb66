"""The time in a printed line."""

from __future__ import annotations

import pytest

from loglens.readers.contract.times import time_of

NOON = 1_700_049_600.0
"""15 November 2023, 12:00:00 UTC."""


@pytest.mark.parametrize(
    ("line", "seconds"),
    [
        (b"2023-11-15 12:00:00 loss 0.5", NOON),
        (b"[2023/11/15 12:00:00] loss 0.5", NOON),
        (b"INFO 2023-11-15T12:00:00.250Z loss 0.5", NOON + 0.25),
        (b"2023-11-15 12:00:00,125 - loss 0.5", NOON + 0.125),
        (b"2023-11-15 12:00:00 and 2024-01-01 00:00:00", NOON),
        (b"12:00:00 loss 0.5", None),
        (b"2023-13-45 12:00:00", None),
        (b"step 42023-11-15 12:00:00", None),
    ],
)
def test_the_first_full_date_and_time(line: bytes, seconds: float | None) -> None:
    assert time_of(line) == seconds
