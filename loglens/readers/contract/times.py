"""The time that stands in a printed line, as seconds since 1970; UTC, since a console tells no zone."""

from __future__ import annotations

import re
from datetime import UTC, datetime

STAMP = re.compile(rb"(?<!\d)(\d{4})[-/](\d\d)[-/](\d\d)[ T_,]{1,2}(\d\d):(\d\d):(\d\d)(?:[.,](\d{1,6}))?")


def time_of(line: bytes) -> float | None:
    """The first full date and time in a line, None where it has none."""
    found = STAMP.search(line)
    if found is None:
        return None
    year, month, day, hour, minute, second = (int(group) for group in found.groups()[:6])
    try:
        whole = datetime(year, month, day, hour, minute, second, tzinfo=UTC).timestamp()
    except ValueError:
        return None
    return whole + (float(b"0." + found[7]) if found[7] else 0.0)
