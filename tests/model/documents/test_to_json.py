"""The document round-trips, keeps to the contract, and never holds what JSON cannot."""

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path
from typing import Any

import jsonschema
import pytest
from hypothesis import given
from hypothesis import strategies as st

from loglens.errors import SettingsError
from loglens.model.diagnosis import Cause, LossLevel, Recommendation, ReplayResult
from loglens.model.documents.contract import schema, violation
from loglens.model.documents.to_json import from_document, to_document
from loglens.model.finding import Evidence, Finding, Found
from loglens.model.run import Note, Problem, StepSpan
from loglens.model.schedule import LrEvent, LrPhase, LrSchedule
from loglens.render.machine.json_report import dump
from tests.diagnoses import diagnosis, run_diagnosis, spike

SHARED = Path(__file__).parents[4] / "shared" / "contract" / "diagnosis.schema.json"


def put(at: Any, path: tuple[str | int, ...], value: object) -> None:
    """Set the member of a nested document that `path` leads to."""
    for step in path[:-1]:
        at = at[step]
    at[path[-1]] = value


@pytest.mark.skipif(not SHARED.exists(), reason="the shared contract is not beside this checkout")
def test_the_packaged_schema_is_the_contract() -> None:
    assert schema() == json.loads(SHARED.read_text(encoding="utf-8"))


def test_a_diagnosis_keeps_to_the_contract_by_both_validators() -> None:
    document = json.loads(dump(to_document(diagnosis())))
    jsonschema.validate(document, schema())
    assert violation(document) is None


@pytest.mark.parametrize(
    ("change", "said"),
    [
        ({"schema_version": "2"}, "the document.schema_version is '2', not '1'"),
        ({"runs": {}}, "the document.runs is {}, not array"),
        ({"problems": [{"path": 3, "message": ""}]}, "problems[0].path is 3, not string"),
        ({"tool": {"name": "loglens"}}, "the document.tool has no 'version'"),
    ],
)
def test_what_breaks_the_contract_is_named_with_its_place(change: dict[str, object], said: str) -> None:
    document = to_document(diagnosis()) | change
    with pytest.raises(jsonschema.ValidationError):
        jsonschema.validate(document, schema())
    with pytest.raises(SettingsError) as caught:
        from_document(document)
    assert said in str(caught.value)
    assert "loglens diagnose PATH --format json" in str(caught.value)


@pytest.mark.parametrize(
    ("path", "value"),
    [
        (("verdict",), "fatal"),
        (("causes",), []),
        (("causes", 0, "probability"), 1.5),
        (("findings", 0, "steps", "start"), 1.5),
        (("findings", 0, "score"), True),
        (("recommendation", "action"), None),
    ],
)
def test_our_validator_and_jsonschema_agree_on_runs(path: tuple[str | int, ...], value: object) -> None:
    document = to_document(diagnosis())
    put(document["runs"][0], path, value)
    with pytest.raises(jsonschema.ValidationError):
        jsonschema.validate(document, schema())
    assert violation(document)


@pytest.mark.parametrize("document", [None, [], "text", 3, {}])
def test_any_other_json_is_refused_in_words(document: object) -> None:
    with pytest.raises(SettingsError, match="the document"):
        from_document(document)  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("path", "value"),
    [
        (("curves", 0, "steps"), "none"),
        (("source",), 3),
        (("files",), [None]),
        (("x_axis",), []),
        (("schedule", "source"), "guessed"),
        (("schedule", "phases", 0, "kind"), "sideways"),
        (("outcomes", 0, "findings"), ["r9-nothing"]),
        (("notes",), [{"kind": "repair"}]),
    ],
)
def test_a_damaged_field_beyond_the_contract_is_an_error_too(path: tuple[str | int, ...], value: object) -> None:
    document = to_document(diagnosis())
    put(document["runs"][0], path, value)
    with pytest.raises(SettingsError, match="beyond the contract"):
        from_document(document)


def test_a_document_without_our_own_fields_is_read() -> None:
    document = to_document(diagnosis())
    kept = set(schema()["$defs"]["run"]["properties"])
    document = {name: document[name] for name in schema()["properties"]}
    document["runs"] = [{name: one[name] for name in kept if name in one} for one in document["runs"]]
    back = from_document(document)
    assert [one.run for one in back.runs] == ["runs/bert-base", "runs/quiet"]
    assert back.runs[0].curves == ()


