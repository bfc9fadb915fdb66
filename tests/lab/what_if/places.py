"""Where the data lie that the what-ifs are measured on; they are not part of the project."""

from __future__ import annotations

from pathlib import Path

DATA = Path(__file__).resolve().parents[4] / "shared" / "data"
CURVES = DATA / "schedule_curves"
SWEEPS = DATA / "lr_sweeps"


def missing(folder: Path) -> str:
    """Why nothing can be measured, '' where something can."""
    return "" if folder.is_dir() else f"no {folder.name} beside the checkout, in ../shared/data"
