"""The learning rate in the name of a run's file or folder, as sweeps write it: "lr=0.01", "adam_lr1e-3_bs32.csv"."""

from __future__ import annotations

import re
from pathlib import Path

RATE = re.compile(
    r"(?<![A-Za-z])(?:lr|learning[_-]?rate)[_=-]{0,2}(?=[\d.]{0,30}(?:\.\d|\de-))(\d{0,6}\.?\d{0,20}(?:e-?\d{1,3})?)"
    r"(?![\d]|\.\d)",
    re.IGNORECASE,
)
FOLDERS = 2
"""Folders above a file that may name its run."""
LARGEST = 100.0


def rate_in_name(path: Path) -> float | None:
    """The rate that the name of a file or of the folders right above it tells, the nearest; None where none does, or
    one tells several."""
    for name in (path.name, *(folder.name for folder in list(path.parents)[:FOLDERS])):
        told = {float(number) for number in RATE.findall(name)}
        if told:
            return told.pop() if len(told) == 1 and 0 < max(told) <= LARGEST else None
    return None
