"""W&B run folders (`wandb/offline-run-*`, `wandb/run-*`): the `.wandb` file read without W&B's package."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import ClassVar

from loglens.model.run import Note, Problem, Setting
from loglens.readers.contract.base import Log, Probe, ReaderMeta
from loglens.readers.contract.doors import WANDB
from loglens.readers.contract.limits import whole, whole_text
from loglens.readers.contract.points import as_setting
from loglens.readers.trackers.wandb.axes import columns_of
from loglens.readers.trackers.wandb.contents import Contents, read_contents

OWN_FILES = frozenset({"output.log", "wandb-summary.json", "wandb-metadata.json", "requirements.txt", "diff.patch"})


@dataclass(frozen=True, slots=True, kw_only=True)
class WandbOffline:
    meta: ClassVar[ReaderMeta] = ReaderMeta(id="wandb-offline", title="W&B run folder (.wandb file)")

    def recognises(self, probe: Probe) -> bool:
        return probe.head.startswith(WANDB) or probe.name.endswith(".wandb") or beside_a_run(probe.path)

    def read(self, paths: Sequence[Path]) -> Iterator[Log]:
        if all(beside_a_run(path) for path in paths):
            yield from (
                _nothing(path, "W&B keeps this beside the run's history; give the run's folder") for path in paths
            )
            return
        parts: dict[str, dict[Path, Path]] = {}  # a resumed run is several files of one name, in folders of their own
        for path in paths:  # a link (`latest-run`) leads to a folder that is read under its own name
            if not beside_a_run(path):
                parts.setdefault(path.name, {}).setdefault(path.resolve(), path)
        for files in parts.values():
            yield from read_parts(tuple(files.values()))


def beside_a_run(path: Path) -> bool:
    """Whether W&B itself wrote the file next to a run's history: its debug logs, its summary, its copy of the console.

    They are claimed here so that nobody takes them for a run of their own.
    """
    debug = path.name.startswith("debug") and path.suffix == ".log"
    match path.parent.name:
        case "logs" if debug:
            return any(path.parent.parent.glob("*.wandb"))
        case "files" if path.name in OWN_FILES:
            return any(path.parent.parent.glob("*.wandb"))
        case "wandb" if debug:
            return any(path.parent.glob("*run-*/*.wandb"))
        case _:
            return False


def read_parts(paths: Sequence[Path]) -> Iterator[Log]:
    """The parts of one run in order of time, a log each. What define_metric said once holds for the later parts."""
    read: list[tuple[Path, Contents]] = []
    for path in paths:
        try:
            data = whole(path)
        except OSError as error:
            yield _nothing(path, f"the file cannot be opened ({error.strerror}); check its permissions")
            continue
        if data.startswith(WANDB):
            read.append((path, read_contents(data)))
        else:
            found = "the file is empty" if not data else "the file does not begin like a W&B log"
            yield _nothing(path, f"{found}; export the run's history from W&B instead")
    runs: dict[str, list[Contents]] = {}
    for path, contents in sorted(read, key=lambda entry: (entry[1].started or 0.0, str(entry[0]))):
        before = runs.setdefault(contents.run_id, [])
        if before:
            contents.metrics = before[-1].metrics + contents.metrics
            contents.calls_before = calls_before(before, contents)
        before.append(contents)
        yield _log(path, contents)


def calls_before(before: Sequence[Contents], contents: Contents) -> int:
    """What to add to the calls of a part: offline, W&B counts them from 0 again when a run is resumed."""
    counted = [item.calls_before + row.call for item in before for row in item.rows]
    first = next((row.call for item in before for row in item.rows), 0)
    restarted = bool(counted and contents.rows) and contents.rows[0].call == first
    return max(counted) + 1 - first if restarted else 0


def _log(path: Path, contents: Contents) -> Log:
    problems = [Problem(path=str(path), message=item.message, offset=item.offset) for item in contents.damage]
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
            message=f"values that are not numbers (text, media, histograms) are left out: {names}",
            path=str(path),
            count=sum(contents.skipped.values()),
        )


def config_file(path: Path) -> Mapping[str, Setting]:
    """The scalars of `files/config.yaml`, which W&B writes as `name:`, then `    value: X`, two levels and no more."""
    try:
        lines = whole_text(path, errors="replace").splitlines()
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
