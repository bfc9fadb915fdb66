from __future__ import annotations

from collections.abc import Sequence

import pytest

from tests.readers.text_lines import read

TRAINED, TESTED = (0.9, 0.7, 0.6, 0.5), (1.1, 0.9, 0.8, 0.7)


def epochs(*rows: str) -> str:
    """`rows` for each epoch; {loss} and {held} are the losses of the training and of the test."""
    both = enumerate(zip(TRAINED, TESTED, strict=True))
    lines = [row.format(at=at, loss=loss, held=held) for at, (loss, held) in both for row in rows]
    return "\n".join(lines) + "\n"


def curve(values: Sequence[float], begin: int = 0) -> list[tuple[int, float]]:
    return list(enumerate(values, start=begin))


@pytest.mark.parametrize(
    ("rows", "tag"),
    [
        (("epoch: {at}, loss is: {loss}", "testing in eval mode...", "epoch: {at}, loss is: {held}"), "test_loss"),
        (("Epoch {at}", "Train", "loss = {loss}", "Validation", "loss = {held}"), "val_loss"),
        (("Epoch {at}: loss {loss}", "Evaluating on the dev set", "Epoch {at}: loss {held}"), "eval_loss"),
        (("== epoch {at} ==", "[TRAIN]", "loss: {loss} acc: 0.5", "[VALID]", "loss: {held} acc: 0.4"), "val_loss"),
        (("Epoch {at}", "--- training ---", "Loss: {loss}", "--- testing ---", "Loss: {held}"), "test_Loss"),
        (("Epoch {at}, loss: {loss}, lr: 0.1", "start validation", "Epoch {at}, loss: {held}"), "val_loss"),
        (("Epoch {at} step 100 loss {loss}", "Running evaluation ...", "Epoch {at} step 100 loss {held}"), "eval_loss"),
        (("Epoch {at}", "Phase: train", "nll: {loss}", "Phase: val", "nll: {held}"), "val_nll"),
        (("Epoch {at} loss {loss}", "Validating:", "saving best checkpoint", "Epoch {at} loss {held}"), "val_loss"),
        (("Epoch {at}", "* Train set", "cost {loss}", "* Test set", "cost {held}", "done training epoch"), "test_cost"),
    ],
)
def test_what_stands_under_the_heading_of_a_test_is_of_the_test(rows: tuple[str, ...], tag: str) -> None:
    points = read(epochs(*rows), "text")
    assert [value for _, value in points[tag]] == list(TESTED)
    assert [value for _, value in points[tag.partition("_")[2]]] == list(TRAINED)


def test_a_test_before_the_training_leaves_the_first_epoch_to_the_training() -> None:
    text = "evaluation\nepoch: 0, loss: 2.3\n" + epochs(
        "epoch: {at}, loss: {loss}", "evaluation", "epoch: {at}, loss: {held}"
    )
    points = read(text, "text")
    assert points["loss"] == curve(TRAINED)
    assert points["eval_loss"] == [(0, 2.3), *curve(TESTED)]


def test_the_step_after_a_section_is_the_trainings_again() -> None:
    """No epoch and no heading says that the training goes on."""
    rows = ("step {at}00 loss {loss}", "step {at}50 loss {loss}", "Running evaluation", "step {at}50 loss {held}")
    points = read(epochs(*rows), "text")
    assert len(points["loss"]) == 2 * len(TRAINED)
    assert points["eval_loss"] == [(100 * at + 50, value) for at, value in curve(TESTED)]


def test_a_section_may_count_its_own_batches() -> None:
    rows = ("Epoch {at} batch 1 loss {loss}", "Epoch {at} batch 2 loss {loss}", "Validation",
            "Epoch {at} batch 1 loss {held}", "Epoch {at} batch 2 loss {held}")  # fmt: skip
    points = read(epochs(*rows), "text")
    assert [value for _, value in points["val_loss"]] == [value for value in TESTED for _ in range(2)]
    assert [value for _, value in points["loss"]] == [value for value in TRAINED for _ in range(2)]


def test_a_heading_above_the_only_figures_of_an_epoch_means_nothing() -> None:
    assert read(epochs("Evaluating every epoch", "Epoch {at} loss {loss}"), "text")["loss"] == curve(TRAINED)


def test_two_values_at_a_step_without_a_heading_are_left_to_stand() -> None:
    points = read(epochs("Epoch {at} loss {loss}", "Epoch {at} loss {held}"), "text")
    assert len(points["loss"]) == 2 * len(TRAINED)


def test_a_loaded_model_or_a_saved_one_is_no_heading() -> None:
    rows = ("Epoch {at} loss {loss}", "saved the best val model", "Epoch {at} loss {held}")
    assert set(read(epochs(*rows), "text")) == {"loss"}


def test_columns_of_training_and_test() -> None:
    head = "  Training:" + " " * 40 + "Testing:\n"
    rows = ("Epoch 0 Iteration {at}00 rate = 0.01 loss = {loss}", " " * 48 + "Epoch 0 Iteration {at}00 loss = {held}")
    points = read(head + epochs(*rows), "text")
    assert points["loss"] == [(100 * at, value) for at, value in curve(TRAINED)]
    assert points["test_loss"] == [(100 * at, value) for at, value in curve(TESTED)]


def test_what_two_writers_print_of_one_row_is_one_row() -> None:
    rows = ("INFO Epoch:[0/20]({at}00/900) loss:{loss} lr:0.1", "Epoch:[0/20]({at}00/900) loss:{loss} lr:0.1")
    assert len(read(epochs(*rows), "text")["loss"]) == len(TRAINED)


def test_figures_that_come_again_at_another_step_are_figures() -> None:
    rows = [f"step {at} loss 0.5" for at in range(6)]
    assert len(read("\n".join(rows) + "\n", "text")["loss"]) == 6
