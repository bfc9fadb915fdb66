"""The files that are changed: those of the repository, and the shared ones where they are there."""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache
from pathlib import Path

import loglens
from loglens.fleet.baseline import baseline_of, baseline_text

ROOT = Path(__file__).parents[2]
SHARED = (ROOT.parent / "shared" / "data", ROOT.parent.parent / "shared" / "data")
PLACES = (
    ROOT / "sample_logs",
    ROOT / "tests" / "hostile" / "inputs",
    ROOT / "tests" / "data",
    *(place / name for place in SHARED for name in ("formats", "public_cases")),
)
LONGEST = 24_000
"""Bytes of a seed: what breaks a reader fits into them, and short files are many."""
NO_LOGS = {".pt", ".py", ".md", ".png", ".npz", ".xz"}


@dataclass(frozen=True, slots=True)
class Seed:
    """A file's name and bytes, and what reads it: 'log', 'document', 'settings' or 'baseline'."""

    kind: str
    name: str
    data: bytes


@cache
def seeds() -> tuple[Seed, ...]:
    return (*_logs(), *_documents())


def _logs() -> Iterator[Seed]:
    for place in PLACES:
        for path in sorted(place.rglob("*")) if place.is_dir() else ():
            if path.is_file() and path.suffix not in NO_LOGS and "saved_documents" not in path.parts:
                size = path.stat().st_size
                with path.open("rb") as file:
                    # binary stores that are cut are only damaged; a small one is taken whole
                    yield Seed("log", path.name, file.read(size if size < 2 * LONGEST else LONGEST))


def _documents() -> Iterator[Seed]:
    for name in ("lr-jump", "overfitting", "bad-batches"):
        diagnosis = loglens.diagnose(ROOT / "sample_logs" / "runs" / name)
        document = json.loads(loglens.render(diagnosis, "json"))
        for run in document["runs"]:
            for curve in run["curves"]:
                for part in ("steps", "values", "wall_times", "epochs"):
                    curve[part] = curve[part] and curve[part][:20]
        yield Seed("document", "saved.json", json.dumps(document).encode())
        yield Seed("baseline", "baseline.json", baseline_text(baseline_of(diagnosis)).encode())
    for path in sorted((ROOT / "tests" / "hostile" / "inputs" / "saved_documents").glob("*.json")):
        yield Seed("document", "saved.json", path.read_bytes()[:LONGEST])
    yield Seed(
        "settings", "loglens.toml",
        b'fail_on = "warning"\nlr = 1e-3\nschedule = "cosine:warmup=10,total=100"\ndisable = ["logging"]\njobs = 1\n'
        b'[map]\ntrain_loss = "loss"\n[detectors.loss_spike]\nmin_sigmas = 6\n',
    )  # fmt: skip
