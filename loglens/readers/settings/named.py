"""The learning rate in the name of a run's file or folder, as sweeps write it: "lr=0.01", "adam_lr1e-3_bs32.csv"."""

from __future__ import annotations

import re
from pathlib import Path

RATE = re.compile(
    r"(?<![A-Za-z])(?:lr|learning[_-]?rate)[_=-]{0,2}((?:\d{1,6}(?:\.\d{1,20})?|\.\d{1,20})(?:e-?\d{1,3})?)"
    r"(?!\d|\.\d)",
    re.IGNORECASE,
)
FRACTION = re.compile(r"\.|e-", re.IGNORECASE)
"""What a rate has in it: in "lr1" the number may be that of a variant."""
FOLDERS = 2
"""Folders above a file that may name its run."""
LARGEST = 100.0


def rate_in_name(path: Path) -> float | None:
    """The rate that the name of a file or of the folders right above it tells, the nearest; None where none does, or
    one tells several."""
    for name in (path.name, *(folder.name for folder in list(path.parents)[:FOLDERS])):
        told = {float(number) for number in RATE.findall(name) if FRACTION.search(number)}
        if told:
            return told.pop() if len(told) == 1 and 0 < max(told) <= LARGEST else None
    return None
