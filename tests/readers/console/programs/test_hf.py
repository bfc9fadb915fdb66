from __future__ import annotations

import math

import pytest

from tests.readers.shared_samples import shared
from tests.readers.text_lines import read


def test_numbers_and_words_of_old_releases() -> None:
    text = """  warnings.warn(
{'loss': 2.5, 'learning_rate': 5e-05, 'epoch': 0.1}
{'loss': nan, 'grad_norm': inf, 'learning_rate': 4e-05, 'epoch': 0.2}
{'eval_loss': 2.4, 'eval_runtime': 1.5, 'epoch': 0.2}
{'loss': 0.0, 'learning_rate': 3e-05, 'epoch': 0.3}
{'train_runtime': 10.0, 'train_loss': 1.6, 'epoch': 0.3}
"""
    points = read(text, "hf-console")
    assert [step for step, _ in points["loss"]] == [1, 2, 3]
    assert math.isnan(points["loss"][1][1]) and points["loss"][2][1] == 0.0
    assert points["grad_norm"] == [(2, math.inf)]
    assert points["eval_loss"] == [(2, 2.4)]
    assert points["train_loss"] == [(3, 1.6)]
    assert points["epoch"] == [(1, 0.1), (2, 0.2), (3, 0.3)]


def test_quoted_numbers_of_today() -> None:
    line = "{{'loss': '{}', 'grad_norm': '1.4', 'learning_rate': '0.008', 'epoch': '{}'}}\n"
    points = read(line.format("3.15", "0.1562") + line.format("1.6e+04", "0.3125"), "hf-console")
    assert points["loss"] == [(1, 3.15), (2, 16000.0)]


def test_a_progress_bar_tells_the_step() -> None:
    text = "".join(
        f"{{'loss': {5 - at}, 'learning_rate': 1e-05, 'epoch': {at * 500 / 3000:.2f}}}\n"
        f" {at}%|█   | {at * 500}/9000 [01:00<10:00,  8.0it/s]\r\n"
        for at in range(1, 5)
    )
    text += "{'eval_loss': 1.5, 'epoch': 0.67}\n 10%|  | 3/30 [00:01<00:02, 9it/s]\n"
    points = read(text, "hf-console")
    steps = [step for step, _ in points["loss"]]
    assert all(abs(step - at * 500) <= 20 for at, step in enumerate(steps, start=1)), steps
    assert abs(points["eval_loss"][0][0] - 2000) <= 40


def test_a_step_in_the_dictionary_is_taken() -> None:
    text = "{'loss': 2.0, 'step': 100, 'epoch': 0.1}\n{'loss': 1.0, 'step': 200, 'epoch': 0.2}\n"
    assert read(text, "hf-console")["loss"] == [(100, 2.0), (200, 1.0)]


def test_a_restart_goes_back() -> None:
    epochs = [0.1, 0.2, 0.3, 0.4, 0.3, 0.4, 0.5]
    text = "".join(f"{{'loss': {at}, 'epoch': {epoch}}}\n" for at, epoch in enumerate(epochs))
    assert [step for step, _ in read(text, "hf-console")["loss"]] == [1, 2, 3, 4, 3, 4, 5]


def test_evaluations_close_to_each_other_keep_their_own_places() -> None:
    text = shared("formats", "hf_console", "train_console.log").read_text()
    points = read(text, "hf-console")
    steps = [step for step, _ in points["eval_loss"]]
    assert len(set(steps)) == len(steps) == 6
    assert [step for step, _ in points["loss"]] == list(range(1, 20))


def test_epochs_too_coarse_for_their_lines_make_the_lines_count() -> None:
    epochs = [0.1, 0.1, 0.2, 0.2, 0.3, 0.3, 0.3, 0.301]
    text = "".join(f"{{'loss': {at}, 'epoch': {epoch}}}\n" for at, epoch in enumerate(epochs))
    assert [step for step, _ in read(text, "hf-console")["loss"]] == list(range(1, 9))


@pytest.mark.parametrize("bar_first", [True, False])
def test_a_bar_and_lines_that_came_through_two_streams(bar_first: bool) -> None:
    """Standard output of a program in a file is written at its end, the bar as it moves."""
    bar = "100%|##########| 2001/2001 [1:02:03<00:00,  1.91it/s]"
    rows = [
        f"{{'loss': {2 - at / 10}, 'learning_rate': 1e-05, 'epoch': {round(at * 200 / 2001 * 2, 2)}}}"
        for at in range(1, 11)
    ]
    rows.append("{'train_runtime': 209.3, 'train_loss': 1.45, 'epoch': 2.0}")
    points = read("\n".join([bar, *rows] if bar_first else [*rows, bar]) + "\n", "hf-console")
    assert [step for step, _ in points["loss"]] == list(range(200, 2001, 200))


def test_of_a_bar_that_was_not_ended_no_step_is_made() -> None:
    rows = [f"{{'loss': {2 - at / 10}, 'learning_rate': 1e-05, 'epoch': {at / 10}}}" for at in range(1, 11)]
    points = read("\n".join([" 50%|#####     | 1000/2001 [1:02:03<00:00,  1.91it/s]", *rows]) + "\n", "hf-console")
    assert [step for step, _ in points["loss"]] == list(range(1, 11))
