"""GPUs: which to use, and one lock each, so that two replays never share one."""

from __future__ import annotations

import contextlib
import hashlib
import os
import subprocess
import tempfile
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

from loglens.errors import ReplayError, SettingsError

BUSY_SHARE = 0.1
"""Of its memory, what may be in use on a GPU that counts as free."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Gpu:
    """A GPU as the driver lists it; memory in MiB."""

    index: str
    uuid: str
    used: float
    total: float

    @property
    def busy(self) -> bool:
        return self.total > 0 and self.used / self.total > BUSY_SHARE


def choose_devices(wanted: str, gpus: Sequence[Gpu] | None = None, *, force: bool = False) -> tuple[str, ...]:
    """The CUDA ids for `--gpu`: '' or 'none' for no GPU, 'auto' for every free one, else ids or UUIDs with commas.

    ReplayError where a GPU that was named is busy (unless forced), SettingsError where there is no such GPU.
    """
    if wanted in ("", "none", "cpu"):
        return ()
    present = list_gpus() if gpus is None else tuple(gpus)
    if wanted == "auto":
        return tuple(item.index for item in present if force or not item.busy)
    names = tuple(dict.fromkeys(name.strip() for name in wanted.split(",") if name.strip()))
    known = {item.index: item for item in present} | {item.uuid: item for item in present}
    for name in names:
        if name not in known:
            seen = ", ".join(item.index for item in present) or "none"
            raise SettingsError(f"--gpu {name}: no such GPU; the driver lists {seen}")
        if known[name].busy and not force:
            gpu = known[name]
            raise ReplayError(
                f"GPU {name} is busy ({gpu.used:.0f} of {gpu.total:.0f} MiB in use); wait, or --force-gpu"
            )
    return names


def list_gpus() -> tuple[Gpu, ...]:
    """What `nvidia-smi` lists; empty where there is no driver."""
    query = ["nvidia-smi", "--query-gpu=index,uuid,memory.used,memory.total", "--format=csv,noheader,nounits"]
    try:
        answer = subprocess.run(query, capture_output=True, text=True, timeout=10, check=True)  # noqa: S603
    except (OSError, subprocess.SubprocessError):
        return ()
    return parse_gpus(answer.stdout)


def parse_gpus(text: str) -> tuple[Gpu, ...]:
    """One GPU a line: index, uuid, memory used, memory in all; a value the driver does not know counts as 0."""

    def number(word: str) -> float:
        try:
            return float(word)
        except ValueError:
            return 0.0

    rows = [[word.strip() for word in line.split(",")] for line in text.splitlines() if line.count(",") == 3]
    return tuple(Gpu(index=row[0], uuid=row[1], used=number(row[2]), total=number(row[3])) for row in rows)


@contextlib.contextmanager
def locked(device: str, folder: Path | None = None) -> Iterator[None]:
    """Holds the lock of a GPU; ReplayError where another replay holds it. The system frees it when a process dies."""
    place = folder or Path(tempfile.gettempdir()) / f"loglens-{os.getuid() if hasattr(os, 'getuid') else 'user'}"
    place.mkdir(parents=True, exist_ok=True, mode=0o700)
    path = place / f"gpu-{hashlib.sha256(os.fsencode(device)).hexdigest()[:16]}.lock"
    with path.open("a+b") as file:
        try:
            _lock(file.fileno())
        except OSError as error:
            raise ReplayError(
                f"GPU {device} is in use by another replay; wait for it, or give another --gpu"
            ) from error
        yield


def _lock(descriptor: int) -> None:
    try:
        import fcntl
    except ImportError:  # Windows
        import msvcrt

        msvcrt.locking(descriptor, msvcrt.LK_NBLCK, 1)  # type: ignore[attr-defined, unused-ignore]
        return
    fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
