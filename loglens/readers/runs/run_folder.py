"""Which folder names a run: folders that belong together become one.

Splits of one run (Keras `train/` and `validation/`, a training and its `eval/`, the folders that `add_scalars` writes)
are one run, named by the parent, with series `<folder>/<tag>`. The sub-folder of `add_hparams` is no run. A Trainer's
`runs/` belongs to its output folder, mmengine's `vis_data` to the folder with the time in its name.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from dataclasses import replace
from itertools import pairwise
from pathlib import Path

import numpy as np

from loglens.readers.contract.base import Log
from loglens.readers.naming.metric_names import TRAIN_SPLITS, VALIDATION_SPLITS, normalise
from loglens.readers.runs.split_files import joined_split_files

_TIME_NAME = re.compile(r"\d{9,}(?:\.\d+)?")
_SPLIT_SUFFIX = re.compile(r"(?P<main>.+)_(?P<split>train|training|val|valid|validation|test|eval|dev)")
_UNCLEAN = re.compile(r"[^-\w.]")
"""What tensorboardX replaces in a tag, though not in the folder that it names by it."""
_TRAINER_TAGS = frozenset({"train/epoch", "train/learning_rate", "train/global_step", "train/total_flos"})


def in_run_folders(logs: Sequence[Log]) -> list[Log]:
    """The logs with the folder that names their run, and series of splits named `<folder>/<tag>`."""
    kept = _without_hparams([_out_of_vis_data(log) for log in logs])
    kept = _trainers_runs(kept)
    return _joined_splits(_nested_curves(joined_split_files(kept)))


def _out_of_vis_data(log: Log) -> Log:
    return replace(log, folder=log.folder.parent) if log.folder.name == "vis_data" and log.folder.parent.name else log


def _without_hparams(logs: Sequence[Log]) -> list[Log]:
    """Drops the one final number that add_hparams writes into a sub-folder (named by a time) of the run it is about."""
    folders = {log.folder for log in logs if log.columns}
    return [log for log in logs if not (_is_hparams(log) and log.folder.parent in folders)]


def _is_hparams(log: Log) -> bool:
    if "nests_curves" not in log.facts or any(len(column.steps) > 1 for column in log.columns):
        return False
    named = _TIME_NAME.fullmatch(log.folder.name) is not None
    return named or (bool(log.columns) and all(column.tag.startswith("hparam/") for column in log.columns))


def _trainers_runs(logs: Sequence[Log]) -> list[Log]:
    """`<output>/runs/<date>_<host>/` belongs to `<output>` where that holds a trainer state, or where the folders are
    resumed parts of one training by their own steps (a Trainer begins a new folder each time it starts)."""
    outputs = {log.folder for log in logs if "output_folder" in log.facts}
    outputs |= _resumed_outputs(log for log in logs if _in_runs(log))
    homes = ((log, log.folder.parent.parent) for log in logs)
    return [replace(log, folder=home) if _in_runs(log) and home in outputs else log for log, home in homes]


def _in_runs(log: Log) -> bool:
    return "nests_curves" in log.facts and log.folder.parent.name == "runs"


def _resumed_outputs(logs: Iterable[Log]) -> set[Path]:
    """Output folders in whose `runs/` a Trainer's later folder goes on where an earlier one had been."""
    spans: dict[Path, dict[Path, tuple[int, int]]] = {}
    for log in logs:
        steps = [column.steps for column in log.columns if normalise(column.tag) in _TRAINER_TAGS and len(column.steps)]
        if steps:
            first, last = min(int(step.min()) for step in steps), max(int(step.max()) for step in steps)
            folder = spans.setdefault(log.folder.parent.parent, {})
            known = folder.get(log.folder, (first, last))
            folder[log.folder] = (min(first, known[0]), max(last, known[1]))
    found = set()
    for output, folders in spans.items():
        ordered = [folders[folder] for folder in sorted(folders)]
        goes_on = [later[0] > earlier[0] and later[0] <= 2 * max(earlier[1], 1) and later[1] > earlier[1]
                   for earlier, later in pairwise(ordered)]  # fmt: skip
        if goes_on and all(goes_on):
            found.add(output)
    return found


