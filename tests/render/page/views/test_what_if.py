"""The section of a page: curves on whole steps, an interval around them, and no section where nothing is said."""

from __future__ import annotations

import json
import re
from dataclasses import replace

import numpy as np
import pytest

from loglens.model.diagnosis import RunDiagnosis
from loglens.model.documents.to_json import from_document, to_document
from loglens.model.results.what_if import Lost, WhatIf
from loglens.pipeline import render
from loglens.render.machine.json_report import dump
from loglens.render.page.views.what_if import curves_drawn, what_if_payload, what_if_view
from tests.diagnoses import diagnosis, run_diagnosis, with_what_if
from tests.model.documents.test_what_if import REFUSED


def sick(one: WhatIf | None) -> RunDiagnosis:
    return replace(run_diagnosis(), what_if=one)


PREDICTED = with_what_if(run_diagnosis())


def test_no_section_where_there_is_nothing_to_say() -> None:
    assert what_if_view(sick(None)) is None
    assert "-what-if" not in re.sub(r"<script>.*?</script>", "", render(diagnosis(sick(None))), flags=re.DOTALL)


def test_a_refusal_is_a_sentence_without_a_chart() -> None:
    view = what_if_view(replace(sick(REFUSED), lost=Lost(since=3, steps=9, regained=False)))
    assert view is not None
    assert view.line == REFUSED.refused
    assert view.lost.startswith("Lost since step 3")
    assert view.svg is None
    assert what_if_payload(sick(REFUSED)) is None


def test_the_section_stands_before_the_curves_and_is_in_the_contents() -> None:
    page = render(diagnosis(PREDICTED))
    assert page.index('id="run-1-what-if"') < page.index('id="run-1-curves"')
    assert '<a href="#run-1-what-if">What if</a>' in page
    assert page.count('class="curve interval"') == 1


def test_the_law_speaks_from_where_it_was_fitted() -> None:
    drawn = curves_drawn(PREDICTED)
    assert drawn is not None
    assert drawn.own_steps[0] >= 100
    whole = curves_drawn(with_what_if(run_diagnosis(), "time_rescale", last=150.0))
    assert whole is not None
    assert whole.own_steps[0] == 0
    assert whole.steps[-1] == 150


def test_steps_between_whole_ones_are_read_off_the_curve() -> None:
    steps = np.array([0.0, 0.25, 0.5, 1.0, 2.4])
    one = WhatIf(law="time_rescale", steps=steps, loss=4 - steps, low=3 - steps, high=5 - steps)
    drawn = curves_drawn(sick(one))
    assert drawn is not None
    assert drawn.steps.tolist() == [0, 1, 2]
    assert drawn.loss == pytest.approx([4, 3, 2])


def test_the_script_gets_the_same_curves() -> None:
    payload = what_if_payload(PREDICTED)
    assert payload is not None
    assert [one["role"] for one in payload["curves"]] == ["level", "what_if_high", "what_if_low", "what_if"]
    json.dumps(payload, allow_nan=False)


def test_a_page_drawn_from_the_saved_document_is_the_same() -> None:
    made = diagnosis(PREDICTED)
    again = from_document(json.loads(dump(to_document(made))))
    assert what_if_payload(again.runs[0]) == what_if_payload(made.runs[0])
    assert render(again) == render(made)


def test_an_old_document_has_no_section_and_still_renders() -> None:
    document = to_document(diagnosis(PREDICTED))
    for run in document["runs"]:
        del run["what_if"], run["lost"]
    assert 'id="run-1-what-if"' not in render(from_document(document))


def test_without_a_curve_to_draw_it_beside_the_sentence_stands_alone() -> None:
    view = what_if_view(replace(PREDICTED, curves=()))
    assert view is not None
    assert view.line
    assert view.svg is None


@pytest.mark.parametrize("format_name", ["text", "markdown"])
def test_terminal_and_comment_say_it_in_a_line(format_name: str) -> None:
    said = render(diagnosis(PREDICTED), format_name)
    flat = re.sub(r"\s+", " ", said)
    assert "With the peak rate held until step 480" in flat
    assert "Lost since step 300: 40 steps, 15 minutes, 7% of the run, until the loss was back." in flat
