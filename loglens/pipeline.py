"""The order of things: read, derive, detect, advise, gather. The one place that catches what a run's judging
raises: a bug costs the detector or the run it was met in, and nothing else."""

from __future__ import annotations

import os
import platform
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import replace
from functools import cache, partial
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path
from typing import TYPE_CHECKING, Any

from loglens import __version__, crash
from loglens.errors import Broken, LogLensError, NotJudgeable, SettingsError
from loglens.model.diagnosis import Diagnosis, RunDiagnosis
from loglens.model.finding import Broke, Clean, Finding, Found, NotApplicable, Outcome
from loglens.model.run import Problem, ReadResult, Run
from loglens.model.settings import Options
from loglens.model.several import joined

if TYPE_CHECKING:
    import pandas as pd
    import polars as pl

    from loglens.detectors.base import Detector
    from loglens.signals.core import Signals

Progress = Callable[[int, int, str], None]
CONTRACT_ROLES = ("train_loss", "val_loss", "learning_rate", "grad_norm")
PARALLEL_FROM = 48
"""Runs from which several processes pay for their start (a second or two)."""


def read(path: str | Path | Sequence[str | Path], *, mapping: Mapping[str, str] | None = None) -> ReadResult:
    """Every run found under `path` (a log, a folder of logs, or several of either), and what could not be read.

    `mapping`: role -> series name, overrides what the names suggest. Raises ReadError where nothing can be read at
    all, SettingsError where the mapping names a role or a series that is not there.
    """
    from loglens import readers

    if isinstance(path, str | Path):
        return readers.read(Path(path), mapping=mapping or {})
    parts = [readers.read(Path(one), mapping=mapping or {}) for one in path]
    if len(parts) == 1:
        return parts[0]
    return joined(parts)