def _nested_curves(logs: Sequence[Log]) -> list[Log]:
    """tensorboardX's `add_scalars("loss", {"a": ...})` writes the tag `loss` alone into `<run>/loss/a/`; the writer's
    own file lies in `<run>`, though it may be without a point."""
    folders: dict[Path, set[str]] = {}
    for log in logs:
        if "nests_curves" in log.facts:
            folders.setdefault(log.folder, set()).update(column.tag for column in log.columns)
    owners = {folder: owner for folder, tags in folders.items() if len(tags) == 1
              and (owner := _curves_owner(folder, next(iter(tags)))) in folders}  # fmt: skip
    return [_renamed(log, owners[log.folder]) if "nests_curves" in log.facts and log.folder in owners else log
            for log in logs]  # fmt: skip


def _curves_owner(folder: Path, tag: str) -> Path | None:
    """The folder above `<tag>/<curve>`, None where the folder is not called so."""
    parts = tag.split("/")
    above = [_UNCLEAN.sub("_", part) for part in folder.parts[-len(parts) - 1 : -1]]
    return folder.parents[len(parts)] if above == parts and len(folder.parts) > len(parts) + 1 else None


def _joined_splits(logs: Sequence[Log]) -> list[Log]:
    by_parent: dict[tuple[Path, str], dict[Path, list[Log]]] = {}
    for log in logs:
        if not log.label and not log.run_id:
            by_parent.setdefault((log.folder.parent, log.format), {}).setdefault(log.folder, []).append(log)
    own_points = {(log.folder, log.format) for log in logs if _points(log)}
    moved: set[tuple[Path, str]] = set()
    for (parent, format_id), folders in by_parent.items():
        # a folder with several runs as files of their own is no split of one
        single = {
            folder: here for folder, here in folders.items() if len({log.file for log in here if log.own_file}) < 2
        }
        found = _splits(single, parent_has_points=(parent, format_id) in own_points)
        moved |= {(folder, format_id) for folder in found}
    return [_renamed(log, log.folder.parent) if (log.folder, log.format) in moved else log for log in logs]


def _splits(folders: dict[Path, list[Log]], *, parent_has_points: bool) -> set[Path]:
    """The folders among siblings that are splits of their parent's run; one of them may still be without a point."""
    names = {folder.name.casefold(): folder for folder in folders}
    train = {name for name in names if name in TRAIN_SPLITS}
    validation = {name for name in names if name in VALIDATION_SPLITS or name.startswith("eval_")}
    found: set[Path] = set()
    if (train and validation) or (validation and parent_has_points):
        found |= {names[name] for name in train | validation}
    found |= {folder for folder, logs in folders.items() if _is_add_scalars(folder, logs)}
    mains: dict[str, list[str]] = {}
    for name in names:
        if match := _SPLIT_SUFFIX.fullmatch(name):
            mains.setdefault(match["main"], []).append(name)
    for main, members in mains.items():
        if len(members) > 1 and all(_single_tags(folders[names[name]], main) for name in members):
            found |= {names[name] for name in members}
    return found


def _is_add_scalars(folder: Path, logs: Sequence[Log]) -> bool:
    """`add_scalars("loss", {"a": ...})` writes the tag `loss` alone into a folder `loss_a`."""
    tags = {column.tag for log in logs for column in log.columns}
    if len(tags) != 1 or any("nests_curves" not in log.facts for log in logs):
        return False
    return folder.name.startswith(f"{tags.pop().replace('/', '_')}_")


def _single_tags(logs: Sequence[Log], main: str) -> bool:
    tags = {normalise(column.tag) for log in logs for column in log.columns}
    return len(tags) == 1 and normalise(main) in tags


def _points(log: Log) -> int:
    return sum(len(column.steps) for column in log.columns)


def _renamed(log: Log, run: Path) -> Log:
    """The log as part of the run in a folder above it, series named by the folders between."""
    prefix = log.folder.relative_to(run).as_posix()
    purges = tuple(replace(purge, before={f"{prefix}/{tag}": count for tag, count in purge.before.items()})
                   for purge in log.purges)  # fmt: skip
    columns = tuple(replace(column, tag=f"{prefix}/{column.tag}") for column in log.columns)
    return replace(log, folder=run, columns=columns, purges=purges, own_file=False)


def started(log: Log) -> float:
    """When a part began: as its format says, else by its first wall time; unknown comes first."""
    if log.started is not None:
        return log.started
    firsts = [column.wall_times[0] for column in log.columns if column.wall_times is not None and len(column.steps)]
    known = [float(first) for first in firsts if np.isfinite(first)]
    return min(known, default=float("-inf"))
