"""What a notebook shows: small, static, safe, and the whole page where it is asked for."""

from __future__ import annotations

import webbrowser
from dataclasses import replace
from pathlib import Path
from xml.etree import ElementTree as ET

import numpy as np
import pytest

import loglens
from loglens.model.diagnosis import Diagnosis
from loglens.model.display import Displayed
from loglens.model.run import Run
from tests.fleet.comparisons import diagnosis, finding, run
from tests.render.hostile import TEXTS

SAMPLES = Path(__file__).parents[2] / "sample_logs" / "runs"
LARGEST = 60_000


def parsed(html: str) -> ET.Element:
    return ET.fromstring(html.replace("!important", ""))  # noqa: S314  made by ourselves a moment ago


def shown() -> dict[str, Displayed]:
    one = loglens.diagnose(SAMPLES / "lr-far-too-high")
    return {
        "diagnosis": one,
        "run diagnosis": one[0],
        "many": loglens.diagnose(SAMPLES),
        "run": loglens.read(SAMPLES / "overfitting")[0],
        "comparison": loglens.compare(SAMPLES / "healthy", SAMPLES / "lr-far-too-high"),
    }


@pytest.fixture(scope="module", name="results")
def results_() -> dict[str, Displayed]:
    return shown()


@pytest.mark.parametrize("name", ["diagnosis", "run diagnosis", "many", "run", "comparison"])
def test_a_cell_is_small_well_formed_and_has_one_chart(results: dict[str, Displayed], name: str) -> None:
    html = results[name]._repr_html_()
    assert len(html.encode()) < LARGEST
    tree = parsed(html)
    charts = [one for one in tree.iter("svg") if one.get("role") == "img"]
    assert len(charts) == 1
    assert charts[0].get("aria-label")
    assert any(one.get("d", "").startswith("M") and len(one.get("d", "")) > 100 for one in charts[0].iter("path"))
    assert not {"script", "link", "img", "iframe"} & {one.tag for one in tree.iter()}
    assert "http" not in html


def test_the_cell_says_verdict_cause_and_advice(results: dict[str, Displayed]) -> None:
    html = results["diagnosis"]._repr_html_()
    assert "Learning rate too high" in html
    assert "peak_lr" in html
    assert "lr-far-too-high" in html
    assert "Gate failed" in results["comparison"]._repr_html_()


def test_a_run_of_a_million_points_still_makes_a_small_cell() -> None:
    rng = np.random.default_rng(0)
    log = Run.from_arrays({"loss": rng.normal(2, 0.1, 1_000_000)}, roles={"train_loss": "loss"}, name="long")
    assert len(log._repr_html_()) < LARGEST


def test_two_hundred_runs_are_counted_not_all_listed() -> None:
    many = diagnosis(*(run(f"run-{n}", finding()) for n in range(200)))
    html = many._repr_html_()
    assert "188 more runs" in html
    assert len(html) < LARGEST


@pytest.mark.parametrize("name", TEXTS)
def test_names_from_strangers_do_nothing(name: str) -> None:
    evil = diagnosis(run(name, replace(finding(), summary=name, series=name)))
    html = evil._repr_html_()
    assert "<script" not in html
    assert "<img" not in html
    parsed(html)


def test_a_log_without_a_loss_and_without_points_is_shown() -> None:
    assert "<svg" not in Run.from_arrays({})._repr_html_()
    assert "Nothing to judge" in Diagnosis(runs=(), path="x")._repr_html_()


@pytest.mark.parametrize("name", ["diagnosis", "run diagnosis", "run", "comparison"])
def test_show_writes_the_whole_page_and_opens_it(
    results: dict[str, Displayed], name: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    opened: list[str] = []
    monkeypatch.setattr(webbrowser, "open", lambda url: opened.extend([url]))
    path = results[name].show(tmp_path / "page.html")
    assert path.read_text(encoding="utf-8").startswith("<!doctype html>")
    assert opened == [path.as_uri()]


@pytest.mark.parametrize("name", ["diagnosis", "run diagnosis", "many", "run", "comparison"])
def test_a_repr_is_one_short_line(results: dict[str, Displayed], name: str) -> None:
    said = repr(results[name])
    assert len(said) < 200
    assert "\n" not in said
    assert said.startswith("<")
