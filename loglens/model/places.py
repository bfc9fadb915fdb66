"""Paths as other people may see them: relative to where the command was given, without the machine's own folders."""

from __future__ import annotations

import os
from dataclasses import dataclass, replace
from pathlib import Path, PurePath
from typing import TYPE_CHECKING

from loglens.model.diagnosis import Diagnosis, RunDiagnosis
from loglens.model.run import Problem, Setting

if TYPE_CHECKING:
    from loglens.model.results.comparison import Comparison

DEEPEST = 2
"""Of an absolute path that leads elsewhere (a setting in a log), as many last parts are kept."""


@dataclass(frozen=True, slots=True)
class Places:
    """`base`: the folder the command was given in; `roots`: what was read, for logs that lie outside of it."""

    base: Path
    roots: tuple[Path, ...] = ()

    def path(self, text: str) -> str:
        """A path below the base relative to it; one below a root from the root's own name on; else its last parts.
        What is no absolute path stays as it is."""
        if not text or not PurePath(text).is_absolute():
            return text
        path = PurePath(os.path.normpath(text))
        for folder, start in ((self.base, self.base), *((root, root.parent) for root in self.roots)):
            if path == folder or folder in path.parents:
                return path.relative_to(start).as_posix()
        return "/".join(path.parts[1:][-DEEPEST:])

    def text(self, text: str) -> str:
        """A sentence that may hold such paths, with the folders above them taken out."""
        for folder in (self.base, *(root.parent for root in self.roots), Path.home()):
            whole = str(folder)
            if len(folder.parts) > 1 and whole in text:
                text = text.replace(f"{whole}{os.sep}", "").replace(whole, ".")
        return text

    def setting(self, value: Setting) -> Setting:
        return self.path(value) if isinstance(value, str) else value


def relative(diagnosis: Diagnosis, base: Path) -> Diagnosis:
    """`diagnosis` with every path relative to `base`: no folder, user or host of this machine is left in it."""
    given = [Path(os.path.normpath(item)) for item in diagnosis.path.split(", ") if PurePath(item).is_absolute()]
    sources = [Path(run.source) for run in diagnosis.runs if PurePath(run.source).is_absolute()]
    places = Places(base, tuple(dict.fromkeys((*given, *sources))))
    return replace(
        diagnosis,
        path=", ".join(places.path(item) for item in diagnosis.path.split(", ")),
        settings={name: places.setting(value) for name, value in diagnosis.settings.items()},
        problems=_problems(diagnosis.problems, places),
        runs=tuple(_run(run, places) for run in diagnosis.runs),
    )


def relative_comparison(comparison: Comparison, base: Path) -> Comparison:
    """The same for a comparison whose two diagnoses are `relative` already: the paths of its own."""
    places = Places(base)
    return replace(
        comparison,
        base=places.path(comparison.base),
        head=places.path(comparison.head),
        baseline=places.path(comparison.baseline),
    )


def _problems(problems: tuple[Problem, ...], places: Places) -> tuple[Problem, ...]:
    return tuple(
        replace(problem, path=places.path(problem.path), message=places.text(problem.message)) for problem in problems
    )


def _run(run: RunDiagnosis, places: Places) -> RunDiagnosis:
    return replace(
        run,
        name=run.title,
        source=places.path(run.source),
        files=tuple(map(places.path, run.files)),
        findings=tuple(
            replace(finding, file=places.path(finding.file)) if finding.file else finding for finding in run.findings
        ),
        notes=tuple(
            replace(note, path=places.path(note.path), message=places.text(note.message)) for note in run.notes
        ),
        config={name: places.setting(value) for name, value in run.config.items()},
    )
