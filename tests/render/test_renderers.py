"""What every output owes its reader, whatever its format."""

from __future__ import annotations

import json
from dataclasses import replace
from html import unescape

import pytest

from loglens.model.documents.to_json import from_document, to_document
from loglens.render import RENDERERS
from loglens.render.base import Renderer
from tests.diagnoses import diagnosis, run_diagnosis, spike
from tests.render.hostile import TEXTS, diagnosis_of


@pytest.fixture(params=RENDERERS)
def renderer(request: pytest.FixtureRequest) -> Renderer:
    return RENDERERS[request.param]()


def said(renderer: Renderer, *runs: str) -> str:
    """The output without markup that could stand between two words."""
    text = renderer.render(diagnosis(*(run_diagnosis(name) for name in runs)))
    return " ".join(unescape(text).replace("\\", "").split())


def test_the_registry_and_the_classes_agree() -> None:
    for name, make in RENDERERS.items():
        assert make().meta.id == name
        assert make().meta.title
        assert make().meta.suffix.startswith(".")


def test_the_same_diagnosis_gives_the_same_text(renderer: Renderer) -> None:
    again = from_document(json.loads(json.dumps(to_document(diagnosis()))))
    assert renderer.render(diagnosis()) == renderer.render(diagnosis()) == renderer.render(again)


@pytest.mark.parametrize("runs", [("runs/a",), ("runs/a", "runs/b")])
def test_every_kind_of_outcome_and_every_problem_is_there(renderer: Renderer, runs: tuple[str, ...]) -> None:
    text = said(renderer, *runs)
    for name in runs:
        assert name in text
    if not (renderer.meta.id == "text" and len(runs) > 1):
        assert "The loss jumps from 0.52 to 3.52 at step 300" in text  # found
    assert "ValueError: made up for the test" in text  # broke
    assert "fewer than 4 validation points" in text  # not applicable
    assert "the last record is cut; 56 of 57 points were read" in text
    assert "3171" in text.replace(",", "")


@pytest.mark.parametrize("text", TEXTS, ids=range(len(TEXTS)))
def test_hostile_words_make_no_output_fail(renderer: Renderer, text: str) -> None:
    renderer.render(diagnosis_of(text, runs=2)).encode("utf-8")


def test_no_run_at_all(renderer: Renderer) -> None:
    assert "56 of 57" in renderer.render(replace(diagnosis(), runs=()))


def test_a_bare_run_is_drawn(renderer: Renderer) -> None:
    """Nothing but what the contract requires, as another tool would write it."""
    bare = to_document(diagnosis(run_diagnosis()))
    for name in ("curves", "outcomes", "notes", "choices", "rewinds", "config", "files", "source", "levels"):
        del bare["runs"][0][name]
    bare["runs"][0]["roles"] = dict.fromkeys(bare["runs"][0]["roles"])
    assert "The loss jumps from" in renderer.render(from_document(bare))


@pytest.mark.parametrize("name", ["html", "markdown", "text", "junit", "sarif"])
def test_a_log_of_epochs_is_told_in_epochs(name: str) -> None:
    found = replace(spike(), summary="The loss rises at step 300 and comes back within 12 steps.")
    one = replace(run_diagnosis(), x_axis="epoch", findings=(found,), outcomes=())
    page = " ".join(RENDERERS[name]().render(diagnosis(one)).split())
    assert "rises at epoch 300" in page
    assert "step 300" not in page
