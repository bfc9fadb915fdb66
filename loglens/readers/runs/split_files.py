"""Files beside each other that are splits of one run: `train.csv` and `val.csv`, `train_log.txt` and `valid_log.txt`.

They become one run where that is certain: their names differ in nothing but the split, there is one training, it holds
a training loss and the other a held-out one, and their steps are of one stretch. Series are called `<split>/<tag>`, as
those of split folders are, unless the tag names its split already.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

from loglens.model.run import Note
from loglens.readers.contract.base import Log
from loglens.readers.naming.metric_names import SPLITS, TRAIN_SPLITS, name_role

_WORDS = re.compile(r"[A-Za-z0-9]+")
_LATER = 1e12
"""Added to the start of what is held out, so that the training's file comes first and names the run."""

Key = tuple[Path, str]
"""The folder and the name without its split: files of one key are splits of one run, if of any."""


def joined_split_files(logs: Sequence[Log]) -> list[Log]:
    """The logs, those of splits that belong together with one run id."""
    groups: dict[Key, dict[str, list[Log]]] = {}
    for log in logs:
        if log.own_file and not log.label and not log.run_id and (named := _split_of_file(log.file)):
            key, split = named
            groups.setdefault(key, {}).setdefault(split, []).append(log)
    together = {key: splits for key, splits in groups.items() if _belong_together(splits)}
    joined = []
    for log in logs:
        named = _split_of_file(log.file) if log.own_file and not log.label and not log.run_id else None
        if named is None or named[0] not in together:
            joined.append(log)
        else:
            joined.append(_as_part(log, named[1], named[0], together[named[0]]))
    return joined


def _split_of_file(path: Path) -> tuple[Key, str] | None:
    """Which split a file is named by, and its name without that word; None where it is named by none or by several."""
    name = path.name.casefold()
    words = [word for word in _WORDS.finditer(name) if word[0] in SPLITS]
    if len(words) != 1:
        return None
    word = words[0]
    return (path.parent, f"{name[: word.start()]}*{name[word.end() :]}"), word[0]


def _belong_together(splits: dict[str, list[Log]]) -> bool:
    trainings = [split for split in splits if split in TRAIN_SPLITS]
    held_out = [split for split in splits if split not in TRAIN_SPLITS]
    if len(trainings) != 1 or not held_out or any(len({log.file for log in logs}) > 1 for logs in splits.values()):
        return False
    train = trainings[0]
    spans = {split: _span(logs) for split, logs in splits.items()}
    if not _plays(splits[train], train, "train_loss") or spans[train] is None:
        return False
    first, last = spans[train] or (0, 0)
    for split in held_out:
        span = spans[split]
        if not _plays(splits[split], split, "val_loss") or span is None:
            return False
        if span[0] > last + max(last - first, 1) // 10 or span[1] < first:
            return False
    return True


def _plays(logs: Sequence[Log], split: str, role: str) -> bool:
    return any(name_role(_tag(column.tag, split)).role == role for log in logs for column in log.columns)


def _span(logs: Sequence[Log]) -> tuple[int, int] | None:
    ends = [(int(column.steps.min()), int(column.steps.max()))
            for log in logs for column in log.columns if len(column.steps)]  # fmt: skip
    return (min(first for first, _ in ends), max(last for _, last in ends)) if ends else None


def _tag(tag: str, split: str) -> str:
    """The name of a series in the run, which says its split once."""
    said = {word.casefold() for word in re.split(r"[/_.: -]+", tag)} & SPLITS
    return tag if said else f"{split}/{tag}"


def _as_part(log: Log, split: str, key: Key, splits: dict[str, list[Log]]) -> Log:
    training = split in TRAIN_SPLITS
    train = next(logs[0] for other, logs in splits.items() if other in TRAIN_SPLITS)
    files = sorted(logs[0].file.name for logs in splits.values())
    told = f"{' and '.join(files)} are splits of one run by their names and steps: read as one run"
    about = (Note(kind="guess", message=told, path=str(log.file)),) if log is train else ()
    return replace(
        log,
        format=train.format,
        run_id=f"{key[0]}/{key[1]}",
        started=(log.started or 0.0) + (0.0 if training else _LATER),
        columns=tuple(replace(column, tag=_tag(column.tag, split)) for column in log.columns),
        notes=(*about, *log.notes),
    )
