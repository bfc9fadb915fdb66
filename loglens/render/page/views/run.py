"""One run as the page shows it: every sentence written, every number rounded, every bar measured."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from loglens.model.causes import CauseName
from loglens.model.diagnosis import Cause, RunDiagnosis
from loglens.model.finding import Broke, Clean, NotApplicable
from loglens.render import numbers, words, words_doubt
from loglens.render.page.trainer_diff import TrainerDiff, trainer_diffs
from loglens.render.page.views.charts import Charts, charts_view
from loglens.render.page.views.findings import FindingView, findings_view, more_findings
from loglens.render.page.views.inputs import Inputs, inputs_view
from loglens.render.page.views.rate import RateView, rate_view
from loglens.render.page.views.replay import ReplayView, replay_view
from loglens.render.page.views.text import shown
from loglens.render.page.views.what_if import WhatIfView, what_if_view

FULL_BAR = 3.0
"""Log-odds that fill half of a weight's bar; larger ones are drawn full."""
LOOKED_FOR: Mapping[CauseName, str] = {
    "resume_discontinuity": "resume", "lr_jump": "lr_jump", "numerical_failure": "non_finite",
    "overfitting": "overfitting",
}  # fmt: skip
"""The detector whose subject a cause is: beside that cause it is not told to have found nothing."""


@dataclass(frozen=True, slots=True)
class WeightBar:
    """A bar in a 100 wide picture; `style` 'for' or 'against' for weights, 'share' for probabilities and scores."""

    style: str
    x: float
    width: float


@dataclass(frozen=True, slots=True)
class Score:
    title: str
    value: str
    bar: WeightBar


@dataclass(frozen=True, slots=True)
class WeightView:
    name: str
    text: str
    points: str
    bar: WeightBar


@dataclass(frozen=True, slots=True, kw_only=True)
class CauseView:
    """`doubt`: what would speak against it; `first`: it is the diagnosis."""

    title: str
    probability: str
    bar: WeightBar
    because: tuple[str, ...]
    weights: tuple[WeightView, ...]
    doubt: str
    first: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class AdviceView:
    """`line`: the recommendation to copy. `diffs`: the same as changes, the trainer at hand first."""

    title: str
    line: str
    why: str
    diffs: tuple[TrainerDiff, ...]

    @property
    def at_hand(self) -> tuple[TrainerDiff, ...]:
        return tuple(diff for diff in self.diffs if diff.at_hand)

    @property
    def others(self) -> tuple[TrainerDiff, ...]:
        return tuple(diff for diff in self.diffs if not diff.at_hand)


@dataclass(frozen=True, slots=True)
class UnjudgedView:
    """What could not be judged. `broke`: a bug in LogLens rather than something missing in the log."""

    title: str
    reason: str
    broke: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class RunView:
    number: int
    anchor: str
    name: str
    verdict: str
    verdict_word: str
    live: str
    facts: tuple[str, ...]
    cause: str
    probability: str
    sentence: str
    advice: AdviceView
    scores: tuple[Score, ...]
    causes: tuple[CauseView, ...]
    doubt: str
    charts: Charts
    findings: tuple[FindingView, ...]
    more_findings: str
    counts: str
    unjudged: tuple[UnjudgedView, ...]
    clean: tuple[str, ...]
    rate: RateView | None
    replay: ReplayView | None
    what_if: WhatIfView | None
    inputs: Inputs


