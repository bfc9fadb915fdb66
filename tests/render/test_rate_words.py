"""The verdict on the rate in words: beside the cause, never twice, and the same on page, terminal and comment."""

from __future__ import annotations

from dataclasses import replace

import pytest

from loglens.model.causes import CauseName
from loglens.model.diagnosis import Cause, LearningRate, RateRegret, RateVerdict, RunDiagnosis
from loglens.pipeline import render
from loglens.render import rate_words
from loglens.render.markdown.report import MarkdownReport
from loglens.render.page.views.rate import rate_view
from loglens.render.terminal.report import TextReport
from tests.diagnoses import diagnosis, run_diagnosis

REGRET = (
    RateRegret(lr=1e-2, factor=4.0, regret=0.5, low=0.2, high=1.2),
    RateRegret(lr=2.5e-3, factor=1.0, regret=0.123, low=0.05, high=0.3),
)


def judged(cause: CauseName, verdict: RateVerdict, probability: float = 0.92) -> RunDiagnosis:
    rate = LearningRate(
        verdict=verdict, probability=probability, because=("Speaks for <b>too high</b> a rate",), regret=REGRET
    )
    return replace(run_diagnosis(), causes=(Cause(cause=cause, probability=0.8),), learning_rate=rate)


@pytest.mark.parametrize(
    ("cause", "verdict", "line"),
    [
        ("overfitting", "too_high", "Learning rate: too high, 92%"),
        ("bad_batches", "right", "Learning rate: right, 92%"),
        ("lr_too_high", "cannot_tell", "Learning rate: cannot be told from this log"),
        ("lr_too_high", "too_high", ""),
        ("lr_too_low", "too_low", ""),
        ("unknown", "cannot_tell", ""),
    ],
)
def test_the_line_stands_where_the_cause_does_not_say_it(cause: CauseName, verdict: RateVerdict, line: str) -> None:
    run = judged(cause, verdict)
    assert rate_words.rate_line(run) == line
    for renderer in (TextReport(width=80), MarkdownReport()):
        text = renderer.render(diagnosis(run))
        assert line in text
        assert ("Learning rate: " in text) == bool(line)


def test_a_rounded_certainty_is_not_certain() -> None:
    assert rate_words.answer(judged("overfitting", "too_low", 1.0)) == "too low, >99%"


def test_the_page_shows_the_verdict_its_evidence_and_the_regret_folded() -> None:
    run = judged("healthy", "right")
    view = rate_view(run)
    assert view is not None and view.table is not None
    assert view.line == "Right."
    assert view.table.rows == (
        ("2.5e-3 (this run)", "×1", "12%", "5% … 30%"),
        ("0.01", "×4", "50%", "20% … 100%"),
    )
    assert view.table.caption.endswith("the least at 2.5e-3")
    page = render(diagnosis(run))
    assert 'id="run-1-rate"' in page
    assert "Speaks for &lt;b&gt;too high&lt;/b&gt; a rate" in page
    assert "What each rate gives away" in page


@pytest.mark.parametrize(
    ("verdict", "factor", "shown"),
    [
        ("too_high", 0.25, True), ("too_high", 1.0, False), ("too_high", 4096.0, False), ("too_low", 4.0, True),
        ("too_low", 0.25, False), ("right", 4.0, True), ("cannot_tell", 1.0, False),
    ],
)  # fmt: skip
def test_a_table_that_says_the_opposite_of_the_verdict_is_not_shown(
    verdict: RateVerdict, factor: float, shown: bool
) -> None:
    regret = (replace(REGRET[0], factor=factor, regret=0.01), replace(REGRET[0], factor=2.0, regret=0.5))
    rate = LearningRate(verdict=verdict, probability=0.7, regret=regret)
    assert bool(rate_words.regret_rows(replace(run_diagnosis(), learning_rate=rate))) is shown


def test_rates_nobody_knows_are_told_as_multiples() -> None:
    unknown = LearningRate(verdict="right", probability=0.7, regret=tuple(replace(one, lr=None) for one in REGRET))
    view = rate_view(replace(run_diagnosis(), learning_rate=unknown))
    assert view is not None and view.table is not None
    assert [row[0] for row in view.table.rows] == ["– (this run)", "–"]
    assert view.table.caption.endswith("the least at ×1 this run's")


def test_rates_without_hope_are_counted_not_listed() -> None:
    far = RateRegret(lr=2.5e-7, factor=1e-4, regret=1.2, low=1.1, high=1.2)
    lost = RateRegret(lr=2.5e-3, factor=1.0, regret=1.2, low=1.1, high=1.2)
    rate = LearningRate(verdict="too_low", probability=0.9, regret=(far, lost, REGRET[0]))
    run = replace(run_diagnosis(), learning_rate=rate)
    assert [row[1] for row in rate_words.regret_rows(run)] == ["×1", "×4"]
    assert rate_words.regret_caption(run).endswith("Left out: 1 rate at which even the best case gains nothing")


def test_an_older_document_has_no_section() -> None:
    assert rate_view(run_diagnosis()) is None
    assert 'id="run-1-rate"' not in render(diagnosis(run_diagnosis()))


def test_the_evidence_is_told_by_side_and_in_whole_words() -> None:
    run = judged("lr_too_high", "too_high")
    assert run.learning_rate is not None
    said = (
        "Speaks for too high a rate: how the validation loss moves",
        "Speaks for too low a rate: how high the loss rose",
        "Speaks for too high a rate: how the gradient norm moves", "Rates usually lie at 1e-4.",
    )  # fmt: skip
    told = rate_words.evidence(replace(run, learning_rate=replace(run.learning_rate, because=said)))
    assert told == (
        "Speaks for too high a rate: how the validation loss moves; how the gradient norm moves.",
        "Speaks for too low a rate: how high the loss rose.",
        "Rates usually lie at 1e-4.",
    )
