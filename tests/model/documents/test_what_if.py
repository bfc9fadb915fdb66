"""A what-if and what was lost survive the document, and documents without them are read."""

from __future__ import annotations

import json
from dataclasses import replace

import jsonschema
import numpy as np
import pytest

from loglens.errors import SettingsError
from loglens.model.documents.contract import schema
from loglens.model.documents.to_json import from_document, to_document
from loglens.model.results.what_if import Lost, WhatIf
from loglens.render.machine.json_report import dump
from tests.diagnoses import diagnosis, run_diagnosis

STEPS = np.array([0.0, 2.5, 5.0])
RAISED = WhatIf(
    law="time_rescale", steps=STEPS, loss=STEPS / 3, low=STEPS / 4, high=STEPS / 2, ended_at=1.6666667, factor=4.0,
    reached_at=5, steps_saved=15, hours_saved=0.25,
)  # fmt: skip
ANNEALED = WhatIf(
    law="annealing",
    steps=STEPS,
    loss=STEPS,
    low=STEPS - 1,
    high=STEPS + 1,
    decay_from=4,
    sibling="a/cosine",
    ended_at=6.0,
)
REFUSED = WhatIf(refused="The log holds no decay.", lacks="decay")


@pytest.mark.parametrize("one", [RAISED, ANNEALED, REFUSED], ids=["raised", "annealed", "refused"])
def test_a_what_if_survives_the_document(one: WhatIf) -> None:
    run = replace(run_diagnosis(), what_if=one, lost=Lost(since=40, steps=60, regained=True, hours=1.5, of=100))
    document = json.loads(dump(to_document(diagnosis(run))))
    jsonschema.validate(document, schema())
    back = from_document(document).runs[0]
    assert back.what_if is not None
    assert back.lost == run.lost
    for name in WhatIf.__slots__:
        before, after = getattr(one, name), getattr(back.what_if, name)
        assert after == pytest.approx(before, rel=1e-6) if isinstance(before, np.ndarray | float) else after == before
    assert json.loads(dump(to_document(from_document(document)))) == document


def test_a_run_without_either_says_null() -> None:
    written = to_document(diagnosis(run_diagnosis()))["runs"][0]
    assert written["what_if"] is None
    assert written["lost"] is None
    for field in ("what_if", "lost"):
        written.pop(field)


def test_a_document_of_the_contract_alone_is_read() -> None:
    document = to_document(diagnosis(run_diagnosis()))
    run = document["runs"][0]
    run["what_if"] = {
        "refused": None,
        "steps": [0, 10],
        "loss": [2, 1],
        "low": [1.9, 0.9],
        "high": [2.1, 1.2],
        "steps_saved": 90,
    }
    run["lost"] = {"steps": 12, "hours": None}
    back = from_document(document).runs[0]
    assert back.what_if is not None
    assert back.what_if.law == "time_rescale"
    assert back.what_if.high.tolist() == [2.1, 1.2]
    assert back.lost == Lost(since=None, steps=12, regained=False)
    for field in ("what_if", "lost"):
        run.pop(field)
    assert from_document(document).runs[0].what_if is None


@pytest.mark.parametrize(
    "damage",
    [{"steps": [1.0], "loss": []}, {"law": "astrology", "steps": [1], "loss": [1]}, {"refused": "x", "lacks": "luck"}],
    ids=["lengths", "law", "lacks"],
)
def test_what_is_damaged_is_named(damage: dict[str, object]) -> None:
    document = to_document(diagnosis(run_diagnosis()))
    document["runs"][0]["what_if"] = damage
    with pytest.raises(SettingsError):
        from_document(document)


def test_a_what_if_has_a_law_or_a_reason() -> None:
    with pytest.raises(ValueError, match="either rests on a law or says why"):
        WhatIf()
    with pytest.raises(ValueError, match="one length"):
        WhatIf(law="annealing", steps=STEPS)