def run_view(run: RunDiagnosis, number: int, *, svg_points: int, rows: int) -> RunView:
    """`number`: the run's place in the document, which its findings' ids begin with. `svg_points`: points a curve has
    in the static pictures; `rows`: of the tables behind the charts."""
    causes = tuple(_cause(run, cause, first=place == 0) for place, cause in enumerate(run.causes))
    return RunView(
        number=number,
        anchor=f"run-{number}",
        name=shown(words.run_name(run)),
        verdict=run.verdict,
        verdict_word=words.verdict_title(run.verdict),
        live="The log was still being written when it was read." if run.live else "",
        facts=_facts(run),
        cause=words.lead_title(run),
        probability=words.lead_sure(run),
        sentence=shown(words.headline(run), 400),
        advice=_advice(run),
        scores=tuple(
            Score(words.score_title(name), f"{value:.2f}", _share(value)) for name, value in run.scores.items()
        ),
        causes=causes,
        doubt=shown(words_doubt.without_strongest(run.cause), 300),
        charts=charts_view(run, limit=svg_points, rows=rows),
        findings=findings_view(run, number),
        more_findings=more_findings(run),
        counts=counts_line(run),
        unjudged=_unjudged(run),
        clean=tuple(
            words.lowered(shown(words.detector_title(outcome.detector), 60))
            for outcome in run.outcomes
            if isinstance(outcome, Clean) and outcome.detector != LOOKED_FOR.get(run.cause.cause)
        ),
        rate=rate_view(run),
        replay=replay_view(run),
        what_if=what_if_view(run),
        inputs=inputs_view(run),
    )


def _advice(run: RunDiagnosis) -> AdviceView:
    line = words.to_do(run)
    title = words.action_title(run.recommendation.action)
    # a line that begins with the action needs no title that says it again
    said = line.startswith(words.lowered(title)) or bool(words.instead(run))
    return AdviceView(
        title="Recommendation" if said else title,
        line=line,
        why=shown(words.why(run), 600),
        diffs=trainer_diffs(run),
    )


def counts_line(run: RunDiagnosis) -> str:
    """`2 findings: 1 critical, 1 warning`."""
    if not run.findings:
        return "no findings"
    each = [
        f"{numbers.count(many)} {severity}"
        for severity in ("critical", "warning", "info")
        if (many := sum(finding.severity == severity for finding in run.findings))
    ]
    return f"{numbers.counted(len(run.findings), 'finding')}: {', '.join(each)}"


def _facts(run: RunDiagnosis) -> tuple[str, ...]:
    facts = [
        shown(words.format_title(run.format), 60),
        shown(words.steps_logged(run), 80),
        f"{numbers.counted(run.points, 'point')} of the train loss",
        words.schedule_of(run) if run.schedule.source == "unknown" else f"schedule: {words.schedule_of(run)}",
    ]
    return tuple(facts)


def _cause(run: RunDiagnosis, cause: Cause, *, first: bool) -> CauseView:
    ranked = sorted(cause.weights, key=lambda weight: -abs(weight.points))
    return CauseView(
        title=words.cause_title(cause.cause),
        probability=numbers.percent(cause.probability),
        bar=_share(cause.probability),
        because=tuple(shown(reason, 400) for reason in words.reasons(run, cause)),
        weights=tuple(
            WeightView(
                shown(words.plain(item.name), 60),
                shown(item.text, 300),
                numbers.log_odds(item.points),
                _weight(item.points),
            )
            for item in ranked
        ),
        doubt=words_doubt.against_cause(cause.cause),
        first=first,
    )


def _share(value: float) -> WeightBar:
    return WeightBar("share", 0.0, round(100 * min(1.0, max(0.0, value)), 1))


def _weight(points: float) -> WeightBar:
    """From the middle to the right for a cause, to the left against it."""
    width = round(50 * min(1.0, abs(points) / FULL_BAR), 1)
    return WeightBar("for", 50.0, width) if points >= 0 else WeightBar("against", 50.0 - width, width)


def _unjudged(run: RunDiagnosis) -> tuple[UnjudgedView, ...]:
    seen = []
    for outcome in run.outcomes:
        title = shown(words.detector_title(outcome.detector), 60)
        if isinstance(outcome, NotApplicable):
            seen.append(UnjudgedView(title, shown(outcome.reason, 400), broke=False))
        elif isinstance(outcome, Broke):
            seen.append(UnjudgedView(title, shown(outcome.error, 400), broke=True))
    return tuple(seen)
