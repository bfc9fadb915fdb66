"""The checkpoint patch: a copy of a checkpoint in which every learning rate is scaled, for trainers that ignore `--lr`.

The original is only read. Files are opened with `torch.load(weights_only=True)`: a checkpoint that needs code to be
unpickled is refused, because loading it would run whatever its author put there.
"""

from __future__ import annotations

import math
from pathlib import Path
from typing import Any

from loglens.errors import MissingDependency, ReplayError
from loglens.replay.processes.copies import Allowance, copy_tree
from loglens.replay.scaling import scaled_checkpoint

STATE_FILES = ("optimizer.pt", "scheduler.pt", "optimizer.bin", "scheduler.bin")
"""Where a checkpoint folder keeps its rates: transformers' and accelerate's names."""
SUFFIXES = (".pt", ".pth", ".ckpt", ".bin", ".tar")


def copy_checkpoint(source: Path, folder: Path, allowance: Allowance | None = None) -> Path:
    """A full copy of a checkpoint (file or folder) inside `folder`, so that a trainer cannot touch the original."""
    folder.mkdir(parents=True, exist_ok=True)
    target = folder / source.name
    copy_tree(source, target, allowance or Allowance(1 << 62, math.inf))
    return target


def patch_checkpoint(
    source: Path, folder: Path, factor: float, allowance: Allowance | None = None
) -> tuple[Path, tuple[str, ...]]:
    """A copy inside `folder` with every LR times `factor`, and the places that were scaled.

    Raises ReplayError where the checkpoint holds no optimizer or scheduler state, or pickled code.
    """
    target = copy_checkpoint(source, folder, allowance)
    files = _state_files(target)
    places: list[str] = []
    for file in files:
        places += [f"{file.name}: {place}" for place in _patch_file(file, factor, source)]
    if not places:
        raise ReplayError(
            f"{source}: no learning rate to scale in it (no optimizer or scheduler state); resume from a full "
            "checkpoint, or set the rate in the command with {lr}"
        )
    return target, tuple(places)


def load_safely(path: Path, *, named: Path | None = None) -> Any:
    """What `torch.save` wrote, on the CPU, without running code from it; ReplayError where that is not possible."""
    shown = named or path
    try:
        import torch
    except ImportError as error:
        raise MissingDependency(shown, 'reading a checkpoint needs PyTorch: pip install "loglens[replay]"') from error
    try:
        return torch.load(path, map_location="cpu", weights_only=True)
    except OSError as error:
        raise ReplayError(f"{shown}: {error.strerror or error}") from error
    except Exception as error:  # a foreign file may fail in any way
        reason = str(error).strip().splitlines()[0][:200] if str(error).strip() else type(error).__name__
        raise ReplayError(
            f"{shown}: not loaded, because it is damaged or holds pickled code, which is never run ({reason}). "
            "Save state dicts only"
        ) from error


def save_atomically(content: Any, path: Path) -> None:
    """`torch.save` to a temporary name beside `path`, then rename: a reader never sees half a file."""
    import os

    import torch

    temporary = path.with_name(f".{path.name}.{os.getpid()}.tmp")
    try:
        with temporary.open("wb") as file:
            torch.save(content, file)
            file.flush()
            os.fsync(file.fileno())
        temporary.replace(path)
    finally:
        temporary.unlink(missing_ok=True)


def _state_files(copy: Path) -> list[Path]:
    if copy.is_file():
        return [copy]
    named = [copy / name for name in STATE_FILES if (copy / name).is_file()]
    return named or sorted(item for item in copy.rglob("*") if item.suffix in SUFFIXES and item.is_file())


def _patch_file(file: Path, factor: float, source: Path) -> tuple[str, ...]:
    content = load_safely(file, named=source if source.is_file() else source / file.name)
    scaled, places = scaled_checkpoint(content, factor)
    if places:
        save_atomically(scaled, file)
    return places
