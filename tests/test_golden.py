"""Each sample log has a golden diagnosis. `pytest tests/test_golden.py --rewrite-goldens` writes them anew; review the
diff. The truths below are how the samples were made: a golden that contradicts them cannot be accepted."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

import loglens
from loglens.model.documents.to_json import to_document
from tests.tools.make_sample_logs import RECIPES

ROOT = Path(__file__).parent.parent
GOLDEN = Path(__file__).parent / "golden"
OURS = ("curves", "source", "files", "outcomes", "choices", "notes", "config", "series_count")
"""Fields that other tests look at, or that would make a golden unreadable."""


def rounded(value: Any) -> Any:
    """Three significant digits: a golden is about the verdict, not about the last bit of another machine's libm."""
    match value:
        case bool() | int() | str() | None:
            return value
        case float():
            return float(f"{value:.2g}")
        case list():
            return [rounded(one) for one in value]
        case _:
            return {key: rounded(one) for key, one in value.items()}


def golden(name: str) -> dict[str, Any]:
    run = to_document(loglens.diagnose(ROOT / "sample_logs" / "runs" / name))["runs"][0]
    for field in OURS:
        run.pop(field)
    for curve in ("steps", "loss", "low", "high"):
        if run["what_if"]:
            run["what_if"][curve] = run["what_if"][curve][-1:]
    for cause in run["causes"]:
        cause.pop("weights")
    for finding in run["findings"]:
        if finding.get("file"):  # the same on every machine
            finding["file"] = Path(finding["file"]).name
    result = rounded(run)
    assert isinstance(result, dict)
    return result


@pytest.mark.parametrize("recipe", RECIPES, ids=[recipe.name for recipe in RECIPES])
def test_the_diagnosis_is_the_golden_one(recipe: Any, rewrite_goldens: bool) -> None:
    got = golden(recipe.name)
    path = GOLDEN / f"{recipe.name}.json"
    if rewrite_goldens:
        path.parent.mkdir(exist_ok=True)
        path.write_text(json.dumps(got, indent=1, ensure_ascii=False) + "\n", encoding="utf-8")
    assert path.is_file(), "no golden yet: pytest tests/test_golden.py --rewrite-goldens"
    assert got == json.loads(path.read_text(encoding="utf-8"))


@pytest.mark.parametrize("recipe", RECIPES, ids=[recipe.name for recipe in RECIPES])
def test_the_diagnosis_is_true(recipe: Any) -> None:
    got = golden(recipe.name)
    assert got["causes"][0]["cause"] == recipe.truth
    if recipe.truth == "healthy":
        assert got["verdict"] != "critical"
    for step in recipe.corrupt:
        assert [one for one in got["findings"] if one["kind"] == "loss_spike" and abs(one["peak_step"] - step) <= 1]


def test_every_golden_belongs_to_a_sample() -> None:
    assert {path.stem for path in GOLDEN.glob("*.json")} == {recipe.name for recipe in RECIPES}