def diagnose(
    target: str | Path | Run | ReadResult | pd.DataFrame | pl.DataFrame | Sequence[str | Path],
    *,
    mapping: Mapping[str, str] | None = None,
    lr: float | None = None,
    schedule: str | None = None,
    options: Options | None = None,
    progress: Progress | None = None,
) -> Diagnosis:
    """The diagnosis of everything in `target`: a path, several paths, a `Run`, or a pandas or Polars frame.

    A frame has one row a step, its columns named as a log's would be ('step', 'loss', 'lr', ...), or the long form of
    `Run.frame()`. `lr` and `schedule` stand in for a learning rate the log lacks. Raises ReadError where nothing can
    be read and NotJudgeable where nothing that was read can be judged; a run that cannot be judged among others is
    listed in `problems`.
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

    detectors = configured(options)
    found = _found(target, options)
    judged = list(_judge_all(found.runs, options, detectors, progress))
    problems = found.problems + tuple(one for one in judged if isinstance(one, Problem))
    runs = tuple(one for one in judged if isinstance(one, RunDiagnosis))
    runs = supplied(runs, {run.name: partial(_signals, run, options) for run in found.runs})
    if not runs:
        failure = Broken if any(one.bug for one in problems) else NotJudgeable
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
    said = "; ".join(one.message if one.path == found.path else f"{one.path}: {one.message}" for one in problems[:3])
    more = f" (and {len(problems) - 3} more)" if len(problems) > 3 else ""
    return f"nothing to judge in {found.path}: {said or 'no run found'}{more}"


def _found(target: Any, options: Options) -> ReadResult:
    if isinstance(target, ReadResult):
        return target
    if isinstance(target, Run):
        return ReadResult(path=target.source, runs=(target,))
    if isinstance(target, str | Path) or (
        isinstance(target, Sequence) and all(isinstance(one, str | Path) for one in target)
    ):
        return read(target, mapping=options.mapping)
    if hasattr(target, "columns"):
        from loglens.readers.frames import read_frame

        return read_frame(target, mapping=options.mapping)
    raise TypeError(f"a path, a Run or a data frame expected, not {type(target).__name__}")


def _judge_all(
    runs: Sequence[Run], options: Options, detectors: tuple[Detector, ...], progress: Progress | None
) -> Iterable[RunDiagnosis | Problem]:
    judge = partial(_judged_or_problem, options=options, detectors=detectors)
    jobs = options.jobs or (min(os.cpu_count() or 1, 8) if len(runs) >= PARALLEL_FROM else 1)
    if jobs > 1 and len(runs) > 1:
        import joblib

        try:
            configured = joblib.parallel_config(backend=options.backend, n_jobs=jobs)
        except (ImportError, ValueError) as error:
            # a package or a running cluster is missing, and joblib says which
            raise SettingsError(f"--backend {options.backend}: {error} Or leave --backend out.") from error
        with configured:
            results = joblib.Parallel(return_as="generator")(joblib.delayed(judge)(run) for run in runs)
    else:
        results = map(judge, runs)
    for done, (run, result) in enumerate(zip(runs, results, strict=True), 1):
        if progress is not None:
            progress(done, len(runs), run.name)
        yield result


def _judged_or_problem(run: Run, options: Options, detectors: tuple[Detector, ...]) -> RunDiagnosis | Problem:
    name = run.name if run.name != "." else run.source
    try:
        return diagnose_run(run, options, detectors=detectors)
    except NotJudgeable as error:
        return Problem(path=name, message=str(error))
    except LogLensError:
        raise  # a wrong flag is wrong for every run
    except Exception as error:
        # one run's bug must not cost the user the other runs
        if os.environ.get("LOGLENS_ON_ERROR") == "raise":
            raise
        return Problem(path=name, message=crash.told(error), bug=not isinstance(error, MemoryError))


def diagnose_run(
    run: Run, options: Options | None = None, *, detectors: tuple[Detector, ...] | None = None
) -> RunDiagnosis:
    """One run judged. Raises NotJudgeable where it has no loss series, no finite point or only one."""
    from loglens.advice import advise, diagnose_lost, what_if
    from loglens.detectors.limits import configured
    from loglens.signals.curves import curves
    from loglens.signals.judgeable import check_judgeable, without_a_number
    from loglens.signals.loss_level import loss_levels

    options = options or Options()
    detectors = configured(options) if detectors is None else detectors
    check_judgeable(run)
    if (lost := without_a_number(run)) is not None:
        return diagnose_lost(run, lost, {role: _tag(run, role) for role in CONTRACT_ROLES})
    signals = _signals(run, options)
    outcomes = detected(signals, detectors)
    findings = tuple(finding for one in outcomes if isinstance(one, Found) for finding in one.findings)
    advice = advise(signals, findings)
    loss = signals.loss
    return RunDiagnosis(
        run=run.name,
        format=run.format,
        roles={role: _tag(run, role) for role in CONTRACT_ROLES},
        first_step=int(loss.steps[0]),
        last_step=int(loss.steps[-1]),
        points=len(train) if (train := run.role("train_loss")) is not None else 0,
        schedule=signals.schedule,
        verdict=advice.verdict,
        scores=_scores(advice.findings, detectors),
        findings=_worst_first(advice.findings),
        causes=advice.causes,
        recommendation=advice.recommendation,
        source=run.source,
        files=run.files,
        outcomes=outcomes,
        curves=curves(signals, advice.findings),
        notes=run.notes,
        rewinds=run.rewinds,
        choices=run.roles,
        config=run.config,
        series_count=len(run.series),
        x_axis=run.x_axis,
        live=run.live,
        events=run.events,
        starts_late=run.starts_late,
        levels=loss_levels(run, hidden=signals.hidden_non_finite_steps),
        facts=advice.facts,
        what_if=what_if.what_if(signals, advice.recommendation),
        lost=what_if.lost(signals, advice.findings, advice.causes[0]),
    )


def _tag(run: Run, role: str) -> str | None:
    series = run.role(role)
    return None if series is None else series.tag


def _signals(run: Run, options: Options) -> Signals:
    """The run's signals, with the learning rate the user gave in place of the log's."""
    from loglens.signals.core import Signals

    if options.lr is None and options.schedule is None:
        return Signals(run)
    from loglens.signals.spec import rate_of

    return Signals(run, given_lr=rate_of(run, lr=options.lr, schedule=options.schedule, steps=Signals(run).loss.steps))


def detected(signals: Signals, detectors: Sequence[Detector]) -> tuple[Outcome, ...]:
    """What each detector says of a run: findings, none, that it could not be asked, or that it broke."""
    return tuple(_outcome(one, signals) for one in detectors)


def _outcome(detector: Detector, signals: Signals) -> Outcome:
    reason = _missing(detector, signals)
    if reason:
        return NotApplicable(detector=detector.meta.id, reason=reason)
    try:
        findings = tuple(detector.detect(signals))
    except Exception as error:
        # one broken detector must not cost the user the rest; it is shown as broken in every output
        if os.environ.get("LOGLENS_ON_ERROR") == "raise":
            raise
        return Broke(detector=detector.meta.id, error=f"{type(error).__name__}: {error}")
    return Found(detector=detector.meta.id, findings=findings) if findings else Clean(detector=detector.meta.id)


ROLE_WORDS = {
    "train_loss": "training loss",
    "val_loss": "validation loss",
    "learning_rate": "learning rate",
    "grad_norm": "gradient norm",
}


def _missing(detector: Detector, signals: Signals) -> str:
    """Why a detector cannot be asked, '' where it can."""
    meta = detector.meta
    for role in meta.needs:
        track = signals.track(role)
        word = ROLE_WORDS.get(role, role.replace("_", " "))
        if track is None:
            return f"no {word} in this log"
        if role == meta.needs[0] and len(track) < meta.min_points:
            points = "1 finite point" if len(track) == 1 else f"{len(track)} finite points"
            return f"{points} of the {word}; {meta.min_points} are needed"
    return ""


def _scores(findings: Sequence[Finding], detectors: Sequence[Detector]) -> dict[str, float]:
    scores = {"spike": 0.0, "oscillation": 0.0, "stagnation": 0.0, "divergence": 0.0}
    feeds = {kind: one.meta.score_name for one in detectors for kind in one.meta.kinds if one.meta.score_name}
    for finding in findings:
        name = feeds.get(finding.kind)
        if name:
            scores[name] = max(scores.get(name, 0.0), finding.score)
    return scores


def _worst_first(findings: Sequence[Finding]) -> tuple[Finding, ...]:
    rank = {"critical": 0, "warning": 1, "info": 2}
    return tuple(sorted(findings, key=lambda one: (rank[one.severity], -one.score, one.steps.start, one.kind)))


def render(diagnosis: Diagnosis, format: str = "html") -> str:  # noqa: A002 (the word the command line uses)
    """The diagnosis as text: 'html', 'json', 'markdown', 'text', 'junit' or 'sarif'. SettingsError on any other."""
    from loglens.render import RENDERERS

    if format not in RENDERERS:
        raise SettingsError(f"there is no format {format!r}: choose from {', '.join(RENDERERS)}")
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
