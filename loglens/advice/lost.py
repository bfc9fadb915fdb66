"""The advice for a run of which no logged loss is a number: the loudest diagnosis there is, without a curve to read."""

from __future__ import annotations

from loglens.advice.admissible import admissible
from loglens.advice.base import Advice
from loglens.advice.claims import weighed
from loglens.advice.facts import say
from loglens.advice.facts.numbers import scale_facts, word_facts
from loglens.advice.sentences.chain import because
from loglens.advice.sentences.remedy import numerics
from loglens.model.causes import CAUSES
from loglens.model.diagnosis import Cause, Recommendation
from loglens.model.fact import Fact
from loglens.model.finding import Evidence, Finding
from loglens.model.run import Run, Series, StepSpan, configured_rate


def advise_lost(run: Run, loss: Series) -> Advice:
    """`loss`: n >= 2 points, none of them finite."""
    first, last = int(loss.steps[0]), int(loss.steps[-1])
    text = f"None of the {say.points(len(loss))} of the loss is a number, from the first line of the log on."
    facts: tuple[Fact, ...] = (
        *word_facts(run),
        *scale_facts(run),
        say.fact("ends_non_finite", text, first, last, loss.tag, count=len(loss), finite=0),
    )
    shares = weighed({}, facts, admissible(facts))
    causes = tuple(
        Cause(cause=cause, probability=share, because=because(cause, facts, (), ()))
        for cause, share in sorted(shares.items(), key=lambda entry: -entry[1])
    )
    finding = Finding(
        kind="non_finite",
        severity="critical",
        score=1.0,
        confidence=1.0,
        steps=StepSpan(start=first, end=last),
        series=loss.tag,
        summary=text,
        evidence=(Evidence(name="count", value=len(loss), note=f"of {len(loss)} points"),),
        cause=causes[0].cause,
        detector="non_finite",
    )
    rate = peak_rate(run)
    return Advice(
        causes=causes,
        recommendation=Recommendation(
            action=CAUSES[causes[0].cause].action,
            current_peak_lr=rate,
            peak_lr=rate,
            lr_factor=None if rate is None else 1.0,
            why=f"{numerics(facts, run)} {causes[0].because[0]}",
        ),
        verdict="critical",
        findings=(finding,),
        facts=facts,
    )


def peak_rate(run: Run) -> float | None:
    """The highest logged rate, else the one the settings name; None where neither is known."""
    series = run.role("learning_rate")
    if series is not None and bool(series.finite.any()):
        return float(series.values[series.finite].max()) or None
    return configured_rate(run.config)
