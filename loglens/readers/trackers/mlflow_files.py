"""MLflow's file store (`mlruns/EXPERIMENT/RUN/metrics/NAME`): a file a metric, a line a point: `ms value step`."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import ClassVar

from loglens.model.run import Note, Problem, Setting
from loglens.readers.contract.base import Log, Probe, ReaderMeta
from loglens.readers.contract.limits import whole, whole_text
from loglens.readers.contract.points import Points, as_setting, as_step

POINT = re.compile(
    rb"-?\d+ [-+]?(?:\d++(?:\.\d*+)?(?:e[-+]?\d++)?|\.\d++|nan|inf|infinity)(?: -?\d+(?: .*)?)?\r?$", re.IGNORECASE
)
FOLDER = "metrics"


@dataclass(frozen=True, slots=True, kw_only=True)
class MlflowFiles:
    meta: ClassVar[ReaderMeta] = ReaderMeta(id="mlflow-files", title="MLflow file store (mlruns folder)")

    def recognises(self, probe: Probe) -> bool:
        if FOLDER not in probe.path.parts[:-1]:
            return False
        return POINT.match(probe.head.split(b"\n", 1)[0]) is not None

    def read(self, paths: Sequence[Path]) -> Iterator[Log]:
        files: dict[Path, list[tuple[str, Path]]] = {}
        for path in paths:
            folder, name = run_and_metric(path)
            files.setdefault(folder, []).append((name, path))
        deleted = tuple(folder for folder in files if _meta(folder).get("lifecycle_stage") == "deleted")
        logs = [_log(folder, sorted(files[folder])) for folder in files if folder not in deleted]
        if deleted and logs:
            note = Note(kind="info", message="runs deleted in MLflow are left out", count=len(deleted))
            logs[0] = replace(logs[0], notes=(*logs[0].notes, note))
        elif deleted:
            message = "the run was deleted in MLflow; `mlflow runs restore` brings it back"
            logs = [_unread(folder, message) for folder in deleted]
        yield from logs


def run_and_metric(path: Path) -> tuple[Path, str]:
    """The folder of the run and the metric's name: what lies below the run's `metrics`, joined with `/`."""
    parts = path.parts
    places = [at for at, part in enumerate(parts[:-1]) if part == FOLDER]
    for at in places:  # a metric may have `metrics` in its name, and so may a folder above
        folder = Path(*parts[:at])
        if any((folder / item).exists() for item in ("meta.yaml", "params", "tags")):
            break
    else:
        at = places[-1]
    return Path(*parts[:at]), "/".join(parts[at + 1 :])


def _log(folder: Path, metrics: Sequence[tuple[str, Path]]) -> Log:
    points = Points()
    problems: list[Problem] = []
    for name, path in metrics:
        problems += _read_metric(name, path, points)
    meta = _meta(folder)
    start = meta.get("start_time", "")
    name = meta.get("run_name") or _text(folder / "tags" / "mlflow.runName") or folder.name
    return Log(
        format=MlflowFiles.meta.id,
        file=folder / FOLDER,
        folder=folder,
        columns=points.columns(count_zero_steps=True),
        started=float(start) / 1000 if start.isdecimal() else None,
        rank=10,
        config=_params(folder / "params"),
        notes=(Note(kind="info", message=f"MLflow run {name!r}", path=str(folder)),),
        problems=tuple(problems),
    )


def _unread(folder: Path, message: str) -> Log:
    problem = Problem(path=str(folder), message=message)
    return Log(format=MlflowFiles.meta.id, file=folder, folder=folder, columns=(), problems=(problem,))


def _read_metric(name: str, path: Path, points: Points) -> list[Problem]:
    """Adds a file's points; returns what is not whole in it."""
    try:
        lines = whole(path).split(b"\n")
    except OSError as error:
        return [Problem(path=str(path), message=f"the metric cannot be opened ({error.strerror})")]
    problems = []
    for number, line in enumerate(lines, start=1):
        if not line.strip():
            continue
        torn = number == len(lines) and len(line.split()) < 3  # a line without its end and without its step
        if torn or not POINT.match(line):
            message = f"line {number} is not `time value step`; it is left out"
            problems.append(Problem(path=str(path), message=message, offset=number))
            continue
        milliseconds, value, *step = line.split()
        at = as_step(step[0]) if step else 0
        if at is not None:
            points.add(name, at, float(value), float(milliseconds) / 1000)
    return problems


def _meta(folder: Path) -> Mapping[str, str]:
    """`meta.yaml`, which is flat: names and scalars."""
    pairs = (
        line.partition(":") for line in _text(folder / "meta.yaml").splitlines() if not line.startswith((" ", "#"))
    )
    return {key.strip(): value.strip().strip("\"'") for key, colon, value in pairs if colon}


def _params(folder: Path) -> dict[str, Setting]:
    try:
        files = sorted(item for item in folder.rglob("*") if item.is_file())
    except OSError:
        return {}
    return {file.relative_to(folder).as_posix(): as_setting(_text(file)) for file in files}


def _text(path: Path) -> str:
    try:
        return whole_text(path, errors="replace").strip()
    except OSError:
        return ""
