"""The evaluation itself: textbook rules as published, figures to be checked by hand, and the block of the page."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from tests.lab.evaluate import baselines, metrics
from tests.lab.evaluate import evaluation as evaluate
from tests.lab.evaluate.metrics import OUTCOMES, Answers
from tests.lab.fit.fit import CAUSES
from tests.lab.table.build import FOUND_NAMES, NAMES, Table


def noise(seed: int = 0, points: int = 1500) -> np.ndarray:
    return np.asarray(2 + 0.1 * np.random.default_rng(seed).standard_normal(points))


def test_six_sigma_of_128_sees_a_spike_and_only_that() -> None:
    loss = noise()
    loss[700] += 2
    assert list(np.flatnonzero(baselines.olmo_core_spikes(loss))) == [700]
    assert not baselines.olmo_core_spikes(loss[:100]).any()


def test_the_other_spike_rules_see_it_too() -> None:
    loss = noise(1)
    loss[1200] += 3
    assert baselines.olmo_spikes(loss)[1200]
    assert baselines.mad_spikes(loss)[1200]


def kill_loss_spike_naively(loss: np.ndarray) -> bool:
    window = max(100, len(loss) // 20)
    if len(loss) <= window:
        return False
    cap, streak = min(float(loss[:window].max()), 10.0), 0
    for at in range(window, len(loss)):
        before = loss[at - window : at]
        streak = streak + 1 if loss[at] >= 2 * before.mean() else 0
        if streak > 4 or (at > 2 * window and np.count_nonzero(before > cap) >= window / 2):
            return True
    return False


@pytest.mark.parametrize("shape", ["calm", "short spike", "long spike", "high", "tiny"])
def test_kill_loss_spike_agrees_with_its_loop(shape: str) -> None:
    loss = noise(2, 60 if shape == "tiny" else 600)
    if shape == "short spike":
        loss[300:304] *= 5
    elif shape == "long spike":
        loss[300:308] *= 5
    elif shape == "high":
        loss[350:] += 1.5
    assert baselines.kill_loss_spike(loss) == kill_loss_spike_naively(loss)
    assert baselines.kill_loss_spike(loss) == (shape in ("long spike", "high"))


def test_rules_that_fire_on_healthy_noise() -> None:
    falling = noise(3) + 3 * np.exp(-np.arange(1500) / 100)
    assert baselines.loss_not_decreasing(falling)
    assert baselines.oscillating(noise(4))
    assert not baselines.reduce_on_plateau(np.linspace(3, 1, 500))
    assert baselines.reduce_on_plateau(np.append(np.linspace(3, 1, 250), np.full(250, 1.0)))


def answers() -> Answers:
    truth = ["healthy", "healthy", "lr_too_high", "bad_data"]
    said = ["healthy", "lr_too_low", "lr_too_high", "bad_data"]
    probability = np.full((4, len(OUTCOMES)), 0.1 / (len(OUTCOMES) - 1))
    for row, cause in enumerate(said):
        probability[row, OUTCOMES.index(cause)] = 0.9
    rows = [
        {"cause": cause, "accept": [cause], "from": -4, "regrets": [0.5, 0.2, 0.0, 0.03, 0.1, None]} for cause in truth
    ]
    return Answers(rows=rows, weights=np.ones(4), probability=probability, octaves=np.array([0.0, 2.0, -2.0, 0.0]))


def test_figures_by_hand() -> None:
    one = answers()
    assert metrics.share(one.right, one.weights) == 0.75
    assert metrics.false_alarms(one) == 0.5
    assert metrics.recalls(one)["healthy"] == (0.5, 2)
    assert metrics.rate_left_alone(one) == 1.0
    assert metrics.rate_within_tolerance(one) == pytest.approx(1 / 3)
    assert metrics.calibration_error(one) == pytest.approx(0.15)
    assert metrics.sure_and_opposite(one) == 0.0
    assert metrics.confusion(one)[CAUSES.index("healthy")].sum() == pytest.approx(1.0)


def test_the_lab_is_judged_by_the_programs_own_rule() -> None:
    """A jump that cannot be, a scatter that tells nothing, a guess, and a jump taken back to the planned rate."""
    scores = np.zeros((4, len(CAUSES)))
    for row, cause in enumerate(("lr_jump", "lr_too_high", "healthy", "lr_jump")):
        scores[row, CAUSES.index(cause)] = 9.0 if row != 2 else 0.1
    scores[0, CAUSES.index("bad_data")] = 5.0
    facts = {
        "cause": "bad_data",
        "task": "a",
        "accept": ["bad_data"],
        "never_jumped": 0,
        "scatters": 0,
        "planned": -3.0,
    }
    rows = (facts | {"never_jumped": 1}, facts | {"scatters": 1}, facts, facts)
    table = Table(np.zeros((4, len(NAMES))), np.zeros((4, len(FOUND_NAMES)), np.int8), rows)
    made = evaluate.answers_of(table, scores, np.full(4, -5.0), np.full(4, 5.0))
    assert [OUTCOMES[one] for one in made.top] == ["bad_data", "unknown", "unknown", "lr_jump"]
    assert made.right.tolist() == [True, False, False, False]
    assert made.octaves.tolist() == [0.0, 0.0, 0.0, -3.0]


def test_the_pages_block_is_replaced_and_nothing_else(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(evaluate, "ROOT", tmp_path)
    page = tmp_path / ".github" / "EVALUATION.md"
    page.parent.mkdir()
    page.write_text(f"before\n{evaluate.MARKS[0]}\nold\n{evaluate.MARKS[1]}\nafter\n", encoding="utf-8")
    evaluate.write_page(["| a |", "| b |"])
    assert (
        page.read_text(encoding="utf-8") == f"before\n{evaluate.MARKS[0]}\n| a |\n| b |\n{evaluate.MARKS[1]}\nafter\n"
    )
    page.write_text("no marks", encoding="utf-8")
    with pytest.raises(SystemExit, match="evaluation"):
        evaluate.write_page(["x"])


def test_the_labelled_figures_are_picked_out_of_the_scorers_lines() -> None:
    lines = evaluate.labelled_table(["recall.healthy 0.9 family 1.0 (17)", "brier 0.05", "cause_accuracy 0.95 (88)"])
    assert "| cause_accuracy | 0.95 |" in lines
    assert "| brier | 0.05 |" in lines
    assert not any("recall.healthy" in line for line in lines)
    assert evaluate.labelled_table(["(labelled_runs not scored)"]) == []
