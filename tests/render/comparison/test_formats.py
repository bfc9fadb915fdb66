"""A comparison in every output: the gate, the numbers, the findings, and nothing that takes effect."""

from __future__ import annotations

import json
from dataclasses import replace
from typing import Any

import pytest
from rich.cells import cell_len

from loglens.fleet.compare import compare
from loglens.model.results.comparison import CONDITIONS, Comparison
from loglens.model.run import Problem
from loglens.render.comparison.formats import COMPARISON_RENDERERS, ComparisonRenderer
from loglens.render.comparison.json_comparison import comparison_document
from loglens.render.comparison.markdown_comparison import CompareMarkdown
from loglens.render.comparison.text_comparison import CompareText
from tests.fleet.comparisons import diagnosis, finding, run
from tests.render.hostile import TEXTS, run_of
from tests.render.markdown.test_report import EXPANDED, OURS, rendered


def comparison() -> Comparison:
    base = diagnosis(run("a", finding(100), finding(500)), run("b", val=1.0), run("old"), path="main")
    head = diagnosis(run("a", finding(105), finding(800)), run("b", val=2.0, seed=1), run("new", finding(7)), path="pr")
    problem = Problem(path="torn.csv", message="cut in line 9", offset=9)
    return compare(replace(base, problems=(problem,)), head, fail_on=CONDITIONS)


@pytest.fixture(params=COMPARISON_RENDERERS)
def renderer(request: pytest.FixtureRequest) -> ComparisonRenderer:
    return COMPARISON_RENDERERS[request.param]()


def test_the_registry_and_the_classes_agree() -> None:
    for name, make in COMPARISON_RENDERERS.items():
        assert make().meta.id == name


def test_every_output_says_everything(renderer: ComparisonRenderer) -> None:
    text = renderer.render(comparison())
    for word in (
        "loss_spike at 800", "loss_spike at 105", "loss_spike at 500", "loss_spike at 7", "torn.csv", "cut in line 9",
        "missing in HEAD", "best validation loss rises",
    ):  # fmt: skip
        assert word in text.replace("\\_", "_"), word
    assert renderer.render(comparison()) == text


def test_the_json_has_numbers_bands_and_the_gate() -> None:
    document: dict[str, Any] = comparison_document(comparison())
    assert document["gate"]["failed"] is True
    assert document["counts"] == {"new": 2, "worse": 0, "standing": 1, "fixed": 1}
    (pair,) = [one for one in document["runs"] if one["run"] == "b"]
    assert pair["deciding"] == "val_loss_best"
    (metric,) = [one for one in pair["metrics"] if one["metric"] == "val_loss_best"]
    assert metric["judgement"] == "worse"
    assert metric["after"] - metric["before"] == pytest.approx(metric["delta"])
    assert 0 < metric["band"] < metric["delta"]
    assert metric["method"] == "stretches"
    json.dumps(document, allow_nan=False)


def test_a_loss_that_is_gone_is_null_in_json_and_none_in_words() -> None:
    broken = compare(diagnosis(run("a")), diagnosis(run("a", ends_nan=True)))
    (metric,) = [one for one in comparison_document(broken)["runs"][0]["metrics"] if one["metric"] == "train_loss"]
    assert (metric["after"], metric["delta"], metric["judgement"]) == (None, None, "worse")
    assert "→ none" in CompareText().render(broken)
    assert "→ none" in CompareMarkdown().render(broken)


@pytest.mark.parametrize("width", [20, 60, 80, 200])
def test_no_line_is_wider_than_asked(width: int) -> None:
    text = CompareText(width=width).render(comparison())
    assert max(map(cell_len, text.splitlines())) <= max(60, width)


def test_colour_only_where_asked() -> None:
    assert "\x1b[" not in CompareText().render(comparison())
    assert "\x1b[1;31mGate failed" in CompareText(colour=True).render(comparison())


@pytest.mark.parametrize("text", TEXTS, ids=range(len(TEXTS)))
def test_nothing_from_a_log_takes_effect(text: str) -> None:
    head = replace(run_of(text), roles={**run_of("x").roles, "train_loss": "other"})
    made = replace(
        compare(diagnosis(run_of(text)), diagnosis(head, run_of("added")), fail_on=CONDITIONS),
        base_problems=(Problem(path=text, message=text),),
    )
    page = rendered(CompareMarkdown().render(made))
    assert set(page.tags) <= OURS
    assert {one for one in page.attributes if not one.startswith("style=text-align")} <= {"class=language-text"}
    assert page.comments == [" loglens:compare "]
    assert not EXPANDED.search("".join(page.text))
    shown = CompareText(width=80).render(made)
    assert all(line.isprintable() or "\u200d" in line for line in shown.splitlines())
    json.loads(COMPARISON_RENDERERS["json"]().render(made).encode("utf-8"))


def test_five_hundred_runs_fit_and_whole_findings_are_counted() -> None:
    names = [f"{n:03}|{'x' * 300}" for n in range(500)]
    base = diagnosis(*(run(name, points=50) for name in names))
    head = diagnosis(*(run(name, *(finding(start) for start in range(0, 40, 10)), points=50) for name in names))
    text = CompareMarkdown().render(compare(base, head))
    assert len(text) <= 60_000
    shown = text.count("- **New**")
    assert shown > 20
    assert f"_{2000 - shown:,} findings left out" in text
    assert text.count("<details>") == text.count("</details>")


def test_siblings_show_their_spread_and_how_the_band_was_made() -> None:
    base = diagnosis(*(run(f"a/seed{n}", level=1 + n / 100, seed=n) for n in range(3)))
    head = diagnosis(*(run(f"a/seed{n}", level=2 + n / 100, seed=n) for n in range(3)))
    text = CompareMarkdown().render(compare(base, head))
    assert "scatter of the sibling runs" in text
    assert "`a/seed*`" in text or "<code>a/seed*</code>" in text
    pair = comparison_document(compare(base, head))["runs"][0]
    assert len(pair["metrics"][0]["befores"]) == 3


WORSE_THAN_NOISE: dict[str, dict[str, Any]] = {
    "train loss": {"level": 2.0},
    "validation loss": {"val": 2.0},
    "NaN": {"ends_nan": True},
}


@pytest.mark.parametrize("fault", WORSE_THAN_NOISE)
def test_no_tick_stands_above_a_number_that_got_worse(fault: str) -> None:
    """Whatever the gate asks for: the icon follows the worst line, the gate has a line of its own."""
    base = diagnosis(run("a", val=1.0))
    head = diagnosis(run("a", seed=1, **{"val": 1.0, **WORSE_THAN_NOISE[fault]}))
    made = compare(base, head, fail_on=())
    title = CompareMarkdown().render(made).splitlines()[2]
    assert title.startswith("### ❌")
    assert "1 worse" in title
    assert "No gate was set." in CompareMarkdown().render(made)
    assert "1 worse" in CompareText().render(made).splitlines()[0]


def test_a_new_warning_is_no_tick_and_no_cross() -> None:
    made = compare(diagnosis(run("a")), diagnosis(run("a", replace(finding(100), severity="warning"), seed=1)))
    assert CompareMarkdown().render(made).splitlines()[2].startswith("### ⚠️")
    same = compare(diagnosis(run("a")), diagnosis(run("a", seed=1)))
    assert CompareMarkdown().render(same).splitlines()[2].startswith("### ✅")