def test_a_detector_with_several_kinds_keeps_its_findings() -> None:
    seen = replace(spike(300), detector="spikes")
    found = (seen, replace(seen, kind="divergence"), replace(seen, series="aux/loss"))
    one = replace(
        run_diagnosis(), findings=(*found, replace(spike(420), detector="")), outcomes=(Found(detector="spikes"),)
    )
    document = to_document(diagnosis(one))
    said = document["runs"][0]["outcomes"][0]
    assert (said["count"], said["findings"]) == (3, [f["id"] for f in document["runs"][0]["findings"][:3]])
    back = from_document(document).runs[0]
    assert back.found_by("spikes") == found
    assert [one.detector for one in back.findings] == ["spikes", "spikes", "spikes", ""]


def test_what_is_not_finite_becomes_null_everywhere() -> None:
    nan, inf = float("nan"), float("inf")
    one = replace(
        run_diagnosis(),
        schedule=LrSchedule(
            kind="step",
            peak_lr=inf,
            warmup_steps=None,
            events=(LrEvent(kind="step_down", step=3, from_lr=nan, to_lr=inf),),
            phases=(LrPhase(kind="decay", span=StepSpan(start=0, end=3), start_lr=nan, end_lr=inf),),
        ),
        config={"lr": nan},
        levels=(level(final=nan, noise=inf),),
        recommendation=Recommendation(
            action="keep",
            current_peak_lr=nan,
            peak_lr=inf,
            why="",
            replay=ReplayResult(outcome="failed", factor=nan),
        ),
    )
    document = json.loads(dump(to_document(diagnosis(one))))
    jsonschema.validate(document, schema())
    assert document["runs"][0]["schedule"]["events"] == [{"kind": "step_down", "step": 3}]
    assert document["runs"][0]["config"] == {"lr": None}


def level(**change: float) -> LossLevel:
    plain = LossLevel(
        role="train_loss", final=0.4, noise=0.01, best=0.39, best_step=500, first_step=540, last_step=599,
        points=600, non_finite=0, method="batch means",
    )  # fmt: skip
    return replace(plain, **change)  # type: ignore[arg-type]


def test_a_file_name_that_is_no_utf8_survives() -> None:
    name = b"runs/caf\xe9".decode("utf-8", errors="surrogateescape")
    text = dump(to_document(diagnosis(run_diagnosis(name))))
    text.encode("utf-8")
    assert from_document(json.loads(text)).runs[0].run == name


numbers = st.floats(0, 1)
words = st.text(max_size=20)
findings = st.builds(
    Finding,
    kind=st.sampled_from(["loss_spike", "divergence", "logging"]),
    severity=st.sampled_from(["info", "warning", "critical"]),
    score=numbers.map(lambda x: round(x, 6)),
    confidence=numbers.map(lambda x: round(x, 6)),
    steps=st.tuples(st.integers(0, 2**60), st.integers(0, 2**60)).map(lambda p: StepSpan(start=min(p), end=max(p))),
    series=words,
    summary=words,
    evidence=st.lists(
        st.builds(Evidence, name=words, value=st.one_of(st.none(), words, st.floats(allow_nan=False)), unit=words),
        max_size=3,
    ).map(tuple),
    peak_step=st.none() | st.integers(-(2**53), 2**60),
    lr_phase=st.none() | words,
    cause=st.none() | st.just("bad_data"),
)  # fmt: skip


places = st.none() | st.integers(0, 2**63 - 1)


@given(
    st.lists(findings, max_size=5).map(tuple),
    st.lists(st.builds(Note, kind=st.just("repair"), message=words, count=places), max_size=3),
    st.lists(st.builds(Problem, path=words, message=words, offset=places), max_size=3),
    numbers,
)
def test_the_document_round_trips(
    found: tuple[Finding, ...], notes: list[Note], problems: list[Problem], probability: float
) -> None:
    infinite = any(
        isinstance(e.value, float) and e.value in (float("inf"), -float("inf")) for f in found for e in f.evidence
    )
    found = tuple(replace(one, detector="any") for one in found)
    one = replace(
        run_diagnosis(),
        findings=found,
        outcomes=(Found(detector="any"),),
        notes=tuple(notes),
        causes=(Cause(cause="unknown", probability=probability),),
        levels=(level(),),
    )
    before = replace(diagnosis(one), problems=tuple(problems))
    text = dump(to_document(before))
    after = from_document(json.loads(text))
    assert dump(to_document(after)) == text
    if not infinite:
        assert after.runs[0].findings == found
    assert after.problems == before.problems
    assert after.runs[0].notes == tuple(notes)
    assert after.runs[0].levels == one.levels
