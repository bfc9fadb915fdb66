"""One run judged: signals derived, detectors asked, advice taken. The one place that catches what a run's judging
raises: a bug costs the detector or the run it was met in, and nothing else."""

from __future__ import annotations

import os
from collections.abc import Sequence
from dataclasses import replace
from typing import TYPE_CHECKING

from loglens import crash
from loglens.errors import LogLensError, NotJudgeable
from loglens.model.diagnosis import RunDiagnosis
from loglens.model.finding import Finding, Found, NotApplicable, Outcome, worst_first
from loglens.model.run import IntArray, Problem, Run, Series
from loglens.model.schedule import LrSchedule
from loglens.model.settings import Options

if TYPE_CHECKING:
    from loglens.advice.base import Advice
    from loglens.detectors.base import Detector
    from loglens.signals.core import Signals
    from loglens.signals.metric_view import MetricView

CONTRACT_ROLES = ("train_loss", "val_loss", "learning_rate", "grad_norm")


def judged_or_problem(run: Run, options: Options, detectors: tuple[Detector, ...]) -> RunDiagnosis | Problem:
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
    from loglens.advice import advise, what_if
    from loglens.detectors.limits import configured
    from loglens.detectors.running import detected
    from loglens.signals.curves import curves
    from loglens.signals.judgeable import check_judgeable
    from loglens.signals.loss_level import loss_levels
    from loglens.signals.metric_view import metric_view
    from loglens.signals.numerics.bounds import bounded

    options = options or Options()
    detectors = configured(options) if detectors is None else detectors
    run = bounded(run)
    if (view := metric_view(run)) is not None:
        return _diagnose_metric(run, view, options, detectors)
    check_judgeable(run)
    if (lost := _without_a_number(run)) is not None:
        return _lost(run, lost)
    signals = signals_of(run, options)
    outcomes, findings = detected(signals, detectors)
    advice = advise(signals, findings)
    drawn = curves(signals, advice.findings)
    levels = loss_levels(run, hidden=signals.hidden_non_finite_steps)
    logged = run.role("train_loss") or signals.loss
    judged = _run_diagnosis(
        run, advice, outcomes, _scores(advice.findings, detectors), logged.steps, signals.schedule, points=len(logged)
    )
    return replace(
        judged,
        curves=drawn,
        levels=levels,
        what_if=what_if.what_if(signals, advice.recommendation),
        lost=what_if.lost(signals, advice.findings, advice.causes[0]),
    )


def _diagnose_metric(run: Run, view: MetricView, options: Options, detectors: tuple[Detector, ...]) -> RunDiagnosis:
    """A run without a loss, judged by its metric: what is seen in it, and no cause."""
    from loglens.advice.metric_only import ASKED, advise_metric, in_words_of
    from loglens.detectors.running import detected
    from loglens.signals.core import Signals
    from loglens.signals.curves import curves
    from loglens.signals.metric_view import as_logged

    asked = tuple(detector for detector in detectors if detector.meta.id in ASKED)
    signals = signals_of(view.run, options)
    outcomes, seen = detected(signals, asked)
    findings = tuple(in_words_of(view, finding) for finding in seen)
    advice = advise_metric(view, signals, findings)
    drawn = tuple(
        replace(curve, role="metric") if curve.role == "train_loss" else curve
        for curve in curves(Signals(as_logged(view)), findings) if curve.role != "level"
    )  # fmt: skip
    left_out = tuple(NotApplicable(detector=detector.meta.id, reason="no loss in this log")
                     for detector in detectors if detector.meta.id not in ASKED)  # fmt: skip
    judged = _run_diagnosis(
        run, advice, (*outcomes, *left_out), _scores(advice.findings, detectors), signals.loss.steps, signals.schedule,
        points=len(view.series),
    )  # fmt: skip
    return replace(judged, curves=drawn)


def _run_diagnosis(
    run: Run, advice: Advice, outcomes: tuple[Outcome, ...], scores: dict[str, float], steps: IntArray,
    schedule: LrSchedule, *, points: int,
) -> RunDiagnosis:  # fmt: skip
    """What is known of a run and was judged of it. `steps` (n,) those at which the judged loss was
    logged, whatever its value, n >= 1."""
    return RunDiagnosis(
        run=run.name,
        name=run.title,
        format=run.format,
        roles={role: None if (series := run.role(role)) is None else series.tag for role in CONTRACT_ROLES},
        first_step=int(steps[0]),
        last_step=int(steps[-1]),
        points=points,
        schedule=schedule,
        verdict=advice.verdict,
        scores=scores,
        findings=worst_first(advice.findings),
        causes=advice.causes,
        recommendation=advice.recommendation,
        source=run.source,
        files=run.files,
        outcomes=outcomes,
        notes=run.notes,
        rewinds=run.rewinds,
        choices=run.roles,
        config=run.config,
        series_count=len(run.series),
        x_axis=run.x_axis,
        live=run.live,
        events=run.events,
        starts_late=run.starts_late,
        facts=advice.facts,
        learning_rate=advice.learning_rate,
    )


def _without_a_number(run: Run) -> Series | None:
    """The loss of a run none of whose losses is a number."""
    losses = [series for role in ("train_loss", "val_loss") if (series := run.role(role)) is not None and len(series)]
    return None if not losses or any(bool(loss.finite.any()) for loss in losses) else losses[0]


def _lost(run: Run, loss: Series) -> RunDiagnosis:
    """The diagnosis of a run none of whose losses is a number: there is no curve, and no detector to ask."""
    from loglens.advice import advise_lost
    from loglens.model.schedule import UNKNOWN_SCHEDULE

    advice = advise_lost(run, loss)
    outcomes = tuple(Found(detector=finding.detector) for finding in advice.findings)
    scores = _scores(advice.findings, ()) | {"divergence": 1.0}
    points = len(run.role("train_loss") or loss)
    return _run_diagnosis(run, advice, outcomes, scores, loss.steps, UNKNOWN_SCHEDULE, points=points)


def signals_of(run: Run, options: Options) -> Signals:
    """The run's signals, with the learning rate the user gave in place of the log's."""
    from loglens.signals.core import Signals

    if options.lr is None and options.schedule is None:
        return Signals(run)
    from loglens.signals.lr.spec import rate_of

    return Signals(run, given_lr=rate_of(run, lr=options.lr, schedule=options.schedule, steps=Signals(run).loss.steps))


def _scores(findings: Sequence[Finding], detectors: Sequence[Detector]) -> dict[str, float]:
    scores = {"spike": 0.0, "oscillation": 0.0, "stagnation": 0.0, "divergence": 0.0}
    feeds = {
        kind: detector.meta.score_name
        for detector in detectors
        for kind in detector.meta.kinds
        if detector.meta.score_name
    }
    for finding in findings:
        name = feeds.get(finding.kind)
        if name:
            scores[name] = max(scores.get(name, 0.0), finding.score)
    return scores
