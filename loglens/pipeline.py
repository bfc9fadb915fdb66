"""The order of things: read, judge every run, gather. One run is judged in `judging.py`, many in `parallel/`."""

from __future__ import annotations

import platform
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import replace
from functools import cache, partial
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path
from typing import TYPE_CHECKING

from loglens import __version__
from loglens.errors import Broken, NotJudgeable, SettingsError
from loglens.judging import diagnose_run, judged_or_problem, signals_of
from loglens.model.diagnosis import Diagnosis, RunDiagnosis
from loglens.model.run import Problem, ReadResult, Run
from loglens.model.settings import Options

if TYPE_CHECKING:
    from loglens.detectors.base import Detector
    from loglens.readers.targets import Target

__all__ = ["diagnose", "diagnose_run", "read", "render"]
Progress = Callable[[int, int, str], None]
PARALLEL_FROM = 48
"""Runs from which several processes pay for their start (a second or two)."""


def read(path: str | Path | Sequence[str | Path], *, mapping: Mapping[str, str] | None = None) -> ReadResult:
    """Every run found under `path` (a log, a folder of logs, or several of either), and what could not be read.

    `mapping`: role -> series name, overrides what the names suggest. Raises ReadError where nothing can be read at
    all, SettingsError where the mapping names a role or a series that is not there.
    """
    from loglens.readers.targets import read_paths

    return read_paths(path, mapping or {})


def diagnose(
    target: Target,
    *,
    mapping: Mapping[str, str] | None = None,
    lr: float | None = None,
    schedule: str | None = None,
    options: Options | None = None,
    progress: Progress | None = None,
) -> Diagnosis:
    """The diagnosis of everything in `target`: a path, several paths, a `Run`, a pandas or Polars frame, a dict of
    columns (`{"loss": [...], "lr": [...]}`) or a list of losses.

    A frame or dict has one row a step, its columns named as a log's would be ('step', 'loss', 'lr', ...), or the long
    form of `Run.frame()`. `lr` and `schedule` stand in for a learning rate the log lacks. Raises ReadError where
    nothing can be read and NotJudgeable where nothing that was read can be judged; a run that cannot be judged among
    others is listed in `problems`.
    """
    options = options or Options()
    options = replace(
        options,
        mapping=mapping if mapping is not None else options.mapping,
        lr=lr if lr is not None else options.lr,
        schedule=schedule if schedule is not None else options.schedule,
    )
    from loglens.advice.what_if import supplied
    from loglens.detectors.limits import configured
    from loglens.readers.lines import with_lines
    from loglens.readers.targets import runs_of

    detectors = configured(options)
    found = runs_of(target, mapping=options.mapping)
    judged = list(_judge_all(found.runs, options, detectors, progress))
    problems = found.problems + tuple(item for item in judged if isinstance(item, Problem))
    runs = tuple(item for item in judged if isinstance(item, RunDiagnosis))
    runs = supplied(runs, {run.name: partial(signals_of, run, options) for run in found.runs})
    runs = tuple(with_lines(run) for run in runs)
    if not runs:
        failure = Broken if any(problem.bug for problem in problems) else NotJudgeable
        raise failure(_nothing_judged(found, problems))
    return Diagnosis(
        runs=runs,
        problems=problems,
        path=found.path,
        settings=options.flat(),
        version=__version__,
        versions=_versions(),
    )


def _nothing_judged(found: ReadResult, problems: tuple[Problem, ...]) -> str:
    said = "; ".join(
        problem.message if problem.path == found.path else f"{problem.path}: {problem.message}"
        for problem in problems[:3]
    )
    more = f" (and {len(problems) - 3} more)" if len(problems) > 3 else ""
    return f"nothing to judge in {found.path}: {said or 'no run found'}{more}"


def _judge_all(
    runs: Sequence[Run], options: Options, detectors: tuple[Detector, ...], progress: Progress | None
) -> Iterator[RunDiagnosis | Problem]:
    """In the order of `runs`, whichever is judged first."""
    from loglens.parallel.engine import Failure, Workers, attempted, run_each

    judge = partial(judged_or_problem, options=options, detectors=detectors)
    jobs = options.jobs or (0 if len(runs) >= PARALLEL_FROM else 1)
    workers = Workers(
        jobs=jobs,
        backend=options.backend,
        address=options.address,
        run_timeout=options.run_timeout,
        run_memory=options.run_memory,
    )
    here = len(runs) == 1 or (workers.count == 1 and options.backend == "loky")
    results = ((at, attempted(judge, run, workers)) for at, run in enumerate(runs)) if here else None
    done: dict[int, RunDiagnosis | Problem] = {}
    for at, result in results or run_each(judge, runs, workers):
        run = runs[at]
        done[at] = (
            Problem(path=run.name if run.name != "." else run.source, message=result.message)
            if isinstance(result, Failure)
            else result
        )
        if progress is not None:
            progress(len(done), len(runs), run.name)
    yield from (done[at] for at in range(len(runs)))


def render(diagnosis: Diagnosis, format: str = "html") -> str:  # noqa: A002 (the word the command line uses)
    """The diagnosis as text: 'html', 'json', 'markdown', 'text', 'junit' or 'sarif'. SettingsError on any other."""
    from loglens.render import RENDERERS

    if format not in RENDERERS:
        raise SettingsError(f"there is no format {format!r}: choose from {', '.join(RENDERERS)}")
    if format == "sarif":
        from loglens.explain import finding_pages
        from loglens.render.machine.sarif_report import SarifReport

        return SarifReport(pages=finding_pages()).render(diagnosis)
    return RENDERERS[format]().render(diagnosis)


@cache
def _versions() -> dict[str, str]:
    found = {"python": platform.python_version()}
    for package in ("numpy", "polars", "scipy"):
        try:
            found[package] = version(package)
        except PackageNotFoundError:
            continue
    return found
