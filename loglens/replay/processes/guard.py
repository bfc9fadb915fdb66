"""Nothing of the user's may change: what lies in the original run and its checkpoints is compared before and after."""

from __future__ import annotations

import hashlib
import os
import stat
import subprocess
import sys
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path
from typing import NamedTuple

PACKAGES = ("torch", "transformers", "lightning", "pytorch-lightning", "accelerate", "numpy")
ENVIRONMENT = ("CUDA_VISIBLE_DEVICES", "OMP_NUM_THREADS", "PYTHONHASHSEED", "CUBLAS_WORKSPACE_CONFIG", "WORLD_SIZE")
"""What of the environment is written down: settings that change results, never anything that could be a secret."""


class Facts(NamedTuple):
    """A file as it was. `digest`: of its bytes, of a link where it leads. `touched`: inode and the times at which its
    content and its entry changed; no program can set the last of these back, so where all of it is the same, so are
    the bytes."""

    digest: bytes
    size: int
    touched: tuple[int, int, int]


@dataclass(frozen=True, slots=True)
class Guard:
    """All files of the original run and of the checkpoints' folders as they were, by path; `but`: the replay's own
    folder, where it lies among them."""

    before: Mapping[str, Facts]
    places: tuple[Path, ...]
    but: Path | None = None

    @classmethod
    def over(cls, places: Iterable[Path], but: Path | None = None) -> Guard:
        kept = tuple(dict.fromkeys(place for place in places if place.exists()))
        but = None if but is None else but.resolve()
        return cls(before=_facts(kept, but, {}), places=kept, but=but)

    def changes(self) -> tuple[str, ...]:
        """Files whose content was changed, and files that were removed or added since, by path."""
        now = _facts(self.places, self.but, self.before)
        changed = {path for path, facts in self.before.items() if path not in now or now[path].digest != facts.digest}
        return tuple(sorted(changed | (now.keys() - self.before.keys())))


def _facts(places: Iterable[Path], but: Path | None, known: Mapping[str, Facts]) -> dict[str, Facts]:
    found: dict[str, Facts] = {}
    for place in places:
        for path in _files(place, but) if place.is_dir() else [place]:
            if str(path) not in found and (facts := _facts_of(path, known.get(str(path)))) is not None:
                found[str(path)] = facts
    return found


def _facts_of(path: Path, known: Facts | None) -> Facts | None:
    try:
        seen = path.lstat()
        touched = (seen.st_ino, seen.st_mtime_ns, seen.st_ctime_ns)
        if known is not None and (known.size, known.touched) == (seen.st_size, touched):
            return known
        if stat.S_ISLNK(seen.st_mode):
            digest = os.fsencode(path.readlink())
        elif stat.S_ISREG(seen.st_mode):
            digest = _digest(path)
        else:
            digest = b"no file"
    except OSError:
        return None
    return Facts(digest=digest, size=seen.st_size, touched=touched)


def _digest(path: Path) -> bytes:
    with path.open("rb") as file:
        return hashlib.file_digest(file, "blake2b").digest()


def _files(folder: Path, but: Path | None) -> Iterator[Path]:
    for parent, folders, names in os.walk(folder):
        # Python writes its caches beside the user's modules; they are nobody's results
        kept = (name for name in folders if name not in {"__pycache__", ".git"})
        folders[:] = sorted(name for name in kept if but is None or Path(parent, name).resolve() != but)
        yield from (Path(parent, name) for name in sorted(names))
        yield from (Path(parent, name) for name in folders if Path(parent, name).is_symlink())


def provenance(source: str) -> dict[str, object]:
    """What a replay depended on, for its record: commit, versions, the few settings that change results."""
    return {
        "python": sys.version.split()[0],
        "packages": {name: found for name in PACKAGES if (found := _version(name))},
        "environment": {name: os.environ[name] for name in ENVIRONMENT if name in os.environ},
        "commit": _commit(),
        "source": source,
    }


def _version(name: str) -> str:
    try:
        return version(name)
    except PackageNotFoundError:
        return ""


def _commit() -> str:
    """The git commit of the working directory, '' outside of a repository."""
    try:
        done = subprocess.run(
            ["git", "rev-parse", "HEAD"],  # noqa: S607  whichever git the user has
            capture_output=True,
            text=True,
            timeout=10,
            check=False,
        )
    except (OSError, subprocess.SubprocessError):
        return ""
    return done.stdout.strip() if done.returncode == 0 else ""
