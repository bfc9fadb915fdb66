"""What the page will say, before any template draws it."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from loglens.model.diagnosis import Cause, RunDiagnosis, Weight
from loglens.model.run import Setting
from loglens.render.page.views.overview import final_loss
from loglens.render.page.views.page import page_view
from loglens.render.page.views.run import RunView, run_view
from tests.diagnoses import diagnosis, healthy, run_diagnosis, spike, sweep
from tests.render.edges import EDGES


def seen(run: RunDiagnosis) -> RunView:
    return run_view(run, 1, svg_points=100, rows=10)


def test_a_run_that_is_the_whole_path_is_called_after_its_folder() -> None:
    assert seen(replace(run_diagnosis("."), source="/data/runs/bert")).name == "bert"
    assert seen(replace(run_diagnosis("."), source="")).name != "."


def test_an_advice_is_not_titled_by_its_own_first_words() -> None:
    one = run_diagnosis()
    assert seen(one).advice.title == "Lower the learning rate"
    jump = replace(one, recommendation=replace(one.recommendation, action="remove_lr_jump"))
    assert seen(jump).advice.title == "Recommendation"
    assert seen(jump).advice.line.startswith("remove the jump of the learning rate, ")


def test_a_finding_says_what_it_rests_on_and_what_would_change_it() -> None:
    one = seen(run_diagnosis()).findings[0]
    assert one.rests_on.startswith("Rests on “train/loss” (train loss), in the schedule's decay phase.")
    assert "95%" in one.rests_on
    assert one.doubt
    assert (one.evidence[0].name, one.evidence[0].value, one.evidence[0].unit) == ("Height", "41.3", "σ")


def test_weights_are_bars_to_either_side_the_heaviest_first() -> None:
    weights = tuple(Weight(name=f"w{n}", points=points, text="") for n, points in enumerate((0.3, -6.0, 1.5)))
    one = replace(run_diagnosis(), causes=(Cause(cause="lr_too_high", probability=1.0, weights=weights),))
    bars = [(view.name, view.points, view.bar.x, view.bar.width) for view in seen(one).causes[0].weights]
    assert bars == [("W1", "−6.0", 0.0, 50.0), ("W2", "+1.5", 50.0, 25.0), ("W0", "+0.3", 50.0, 5.0)]


def test_what_was_not_judged_is_told_apart_from_what_broke() -> None:
    missing, broken = seen(run_diagnosis()).unjudged
    assert (missing.title, missing.broke) == ("Overfitting", False)
    assert (broken.title, broken.broke) == ("Periodic pattern", True)


def test_long_lists_end_in_a_count() -> None:
    config: dict[str, Setting] = {f"k{n}": n for n in range(75)}
    one = replace(run_diagnosis(), files=tuple(map(str, range(41))), config=config, findings=(spike(),) * 61)
    view = seen(one)
    assert view.inputs.more_files == "and 1 file more"
    assert view.inputs.more_config == "and 15 settings more"
    assert len(view.findings) == 60
    assert view.more_findings == "And 1 finding more, which the JSON output lists."


def test_the_numbers_behind_a_chart_hold_its_extremes_and_its_sparse_series() -> None:
    table = seen(run_diagnosis()).charts.panels[0].table
    assert table.head == ("Step", "Train loss", "Robust level", "Validation loss")
    assert "300" in [row[0] for row in table.rows]
    assert any(row[3] for row in table.rows)
    assert "of 600 logged points" in table.caption


def test_a_loss_that_explodes_is_drawn_on_a_logarithmic_axis() -> None:
    one = run_diagnosis()
    loud = replace(one.curves[0], values=one.curves[0].values * np.where(np.arange(600) == 300, 1e6, 1.0))
    assert not seen(one).charts.panels[0].logarithmic
    assert seen(replace(one, curves=(loud, *one.curves[1:]))).charts.panels[0].logarithmic


def test_the_overview_counts_and_compares() -> None:
    view = page_view(sweep(8)).overview
    assert view is not None
    assert [text for _, text in view.counts] == ["4 critical", "4 healthy"]
    assert [row.verdict for row in view.rows] == ["critical"] * 4 + ["healthy"] * 4
    assert view.plot is not None
    assert [point.lost for point in view.plot.points].count(True) == 1
    assert view.plot.band_label == "recommended: 5e-4 … 1.2e-3"
    across = sorted((point for point in view.plot.points), key=lambda point: point.x)
    assert [point.anchor for point in across] == [f"run-{n}" for n in range(1, 9)]


def test_an_exploded_loss_leaves_the_others_their_scale() -> None:
    runs = list(sweep(6).runs)
    (level,) = runs[3].levels
    runs[3] = replace(runs[3], levels=(replace(level, final=2e33),))
    view = page_view(replace(sweep(6), runs=tuple(runs))).overview
    assert view is not None
    assert view.plot is not None
    heights = {point.anchor: point.y for point in view.plot.points}
    assert heights["run-4"] == view.plot.top
    assert heights["run-1"] - heights["run-2"] != 0
    assert len({round(heights[f"run-{n}"]) for n in (1, 2, 3)}) == 3


def test_one_rate_alone_is_no_comparison() -> None:
    view = page_view(diagnosis(run_diagnosis("a"), healthy("b"))).overview
    assert view is not None
    assert view.plot is None
    assert "Fewer than two" in view.no_plot


def test_the_loss_at_the_end_is_the_measured_one_else_the_levels_last() -> None:
    assert final_loss(sweep(3).runs[0]) == sweep(3).runs[0].levels[0].final
    assert final_loss(run_diagnosis()) == pytest.approx(0.415, abs=0.01)
    assert final_loss(EDGES["ends in NaN"]().runs[0]) is None


def test_titles_name_the_run_or_how_many_there_are() -> None:
    assert page_view(diagnosis(run_diagnosis())).title == "Critical: runs/bert-base – LogLens"
    assert page_view(diagnosis()).title == "runs, 2 runs – LogLens"
    assert page_view(EDGES["no runs"]()).summary == "No run was found that could be judged."
