"""Finding saved states: which files are checkpoints, and after how many steps they were saved.

The step is read from the name, as trainers write it (`checkpoint-500/` transformers, `epoch=1-step=500.ckpt` Lightning,
 `step_500.pt`, `ckpt-00000500.pt` LogLens' Recorder, `iter_0000500/` Megatron, `global_step500/` DeepSpeed,
`ep1-ba500-rank0.pt` Composer, `step500-unsharded/` OLMo, `model_500.pt`, `500.pt`). A name without a step
(`last.ckpt`) is opened without running code from it, and its own step counter counts.
"""

from __future__ import annotations

import os
import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from glob import glob
from pathlib import Path

from loglens.errors import ReplayError
from loglens.model.results.replay import Checkpoint

STEP_IN_NAME = (
    re.compile(r"(?:^|[^a-z])(?:global[_-]?)?step[=_-]?(\d+)", re.IGNORECASE),
    re.compile(
        r"(?:^|[^a-z])(?:checkpoint|ckpt|chkpt|iter|iteration|it|ba|model|state|snapshot)[=_-]?(\d+)", re.IGNORECASE
    ),
    re.compile(r"^(\d+)$"),
)
FILE_SUFFIXES = (".pt", ".pth", ".ckpt", ".bin", ".tar")
COUNTERS = ("global_step", "step", "iter_num", "iteration", "it", "steps")
WALK_LIMIT = 20_000
"""Folder entries looked at before the search gives up and asks for a pattern."""


@dataclass(frozen=True, slots=True, kw_only=True)
class FoundCheckpoint:
    """`checkpoints` by step; `passed_over`: candidates whose step is unknown, for the user to name as STEP=PATH."""

    checkpoints: tuple[Checkpoint, ...]
    passed_over: tuple[str, ...] = ()


def find_checkpoints(patterns: Iterable[str] = (), *, near: Path | None = None) -> FoundCheckpoint:
    """The checkpoints that `patterns` name (`STEP=PATH`, a path or a glob), else those in and below the folder `near`.

    Raises ReplayError where a pattern matches nothing.
    """
    given = tuple(patterns)
    known: dict[str, Checkpoint] = {}
    unknown: list[str] = []
    for path, step in _named(given) if given else ((path, None) for path in _walk(near)):
        step = step if step is not None else step_in_name(path.name)
        if step is None:
            step = step_inside(path) if path.is_file() else None
        if step is None:
            unknown.append(str(path))
        else:
            known.setdefault(str(path), Checkpoint(path=str(path), step=step))
    ordered = sorted(known.values(), key=lambda checkpoint: (checkpoint.step, checkpoint.path))
    return FoundCheckpoint(checkpoints=tuple(ordered), passed_over=tuple(sorted(unknown)))


def step_in_name(name: str) -> int | None:
    """The step a checkpoint's name tells, None where it tells none (`last.ckpt`, `epoch_3.pt`)."""
    stem = name
    for suffix in FILE_SUFFIXES:
        stem = stem.removesuffix(suffix)
    for pattern in STEP_IN_NAME:
        if found := pattern.search(stem):
            return int(found.group(1))
    return None


def step_inside(path: Path) -> int | None:
    """The step counter a checkpoint file holds; None where it has none, needs code to be read, or torch is missing."""
    try:
        import torch

        content = torch.load(path, map_location="cpu", weights_only=True, mmap=True)
    except Exception:
        return None
    if not isinstance(content, dict):
        return None
    return next((int(content[key]) for key in COUNTERS if isinstance(content.get(key), int)), None)


def _named(patterns: Iterable[str]) -> Iterator[tuple[Path, int | None]]:
    for pattern in patterns:
        step, sign, rest = pattern.partition("=")
        # `epoch=1-step=5.ckpt` is a name, `500=last.ckpt` is a step and a path
        listed = bool(sign) and step.isdigit() and not Path(pattern).exists()
        text = rest if listed else pattern
        matches = [text] if Path(text).exists() else sorted(glob(str(Path(text).expanduser()), recursive=True))  # noqa: PTH207  any root, any depth
        if not matches:
            raise ReplayError(f"{pattern}: no checkpoint matches; give a file, a folder, a glob or STEP=PATH")
        for match in matches:
            path = Path(match)
            yield from (
                ((item, None) for item in _inside(path))
                if not listed and _is_store(path)
                else [(path, int(step) if listed else None)]
            )


def _is_store(path: Path) -> bool:
    """A folder that holds checkpoints, rather than being one."""
    return path.is_dir() and step_in_name(path.name) is None


def _inside(folder: Path) -> list[Path]:
    found = list(_walk(folder))
    if not found:
        raise ReplayError(f"{folder}: no checkpoint in this folder; name them with a glob or STEP=PATH")
    return found


def _walk(near: Path | None) -> Iterator[Path]:
    if near is None or not near.exists():
        return
    seen = 0
    for folder, folders, files in os.walk(near if near.is_dir() else near.parent):
        folders.sort()
        seen += len(folders) + len(files)
        if seen > WALK_LIMIT:
            raise ReplayError(f"{near}: over {WALK_LIMIT} entries; name the checkpoints with --checkpoints GLOB")
        for name in tuple(folders):
            if step_in_name(name) is not None and _looks_saved(Path(folder, name)):
                yield Path(folder, name)
                folders.remove(name)
        yield from (Path(folder, name) for name in sorted(files) if name.endswith(FILE_SUFFIXES))


def _looks_saved(folder: Path) -> bool:
    with os.scandir(folder) as entries:
        return any(entry.name.endswith((*FILE_SUFFIXES, ".safetensors", ".distcp")) for entry in entries)
