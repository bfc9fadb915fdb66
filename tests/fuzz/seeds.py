"""What is changed: a small log of every reader, lines of every trainer, past finds, settings, baselines and saved
documents; and the larger files of the repository and beside it, cut to a size at which they can be read often."""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache
from pathlib import Path

import loglens
from loglens.fleet.baseline import baseline_of, baseline_text
from loglens.model.diagnosis import Diagnosis
from tests.fuzz.numbers import LENGTHS
from tests.readers.console.trainers.samples import SAMPLES as TRAINERS

ROOT = Path(__file__).parents[2]
SHARED = (ROOT.parent / "shared" / "data", ROOT.parent.parent / "shared" / "data")
READERS = ROOT / "tests" / "readers" / "samples"
CORPUS = Path(__file__).parent / "corpus"
PLACES = (
    ROOT / "sample_logs",
    ROOT / "tests" / "hostile" / "inputs",
    CORPUS,
    *(place / name for place in SHARED for name in ("formats", "public_cases")),
)
SMALL = 4_000
"""Bytes of a seed that is text: what breaks a reader fits into them, and small files are read a thousand times a
second."""
BINARY = 48_000
"""Stores that are cut are only damaged: those up to this size are taken whole."""
POINTS = 8
"""Of a curve of a saved document."""
NO_LOGS = {".pt", ".py", ".md", ".png", ".npz", ".xz"}


@dataclass(frozen=True, slots=True)
class Seed:
    """A file and what reads it: 'log', 'document', 'settings', 'baseline', or 'numbers' where it is to be judged (and
    is made anew each time, of as many points as its `of` says, where it holds no data). `place`: where it lies in its
    folder. `beside`: the place and content of what lies beside it. `of`: the sample it is from; each sample gets the
    same time."""

    kind: str
    place: str
    data: bytes
    of: str = ""
    beside: tuple[tuple[str, bytes], ...] = ()


@cache
def seeds() -> tuple[Seed, ...]:
    made = (Seed("numbers", "log.csv", b"", str(points)) for points in LENGTHS)
    return (*samples(), *trainers(), *_larger(), *_documents(), *made)


def samples() -> Iterator[Seed]:
    """Each file of each reader's own sample, the others beside it."""
    for sample in sorted(one for one in READERS.iterdir() if one.is_dir()):
        files = {
            str(path.relative_to(sample)): path.read_bytes() for path in sorted(sample.rglob("*")) if path.is_file()
        }
        for place, data in files.items():
            beside = tuple(one for one in files.items() if one[0] != place)
            yield Seed("log", place, data, sample.name, beside)


def trainers() -> Iterator[Seed]:
    """Lines of each trainer."""
    for name, sample in sorted(TRAINERS.items()):
        yield Seed("log", "train.log", sample.text.encode(), name)


def _larger() -> Iterator[Seed]:
    for place in PLACES:
        for path in sorted(place.rglob("*")) if place.is_dir() else ():
            if not path.is_file() or path.suffix in NO_LOGS or "saved_documents" in path.parts:
                continue
            kind = path.parent.name.partition("-")[0] if place == CORPUS else "log"
            with path.open("rb") as file:
                data = file.read(BINARY)
            if len(data) > SMALL and (b"\0" not in data[:1000] or len(data) == BINARY):
                data = data[: data.rfind(b"\n", 0, SMALL) + 1] or data[:SMALL]
            # of the shared formats each is a sample of its own
            of = place.name if place.name != "formats" else path.relative_to(place).parts[0]
            yield Seed(kind, path.name, data, of)


def _documents() -> Iterator[Seed]:
    for name in ("lr-jump", "overfitting", "bad-batches"):
        diagnosis = loglens.diagnose(ROOT / "sample_logs" / "runs" / name)
        yield Seed("document", "saved.json", json.dumps(_shortened(diagnosis)).encode(), name)
        yield Seed("baseline", "baseline.json", baseline_text(baseline_of(diagnosis)).encode(), name)
    for path in sorted((ROOT / "tests" / "hostile" / "inputs" / "saved_documents").glob("*.json")):
        yield Seed("document", "saved.json", path.read_bytes()[:BINARY], path.name)
    yield Seed(
        "settings", "loglens.toml",
        b'fail_on = "warning"\nlr = 1e-3\nschedule = "cosine:warmup=10,total=100"\ndisable = ["logging"]\njobs = 1\n'
        b'[map]\ntrain_loss = "loss"\n[detectors.loss_spike]\nmin_sigmas = 6\n',
    )  # fmt: skip


def _shortened(diagnosis: Diagnosis) -> object:
    document = json.loads(loglens.render(diagnosis, "json"))
    for run in document["runs"]:
        for curve in run["curves"]:
            for part in ("steps", "values", "wall_times", "epochs"):
                curve[part] = curve[part] and curve[part][:POINTS]
    return document
