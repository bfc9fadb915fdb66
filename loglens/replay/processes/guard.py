"""Nothing of the user's may change: what lies in the original run and its checkpoints is compared before and after."""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path

LIMIT = 20_000
"""Files looked at below one folder."""
PACKAGES = ("torch", "transformers", "lightning", "pytorch-lightning", "accelerate", "numpy")
ENVIRONMENT = ("CUDA_VISIBLE_DEVICES", "OMP_NUM_THREADS", "PYTHONHASHSEED", "CUBLAS_WORKSPACE_CONFIG", "WORLD_SIZE")
"""What of the environment is written down: settings that change results, never anything that could be a secret."""


@dataclass(frozen=True, slots=True)
class Guard:
    """The files of the original run as they were: path -> (size, time of change)."""

    before: Mapping[str, tuple[int, int]]
    places: tuple[Path, ...]

    @classmethod
    def over(cls, places: Iterable[Path]) -> Guard:
        kept = tuple(dict.fromkeys(place for place in places if place.exists()))
        return cls(before=_facts(kept), places=kept)

    def changes(self) -> tuple[str, ...]:
        """Files that were changed, removed or added since, by path."""
        now = _facts(self.places)
        changed = {path for path, facts in self.before.items() if now.get(path) != facts}
        return tuple(sorted(changed | (now.keys() - self.before.keys())))


def _facts(places: Iterable[Path]) -> dict[str, tuple[int, int]]:
    found: dict[str, tuple[int, int]] = {}
    for place in places:
        for path in [place] if place.is_file() else _files(place):
            try:
                facts = path.stat()
            except OSError:
                continue
            found[str(path)] = (facts.st_size, facts.st_mtime_ns)
    return found


def _files(folder: Path) -> list[Path]:
    files: list[Path] = []
    for parent, folders, names in os.walk(folder):
        # Python writes its caches beside the user's modules; they are nobody's results
        folders[:] = sorted(name for name in folders if name not in {"__pycache__", ".git"})
        files += [Path(parent, name) for name in sorted(names)]
        if len(files) > LIMIT:
            break
    return files[:LIMIT]


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
