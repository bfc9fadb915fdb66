"""Sacred's FileStorageObserver (`RUNS/ID/metrics.json`): a document of `{name: {steps, timestamps, values}}`."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import ClassVar

from loglens.model.run import Note, Problem, Setting
from loglens.readers.contract.base import Log, Probe, ReaderMeta
from loglens.readers.contract.json_text import loaded
from loglens.readers.contract.limits import whole_text
from loglens.readers.contract.points import Points, as_number, as_step, flat_settings, unix_seconds
from loglens.readers.tables.json.whole import whole_object

DOCUMENT = re.compile(
    r'\s*\{\s*"(?:[^"\\]|\\.)*"\s*:\s*\{\s*'
    r'(?:"name"\s*:\s*"[^"\\]{0,200}"\s*,\s*)?"(?:steps|timestamps|values)"\s*:\s*\['
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Sacred:
    meta: ClassVar[ReaderMeta] = ReaderMeta(id="sacred", title="Sacred run folder (metrics.json)")

    def recognises(self, probe: Probe) -> bool:
        return b"{" in probe.head[:16] and DOCUMENT.match(probe.text or "") is not None

    def read(self, paths: Sequence[Path]) -> Iterator[Log]:
        for path in paths:
            yield read_metrics(path)


def read_metrics(path: Path) -> Log:
    """The metrics of one run; a file that is cut gives what is whole."""
    points = Points()
    metrics, problems = whole_object(path)
    for name, metric in metrics.items():
        problems += _add_metric(str(name), metric, path, points)
    if not len(points) and not problems:
        problems.append(Problem(path=str(path), message="the Sacred run logged no metric (`_run.log_scalar`)"))
    run = _document(path.with_name("run.json"))
    return Log(
        format=Sacred.meta.id,
        file=path,
        folder=path.parent,
        columns=points.columns(),
        started=unix_seconds(run.get("start_time")),
        rank=10,
        config=_config(path.with_name("config.json")),
        notes=tuple(_status(run, path)),
        problems=tuple(problems),
    )


def _add_metric(name: str, metric: object, path: Path, points: Points) -> list[Problem]:
    if not isinstance(metric, Mapping) or not all(isinstance(metric.get(key), list) for key in ("steps", "values")):
        return [Problem(path=str(path), message=f"metric {name!r} has no lists of steps and values; it is left out")]
    steps, values = metric["steps"], metric["values"]
    times = metric.get("timestamps")
    times = times if isinstance(times, list) and len(times) >= len(values) else [None] * len(values)
    bad = abs(len(steps) - len(values))
    for step, value, time in zip(steps, values, times, strict=False):
        at, number = as_step(step), as_number(value)
        if at is None or number is None:
            bad += value is not None
        else:
            points.add(name, at, number, unix_seconds(time))
    if not bad:
        return []
    return [Problem(path=str(path), message=f"{bad} points of {name!r} are not whole; they are left out")]


def _status(run: Mapping[str, object], path: Path) -> Iterator[Note]:
    status = run.get("status")
    if isinstance(status, str) and status != "COMPLETED":
        yield Note(kind="info", message=f"Sacred says the run is {status}", path=str(path))


def _config(path: Path) -> dict[str, Setting]:
    config = _document(path)
    return flat_settings({key: value for key, value in config.items() if not key.startswith("__")})


def _document(path: Path) -> dict[str, object]:
    try:
        document = loaded(whole_text(path, errors="replace"))
    except (OSError, ValueError):
        return {}  # a help, not a measurement
    return document if isinstance(document, dict) else {}
