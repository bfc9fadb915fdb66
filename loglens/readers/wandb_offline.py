"""W&B run folders (`wandb/offline-run-*`, `wandb/run-*`): the `.wandb` file read without W&B's package."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from fnmatch import fnmatchcase
from pathlib import Path
from typing import ClassVar

from loglens.model.run import Note, Problem, Setting
from loglens.readers.base import Column, Log, Probe, ReaderMeta
from loglens.readers.points import INT64, Points, as_setting, flat_numbers, flat_settings
from loglens.readers.wandb_records import (
    CONFIG,
    EXIT,
    HISTORY,
    MAGIC,
    METRIC,
    RUN,
    Damage,
    Item,
    MetricDefinition,
    fields,
    history_row,
    key_and_value,
    metric_definition,
    records,
)

CALLS = "_step"
INTERNAL = frozenset({CALLS, "_runtime", "_timestamp"})
STEP_NAMES = (
    "train/global_step", "trainer/global_step", "global_step", "train/step", "train_step", "training_step",
    "train/iter", "train/iteration", "step", "iter", "iteration", "iterations", "num_updates", "time/batch",
    "Step", "Train/Step", "optimizer_step", "update",
)  # fmt: skip
"""Metrics that are the training step where no define_metric says so, the most particular first."""


@dataclass(frozen=True, slots=True, kw_only=True)
class WandbOffline:
    meta: ClassVar[ReaderMeta] = ReaderMeta(id="wandb-offline", title="W&B run folder (.wandb file)")

    def recognises(self, probe: Probe) -> bool:
        return probe.head[:4] == MAGIC or probe.name.endswith(".wandb")

    def read(self, paths: Sequence[Path]) -> Iterator[Log]:
        parts: dict[str, dict[Path, Path]] = {}  # a resumed run is several files of one name, in folders of their own
        for path in paths:  # a link (`latest-run`) leads to a folder that is read under its own name
            parts.setdefault(path.name, {}).setdefault(path.resolve(), path)
        for files in parts.values():
            yield from read_parts(tuple(files.values()))


@dataclass(slots=True)
class Contents:
    """What the records of one file say."""

    rows: list[Row] = field(default_factory=list)
    metrics: list[MetricDefinition] = field(default_factory=list)
    config: dict[str, Setting] = field(default_factory=dict)
    skipped: dict[str, int] = field(default_factory=dict)
    damage: list[Damage] = field(default_factory=list)
    run_id: str = ""
    name: str = ""
    project: str = ""
    started: float | None = None
    exited: bool = False
    calls_before: int = 0


@dataclass(frozen=True, slots=True)
class Row:
    """One `wandb.log()` call: which one it was, and the numbers in it, nested names joined with a dot."""

    call: int
    values: dict[str, float]


def read_parts(paths: Sequence[Path]) -> Iterator[Log]:
    """The parts of one run in order of time, a log each. What define_metric said once holds for the later parts."""
    read: list[tuple[Path, Contents]] = []
    for path in paths:
        try:
            data = path.read_bytes()
        except OSError as error:
            yield _nothing(path, f"the file cannot be opened ({error.strerror}); check its permissions")
            continue
        if data[:4] == MAGIC:
            read.append((path, read_contents(data)))
        else:
            found = "the file is empty" if not data else "the file does not begin like a W&B log"
            yield _nothing(path, f"{found}; export the run's history from W&B instead")
    runs: dict[str, list[Contents]] = {}
    for path, contents in sorted(read, key=lambda one: (one[1].started or 0.0, str(one[0]))):
        before = runs.setdefault(contents.run_id, [])
        if before:
            contents.metrics = before[-1].metrics + contents.metrics
            contents.calls_before = calls_before(before, contents)
        before.append(contents)
        yield _log(path, contents)


def calls_before(before: Sequence[Contents], contents: Contents) -> int:
    """What to add to the calls of a part: offline, W&B counts them from 0 again when a run is resumed."""
    counted = [one.calls_before + row.call for one in before for row in one.rows]
    first = next((row.call for one in before for row in one.rows), 0)
    restarted = bool(counted and contents.rows) and contents.rows[0].call == first
    return max(counted) + 1 - first if restarted else 0


def _log(path: Path, contents: Contents) -> Log:
    problems = [Problem(path=str(path), message=one.message, offset=one.offset) for one in contents.damage]
    columns = columns_of(contents)
    if not columns and not problems:
        problems.append(Problem(path=str(path), message="the W&B log holds no history: nothing was logged to it"))
    return Log(
        format=WandbOffline.meta.id,
        file=path,
        folder=path.parent,
        columns=columns,
        run_id=contents.run_id or path.name.removesuffix(".wandb").removeprefix("run-"),
        started=contents.started,
        rank=10,
        config=contents.config or config_file(path.parent / "files" / "config.yaml"),
        notes=tuple(_notes(contents, path)),
        problems=tuple(problems),
    )


def _nothing(path: Path, message: str) -> Log:
    problem = Problem(path=str(path), message=message)
    return Log(format=WandbOffline.meta.id, file=path, folder=path.parent, columns=(), problems=(problem,))


def _notes(contents: Contents, path: Path) -> Iterator[Note]:
    where = f" of project {contents.project!r}" if contents.project else ""
    yield Note(kind="info", message=f"W&B run {contents.name or contents.run_id!r}{where}", path=str(path))
    if contents.calls_before:
        message = "the log() calls were counted from the beginning again when the run was resumed; they are counted on"
        yield Note(kind="guess", message=message, path=str(path))
    if not contents.exited:
        yield Note(
            kind="info",
            message="no exit record: the run was killed or is still going, its end need not be the training's",
            path=str(path),
        )
    if contents.skipped:
        names = ", ".join(sorted(contents.skipped)[:5])
        yield Note(
            kind="info",
            message=f"values that are no numbers (text, media, histograms) are left out: {names}",
            path=str(path),
            count=sum(contents.skipped.values()),
        )


def read_contents(data: bytes) -> Contents:
    """All records of a file; a record that does not hold together is left out and named."""
    contents = Contents()
    names: dict[bytes, str] = {}
    for offset, record in records(data, contents.damage):
        try:
            for number, value in fields(record):
                if number == HISTORY and isinstance(value, bytes):
                    _add_row(contents, value, names)
                elif isinstance(value, bytes):
                    _add_other(contents, number, value)
        except (ValueError, IndexError, RecursionError) as error:
            contents.damage.append(Damage(offset, f"a record that cannot be decoded ({error}); it is left out"))
    return contents


def _add_row(contents: Contents, data: bytes, names: dict[bytes, str]) -> None:
    step, items = history_row(data, names)
    values: dict[str, float] = {}
    for item in items:
        try:
            values[item.key] = float(item.value)  # the usual case: JSON's numbers, and its NaN and Infinity
        except ValueError:
            values.update(flat_numbers(item.key, json.loads(item.value), contents.skipped))
    call = values.get(CALLS)
    if call is not None and call.is_integer():
        step = int(call)
    elif step is None:
        step = contents.rows[-1].call + 1 if contents.rows else 0
    contents.rows.append(Row(step, values))


def _add_other(contents: Contents, number: int, data: bytes) -> None:
    if number == CONFIG:
        _add_config(contents, data)
    elif number == METRIC:
        contents.metrics.append(metric_definition(data))
    elif number == RUN:
        _add_run(contents, data)
    elif number == EXIT:
        contents.exited = True


def _add_run(contents: Contents, data: bytes) -> None:
    """RunRecord: run_id = 1, project = 3, config = 4, display_name = 8, start_time = 17 {seconds = 1, nanos = 2}."""
    for number, value in fields(data):
        if not isinstance(value, bytes):
            continue
        text = value.decode("utf-8", errors="replace") if number in (1, 3, 8) else ""
        if number == 1:
            contents.run_id = text
        elif number == 3:
            contents.project = text
        elif number == 8:
            contents.name = text
        elif number == 4:
            _add_config(contents, value)
        elif number == 17:
            time = {part: amount for part, amount in fields(value) if isinstance(amount, int)}
            contents.started = time.get(1, 0) + time.get(2, 0) / 1e9


def _add_config(contents: Contents, data: bytes) -> None:
    """ConfigRecord: update = 1 {key = 1, nested_key = 2, value_json = 16}."""
    for number, value in fields(data):
        if number == 1 and isinstance(value, bytes):
            item: Item = key_and_value(value, value_field=16)
            if item.key and item.key != "_wandb":
                contents.config.update(flat_settings({item.key: json.loads(item.value)}))


def columns_of(contents: Contents) -> tuple[Column, ...]:
    """The columns, each over its own x axis.

    The axis of a metric: the step_metric of its define_metric, else a logged training step, else the calls. A row that
    does not hold the axis stands where the axis stood last, as W&B draws it.
    """
    default = next((name for name in STEP_NAMES if _counts(contents.rows, name)), CALLS)
    axis_of = AxisChoice(contents, default)
    points = Points()
    now = {axis: _first(contents.rows, axis) for axis in axis_of.axes}
    for row in contents.rows:
        for axis in now:
            value = row.values.get(axis)
            if value is not None:
                now[axis] = int(value)
        now[CALLS] = contents.calls_before + row.call
        time = row.values.get("_timestamp")
        for tag, value in row.values.items():
            if tag not in INTERNAL and tag != default:
                points.add(tag, now[axis_of(tag)], value, time)
    points.axes.update({tag: _axis_word(axis) for tag, axis in axis_of.chosen.items()})
    return points.columns()


class AxisChoice:
    """Which x axis each metric has; `axes` are all that can be chosen."""

    def __init__(self, contents: Contents, default: str) -> None:
        self.default = default
        self.chosen: dict[str, str] = {}
        self._exact: dict[str, str] = {}
        self._globs: list[tuple[str, str]] = []
        for one in contents.metrics:
            axis = one.step_metric
            if not axis and 0 < one.step_index <= len(contents.metrics):
                axis = contents.metrics[one.step_index - 1].name
            if axis == CALLS or (axis and _counts(contents.rows, axis)):
                if one.glob:
                    self._globs.append((one.glob, axis))
                else:
                    self._exact[one.name] = axis
        self.axes = {default, CALLS, *self._exact.values(), *(axis for _, axis in self._globs)}

    def __call__(self, tag: str) -> str:
        axis = self.chosen.get(tag)
        if axis is None:
            axis = self._exact.get(tag) or next(
                (axis for glob, axis in self._globs if fnmatchcase(tag, glob)), self.default
            )
            if axis == tag:  # an axis has no axis of its own but the run's
                axis = self.default
            self.chosen[tag] = axis
        return axis


def _counts(rows: Sequence[Row], name: str) -> bool:
    """Whether a metric can be an x axis: whole numbers, at least one beside another metric."""
    seen = beside = False
    for row in rows:
        value = row.values.get(name)
        if value is None:
            continue
        if not value.is_integer() or abs(value) >= INT64:
            return False
        seen = True
        beside = beside or any(tag != name and tag not in INTERNAL for tag in row.values)
    return seen and beside


def _first(rows: Sequence[Row], axis: str) -> int:
    return int(next((row.values[axis] for row in rows if axis in row.values), 0.0))


def _axis_word(axis: str) -> str:
    return "epoch" if "epoch" in axis.casefold() else "step"


def config_file(path: Path) -> Mapping[str, Setting]:
    """The scalars of `files/config.yaml`, which W&B writes as `name:`, then `    value: X`, two levels and no more."""
    try:
        lines = path.read_text(encoding="utf-8", errors="replace").splitlines()
    except OSError:
        return {}
    settings: dict[str, Setting] = {}
    name = ""
    for line in lines:
        key, colon, value = line.partition(":")
        if colon and not line.startswith((" ", "#", "-")):
            name = key.strip().strip("\"'")
        elif colon and key.strip() == "value" and value.strip() and not name.startswith(("_", "wandb_version")):
            settings[name] = as_setting(value)
    return settings
