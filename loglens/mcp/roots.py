"""The folders an agent may read from: every path is resolved and has to lie below one of them."""

from __future__ import annotations

import os
from dataclasses import dataclass
from pathlib import Path

from loglens.errors import SettingsError
from loglens.model.run import Problem, ReadResult


@dataclass(frozen=True, slots=True)
class Roots:
    """Resolved folders (or single logs). Answers name paths relative to the root they lie under."""

    folders: tuple[Path, ...]

    @classmethod
    def of(cls, given: tuple[Path, ...]) -> Roots:
        """Raises SettingsError where one is not there."""
        for item in given:
            if not item.exists():
                raise SettingsError(f"{item}: there is no such folder to serve; give the folder that holds the runs")
        return cls(tuple(item.resolve() for item in given))

    def inside(self, path: str) -> Path:
        """The resolved path. SettingsError where it lies outside of every root or is not there."""
        wanted = Path(path or ".")
        tried = [wanted] if wanted.is_absolute() else [folder / wanted for folder in self.folders]
        resolved = [item.resolve() for item in tried]
        allowed = [item for item in resolved if any(item == root or root in item.parents for root in self.folders)]
        if not allowed:
            raise SettingsError(
                f"{path!r} lies outside of the folders this server may read; give a path from list_runs"
            )
        there = [item for item in allowed if item.exists()]
        if not there:
            raise SettingsError(f"there is nothing at {path!r}; list_runs names what there is")
        return there[0]

    def relative(self, path: str | Path) -> str:
        """The path below its root, with '/'; only its name where it lies under none."""
        whole = Path(path)
        for root in self.folders:
            if whole == root or root in whole.parents:
                return whole.relative_to(root).as_posix()
        return whole.name

    def without_roots(self, text: str) -> str:
        """A message with the roots' own paths taken out: where they lie is nothing an agent needs."""
        for root in sorted(self.folders, key=lambda folder: -len(str(folder))):
            text = text.replace(f"{root}{os.sep}", "").replace(str(root), ".")
        return text

    def kept(self, found: ReadResult) -> ReadResult:
        """`found` without runs that a symbolic link brought in from outside; each is named as a problem."""
        runs, problems = [], list(found.problems)
        for run in found.runs:
            outside = [file for file in run.files if not self._holds(Path(file).resolve())]
            if outside:
                problems.append(Problem(path=run.name, message="a link leads out of the folders this server may read"))
            else:
                runs.append(run)
        return ReadResult(path=found.path, runs=tuple(runs), problems=tuple(problems))

    def _holds(self, path: Path) -> bool:
        return any(path == root or root in path.parents for root in self.folders)
