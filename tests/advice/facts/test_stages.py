"""Steps up of the loss that stand where another stage begins."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from loglens.advice.facts import establish
from loglens.model.run import Event, FloatArray
from loglens.signals.core import Signals
from tests.advice.runs import run_of


def staged(*at: int, by: float = 0.5, points: int = 600) -> FloatArray:
    """A loss that falls, and steps up where each stage begins."""
    rng = np.random.default_rng(3)
    since = np.arange(points) - np.array([max((one for one in (0, *at) if one <= k), default=0) for k in range(points)])
    level = 1.2 + 0.4 / (1 + since / 25) + by * np.searchsorted(np.array(at), np.arange(points), side="right")
    level += 2.4 / (1 + np.arange(points) / 12)
    return np.asarray(level * np.exp(0.01 * rng.standard_normal(points)))


def facts(signals: Signals) -> dict[str, str]:
    return {one.kind: one.text for one in establish(signals, ())}


def said(step: int, text: str = "=== stage 2/3: max_len=256 ===") -> Event:
    return Event(kind="stage_changed", step=step, time=None, text=text, line=5)


def test_a_step_up_where_the_log_says_that_a_stage_begins() -> None:
    run = run_of(staged(300))
    assert {"level_stepped", "thrown_back"} & set(facts(Signals(run)))
    found = facts(Signals(replace(run, events=(said(299),))))
    assert not {"level_stepped", "thrown_back"} & set(found)
    assert "just where the log says “=== stage 2/3" in found["objective_changed"]


def test_words_far_from_the_step_up_explain_nothing() -> None:
    found = facts(Signals(replace(run_of(staged(300)), events=(said(120),))))
    assert "objective_changed" not in found


@pytest.mark.parametrize("tag", ["stage", "train/phase", "max_seq_len", "resolution", "img_size"])
def test_a_series_that_holds_the_stage(tag: str) -> None:
    sizes = np.repeat([128.0, 256.0, 512.0], 200)
    found = facts(Signals(run_of(staged(200, 400), **{tag: sizes})))
    assert f"“{tag}” goes from 128 to 256, and so at 1 more of its changes" in found["objective_changed"]


@pytest.mark.parametrize("tag", ["output_length", "episode_len", "batch_size"])
def test_what_is_no_stage(tag: str) -> None:
    found = facts(Signals(run_of(staged(200, 400), **{tag: np.repeat([128.0, 256.0, 512.0], 200)})))
    assert "objective_changed" not in found


def test_a_length_that_goes_to_and_fro_is_none() -> None:
    lengths = np.random.default_rng(0).integers(100, 110, 600).astype(float)
    assert "objective_changed" not in facts(Signals(run_of(staged(300), seq_len=lengths)))


@pytest.mark.parametrize("sizes", [(100, 101, 102), (8, 8.5, 9)])
def test_a_size_that_hardly_changes_is_no_stage(sizes: tuple[float, ...]) -> None:
    found = facts(Signals(run_of(staged(200, 400), max_len=np.repeat(np.array(sizes, dtype=float), 200))))
    assert "objective_changed" not in found


@pytest.mark.parametrize("by", [1.6, 3.0])
def test_a_loss_far_above_its_level_or_its_start_is_lost(by: float) -> None:
    found = facts(Signals(replace(run_of(staged(300, by=by)), events=(said(299),))))
    assert "objective_changed" not in found


def test_a_loss_that_is_lost_where_a_stage_begins_is_lost() -> None:
    found = facts(Signals(replace(run_of(staged(300, by=12.0)), events=(said(299),))))
    assert "objective_changed" not in found
