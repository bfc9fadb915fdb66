"""Left-out scores made honest: the temperature, the readiness to say healthy, and what findings add."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pytest

from loglens.advice.finding_features import NOTE, OF_WEIGHT
from loglens.advice.scorecard import Scorecard
from tests.lab.fit.fit import CAUSES, calibrated, calibration, softmax
from tests.lab.table.build import FOUND_NAMES, NAMES, Table, load_table, save_table

HEALTHY, HIGH, ORDER = (CAUSES.index(name) for name in ("healthy", "lr_too_high", "data_order"))
PERIODIC = FOUND_NAMES.index("found:periodic_pattern")


def lab(count: int = 600) -> tuple[Table, np.ndarray]:
    """Runs of three causes with scores that are twice too sure, and a period found in half of the ordered ones."""
    rng = np.random.default_rng(0)
    truth = rng.choice([HEALTHY, HIGH, ORDER], count)
    raw = 2 * rng.standard_normal((count, len(CAUSES)))
    raw[np.arange(count), truth] += 4.0
    raw[:, [k for k in range(len(CAUSES)) if k not in (HEALTHY, HIGH, ORDER)]] = -30.0
    found = np.zeros((count, len(FOUND_NAMES)), np.int8)
    found[(truth == ORDER) & (rng.random(count) < 0.5), PERIODIC] = OF_WEIGHT
    rows = tuple(
        {"cause": CAUSES[one], "accept": [CAUSES[one]], "task": f"task {k % 7}", "copy": "own"}
        for k, one in enumerate(truth)
    )
    return Table(np.zeros((count, len(NAMES))), found, rows), raw


def test_a_finding_only_one_cause_shows_speaks_for_it() -> None:
    table, raw = lab()
    made = calibration(table, raw)
    said = made.noted[PERIODIC] + made.weighty[PERIODIC]
    assert said[ORDER] > max(said[HEALTHY], said[HIGH]) + 0.5
    others = np.delete(np.arange(len(FOUND_NAMES)), PERIODIC)
    assert np.abs(made.noted[others]).max() < 1e-3


def test_the_card_says_what_the_calibration_says() -> None:
    table, raw = lab()
    made = calibration(table, raw)
    (term,) = (term for term in made.terms if term.name == FOUND_NAMES[PERIODIC])
    card = Scorecard(outcomes=CAUSES, bias=np.zeros(len(CAUSES)), terms=(term,))
    level = np.zeros((1, len(FOUND_NAMES)), np.int8)
    without = made(raw[:1], level)
    for value in (NOTE, OF_WEIGHT):
        level[0, PERIODIC] = value
        assert (made(raw[:1], level) - without)[0] == pytest.approx(
            card.contributions({term.name: value})[0] / made.temperature
        )
    assert not card.contributions({term.name: None}).any()


def test_scores_become_probabilities_that_hold() -> None:
    table, raw = lab(2000)
    fold = np.arange(2000) % 4
    said = softmax(calibrated(table, raw, fold))
    truth = np.array([CAUSES.index(row["cause"]) for row in table.rows])
    assert float(said[np.arange(2000), truth].mean()) == pytest.approx(
        float((said.argmax(1) == truth).mean()), abs=0.05
    )


def test_a_table_comes_back_from_its_file(tmp_path: Path) -> None:
    values = np.array([[1.0, -3.14159, np.nan] + [0.0] * (len(NAMES) - 3), [1e9] * len(NAMES)])
    one: dict[str, Any] = {"run": "a/0", "copy": "own"}
    rows = (one, {"run": "a/1", "copy": "more", "spikes": [[1, 2]]})
    found = np.zeros((2, len(FOUND_NAMES)), np.int8)
    found[1, 3] = OF_WEIGHT
    path = tmp_path / "table.npz"
    save_table(Table(values, found, rows), path)
    back = load_table(path)
    assert back.values[0] == pytest.approx(values[0], rel=0.005, nan_ok=True)
    assert back.values[1, 0] == pytest.approx(6e4, rel=0.005)
    assert (back.found == found).all()
    assert back.rows == (one | {"spikes": None}, rows[1])
    assert back.judged.tolist() == [True, False]
